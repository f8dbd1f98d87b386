"""Countries in the admin: kept by the unit, read by everybody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from partnerships.admin.records import RecordAdmin
from partnerships.models import Country, User
from partnerships.policies.permissions import Viewer
from partnerships.services import vocabularies


@admin.register(Country)
class CountryAdmin(RecordAdmin):
    fieldsets = [
        (None, {"fields": ["common_name", "name", "aliases"]}),
        ("Codes", {"fields": ["alpha2", "alpha3", "numeric", "is_official"]}),
        (
            "Groups",
            {
                "fields": [
                    "who_region",
                    "income_group",
                    "income_year",
                    "un_region",
                    "un_subregion",
                    "is_least_developed",
                    "is_on_safeguards_list",
                    "is_partner_country",
                ]
            },
        ),
        (
            "On the map",
            {
                "fields": [
                    ("latitude", "longitude"),
                    ("bbox_west", "bbox_east"),
                    ("bbox_south", "bbox_north"),
                ]
            },
        ),
    ]
    list_display = ["common_name", "alpha2", "who_region", "income_group", "is_partner_country"]
    list_filter = ["who_region", "income_group", "is_partner_country", "is_on_safeguards_list"]
    search_fields = ["common_name", "name", "alpha2__iexact", "alpha3__iexact"]
    ordering = ["common_name"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["alpha2"] if obj else []  # it is the key

    def write(self, obj: Country, *, by: User, reason: str) -> bool:
        return vocabularies.save_country(obj, by=by, reason=reason)
