"""Institutions: the list, and one with everybody who works with it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from mapapp.querystring import Question, search_for
from mapapp.views.colleagues import colleagues_of
from mapapp.views.errors import invalid_question
from partnerships.institution_search import InstitutionSearch
from partnerships.models import Institution
from partnerships.policies.coordinates import shows_city
from partnerships.search import InvalidQuestion, Moved, NotFound, institution_for

#: The page shows so many partnerships itself; the list has the rest.
SHOWN = 25
#: Colleagues are counted over at most so many partnerships.
COUNTED = 100


@require_safe
def institution_list(request: HttpRequest) -> HttpResponse:
    search = InstitutionSearch(request.GET)
    try:
        page = search.page()
    except InvalidQuestion as invalid:
        return invalid_question(request, invalid.errors, again="institution_list")
    context = {
        "page": page,
        "institutions": list(page),
        "words": search.asked("q") or "",
        "question": Question(request.GET),
    }
    return render(request, "institutions/list.html", context)


@require_safe
def institution_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One institution. A former address redirects for ever; an id leads to the address."""
    try:
        institution = institution_for(slug)
    except Moved as moved:
        return redirect("institution_detail", slug=moved.slug, permanent=True)
    except NotFound:
        raise Http404 from None
    if institution.slug != slug:
        return redirect("institution_detail", slug=institution.slug)
    return render(request, "institutions/detail.html", _context(request, institution))


def _context(request: HttpRequest, institution: Institution) -> dict[str, Any]:
    search = search_for(request, institution=institution.slug)
    partnerships = list(search.for_list()[:COUNTED])
    return {
        "institution": institution,
        "shows_city": shows_city(institution.location_level),
        "aliases": list(institution.aliases.order_by("name")),
        "identifiers": list(institution.identifiers.order_by("scheme", "value")),
        "children": list(institution.children.for_list()),
        "predecessors": list(institution.predecessors.for_list()),
        "board": getattr(institution, "health_board", None),
        "partnerships": partnerships[:SHOWN],
        "count": search.count,
        "colleagues": colleagues_of(institution, partnerships),
        "counted": len(partnerships),
        "question": f"?institution={institution.slug}",
        "today": search.today,
    }
