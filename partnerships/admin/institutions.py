"""Institutions in the admin, with their other names, numbers and place."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from partnerships.admin.acts import ActPages
from partnerships.admin.duplicates import DuplicatePages
from partnerships.admin.forms import RecordForm
from partnerships.admin.merged import MergedAdmin
from partnerships.admin.picker import LIMITS, CoordinateInput, PlaceSearch
from partnerships.admin.records import RowInline
from partnerships.admin.scoping import viewer_for
from partnerships.admin.similar import SimilarInstitutions
from partnerships.models import Identifier, Institution, InstitutionAlias, User
from partnerships.policies.coordinates import shows_city
from partnerships.policies.normalise import query_words
from partnerships.policies.permissions import Viewer, can_add_institution
from partnerships.services import institutions
from partnerships.textsearch import MAX_LENGTH


class AliasInline(RowInline, admin.TabularInline[Any, Any]):
    model = InstitutionAlias
    fields = ["name", "kind", "until"]
    ordering = ["name"]
    verbose_name = "other name"
    verbose_name_plural = "other names"


class IdentifierInline(RowInline, admin.TabularInline[Any, Any]):
    model = Identifier
    fields = ["scheme", "value"]
    ordering = ["scheme", "value"]
    verbose_name_plural = "numbers in other registers"


class InstitutionForm(RecordForm):
    class Meta:
        widgets = {name: CoordinateInput(limit) for name, limit in LIMITS.items()}


@admin.register(Institution)
class InstitutionAdmin(PlaceSearch, DuplicatePages, SimilarInstitutions, ActPages, MergedAdmin):  # type: ignore[misc]  # one ships no types
    """Institutions are shared: a champion adds one, and changes it until others rely on it."""

    form = InstitutionForm
    fieldsets = [
        ("What it is", {"fields": ["name", "slug", "local_name", "kind", "parent"]}),
        (
            "Where it is",
            {
                "fields": [
                    "country",
                    "uk_nation",
                    "city",
                    ("latitude", "longitude"),
                    "precision",
                    "location_level",
                    "location_source",
                ],
            },
        ),
        ("Where it says so", {"fields": ["website", "source_url"]}),
        (
            "What became of it",
            {
                "classes": ["collapse"],
                "fields": ["succession_kind", "successor", "succeeded_on"],
            },
        ),
        (
            "This record",
            {
                "classes": ["collapse"],
                "fields": ["public_id", "former_addresses", "created_at", "modified_at"],
            },
        ),
    ]
    readonly_fields = ["public_id", "former_addresses", "created_at", "modified_at"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["country", "parent", "successor"]
    inlines = [AliasInline, IdentifierInline]
    list_display = ["name", "kind", "town", "country", "parent", "is_placed"]
    list_filter = ["kind", "uk_nation", "country__who_region", "precision"]
    list_select_related = ["country", "parent"]
    search_fields = ["name"]  # get_search_results asks the words of all its names
    ordering = ["name_key"]
    for_champions = True

    @admin.display(description="on the map", boolean=True)
    def is_placed(self, obj: Institution) -> bool:
        return obj.latitude is not None

    @admin.display(description="town or city")
    def town(self, obj: Institution) -> str:
        return obj.city if shows_city(obj.location_level) else ""

    @admin.display(description="former addresses")
    def former_addresses(self, obj: Institution) -> str:
        if obj._state.adding:
            return "–"
        return ", ".join(sorted(row.slug for row in obj.former_slugs.all())) or "–"

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True

    def may_add(self, viewer: Viewer) -> bool:
        return can_add_institution(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return self.may_add(viewer) if obj is None else institutions.may_change(viewer, obj)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return viewer.edits_everything

    def label_of(self, obj: Institution) -> str:
        where = ", ".join(part for part in (self.town(obj), obj.country.common_name) if part)
        return f"{obj.name} ({where})"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("country", "parent", "health_board")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who only reads sees a place no more exactly than the public does."""
        stated = super().get_fieldsets(request, obj)
        if obj is None or viewer_for(request).sees_everything:
            return stated
        if obj.location_level == "exact" or self.has_change_permission(request, obj):
            return stated
        hidden = {("latitude", "longitude"), "location_source", "city"}
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f not in hidden]})
            for name, options in stated
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        return queryset.matching_words(query_words(search_term[:MAX_LENGTH])), False  # type: ignore[attr-defined]

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return f"/institutions/{obj.slug}/" if obj else None

    def write(self, obj: Institution, *, by: User, reason: str) -> bool:
        return institutions.save(obj, by=by, reason=reason)

    def remove(self, obj: Institution, *, by: User, reason: str) -> None:
        institutions.delete(obj, by=by, reason=reason)

    def settle(self, obj: Institution, *, by: User, reason: str) -> None:
        institutions.settle(obj, by=by, reason=reason)
