"""The query string: the only place where request.GET meets PartnershipSearch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from mapapp.corrections import corrected
from partnerships.facets import Facet, FacetOption
from partnerships.filters import SHAPE, SORTS, PartnershipFilterSet
from partnerships.models import HOME_COUNTRY
from partnerships.search import PartnershipSearch

#: Filters that are no facets, with the words that their chips show.
_OTHER = {
    "institution": "Institution",
    "began_from": "Began from",
    "began_to": "Began until",
    "bbox": "Area",
    "on_map": "Map",
}
#: What the chip of such a filter says, where its value is not for people.
_IN_WORDS = {
    ("bbox", ""): "the chosen part of the map",
    ("on_map", "yes"): "only what is on it",
    ("on_map", "no"): "only what is not on it",
}


def search_from(request: HttpRequest) -> PartnershipSearch:
    """The question that the address asks, for whoever asks it."""
    return PartnershipSearch(request.GET, viewer=request.user)


def public_search_from(request: HttpRequest) -> PartnershipSearch:
    """The same as a visitor may see it, whoever asks."""
    return PartnershipSearch(request.GET)


def search_for(request: HttpRequest, **values: str) -> PartnershipSearch:
    """A question that a page asks by itself, such as everything at one institution."""
    asked = {name: [value] for name, value in values.items()}
    return PartnershipSearch(asked, viewer=request.user)


def search_about(request: HttpRequest, parameter: str, value: str, label: str) -> PartnershipSearch:
    """Everything about one thing that is loaded already."""
    return PartnershipSearch(
        {parameter: [value]}, viewer=request.user, known={parameter: {value: label}}
    )


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the question, and the address of the question without it."""

    heading: str
    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Sort:
    label: str
    url: str
    is_current: bool


class Question:
    """The known, non-empty parameters of an address without its page: what links carry on."""

    def __init__(self, asked: QueryDict) -> None:
        self._asked = QueryDict(mutable=True)
        for name in PartnershipFilterSet.base_filters:
            values = [value for value in asked.getlist(name) if value.strip()]
            if values and name != "page":
                self._asked.setlist(name, list(dict.fromkeys(values)))

    def __bool__(self) -> bool:
        return any(name not in SHAPE for name in self._asked)

    @property
    def suffix(self) -> str:
        """What to put after a path: `?…`, or nothing."""
        return _suffix(self._asked)

    @property
    def values(self) -> dict[str, str]:
        """parameter → its first value, for filling inputs."""
        return {name: str(value) for name, value in self._asked.items()}

    def replacing(self, **values: str) -> str:
        """The question with some parameters given anew; an empty value leaves one out."""
        asked = self._asked.copy()
        for name, value in values.items():
            asked.pop(name, None)
            if value:
                asked[name] = value
        return _suffix(asked) or "?"

    def without(self, parameter: str, value: str) -> str:
        asked = self._asked.copy()
        asked.setlist(parameter, [v for v in asked.getlist(parameter) if v.strip() != value])
        return _suffix(asked) or "?"

    def only(self, *names: str) -> str:
        asked = QueryDict(mutable=True)
        for name in names:
            if name in self._asked:
                asked.setlist(name, self._asked.getlist(name))
        return _suffix(asked) or "?"

    def hidden(self, *shown: str) -> list[tuple[str, str]]:
        """Names and values that a form must carry along, without those that it shows."""
        return [
            (name, str(value))
            for name, values in self._asked.lists()
            if name not in shown
            for value in values
        ]


def _suffix(asked: QueryDict) -> str:
    text = asked.urlencode(safe=",")
    return f"?{text}" if text else ""


def question_context(request: HttpRequest, search: PartnershipSearch) -> dict[str, Any]:
    """What list and map show around their answer: counts, facets, chips, sorts."""
    question = Question(request.GET)
    return {
        "search": search,
        "today": search.today,
        "question": question,
        "count": search.count,
        "heading": heading(search),
        "chips": _chips(search, question),
        "sorts": _sorts(search, question),
        "facets": search.facets(),
        "correction": corrected(search, question),
        "clear": question.only("q", "sort"),
        "question_without_words": question.replacing(q=""),
        "carried": question.hidden("q", "began_from", "began_to", *FORM_FACETS),
    }


def asked_context(request: HttpRequest, search: PartnershipSearch) -> dict[str, Any]:
    """What a page that shows no list says of its question: in words and as chips."""
    question = Question(request.GET)
    return {
        "question": question,
        "count": search.count,
        "heading": heading(search),
        "chips": _chips(search, question),
        "clear": "?",
    }


#: Facets that the form shows as boxes to tick: everything that a facet list may hold.
FORM_FACETS = tuple(
    name
    for name in PartnershipFilterSet.base_filters
    if name not in ("q", "institution", *_OTHER, *SHAPE)
)


def heading(search: PartnershipSearch) -> str:
    """The answer in a few words: 54 partnerships in Malawi."""
    noun = "partnership" if search.count == 1 else "partnerships"
    text = f"{search.count:,} {noun}"
    if search.words:
        text += f" for “{search.words}”"
    places = [c.label for c in search.chosen if c.parameter == "country"]
    if 0 < len(places) <= 3:
        text += " in " + " or ".join([", ".join(places[:-1]), places[-1]] if places[1:] else places)
    return text


def _chips(search: PartnershipSearch, question: Question) -> list[Chip]:
    facets = [
        Chip(chosen.heading, chosen.label, question.without(chosen.parameter, chosen.value))
        for chosen in search.chosen
    ]
    given = question.values
    others = [
        Chip(
            label,
            _IN_WORDS.get((name, given[name])) or _IN_WORDS.get((name, "")) or given[name],
            question.replacing(**{name: ""}),
        )
        for name, label in _OTHER.items()
        if name in given and name != "institution"
    ]
    return facets + others


def _sorts(search: PartnershipSearch, question: Question) -> list[Sort]:
    """The orders to offer; best match only where there is something to match."""
    return [
        Sort(label, question.replacing(sort=name), name == search.sort)
        for name, label in SORTS.items()
        if name != "relevance" or search.words
    ]


def shown_first(facet: Facet, most: int = 6) -> list[FacetOption]:
    """The options that a facet shows unopened: the most frequent and every chosen one."""
    options = _worth_showing(facet)
    return [o for i, o in enumerate(options) if (i < most and o.count) or o.is_selected]


def shown_later(facet: Facet, most: int = 6) -> list[FacetOption]:
    shown = shown_first(facet, most)
    return [option for option in _worth_showing(facet) if option not in shown]


def _worth_showing(facet: Facet) -> list[FacetOption]:
    """Nearly every partnership has a UK end: as a country it would say nothing, unless chosen."""
    return [
        option
        for option in facet.options
        if facet.parameter != "country" or option.value != HOME_COUNTRY or option.is_selected
    ]
