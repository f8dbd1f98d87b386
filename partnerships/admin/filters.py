"""Filters of the admin's lists, in one query each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partnerships.admin.scoping import viewer_for
from partnerships.choices import Freshness
from partnerships.models import Country, FacetValue, HealthBoard


class OwnerFilter(admin.SimpleListFilter):
    """Whose records: one's own Boards' first."""

    title = "Health Board"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        boards = HealthBoard.objects.order_by("institution__name")
        known = [(str(pk), name) for pk, name in boards.values_list("pk", "institution__name")]
        own = [("mine", "Your Boards'")] if viewer_for(request).boards else []
        return [*own, ("unit", "The unit's"), *known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == "mine":
            return queryset.filter(health_board__in=viewer_for(request).boards)
        if value == "unit":
            return queryset.filter(health_board__isnull=True)
        if value and value.isdecimal():
            return queryset.filter(health_board=int(value[:18]))
        return queryset


class FreshnessFilter(admin.SimpleListFilter):
    title = "confirmed"
    parameter_name = "confirmed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Freshness.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in Freshness.values:
            return queryset
        found: QuerySet[Any] = queryset.of_freshness(  # type: ignore[attr-defined]
            [self.value()], timezone.localdate()
        )
        return found


class CountryFilter(admin.SimpleListFilter):
    title = "country"
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = FacetValue.objects.filter(facet="country").values("value")
        found = Country.objects.filter(alpha2__in=named).order_by("common_name")
        return list(found.values_list("alpha2", "common_name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        named = FacetValue.objects.filter(facet="country", value=self.value())
        return queryset.filter(pk__in=named.values("partnership"))
