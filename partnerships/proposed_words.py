"""A suggestion in words: what the record says, what it should say, and where the two differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from partnerships.choices import Delivery, Direction, MemberRole, PartnershipKind, Stage
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    Funder,
    Institution,
    Profession,
    Suggestion,
    Topic,
)
from partnerships.proposed import FIELDS, Changes

_CHOICES: dict[str, dict[str, str]] = {
    "kind": dict(PartnershipKind.choices),
    "stage": dict(Stage.choices),
    "delivery": dict(Delivery.choices),
    "direction": dict(Direction.choices),
}
_ROLES: dict[str, str] = dict(MemberRole.choices)
#: Field → where the words for its codes are: model, code, label.
_LABELS: dict[str, tuple[Any, str, str]] = {
    "topics": (Topic, "code", "label"),
    "activities": (Activity, "code", "label"),
    "professions": (Profession, "code", "label"),
    "professions_wanted": (Profession, "code", "label"),
    "funders": (Funder, "code", "label"),
    "sdgs": (DevelopmentGoal, "number", "label"),
    "countries": (Country, "alpha2", "common_name"),
}
#: Between words: spaces, and the sign that ends a word.
_WORDS = re.compile(r"(\s+|[.,;:!?]+(?=\s|$))")
#: Beyond so many words a text is shown as changed as a whole: comparing takes their square.
_MOST_COMPARED = 1500


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    #: Not in the other version.
    differs: bool


#: A line of a value; a text is one line, a list has one for each item.
Line = list[Piece]


@dataclass(slots=True)
class Difference:
    """One field of a suggestion. `now` is set where the record says something else by now."""

    name: str
    label: str
    before: list[Line]
    after: list[Line]
    now: list[Line] | None = None
    is_accepted: bool = False
    errors: list[str] = field(default_factory=list)


def differences(suggestion: Suggestion, stale: Mapping[str, Any]) -> list[Difference]:
    """Each proposed field, in the order of the record. `stale` gives what the record says now,
    for the fields in which it has changed since. At most nine queries."""
    values = [suggestion.base, suggestion.changes, stale]
    wording = _Wording(values)
    found = []
    for name in (name for name in FIELDS if name in suggestion.changes):
        before, after = _compared(
            wording.lines(name, suggestion.base.get(name, FIELDS[name].empty)),
            wording.lines(name, suggestion.changes[name]),
        )
        now = wording.lines(name, stale[name]) if name in stale else None
        found.append(
            Difference(
                name=name,
                label=FIELDS[name].label,
                before=before,
                after=after,
                now=[[Piece(line, False)] for line in now] if now is not None else None,
                is_accepted=name in suggestion.accepted,
            )
        )
    return found


def compared_records(one: Changes, other: Changes) -> list[Difference]:
    """Each field that either of two records says something of, as `proposed.present` gives them.
    At most nine queries."""
    wording = _Wording([one, other])
    found = []
    for name, told in FIELDS.items():
        if any(each[name] not in (told.empty, None, "", []) for each in (one, other)):
            lines = (wording.lines(name, one[name]), wording.lines(name, other[name]))
            found.append(Difference(name, told.label, *_compared(*lines)))
    return found


class _Wording:
    """The words for codes and ids in some values, read at once."""

    def __init__(self, values: Iterable[Changes]) -> None:
        values = list(values)
        self.labels = {
            name: _labels(name, {code for each in values for code in each.get(name) or ()})
            for name in _LABELS
            if any(name in each for each in values)
        }
        ids = {member["institution"] for each in values for member in each.get("members") or ()}
        rows = Institution.objects.filter(public_id__in=ids).select_related("country")
        self.institutions = {
            str(row.public_id): f"{row.name}, {row.country.common_name}"
            for row in (rows if ids else ())
        }

    def lines(self, name: str, value: Any) -> list[str]:
        if value in (None, "", []):
            return []
        if name in _CHOICES:
            return [_CHOICES[name].get(value, value)]
        if name in self.labels:
            labels = [self.labels[name].get(code, str(code)) for code in value]
            return [f"{labels[0]} (primary)", *labels[1:]] if name == "topics" else labels
        if name == "members":
            return [self._member(member) for member in value]
        if isinstance(value, dict):
            return [value["value"]]
        return list(value) if isinstance(value, list) else [value]

    def _member(self, member: Mapping[str, Any]) -> str:
        name = self.institutions.get(member["institution"], member["institution"])
        years = _years(member["since"], member["until"])
        return f"{name}: {_ROLES[member['role']].lower()}{years}"


def _years(since: int | None, until: int | None) -> str:
    if since is None and until is None:
        return ""
    return f", {since or ''}–{until or ''}"


def _labels(name: str, codes: set[Any]) -> dict[Any, str]:
    model, code, label = _LABELS[name]
    rows = model.objects.filter(**{f"{code}__in": codes})
    return dict(rows.values_list(code, label))


def _compared(before: list[str], after: list[str]) -> tuple[list[Line], list[Line]]:
    """Two texts word by word, two lists line by line."""
    if len(before) == len(after) == 1:
        was, is_now = (_WORDS.split(text) for text in (before[0], after[0]))
        if max(len(was), len(is_now)) <= _MOST_COMPARED:
            return _by_words(was, is_now)
    return (
        [[Piece(line, line not in after)] for line in before],
        [[Piece(line, line not in before)] for line in after],
    )


def _by_words(was: list[str], is_now: list[str]) -> tuple[list[Line], list[Line]]:
    before: Line = []
    after: Line = []
    matcher = SequenceMatcher(None, was, is_now, autojunk=False)
    for kind, from_was, to_was, from_now, to_now in matcher.get_opcodes():
        for line, words in ((before, was[from_was:to_was]), (after, is_now[from_now:to_now])):
            if words:
                line.append(Piece("".join(words), kind != "equal"))
    return [before], [after]
