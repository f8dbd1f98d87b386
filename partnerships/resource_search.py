"""The one door for reading toolkits and guides: which, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django import forms
from django.db import models
from django.utils.text import slugify

from partnerships.choices import FrameworkState, Language, ResourceAudience
from partnerships.filters import MAX_VALUE_LENGTH, FacetField, PageField, question_problems
from partnerships.models import Framework, Resource, Topic
from partnerships.models.resources import ResourcePrinciple, ResourceQuerySet
from partnerships.paging import Column, InvalidQuestion, Page, keys_after, keys_numbered, numbered
from partnerships.policies.continuing import version_order
from partnerships.vocabulary import VOCABULARIES, Vocabulary

PAGE_SIZE = 50
_ORDER = (Column("title_key"), Column("pk"))

#: What each parameter asks for; the API's schema and docs/api.md say the same.
MEANINGS = {
    "publisher": "Code of a publisher: its name in lower case, with hyphens, and a number where "
    "two are alike.",
    "audience": "Code of an audience: for whom it was written.",
    "topic": "Code of a topic.",
    "principle": "Code of a framework, or of a principle as `framework.principle`. What helps "
    "with the whole framework helps with each principle.",
    "language": "ISO 639 code of the language that it is written in.",
}

HEADINGS = {
    "publisher": "Publisher",
    "audience": "Who it is for",
    "topic": VOCABULARIES["topic"].heading,
    "principle": "Principle",
    "language": "Language",
}


@dataclass(frozen=True, slots=True)
class Guide:
    """A framework that resources may name, in its last version, with its principles: code as
    resources name it → title."""

    code: str
    title: str
    principles: dict[str, str]


def guides() -> list[Guide]:
    """Every framework that was ever published, by title. Two queries."""
    rows = Framework.objects.exclude(state=FrameworkState.DRAFT).prefetch_related("principles")
    versions: dict[str, list[Framework]] = {}
    for row in sorted(rows, key=lambda row: version_order(row.version)):
        versions.setdefault(row.code, []).append(row)
    found = [
        Guide(
            code,
            several[-1].title,
            {
                f"{code}.{principle.code}": principle.title
                for framework in several
                for principle in sorted(framework.principles.all(), key=lambda p: p.number)
            },
        )
        for code, several in versions.items()
    ]
    return sorted(found, key=lambda guide: guide.title)


def titles(found: list[Guide]) -> dict[str, str]:
    """Code → title, of frameworks and their principles alike."""
    return {
        code: title
        for guide in found
        for code, title in ({guide.code: guide.title} | guide.principles).items()
    }


def publishers() -> dict[str, str]:
    """Code → name of everybody who has published a current resource, by name. One query.

    Where two names give one code, the one that came first has it, and the others have a number
    behind it.
    """
    is_current = models.Q(retired_on__isnull=True)
    names = Resource.objects.values("publisher").annotate(
        first=models.Min("pk"), current=models.Count("pk", filter=is_current)
    )
    found: dict[str, str] = {}
    gone: set[str] = set()
    for name, current in names.order_by("first").values_list("publisher", "current"):
        base = slugify(name) or slugify(name, allow_unicode=True) or "publisher"
        code, number = base[:MAX_VALUE_LENGTH], 1
        while code in found:
            number += 1
            code = f"{base[: MAX_VALUE_LENGTH - 5]}-{number}"
        found[code] = name
        if not current:
            gone.add(code)
    kept = ((code, name) for code, name in found.items() if code not in gone)
    return dict(sorted(kept, key=lambda pair: pair[1].casefold()))


class _Question(forms.Form):
    audience = FacetField(
        required=False,
        vocabulary=Vocabulary(HEADINGS["audience"], choices=dict(ResourceAudience.choices)),
    )
    topic = FacetField(required=False, vocabulary=VOCABULARIES["topic"])
    language = FacetField(
        required=False,
        vocabulary=Vocabulary(HEADINGS["language"], choices=dict(Language.choices)),
    )
    page = PageField(required=False)

    def __init__(
        self, data: Mapping[str, Any], *, principles: dict[str, str], publishers: dict[str, str]
    ) -> None:
        super().__init__(data)
        self.fields["publisher"] = FacetField(
            required=False, vocabulary=Vocabulary(HEADINGS["publisher"], choices=publishers)
        )
        self.fields["principle"] = FacetField(
            required=False, vocabulary=Vocabulary(HEADINGS["principle"], choices=principles)
        )


class ResourceSearch:
    """One question about toolkits and guides: those of `MEANINGS`, and `page`. Retired ones are
    never an answer."""

    def __init__(self, params: Mapping[str, Sequence[str]]) -> None:
        self.guides = guides()
        self.titles = titles(self.guides)
        self.publishers = publishers()
        self._form = _Question(params, principles=self.titles, publishers=self.publishers)

    @cached_property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by parameter; {} where nothing is."""
        return question_problems(self._form)

    def asked(self, parameter: str) -> dict[str, str]:
        """value → label of what is asked for; of an invalid question {}."""
        return {} if self.errors else self._form.cleaned_data.get(parameter) or {}

    @property
    def chosen(self) -> list[tuple[str, str, str, str]]:
        """(parameter, heading, value, label) of everything that narrows, in order."""
        return [
            (name, HEADINGS[name], value, label)
            for name in MEANINGS
            for value, label in self.asked(name).items()
        ]

    def results(self) -> ResourceQuerySet:
        """Which, unordered; none for an invalid question."""
        if self.errors:
            return Resource.objects.none()
        found = Resource.objects.current()
        for name, column in (("audience", "audience"), ("language", "language")):
            if values := self.asked(name):
                found = found.filter(**{f"{column}__in": list(values)})
        if values := self.asked("publisher"):
            found = found.filter(publisher__in=list(values.values()))
        if values := self.asked("topic"):
            tagged = Resource.topics.through.objects.filter(topic__code__in=list(values))
            found = found.filter(pk__in=tagged.values("resource"))
        if values := self.asked("principle"):
            found = found.helping_with(list(values))
        return found

    def page(self, per_page: int = PAGE_SIZE) -> Any:
        """The asked page, by title. Raises InvalidQuestion, also past the last page."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        rows = self.results()
        ordered = rows.with_parts().order_by("title_key", "pk")
        return numbered(ordered, rows.count(), per_page, self._number or 1)

    def for_api(self, per_page: int, cursor: str = "") -> Page:
        """The page that was asked for by number, else that of a cursor, else the first, with what
        `public_lists.resource_record` needs. Raises InvalidQuestion."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        rows = self.results()
        count = rows.count()
        asked = sorted((name, value) for name, _, value, _ in self.chosen)
        known: dict[str, Any] = {"count": count, "size": per_page, "question": f"resources {asked}"}
        if self._number:
            page = keys_numbered(rows, _ORDER, number=self._number, **known)
        else:
            page = keys_after(rows, _ORDER, cursor=cursor, **known)
        found = Resource.objects.with_parts().in_bulk(page.rows)
        return replace(page, rows=[found[key] for key in page.rows if key in found])

    @property
    def _number(self) -> int | None:
        number: int | None = self._form.cleaned_data.get("page")
        return number

    def choices(self) -> dict[str, dict[str, str]]:
        """For each parameter but the principle the values that any resource has, and those that
        are asked for: value → label. Two queries."""
        current = Resource.objects.current()
        pairs = list(current.values_list("audience", "language").distinct().order_by())
        audiences, languages = {a for a, _ in pairs}, {code for _, code in pairs}
        topics = Topic.objects.filter(resources__in=current).distinct().order_by("label")
        every: dict[str, dict[str, str]] = {
            "publisher": self.publishers,
            "audience": _some(ResourceAudience.choices, audiences),
            "topic": dict(topics.values_list("code", "label")),
            "language": _some(Language.choices, languages),
        }
        return {name: values | self.asked(name) for name, values in every.items()}


#: So many resources stand where they help; the page of all of them is one step away.
MOST_HELPING = 4


def for_newcomers() -> list[Resource]:
    """Current resources for people who start a partnership, whose links work. One query."""
    rows = Resource.objects.current().filter(audience=ResourceAudience.NEW, unreachable_on=None)
    return list(rows.order_by("title_key", "pk"))


def helping(codes: Iterable[str], most: int = MOST_HELPING) -> list[Resource]:
    """Current resources for any of these principles, or for the whole framework of one: those for
    a principle itself first, then by title. Without those whose link is dead. Codes as
    `framework.principle`. One query, none without codes."""
    wanted = sorted(set(codes))
    if not wanted:
        return []
    named = models.Exists(
        ResourcePrinciple.objects.filter(resource=models.OuterRef("pk"), code__in=wanted)
    )
    alive = Resource.objects.current().filter(unreachable_on=None)
    rows: Any = alive.helping_with(wanted).annotate(is_named=named)
    return list(rows.order_by("-is_named", "title_key", "pk")[:most])


def _some(choices: Sequence[tuple[Any, Any]], wanted: set[str]) -> dict[str, str]:
    return {str(code): str(label) for code, label in choices if code in wanted}
