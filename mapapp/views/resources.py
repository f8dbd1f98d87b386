"""Toolkits and guides: what others have published to help, by whom and for what it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mapapp.querystring import Chip, Question
from mapapp.views.errors import invalid_question
from partnerships.paging import InvalidQuestion
from partnerships.public_lists import resource_record
from partnerships.resource_search import HEADINGS, MEANINGS, ResourceSearch

#: (group or "", its options: value, label, whether it is chosen).
Groups = list[tuple[str, list[tuple[str, str, bool]]]]


@require_safe
def resource_list(request: HttpRequest) -> HttpResponse:
    question = Question(request.GET, reverse("resource_list"), (*MEANINGS, "page"))
    search = ResourceSearch(request.GET)
    try:
        context = _context(search, question)
    except InvalidQuestion as invalid:
        return invalid_question(
            request,
            invalid.errors,
            again="resource_list",
            last_page=invalid.last_page,
            question=question,
        )
    return render(request, "resources/list.html", context)


def _context(search: ResourceSearch, question: Question) -> dict[str, Any]:
    """Raises InvalidQuestion."""
    page = search.page()
    return {
        "page": page,
        "resources": [resource_record(row, search.titles) | {"row": row} for row in page],
        "question": question,
        "selects": _selects(search),
        "chips": [
            Chip(heading, label, question.without(name, value))
            for name, heading, value, label in search.chosen
        ],
        "clear": reverse("resource_list"),
    }


def _selects(search: ResourceSearch) -> list[dict[str, Any]]:
    """One choice for each parameter with at least two values. Several values of one, which only an
    address can ask for, stand as chips, and nothing is chosen."""
    lists: dict[str, Groups] = {
        name: [("", _options(values, search.asked(name)))]
        for name, values in search.choices().items()
    }
    asked = search.asked("principle")
    lists["principle"] = [
        (
            guide.title,
            _options({guide.code: f"{guide.title} (all of it)"} | guide.principles, asked),
        )
        for guide in search.guides
    ]
    return [
        {"name": name, "heading": HEADINGS[name], "groups": lists[name], "any": _ANY[name]}
        for name in MEANINGS
        if search.asked(name) or sum(len(options) for _, options in lists[name]) > 1
    ]


_ANY = {
    "publisher": "Anybody",
    "audience": "Anybody",
    "topic": "Any topic",
    "principle": "Any principle",
    "language": "Any language",
}


def _options(values: dict[str, str], asked: dict[str, str]) -> list[tuple[str, str, bool]]:
    return [(value, label, list(asked) == [value]) for value, label in values.items()]
