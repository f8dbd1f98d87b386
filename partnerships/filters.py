"""What each parameter of the query string means: the only place where it is stated.

Contract: repeating a parameter means *or*, different parameters mean *and*; empty values are
ignored (forms without JavaScript send them); unknown values are errors for people to read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from partnerships.models import FacetValue, Institution, Partnership, PublicLocation
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.normalise import query_words
from partnerships.policies.partial_dates import EARLIEST_YEAR, LATEST_YEAR
from partnerships.textsearch import MAX_LENGTH, MAX_WORDS, matching
from partnerships.vocabulary import VOCABULARIES, Vocabulary, some_labels

#: A question may name at most this many values altogether.
MAX_VALUES = 40
MAX_VALUE_LENGTH = 100  # characters in one value of a facet
MAX_PAGE = 1_000_000
YEAR = re.compile(r"[0-9]{4}")
NUMBER = re.compile(r"[0-9]{1,9}")
SORTS = {
    "relevance": "Best match",
    "name": "Name",
    "-name": "Name, Z to A",
    "began": "Oldest first",
    "-began": "Newest first",
    "created": "Added longest ago",
    "-created": "Added most recently",
    "modified": "Changed longest ago",
    "-modified": "Changed most recently",
    "confirmed": "Confirmed longest ago",
    "-confirmed": "Confirmed most recently",
}
SHAPE = ("sort", "page")  # they order or slice the results and never narrow them
PAGE_ONLY = ("page_size", "at", "show")  # how many cards, where its map is, which one is selected

#: What each parameter asks for; the API's schema and docs/api.md say the same.
MEANINGS = {
    "q": "Words. Every word must begin a word of the record, whatever its case or accents.",
    "country": "ISO 3166-1 alpha-2 code of a country of the partnership.",
    "nation": "UK nation of a member: SCT, ENG, WLS or NIR.",
    "region": "WHO region of a country: AFR, AMR, EMR, EUR, SEAR or WPR.",
    "income": "World Bank income group of a country.",
    "board": "Slug of a Health Board that owns it, or that a member is or belongs to.",
    "institution": "Slug of an institution that is a member, or that a member stands under.",
    "topic": "Code of a topic.",
    "activity": "Code of an activity.",
    "profession": "Code of a profession involved.",
    "funder": "Code of a funder.",
    "kind": "Code of a kind of partnership.",
    "stage": "Whether it is alive: code of a stage.",
    "sdg": "Number of a Sustainable Development Goal, 1 to 17.",
    "step": "Step of WHO's twinning cycle that is reached now, 1 to 6.",
    "began_from": "Began in this year or later.",
    "began_to": "Began in this year or earlier.",
    "confirmed": "When a side last confirmed it: yes, due, overdue or never. Records without a "
    "confirmation for 24 months are left out unless asked for by `overdue`.",
    "bbox": "west,south,east,north in degrees: a member's public place lies inside.",
    "on_map": "Whether any member has a public place, so that the map can show it: yes or no.",
    "sort": "Order of the results; a minus turns it round.",
    "page": "Number of the page, from 1.",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees; `west > east` crosses the 180th meridian."""

    west: float
    south: float
    east: float
    north: float


