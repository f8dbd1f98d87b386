"""Partnerships: the list, the map, and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from mapapp.querystring import find_context, search_from, tidied
from mapapp.views.errors import invalid_question, removed
from mapapp.views.partnership_page import partnership_context
from partnerships.lookup import Gone, Moved, NotFound, partnership_for
from partnerships.models import Partnership
from partnerships.public_history import public_history
from partnerships.search import InvalidQuestion


@require_safe
@vary_on_headers("HX-Request")
def partnership_list(request: HttpRequest) -> HttpResponse:
    """The find page, list first."""
    return _find(request, "list")


@require_safe
@vary_on_headers("HX-Request")
def partnership_map(request: HttpRequest) -> HttpResponse:
    """The find page, map first. The map's script asks for its data; the list is beside it."""
    return _find(request, "map")


def _find(request: HttpRequest, view: str) -> HttpResponse:
    """The whole page; for its own script only what a question changes."""
    is_fragment = request.headers.get("HX-Request") == "true"
    address = None if is_fragment else tidied(request)
    if address:
        return redirect(address)
    try:
        context = find_context(request, search_from(request))
    except InvalidQuestion as invalid:
        again, last = f"partnership_{view}", invalid.last_page
        return invalid_question(request, invalid.errors, again=again, last_page=last)
    template = "partnerships/_found.html" if is_fragment else "partnerships/find.html"
    return render(request, template, context | {"view": view, "is_fragment": is_fragment})


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
    except Gone as gone:
        return removed(request, gone)
    except NotFound:
        raise Http404 from None
    return partnership if partnership.slug == slug else redirect(page, slug=partnership.slug)
