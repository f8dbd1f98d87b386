"""A map or a list for other people's pages: what the address asks, for everybody alike."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from mapapp.querystring import Question, asked_context, public_search_from
from mapapp.views.errors import invalid_question

#: The list shows so many; the rest is on the site.
SHOWN = 25
SMALLEST, LARGEST = 200, 2000
#: view → what it is called, and its height in pixels unless told.
VIEWS = {"map": ("Map", 480), "list": ("List", 640)}

framed_anywhere = csp_replace({"frame-ancestors": ["*"]})


@require_safe
@framed_anywhere
@xframe_options_exempt
def embed_map(request: HttpRequest) -> HttpResponse:
    return _embedded(request, "map")


@require_safe
@framed_anywhere
@xframe_options_exempt
def embed_list(request: HttpRequest) -> HttpResponse:
    return _embedded(request, "list")


def _embedded(request: HttpRequest, view: str) -> HttpResponse:
    """Locked: nothing in it leads to another question but on the site, in a tab of its own."""
    search = public_search_from(request)
    if search.errors:
        problems = [message for messages in search.errors.values() for message in messages]
        return render(request, "embed/invalid.html", {"problems": problems}, status=400)
    context = asked_context(request, search) | {"today": search.today}
    context["data_question"] = context["question"].replacing(public="1")
    if view == "list":
        partnerships = list(search.for_list()[:SHOWN])
        context |= {"partnerships": partnerships, "left": search.count - len(partnerships)}
    return render(request, f"embed/{view}.html", context)


class _Frame(forms.Form):
    """How the frame shall look; every field may be left out."""

    view = forms.ChoiceField(
        required=False,
        choices=[(name, label) for name, (label, _) in VIEWS.items()],
        error_messages={"invalid_choice": "Choose map or list."},
    )
    width = forms.IntegerField(required=False, min_value=SMALLEST, max_value=LARGEST)
    height = forms.IntegerField(required=False, min_value=SMALLEST, max_value=LARGEST)


@require_safe
@csp_update({"frame-src": [SELF]})  # the preview
def embed_generator(request: HttpRequest) -> HttpResponse:
    search, form = public_search_from(request), _Frame(request.GET)
    problems = search.errors | {name: list(map(str, said)) for name, said in form.errors.items()}
    if problems:
        return invalid_question(request, problems, again="embed_generator")
    context = asked_context(request, search)
    context |= _frame(context["question"], form.cleaned_data, context["chips"])
    return render(request, "embed/generator.html", context)


def _frame(question: Question, asked: dict[str, Any], chips: list[Any]) -> dict[str, Any]:
    view = asked["view"] or "map"
    width, height = asked["width"], asked["height"] or VIEWS[view][1]
    what = ", ".join(chip.label for chip in chips) or "all"
    title = f"Health partnerships: {question.values.get('q') or what}"
    paths = {name: reverse(f"embed_{name}") + question.suffix for name in VIEWS}
    code = format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" style="border:0">'
        "</iframe>",
        settings.SITE_URL + paths[view],
        title,
        width or "100%",
        height,
    )
    return {
        "view": view,
        "views": [(name, label, paths[name]) for name, (label, _) in VIEWS.items()],
        "width": width,
        "height": height,
        "smallest": SMALLEST,
        "largest": LARGEST,
        "title": title,
        "path": paths[view],
        "site_url": settings.SITE_URL,
        "code": code,
        "hidden": question.hidden(),
    }