class _Values(forms.MultipleHiddenInput):
    """All values of a parameter, wherever the mapping keeps lists."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        getlist = getattr(data, "getlist", None)
        found = getlist(name) if getlist else data.get(name, [])
        return [found] if isinstance(found, str) else list(found)


class OneValueField(forms.Field):
    """A parameter that may be given once. Cleans to "" where it is missing or empty."""

    widget = _Values
    max_length = MAX_VALUE_LENGTH

    def clean(self, value: Sequence[str]) -> Any:
        given = [text for text in value if text.strip()]
        if len(given) > 1:
            raise ValidationError("Give this once.")
        text = given[0].strip() if given else ""
        if "\x00" in text:
            raise ValidationError("This holds a character that cannot be searched for. Remove it.")
        if len(text) > self.max_length:
            raise ValidationError(f"This is too long: write at most {self.max_length} characters.")
        return self.read(text) if text else None

    def read(self, text: str) -> Any:
        return text


class WordsField(OneValueField):
    max_length = MAX_LENGTH

    def read(self, text: str) -> str:
        if len(query_words(text)) > MAX_WORDS:
            raise ValidationError(f"Search for at most {MAX_WORDS} words at once.")
        return text


class YearField(OneValueField):
    def read(self, text: str) -> int:
        if not (YEAR.fullmatch(text) and EARLIEST_YEAR <= int(text) <= LATEST_YEAR):
            raise ValidationError(f"“{text}” is not a year. Write four digits, such as 2008.")
        return int(text)


class PageField(OneValueField):
    def read(self, text: str) -> int:
        if not (NUMBER.fullmatch(text) and 1 <= int(text) <= MAX_PAGE):
            raise ValidationError(f"“{text}” is not a page. Write a whole number from 1.")
        return int(text)


class SortField(OneValueField):
    def read(self, text: str) -> str:
        if text not in SORTS:
            raise ValidationError(f"“{text}” is not a way to sort. Choose from {_listed(SORTS)}.")
        return text


class BoxField(OneValueField):
    def read(self, text: str) -> Box:
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            raise ValidationError(
                "Write the box as west,south,east,north in degrees, such as 32.6,-17.2,36,-9.3."
            ) from None
        numbers = (west, south, east, north)
        if not all(math.isfinite(number) for number in numbers):
            raise ValidationError("Every side of the box must be a number.")
        if not (-180 <= west <= 180 and -180 <= east <= 180):
            raise ValidationError("West and east must be between -180 and 180 degrees.")
        if not -90 <= south <= north <= 90:
            raise ValidationError("South and north must be between -90 and 90, south first.")
        return Box(west, south, east, north)


class YesNoField(OneValueField):
    def read(self, text: str) -> str:
        if text not in ("yes", "no"):
            raise ValidationError(f"“{text}” is neither “yes” nor “no”.")
        return text


class FacetField(forms.Field):
    """Values of one vocabulary. Cleans to value → label, in the order given."""

    widget = _Values
    #: Values whose labels whoever asks has loaded already: nothing is looked up for them.
    known: Mapping[str, str] = {}

    def __init__(self, *args: Any, vocabulary: Vocabulary, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        super().__init__(*args, **kwargs)

    def clean(self, value: Sequence[str]) -> dict[str, str]:
        wanted = _distinct(value)
        if not all(map(_is_readable, wanted)):
            raise ValidationError("No value is that long. Choose one of the list.")
        if not wanted:
            return {}
        known = self.known
        if not all(text in known for text in wanted):
            known = self.vocabulary.labels_of(wanted)
        unknown = [text for text in wanted if text not in known]
        if unknown:
            hint = (
                f" Choose from {_listed(self.vocabulary.choices)}."
                if self.vocabulary.choices
                else (" Leave it out, or choose one of the list.")
            )
            raise ValidationError(f"There is no {_listed(unknown)} here.{hint}")
        return {text: known[text] for text in wanted}


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in values if text.strip()))


def _is_readable(value: str) -> bool:
    return len(value) <= MAX_VALUE_LENGTH and "\x00" not in value


def _look_up(form: forms.Form) -> None:
    """The labels of everything that was chosen from lists that are rows: one query, not one for
    each facet. A question of too many values is refused before anything is looked up."""
    fields = {
        name: field
        for name, field in form.fields.items()
        if isinstance(field, FacetField) and field.vocabulary.choices is None and not field.known
    }
    given = {
        name: _distinct(form.fields[name].widget.value_from_datadict(form.data, {}, name))
        for name in fields
    }
    wanted = {name: list(filter(_is_readable, values)) for name, values in given.items() if values}
    if len(wanted) > 1 and sum(map(len, wanted.values())) <= MAX_VALUES:
        for name, known in some_labels(wanted).items():
            fields[name].known = known


def question_problems(form: forms.Form) -> dict[str, list[str]]:
    """What is wrong with a form of the fields above, by parameter. Counts before it reads, so
    that a question of thousands of values costs nothing."""
    counted = {
        name: len(field.widget.value_from_datadict(form.data, {}, name))
        for name, field in form.fields.items()
    }
    if sum(counted.values()) > MAX_VALUES:
        most = max(counted, key=counted.__getitem__)
        return {most: [f"A question can hold at most {MAX_VALUES} values. Choose fewer."]}
    return {name: list(map(str, found)) for name, found in form.errors.items()}


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"“{value}”" for value in values)


def having(queryset: Any, parameter: str, values: Iterable[str]) -> Any:
    """Partnerships with one of the values of a facet, by its index."""
    found = FacetValue.objects.filter(facet=parameter, value__in=list(values))
    return queryset.filter(pk__in=found.values("partnership"))


class FacetFilter(django_filters.Filter):
    """Partnerships with one of the values in the index of facets."""

    field_class = FacetField

    def __init__(self, parameter: str) -> None:
        super().__init__(
            field_name=parameter,
            label=parameter,
            required=False,
            vocabulary=VOCABULARIES[parameter],
        )

    def filter(self, queryset: Any, value: dict[str, str]) -> Any:
        if not value:
            return queryset
        return having(queryset, self.field_name, value)


class ValueFilter(django_filters.Filter):
    """A single value, read by the given field, handed to a method of the filter set."""

    def __init__(self, field_class: type[forms.Field], method: str | None = None) -> None:
        self.field_class = field_class
        super().__init__(label="", required=False, method=method or "filter_nothing")


class PartnershipFilterSet(django_filters.FilterSet):
    """The contract's query string. `today` is the day that freshness is measured on."""

    country = FacetFilter("country")
    nation = FacetFilter("nation")
    region = FacetFilter("region")
    income = FacetFilter("income")
    board = FacetFilter("board")
    institution = FacetFilter("institution")
    topic = FacetFilter("topic")
    activity = FacetFilter("activity")
    profession = FacetFilter("profession")
    funder = FacetFilter("funder")
    kind = FacetFilter("kind")
    stage = FacetFilter("stage")
    sdg = FacetFilter("sdg")
    step = FacetFilter("step")
    confirmed = FacetFilter("confirmed")
    q = ValueFilter(WordsField, "filter_words")
    began_from = ValueFilter(YearField, "filter_began_from")
    began_to = ValueFilter(YearField, "filter_began_to")
    bbox = ValueFilter(BoxField, "filter_box")
    on_map = ValueFilter(YesNoField, "filter_on_map")
    sort = ValueFilter(SortField)
    page = ValueFilter(PageField)

    class Meta:
        model = Partnership
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any], *, queryset: Any, today: date) -> None:
        self.today = today
        super().__init__(data, queryset=queryset)

    def problems(self) -> dict[str, list[str]]:
        """What is wrong with the question, by parameter; {} if nothing is."""
        _look_up(self.form)
        problems = question_problems(self.form)
        if not hasattr(self.form, "cleaned_data"):
            return problems
        asked = self.form.cleaned_data
        first, last = asked.get("began_from"), asked.get("began_to")
        if first and last and first > last:
            problems["began_to"] = [f"{last} is before {first}. Swap the two years."]
        return problems

    def asked(self, parameter: str) -> Any:
        """The cleaned value of a parameter: a dict for facets, None where it was not given."""
        return self.form.cleaned_data.get(parameter)

    def asked_for(self, *, without: str) -> list[tuple[str, str]]:
        """What narrows the results, in one order however it was asked, without one parameter."""
        return sorted(
            (name, repr(sorted(value) if isinstance(value, dict) else value))
            for name, value in self.form.cleaned_data.items()
            if value and name not in (without, *SHAPE)
        )

    def narrowed(self, queryset: PartnershipQuerySet, *, without: str = "") -> PartnershipQuerySet:
        """What was asked for; `without` leaves one parameter out, for counting its values."""
        if without != "confirmed" and not self.asked("confirmed"):
            queryset = queryset.not_long_overdue(self.today)
        for name, value in self.form.cleaned_data.items():
            if name == without or not value:
                continue
            if name == "confirmed":
                queryset = queryset.of_freshness(list(value), self.today)
            else:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def dropping(self, queryset: PartnershipQuerySet) -> dict[str, PartnershipQuerySet]:
        """parameter → the results if it had not been asked for, for each that narrows."""
        asked = [name for name, value in self.form.cleaned_data.items() if value]
        dropped = {
            name: self.narrowed(queryset, without=name) for name in asked if name not in SHAPE
        }
        if "confirmed" in dropped:
            dropped["confirmed"] = dropped["confirmed"].not_long_overdue(self.today)
        return dropped

    def in_words(
        self, queryset: PartnershipQuerySet, words: str, is_ranked: bool = False
    ) -> PartnershipQuerySet:
        """The results if it had been asked in these words; see `textsearch.matching`."""
        return self.filter_words(self.narrowed(queryset, without="q"), "q", words, is_ranked)

    def filter_nothing(self, queryset: QuerySet[Any], name: str, value: object) -> QuerySet[Any]:
        """For parameters that order or slice and never narrow."""
        return queryset

    def filter_words(
        self, queryset: PartnershipQuerySet, name: str, value: str, is_ranked: bool = False
    ) -> PartnershipQuerySet:
        found = matching(value, using=queryset.db, is_ranked=is_ranked)
        return queryset.none() if found is None else queryset.filter(found)

    def filter_began_from(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return queryset.filter(began_on__gte=date(value, 1, 1))

    def filter_began_to(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return queryset.filter(began_on__lte=date(value, 12, 31))

    def filter_box(self, queryset: QuerySet[Any], name: str, value: Box) -> QuerySet[Any]:
        inside = Q(latitude__gte=value.south, latitude__lte=value.north)
        if value.west <= value.east:
            inside &= Q(longitude__gte=value.west, longitude__lte=value.east)
        else:
            inside &= Q(longitude__gte=value.west) | Q(longitude__lte=value.east)
        found = PublicLocation.objects.filter(inside)
        return queryset.filter(pk__in=found.values("partnership"))

    def filter_on_map(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        placed = Q(pk__in=PublicLocation.objects.values("partnership"))
        return queryset.filter(placed if value == "yes" else ~placed)


def drawn_at(queryset: PartnershipQuerySet, institution: Institution) -> PartnershipQuerySet:
    """Those that the map draws at an institution, or near it where the place is coarsened."""
    there = PublicLocation.objects.filter(institution=institution)
    return queryset.filter(pk__in=there.values("partnership"))
