"""The admin site: its name and titles, and who may enter."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse


class LabelledChoices(AutocompleteJsonView):
    """Autocomplete whose choices read as their own admin says: names alone may not do."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        return result | {"text": self.model_admin.label_of(obj)}  # type: ignore[attr-defined]


class RegistryAdminSite(AdminSite):
    """Where champions and the coordination unit keep the records."""

    site_header = "NHS Scotland Global Citizenship: the registry"
    site_title = "Registry"
    index_title = "Records"

    def has_permission(self, request: HttpRequest) -> bool:
        """A current tenure or a role, asked on each request: access ends the day either does."""
        from partnerships.admin.scoping import may_enter, viewer_for

        return super().has_permission(request) and may_enter(viewer_for(request))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, LabelledChoices.as_view(admin_site=self)(request))
