"""The one door for reading many institutions: which, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms

from partnerships.choices import InstitutionKind
from partnerships.filters import FacetField, PageField, WordsField, question_problems
from partnerships.models import Institution
from partnerships.models.institutions import InstitutionQuerySet
from partnerships.paging import Column, InvalidQuestion, Page, keys_after, keys_numbered, numbered
from partnerships.policies.normalise import query_words
from partnerships.vocabulary import VOCABULARIES, Vocabulary

PAGE_SIZE = 50
_ORDER = (Column("name_key"), Column("pk"))
KINDS = Vocabulary("Kind", choices=dict(InstitutionKind.choices))


class _Question(forms.Form):
    q = WordsField(required=False)
    country = FacetField(required=False, vocabulary=VOCABULARIES["country"])
    nation = FacetField(required=False, vocabulary=VOCABULARIES["nation"])
    kind = FacetField(required=False, vocabulary=KINDS)
    page = PageField(required=False)


class InstitutionSearch:
    """One question about institutions. `params` as for PartnershipSearch: `q`, `country`,
    `nation`, `kind` and `page`; the answer holds institutions with or without partnerships."""

    def __init__(self, params: Mapping[str, Sequence[str]]) -> None:
        self._form = _Question(params)

    @cached_property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by parameter; {} where nothing is."""
        return question_problems(self._form)

    def asked(self, parameter: str) -> Any:
        """The cleaned value of a parameter; of an invalid question always None."""
        return None if self.errors else self._form.cleaned_data.get(parameter)

    def results(self) -> InstitutionQuerySet:
        """Which institutions, unordered; none for an invalid question."""
        if self.errors:
            return Institution.objects.none()
        found = Institution.objects.all()
        if words := self.asked("q"):
            found = found.matching_words(query_words(words)) if query_words(words) else found.none()
        for parameter, column in (
            ("country", "country"),
            ("nation", "uk_nation"),
            ("kind", "kind"),
        ):
            if values := self.asked(parameter):
                found = found.filter(**{f"{column}__in": list(values)})
        return found

    def for_export(self) -> Iterator[Institution]:
        """All of them, by name, 500 at a time. Raises InvalidQuestion."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        return self.results().for_api().order_by("name_key", "pk").iterator(chunk_size=500)

    def page(self, per_page: int = PAGE_SIZE) -> Any:
        """The asked page, by name. Raises InvalidQuestion, also past the last page."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        rows = self.results()
        return numbered(rows.for_list(), rows.count(), per_page, self.asked("page") or 1)

    def for_api(self, per_page: int, cursor: str = "") -> Page:
        """The page that was asked for by number, else that of a cursor, else the first, with what
        `public_lists.institution_record` needs. Raises InvalidQuestion."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        rows = self.results()
        count = rows.count()
        given = self._form.cleaned_data.items()
        asked = sorted((name, repr(value)) for name, value in given if name != "page")
        known: dict[str, Any] = {
            "count": count,
            "size": per_page,
            "question": f"institutions {asked}",
        }
        if number := self.asked("page"):
            page = keys_numbered(rows, _ORDER, number=number, **known)
        else:
            page = keys_after(rows, _ORDER, cursor=cursor, **known)
        found = Institution.objects.for_api().in_bulk(page.rows)
        return replace(page, rows=[found[key] for key in page.rows if key in found])
