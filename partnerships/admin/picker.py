"""Two number inputs for a place; under them a search for places that are known, and a small map.

Both are made by static/js/picker, and only fill the inputs in: without it these work as they are.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import path, reverse

from partnerships.places import places_called

MOST_LETTERS = 100

OUTLINES = "vendor/world-atlas/countries-50m.json"


class CoordinateInput(forms.NumberInput):
    """One of the two inputs. Its partner is the one whose name ends in the other word."""

    def __init__(self, limit: int) -> None:
        super().__init__(attrs={"step": "any", "min": -limit, "max": limit, "size": 12})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # The address is asked for when the page is made: it carries a fingerprint in production.
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-picker-outlines": static(OUTLINES),
            "data-picker-places": reverse("admin:partnerships_institution_places"),
        }
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


class PlaceSearch(admin.options.BaseModelAdmin[Any]):
    """For the admin of institutions: what the picker asks. Nothing leaves the site."""

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.places_view)
        name = "partnerships_institution_places"
        return [path("places.json", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def places_view(self, request: HttpRequest) -> JsonResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.GET.get("q", "").replace("\x00", "")[:MOST_LETTERS]
        return JsonResponse({"places": [asdict(place) for place in places_called(asked)]})
