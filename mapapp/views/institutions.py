"""Institutions: the list, and one with everybody who works with it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from mapapp.querystring import Question
from mapapp.views import page_head
from mapapp.views.errors import invalid_question, removed
from mapapp.views.subjects import Subject
from partnerships.institution_search import InstitutionSearch
from partnerships.lookup import Gone, Moved, NotFound, institution_for
from partnerships.models import Institution
from partnerships.neighbours import near, other_names
from partnerships.search import InvalidQuestion


@require_safe
def institution_list(request: HttpRequest) -> HttpResponse:
    search = InstitutionSearch(request.GET)
    try:
        page = search.page()
    except InvalidQuestion as invalid:
        last = invalid.last_page
        return invalid_question(request, invalid.errors, again="institution_list", last_page=last)
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
    except Gone as gone:
        return removed(request, gone)
    except NotFound:
        raise Http404 from None
    if institution.slug != slug:
        return redirect("institution_detail", slug=institution.slug)
    return render(request, "institutions/detail.html", _context(request, institution))


def _context(request: HttpRequest, institution: Institution) -> dict[str, Any]:
    subject = Subject(request, "institution", institution.slug, institution.name)
    subject.name("topic")
    around = near(institution)
    aliases, identifiers = other_names(institution)
    description = f"{institution.name}: its health partnerships, and who it works with."
    return subject.context(colleagues_without=institution.pk) | {
        "institution": institution,
        "aliases": aliases,
        "identifiers": identifiers,
        "near": around,
        "board": getattr(institution, "health_board", None),
        "topics": subject.links("topic"),
        "head": page_head.page_head(
            institution.name,
            description,
            f"/institutions/{institution.slug}/",
            page_head.organisation(institution),
        ),
    }
