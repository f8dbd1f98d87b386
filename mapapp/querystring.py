"""The query string: the only place where request.GET meets PartnershipSearch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from mapapp.corrections import corrected
from mapapp.facet_lists import Group, groups
from mapapp.headings import heading
from partnerships.filters import NUMBER, PAGE_ONLY, SHAPE, SORTS, PartnershipFilterSet
from partnerships.lookup import SLUG
from partnerships.search import PAGE_SIZE, InvalidQuestion, PartnershipSearch
from partnerships.vocabulary import VOCABULARIES

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
#: PAGE_ONLY are of the page alone, and no answer depends on them: how many cards it shows, what its
#: map looks at (`lat,lon,zoom`) and which partnership is selected on it (a slug).
PAGE_SIZES = (25, 50, 100)
#: Ways out of an empty answer.
MOST_WAYS = 6
_CARRIED = (*PartnershipFilterSet.base_filters, "page_size")


def search_from(request: HttpRequest) -> PartnershipSearch:
    """The question that the address asks, for whoever asks it."""
    return PartnershipSearch(request.GET, viewer=request.user)


def public_search_from(request: HttpRequest) -> PartnershipSearch:
    """The same as a visitor may see it, whoever asks."""
    return PartnershipSearch(request.GET)


def map_search_from(request: HttpRequest) -> PartnershipSearch:
    """For the data of a map: any `public` asks for what a visitor sees, as every frame does."""
    return public_search_from(request) if request.GET.get("public") else search_from(request)


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


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of an empty answer: what to ask instead, and how many results that would give."""

    label: str
    url: str
    count: int


class Question:
    """The known, non-empty parameters of an address without its page: what links carry on.

    `bare` is the address of the question that asks nothing; "?" leads to it from any page.
    `known` names the parameters, unless they are those of partnerships.
    """

    def __init__(self, asked: QueryDict, bare: str = "?", known: Iterable[str] = _CARRIED) -> None:
        self._bare = bare
        self._asked = QueryDict(mutable=True)
        for name in known:
            values = [value for value in asked.getlist(name) if value.strip()]
            if values and name != "page":
                self._asked.setlist(name, list(dict.fromkeys(values)))

    def __bool__(self) -> bool:
        return any(name not in (*SHAPE, *PAGE_ONLY) for name in self._asked)

    @property
    def suffix(self) -> str:
        """What to put after a path, for any door: `?…`, or nothing."""
        asked = self._asked.copy()
        asked.pop("page_size", None)
        return _suffix(asked)

    @property
    def page_suffix(self) -> str:
        """The same for the other view of this page, with the number of results per page."""
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
        return _suffix(asked) or self._bare

    def adding(self, parameter: str, value: str) -> str:
        """The question with one more value of a parameter, beside those that it has."""
        asked = self._asked.copy()
        asked.setlist(parameter, list(dict.fromkeys([*asked.getlist(parameter), value])))
        return _suffix(asked)

    def without(self, parameter: str, value: str) -> str:
        asked = self._asked.copy()
        asked.setlist(parameter, [v for v in asked.getlist(parameter) if v.strip() != value])
        return _suffix(asked) or self._bare

    def only(self, *names: str) -> str:
        asked = QueryDict(mutable=True)
        for name in names:
            if name in self._asked:
                asked.setlist(name, self._asked.getlist(name))
        return _suffix(asked) or self._bare

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


def page_problems(request: HttpRequest) -> dict[str, list[str]]:
    """What is wrong with the parameters of the page alone, by parameter."""
    reads = {"page_size": _page_size, "at": _looked_at, "show": _shown}
    problems = {}
    for name, read in reads.items():
        given = [text.strip() for text in request.GET.getlist(name) if text.strip()]
        if len(given) > 1:
            problems[name] = ["Give this once."]
        elif given and not read(given[0]):
            problems[name] = [_WRONG[name]]
    return problems


_WRONG = {
    "page_size": f"Write {', '.join(map(str, PAGE_SIZES[:-1]))} or {PAGE_SIZES[-1]}.",
    "at": "Write the place as latitude,longitude,zoom, such as -13.5,34.2,6.",
    "show": "Write the last part of the partnership’s address.",
}


def _page_size(text: str) -> bool:
    return bool(NUMBER.fullmatch(text)) and int(text) in PAGE_SIZES


#: The map's own script reads `at` the same way: static/js/map/tools.js.
_PLACE = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,9})?,){2}[0-9]{1,2}(\.[0-9]{1,9})?")


def _looked_at(text: str) -> bool:
    if not _PLACE.fullmatch(text):
        return False
    latitude, longitude, zoom = map(float, text.split(","))
    return abs(latitude) <= 90 and abs(longitude) <= 360 and zoom <= 20


