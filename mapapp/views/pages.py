"""The home page, and pages that are only text."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch
from django.views.decorators.http import require_safe

from mapapp.headings import inline
from mapapp.querystring import search_for
from partnerships.facets import Facet, FacetOption
from partnerships.filters import MEANINGS
from partnerships.models import HOME_COUNTRY
from partnerships.sources import SOURCES

TOPICS_SHOWN = 16
COUNTRIES_SHOWN = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    search = search_for(request)
    names = ("country", "topic", "board", "stage", "confirmed")
    country, topic, board, stage, confirmed = search.facets(names)
    abroad = [o for o in country.options if o.count and o.value != HOME_COUNTRY]
    context = {
        "today": search.today,
        "count": search.count,
        "examples": _examples(request, abroad, topic, board),
        "country_count": len(abroad),
        "board_count": sum(1 for option in board.options if option.count),
        "active": _number(stage, "active"),
        "confirmed": _number(confirmed, "yes"),
        "countries": abroad[:COUNTRIES_SHOWN],
        "topics": topic.options[:TOPICS_SHOWN],
        "boards": sorted(board.options, key=lambda option: option.label),
    }
    return render(request, "home/home.html", context)


def _examples(
    request: HttpRequest, abroad: list[FacetOption], topic: Facet, board: Facet
) -> list[tuple[str, str]]:
    """(words, query string) of questions that find much today."""
    examples = []
    others = topic.options
    for country in abroad[:1]:
        (there,) = search_for(request, country=country.value).facets(("topic",))
        for common in there.options[:1]:
            words = f"{inline(common.label)} in {country.label}"
            examples.append((words, f"?country={country.value}&topic={common.value}"))
            others = [option for option in others if option.value != common.value]
    examples += [(inline(option.label), f"?topic={option.value}") for option in others[:1]]
    most = max(board.options, key=lambda option: option.count, default=None)
    return [*examples, (most.label, f"?board={most.value}")] if most and most.count else examples


def _number(facet: Facet, value: str) -> int:
    return next((option.count for option in facet.options if option.value == value), 0)


@require_safe
def find_champion(request: HttpRequest) -> HttpResponse:
    """To the Board that a form without JavaScript names; to all of them where it names none."""
    try:
        return redirect("health_board_detail", slug=request.GET.get("board", "").strip())
    except NoReverseMatch:
        return redirect("health_board_list")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/about.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/sources.html", {"sources": SOURCES})


@require_safe
def for_partners(request: HttpRequest) -> HttpResponse:
    """How other software reads the register; the parameters are those that the filters state."""
    return render(request, "pages/for_partners.html", {"meanings": MEANINGS})
