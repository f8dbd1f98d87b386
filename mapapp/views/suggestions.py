"""Suggestions for the search boxes, as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from partnerships.filters import OneValueField, WordsField, question_problems
from partnerships.suggest import GROUPS, Suggestion, suggestions

#: Parameters that stand for the page of one record.
_PAGES = {
    "partnership": "partnership_detail",
    "institution": "institution_detail",
    "board": "health_board_detail",
}


class _GroupField(OneValueField):
    def read(self, text: str) -> str:
        if text not in GROUPS:
            raise ValidationError(f"“{text}” is no group. Choose from {', '.join(GROUPS)}.")
        return text


class _Typed(forms.Form):
    q = WordsField(required=False)
    only = _GroupField(required=False)


@require_safe
@cache_control(public=True, max_age=300)
def suggest(request: HttpRequest) -> JsonResponse:
    """`groups` of `suggestions`: label, detail, count or null, address; the same for everybody.
    `only` names the one group that is wanted."""
    form = _Typed(request.GET)
    if problems := question_problems(form):
        return JsonResponse({"errors": problems}, status=400)
    only = form.cleaned_data["only"] or ""
    found = [each for each in suggestions(form.cleaned_data["q"] or "") if only in ("", each.group)]
    groups = [
        {"heading": GROUPS[group], "suggestions": [_shown(each) for each in some]}
        for group, some in groupby(found, key=lambda each: each.group)
    ]
    return JsonResponse({"groups": groups})


def _shown(each: Suggestion) -> dict[str, Any]:
    return {
        "label": each.label,
        "detail": each.detail,
        "count": each.count,
        "address": _address(each),
    }


def _address(each: Suggestion) -> str:
    if each.parameter in _PAGES:
        return reverse(_PAGES[each.parameter], args=[each.value])
    return f"{reverse('partnership_list')}?{urlencode({each.parameter: each.value})}"
