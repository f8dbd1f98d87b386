"""The home page, and pages that are only text."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mapapp.querystring import search_for
from partnerships.models import HOME_COUNTRY

TOPICS_SHOWN = 12
COUNTRIES_SHOWN = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    search = search_for(request)
    country, topic, board = search.facets(("country", "topic", "board"))
    abroad = [o for o in country.options if o.count and o.value != HOME_COUNTRY]
    context = {
        "count": search.count,
        "country_count": len(abroad),
        "countries": abroad[:COUNTRIES_SHOWN],
        "topics": topic.options[:TOPICS_SHOWN],
        "boards": sorted(board.options, key=lambda option: option.label),
    }
    return render(request, "home/home.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/about.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")
