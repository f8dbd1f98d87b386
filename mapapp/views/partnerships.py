"""Partnerships: the list, the map, and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from mapapp.querystring import question_context, search_from
from mapapp.views.errors import invalid_question
from mapapp.views.partnership_page import partnership_context
from partnerships.models import Partnership
from partnerships.public_history import public_history
from partnerships.search import InvalidQuestion, Moved, NotFound, partnership_for


@require_safe
def partnership_list(request: HttpRequest) -> HttpResponse:
    search = search_from(request)
    try:
        page = search.page()
    except InvalidQuestion as invalid:
        return invalid_question(request, invalid.errors, again="partnership_list")
    context = question_context(request, search)
    context |= {"page": page, "partnerships": list(page)}
    return render(request, "partnerships/list.html", context)


@require_safe
def partnership_map(request: HttpRequest) -> HttpResponse:
    """The map of a question. Its script asks for the data; without it the list is one link away."""
    search = search_from(request)
    if search.errors:
        return invalid_question(request, search.errors, again="partnership_map")
    return render(request, "partnerships/map.html", question_context(request, search))


@require_safe
def partnership_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One record. A former address redirects for ever; a permanent id leads to the address."""
    found = _record(request, slug, "partnership_detail")
    if isinstance(found, HttpResponse):
        return found
    return render(request, "partnerships/detail.html", partnership_context(request, found))


@require_safe
def partnership_history(request: HttpRequest, slug: str) -> HttpResponse:
    """What has changed of one record since the public first saw it."""
    found = _record(request, slug, "partnership_history")
    if isinstance(found, HttpResponse):
        return found
    context = {"partnership": found, "history": public_history(found)}
    return render(request, "partnerships/history.html", context)


def _record(request: HttpRequest, slug: str, page: str) -> Partnership | HttpResponse:
    """The record that an address names, or the way to its address. Raises Http404."""
    try:
        partnership = partnership_for(slug, viewer=request.user)
    except Moved as moved:
        return redirect(page, slug=moved.slug, permanent=True)
    except NotFound:
        raise Http404 from None
    return partnership if partnership.slug == slug else redirect(page, slug=partnership.slug)
