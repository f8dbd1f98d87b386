"""What people answered through links in mails: for champions, who settle what asks for more."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from partnerships.admin.records import REFUSALS, ServiceAdmin, acting, said
from partnerships.admin.scoping import ReadOnly
from partnerships.models import LinkAnswer
from partnerships.policies.permissions import Viewer, can_see_suggestion
from partnerships.services import answers


class WaitingFilter(admin.SimpleListFilter):
    title = "what to do"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Somebody should look")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        found: QuerySet[Any] = queryset.waiting()  # type: ignore[attr-defined]
        return found


@admin.register(LinkAnswer)
class LinkAnswerAdmin(ReadOnly, ServiceAdmin):
    """Answers are given elsewhere; nobody edits what somebody else said."""

    for_champions = True
    list_display = ["partnership", "side", "answer", "words", "answered_at", "settled_at"]
    list_filter = [WaitingFilter, "answer"]
    list_select_related = ["partnership"]
    search_fields = ["partnership__name"]
    ordering = ["-answered_at", "-pk"]
    fields = [
        "partnership",
        "side",
        "answer",
        "words",
        "suggestion",
        "answered_at",
        "settled_at",
        "settled_by",
    ]
    actions = ["mark_settled"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return obj is None or can_see_suggestion(viewer, board_id=obj.partnership.health_board_id)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        return rows.visible_to(viewer)

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return False

    @admin.action(description="Dealt with", permissions=["view"])
    def mark_settled(self, request: HttpRequest, queryset: QuerySet[LinkAnswer]) -> None:
        done = 0
        for answer in queryset:
            try:
                done += answers.settle(answer, by=acting(request))
            except REFUSALS as refusal:
                self.message_user(request, f"{answer}: {said(refusal).messages[0]}", "error")
        self.message_user(request, f"{done} dealt with.")
