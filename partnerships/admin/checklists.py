"""Checklists in the admin: opened, followed and abandoned here; rated by each side elsewhere.

Answers belong to the members. They are shown here only while every member lets them be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from partnerships.admin.compared import ActionInline, beside
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, tell
from partnerships.admin.scoping import ReadOnlyInline
from partnerships.choices import FrameworkState
from partnerships.comparison import shared
from partnerships.models import Checklist, ChecklistMember, User
from partnerships.policies.permissions import Viewer, can_edit
from partnerships.services import checklists


class PartInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    model = ChecklistMember
    fields = ["member", "submitted_at", "agreed_at"]
    verbose_name_plural = "members that take part"
    ordering = ["pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("member__institution", "checklist__partnership")


@admin.register(Checklist)
class ChecklistAdmin(RecordAdmin):
    for_champions = True
    list_display = ["partnership", "framework", "state", "opened_at", "agreed_at"]
    list_filter = ["state", "framework"]
    list_select_related = ["partnership", "framework"]
    search_fields = ["partnership__name"]
    ordering = ["-opened_at"]
    autocomplete_fields = ["partnership"]
    actions = ["abandon"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return viewer.edits_everything or bool(viewer.boards)
        return can_edit(viewer, board_id=obj.partnership.health_board_id)

    def may_add(self, viewer: Viewer) -> bool:
        return self.may_see(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return self.may_see(viewer, obj)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return self.may_see(viewer, obj)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        if viewer.edits_everything:
            return rows
        return rows.filter(partnership__health_board__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("partnership", "framework")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["partnership", "framework"]
        now = ["state", "opened_at", "opened_by", "agreed_at", "compared"]
        return ["partnership", "framework", *now]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None:
            return []
        return [PartInline, ActionInline] if shared(obj) else [PartInline]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "framework":
            field.queryset = field.queryset.filter(state=FrameworkState.PUBLISHED)
        return field

    @admin.display(description="the sides beside each other")
    def compared(self, obj: Checklist) -> SafeString | str:
        return beside(shared(obj))

    def store(
        self, obj: Checklist, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        if obj._state.adding:
            made = checklists.open_round(
                partnership=obj.partnership, framework=obj.framework, by=by, reason=reason
            )
            obj.pk = made.pk
            obj.refresh_from_db()

    @admin.action(description="Abandon", permissions=["change"])
    def abandon(self, request: HttpRequest, queryset: QuerySet[Checklist]) -> None:
        done = 0
        for checklist in queryset:
            try:
                checklists.abandon(checklist, by=acting(request), reason="Abandoned in the admin")
                done += 1
            except REFUSALS as refusal:
                self.message_user(request, f"{checklist}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Abandoned")
