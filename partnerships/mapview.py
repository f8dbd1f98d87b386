"""Which part of the map is looked at: it chooses what is sent, never what counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError

from partnerships.filters import Box, BoxField, OneValueField, question_problems

ZOOM = re.compile(r"[0-9]{1,2}")
MOST_ZOOM = 18
#: The whole world on a page, where nothing is said.
FIRST_ZOOM = 2
WORLD = Box(-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Window:
    """`zoom` counts as in web maps: the world is 256 · 2^zoom pixels wide."""

    zoom: int = FIRST_ZOOM
    view: Box = WORLD


class ZoomField(OneValueField):
    def read(self, text: str) -> int:
        if not (ZOOM.fullmatch(text) and int(text) <= MOST_ZOOM):
            raise ValidationError(
                f"“{text}” is not a zoom. Write a whole number from 0 to {MOST_ZOOM}."
            )
        return int(text)


class _WindowForm(forms.Form):
    zoom = ZoomField(required=False)
    view = BoxField(required=False)


def window_of(params: Mapping[str, Sequence[str]]) -> tuple[Window, dict[str, list[str]]]:
    """The part that `zoom` and `view` name, and what is wrong with them, by parameter."""
    form = _WindowForm(params)
    problems = question_problems(form)
    if problems:
        return Window(), problems
    zoom, view = form.cleaned_data["zoom"], form.cleaned_data["view"]
    return Window(FIRST_ZOOM if zoom is None else zoom, view or WORLD), {}
