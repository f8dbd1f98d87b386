"""Health Boards in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from partnerships.admin.records import RecordAdmin
from partnerships.admin.scoping import ReadOnlyInline
from partnerships.models import Champion, HealthBoard, User
from partnerships.policies.permissions import Viewer
from partnerships.services import health_boards


class TenureInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    """Who was and is champion; tenures have their own pages."""

    model = Champion
    fields = ["user", "role", "since", "until"]
    ordering = ["-since"]
    verbose_name_plural = "champions"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.get_model_admin(Champion).has_view_permission(request)


@admin.register(HealthBoard)
class HealthBoardAdmin(RecordAdmin):
    fieldsets = [(None, {"fields": ["institution", "is_territorial", "code", "former_codes"]})]
    autocomplete_fields = ["institution"]
    inlines = [TenureInline]
    list_display = ["__str__", "code", "is_territorial"]
    list_filter = ["is_territorial"]
    search_fields = ["institution__name", "code"]
    ordering = ["institution__name"]
    list_select_related = ["institution"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True

    def choosable(self, rows: Any, viewer: Viewer) -> Any:
        """Records are owned by a Board of one's own; the unit chooses any."""
        return rows if viewer.edits_everything else rows.filter(pk__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("institution")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["institution"] if obj else []  # it is the key

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [TenureInline] if obj and self.may_see_history_of(request) else []

    def may_see_history_of(self, request: HttpRequest) -> bool:
        from partnerships.admin.scoping import viewer_for

        return viewer_for(request).sees_everything

    def write(self, obj: HealthBoard, *, by: User, reason: str) -> bool:
        return health_boards.save(obj, by=by, reason=reason)
