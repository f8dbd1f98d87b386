"""The figures of a question: a page, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mapapp.querystring import Question, asked_context, search_from
from mapapp.views.errors import invalid_question
from partnerships.search import InvalidQuestion
from partnerships.stats import Chart, Statistics, as_csv

#: What the form of the page lets people choose; anything else is carried along.
CHOICES = ("country", "board", "topic")


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    search = search_from(request)
    try:
        found = search.for_statistics()
    except InvalidQuestion as invalid:
        return invalid_question(request, invalid.errors, again="statistics")
    choices = _choices(found)
    context = asked_context(request, search)
    context |= {
        "statistics": found,
        "today": search.today,
        "choices": choices,
        "carried": context["question"].hidden(*(chart.name for chart in choices), "sort"),
    }
    return render(request, "statistics/statistics.html", context)


def _choices(found: Statistics) -> list[Chart]:
    """The lists to choose from; one of which several values are asked has its chips instead."""
    charts = [found.chart(name) for name in CHOICES]
    return [c for c in charts if sum(option.is_selected for option in c.options) < 2]


@require_safe
def statistics_csv(request: HttpRequest) -> HttpResponseBase:
    search = search_from(request)
    try:
        found = search.for_statistics()
    except InvalidQuestion as invalid:
        return JsonResponse({"errors": invalid.errors}, status=400)
    rows = as_csv(found, _addresses(found, Question(request.GET)))
    response = HttpResponse("".join(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="statistics.csv"'
    return response


def _addresses(found: Statistics, question: Question) -> Iterator[str]:
    """The list of all of them, then that of each bar."""
    address = settings.SITE_URL + reverse("partnership_list")
    yield address + question.suffix
    for chart in found.charts:
        for bar in chart.bars:
            yield address + question.replacing(**bar.asks)
