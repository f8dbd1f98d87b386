"""Which fields an answer holds: `fields` slims records, `expand` deepens them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers

from partnerships.search import InvalidQuestion

Record = dict[str, Any]
#: Names → what is asked for of each; {} stands for all of it.
Tree = dict[str, "Tree"]
Expansion = Callable[..., Iterator[Record]]

#: More is a list that no record is long enough for.
MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Shape:
    """What `fields` and `expand` ask for. Without `tree`: everything."""

    tree: Tree = field(default_factory=dict)
    expand: tuple[str, ...] = ()

    @property
    def top(self) -> set[str] | None:
        """The fields of the record itself that are needed, or None for all."""
        return set(self.tree) or None

    def has(self, name: str) -> bool:
        return not self.tree or name in self.tree

    def cut(self, record: Record) -> Record:
        """The record with only what was asked for, in its own order."""
        found: Record = _cut(record, self.tree)
        return found

    def expanded(
        self, records: Iterable[Record], how: Mapping[str, Expansion], *, site_url: str
    ) -> Iterable[Record]:
        """The records with what `expand` names, if the answer holds it at all."""
        for path in self.expand:
            if self.has(path.partition(".")[0]):
                records = how[path](records, site_url=site_url)
        return records


def _cut(value: Any, tree: Tree) -> Any:
    if not tree or value is None:
        return value
    if isinstance(value, list):
        return [_cut(item, tree) for item in value]
    return {name: _cut(part, tree[name]) for name, part in value.items() if name in tree}


def shape_from(
    request: HttpRequest,
    described: Callable[[], serializers.BaseSerializer[Any]],
    *,
    expandable: Iterable[str] = (),
    is_fixed: bool = False,
) -> Shape:
    """What the address asks for of records that a serializer describes.

    `expandable` are the paths that may be deepened; `is_fixed` says that the form of the answer
    has columns of its own. Raises InvalidQuestion, naming the fields that there are.
    """
    asked = {name: _given(request, name) for name in ("fields", "expand")}
    if is_fixed:
        fixed = ["The columns of CSV are fixed. Leave this out, or ask for another format."]
        refuse({name: fixed for name, values in asked.items() if values})
    errors = {}
    possible = list(expandable)
    if any(path not in possible for path in asked["expand"]):
        wrong = next(path for path in asked["expand"] if path not in possible)
        known = f"Write {' or '.join(possible)}." if possible else "Nothing here can be."
        errors["expand"] = [f"“{wrong[:60]}” cannot be expanded. {known}"]
    expand = tuple(path for path in possible if path in asked["expand"])
    tree: Tree = {}
    try:
        for path in asked["fields"][: MOST_FIELDS + 1]:
            _add(tree, path, _known(described, expand))
        if len(asked["fields"]) > MOST_FIELDS:
            raise ValueError(f"Name at most {MOST_FIELDS} fields.")
    except ValueError as wrong_field:
        errors["fields"] = [str(wrong_field)]
    refuse(errors)
    return Shape(tree, expand)


def refuse(errors: dict[str, list[str]]) -> None:
    """Raises InvalidQuestion if there are errors."""
    if errors:
        raise InvalidQuestion(errors)


def _given(request: HttpRequest, name: str) -> list[str]:
    """Names separated by commas, given once or several times; empty ones are ignored."""
    texts = ",".join(request.GET.getlist(name)).split(",")
    return [text.strip() for text in texts if text.strip()]


@cache
def _known(
    described: Callable[[], serializers.BaseSerializer[Any]], expand: tuple[str, ...]
) -> Tree:
    return _names(described(), expand)


def _names(described: Any, expand: tuple[str, ...], before: str = "") -> Tree:
    """The names of a described record. What only an expansion brings counts only with it."""
    if isinstance(described, serializers.ListSerializer):
        return _names(described.child, expand, before)
    if not isinstance(described, serializers.Serializer):
        return {}
    path = before.rstrip(".")
    return {
        name: _names(part, expand, f"{before}{name}.")
        for name, part in described.fields.items()
        if part.required or path in expand
    }


def _add(tree: Tree, path: str, known: Tree) -> None:
    """Put a path into the tree; the whole of a thing outdoes its parts. Raises ValueError."""
    *above, last = path.split(".")
    here, names = tree, known
    for name in [*above, last]:
        if name not in names:
            there_are = ", ".join(names) or "none under it"
            raise ValueError(f"There is no field “{path[:60]}”. There are: {there_are}.")
        names = names[name]
    for name in above:
        if name in here and not here[name]:
            return
        here = here.setdefault(name, {})
    here[last] = {}
