"""Where bulk data came from, in the admin: read, and undone as a whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from partnerships.admin.importing import ImportPages
from partnerships.admin.records import ServiceAdmin
from partnerships.admin.scoping import ReadOnly
from partnerships.models import ImportRow, ImportRun
from partnerships.policies.permissions import Viewer, can_import, can_see_import


@admin.register(ImportRun)
class ImportRunAdmin(ImportPages, ReadOnly, ServiceAdmin):
    """Adding one means sending a file; its page is what became of it."""

    for_champions = True
    list_display = [
        "file_name",
        "applied_at",
        "applied_by",
        "created",
        "updated",
        "unchanged",
        "undone_at",
    ]
    list_select_related = ["applied_by"]
    search_fields = ["file_name"]
    ordering = ["-applied_at"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return obj is None or can_see_import(viewer, applied_by_id=obj.applied_by_id)

    def may_add(self, viewer: Viewer) -> bool:
        return can_import(viewer)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        return rows.visible_to(viewer)


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnly, ServiceAdmin):
    fieldsets = [
        (None, {"fields": ["run", "number", "slug", "verdict", "reason", "partnership"]}),
        ("What the file said", {"fields": ["cells"]}),
        ("Undone", {"fields": ["before", "undone_at", "kept_because"]}),
    ]
    list_display = ["number", "slug", "verdict", "run", "partnership"]
    list_filter = ["verdict"]
    list_select_related = ["run", "partnership"]
    search_fields = ["slug"]
    ordering = ["-run", "number"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("run", "partnership")
