"""Where bulk data came from, in the admin: read only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from partnerships.admin.records import ServiceAdmin
from partnerships.admin.scoping import ReadOnly
from partnerships.models import ImportRow, ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly, ServiceAdmin):
    fieldsets = [
        (None, {"fields": ["file_name", "file_sha256", "applied_at", "applied_by"]}),
        ("What it did", {"fields": ["created", "updated", "unchanged"]}),
    ]
    list_display = ["file_name", "applied_at", "applied_by", "created", "updated", "unchanged"]
    list_select_related = ["applied_by"]
    search_fields = ["file_name"]
    ordering = ["-applied_at"]


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnly, ServiceAdmin):
    fieldsets = [
        (None, {"fields": ["run", "number", "slug", "verdict", "reason", "partnership"]}),
        ("What the file said", {"fields": ["cells"]}),
    ]
    list_display = ["number", "slug", "verdict", "run", "partnership"]
    list_filter = ["verdict"]
    list_select_related = ["run", "partnership"]
    search_fields = ["slug"]
    ordering = ["-run", "number"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("run", "partnership")
