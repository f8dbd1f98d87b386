"""What the map asks for: its data, and the cards of one place."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from mapapp.querystring import Question, map_search_from
from partnerships.lookup import Moved, NotFound, institution_for
from partnerships.mapdata import map_countries as countries_to_draw
from partnerships.models import Institution
from partnerships.search import InvalidQuestion, PartnershipSearch

#: A popup holds so many cards; the rest is for the list.
MOST_CARDS = 10


@require_safe
def partnership_map_data(request: HttpRequest) -> JsonResponse:
    """What `partnerships.mapdata` describes, and where what it cannot place is listed."""
    try:
        data = map_search_from(request).for_map()
    except InvalidQuestion as invalid:
        return JsonResponse({"errors": invalid.errors}, status=400)
    question = Question(request.GET)
    data["unplaced_url"] = reverse("partnership_list") + question.replacing(on_map="no", sort="")
    return JsonResponse(data)


@require_safe
def partnerships_at(request: HttpRequest) -> HttpResponse:
    """A fragment: the cards of the question's partnerships that are drawn at `place`, a slug."""
    search = map_search_from(request)
    if search.errors:
        return render(request, "partnerships/_at.html", {"errors": search.errors}, status=400)
    try:
        place = institution_for(request.GET.get("place", ""))
    except (Moved, NotFound):
        raise Http404 from None
    found = list(search.for_place(place)[: MOST_CARDS + 1])
    context = {
        "place": place,
        "partnerships": found[:MOST_CARDS],
        "today": search.today,
        "ends": search.ends_at(place),
    }
    if len(found) > MOST_CARDS:
        context["more"] = _more(Question(request.GET), search, place)
    return render(request, "partnerships/_at.html", context)


def _more(question: Question, search: PartnershipSearch, place: Institution) -> dict[str, Any]:
    """The list's address with this place asked too, what it finds, and of which institutions.

    A list asks for institutions, not for what is drawn at a point: it may find more.
    """
    url = question.adding("institution", place.slug)
    asked = {one.value: one.label for one in search.chosen if one.parameter == "institution"}
    found = PartnershipSearch(QueryDict(url.removeprefix("?")), viewer=search.viewer)
    return {"url": url, "count": found.count, "names": list((asked | {place.slug: place}).values())}


@require_safe
@cache_control(public=True, max_age=3600)
def map_countries(request: HttpRequest) -> JsonResponse:
    """What joins the outlines to our countries, and where their names stand."""
    return JsonResponse({"countries": countries_to_draw()})
