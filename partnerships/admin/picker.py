"""Two number inputs for a place, and a small map under them that fills them in.

The map is drawn by static/js/picker/index.js; without it the inputs work as they are.
"""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.forms.widgets import Script
from django.templatetags.static import static

OUTLINES = "vendor/world-atlas/countries-50m.json"


class CoordinateInput(forms.NumberInput):
    """One of the two inputs. Its partner is the one whose name ends in the other word."""

    def __init__(self, limit: int) -> None:
        super().__init__(attrs={"step": "any", "min": -limit, "max": limit, "size": 12})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # The address is asked for when the page is made: it carries a fingerprint in production.
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-picker-outlines"] = static(OUTLINES)
        return context

    @property
    def media(self) -> forms.Media:
        return forms.Media(
            css={"all": ["leaflet/leaflet.css", "css/picker.css"]},
            js=[
                "leaflet/leaflet.js",
                "vendor/topojson/topojson-client.min.js",
                cast(str, Script("js/picker/index.js", type="module")),  # Media takes assets too
            ],
        )


LIMITS = {"latitude": 90, "longitude": 180}