def _shown(text: str) -> bool:
    return bool(SLUG.fullmatch(text))


def page_size(request: HttpRequest) -> int:
    text = request.GET.get("page_size", "").strip()
    return int(text) if text else PAGE_SIZE


def tidied(request: HttpRequest) -> str | None:
    """The same address without the parameters that a form left empty, or None if there are none.

    Only a form without JavaScript sends them; nobody should have to share them.
    """
    asked = request.GET.copy()
    for name in (*_CARRIED, *PAGE_ONLY, "page"):
        values = asked.getlist(name)
        if any(not value.strip() for value in values):
            asked.setlist(name, [value for value in values if value.strip()])
    return None if asked == request.GET else request.path + _suffix(asked)


def find_context(request: HttpRequest, search: PartnershipSearch) -> dict[str, Any]:
    """What list and map show of a question. Raises InvalidQuestion."""
    if errors := search.errors | page_problems(request):
        raise InvalidQuestion(errors)
    question = Question(request.GET, request.path)
    size = page_size(request)
    lists = groups(search.facets_of_page(), question)  # these say how many results there are
    page = search.page(size)
    partnerships = list(page)
    chips = _chips(search, question)
    return {
        "search": search,
        "today": search.today,
        "question": question,
        "count": search.count,
        "heading": heading(search),
        "chips": chips,
        "filters_chosen": len(chips) - bool(search.words),
        "sorts": _sorts(search, question),
        "correction": corrected(search, question),
        "sizes": _sizes(question, size),
        "groups": lists,
        "clear": question.only("sort", "page_size"),
        "carried": _carried(question, lists),
        "page": page,
        "partnerships": partnerships,
        "places": search.places(partnerships),
        "ways": _ways(search, question) if not search.count else [],
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


def _chips(search: PartnershipSearch, question: Question) -> list[Chip]:
    words = [Chip("Words", f"“{search.words}”", question.replacing(q=""))] if search.words else []
    facets = [
        Chip(chosen.heading, chosen.label, question.without(chosen.parameter, chosen.value))
        for chosen in search.chosen
    ]
    given = question.values
    others = [
        Chip(
            label,
            _in_words(name, given[name]),
            question.replacing(**{name: ""}),
        )
        for name, label in _OTHER.items()
        if name in given and name != "institution"
    ]
    return words + facets + others


def _in_words(name: str, value: str) -> str:
    return _IN_WORDS.get((name, value)) or _IN_WORDS.get((name, "")) or value


def _carried(question: Question, lists: list[Group]) -> list[tuple[str, str]]:
    """What the form sends besides its words, years and boxes: an institution may have no box."""
    boxes = {(row.parameter, row.option.value) for group in lists for row in group.rows}
    boxed = set(VOCABULARIES) - {"institution"}
    hidden = question.hidden("q", "began_from", "began_to", *boxed)
    return [pair for pair in hidden if pair not in boxes]


def _ways(search: PartnershipSearch, question: Question) -> list[Way]:
    """Fewer words, then what to leave out, each the most fruitful first; nothing that would still
    find nothing."""
    names = {name: vocabulary.heading for name, vocabulary in VOCABULARIES.items()} | _OTHER
    labels: dict[str, list[str]] = {}
    for chosen in search.chosen:
        labels.setdefault(chosen.parameter, []).append(chosen.label)
    given = {name: _in_words(name, value) for name, value in question.values.items()}
    without_each, in_fewer_words = search.ways_out()
    ways = []
    for name, count in without_each.items():
        if name == "q":
            label = f"the words “{search.words}”"
        else:
            label = f"{names[name]}: {' or '.join(labels.get(name, [given.get(name, '')])[:4])}"
        ways.append(Way(f"without {label}", question.replacing(**{name: ""}), count))
    ways = [way for way in ways if way.count]
    fewer = [
        Way(f"only “{words}”", question.replacing(q=words), count)
        for words, count in in_fewer_words.items()
        if count
    ]
    return (fewer[: MOST_WAYS - min(len(ways), MOST_WAYS // 2)] + ways)[:MOST_WAYS]


def _sizes(question: Question, size: int) -> list[Sort]:
    return [
        Sort(str(number), question.replacing(page_size=_other(number)), number == size)
        for number in PAGE_SIZES
    ]


def _other(number: int) -> str:
    return "" if number == PAGE_SIZE else str(number)


def _sorts(search: PartnershipSearch, question: Question) -> list[Sort]:
    """The orders to offer; best match only where there is something to match."""
    return [
        Sort(label, question.replacing(sort=name), name == search.sort)
        for name, label in SORTS.items()
        if name != "relevance" or search.words
    ]
