"""Outgoing mail in the admin: what was sent, what failed; the unit's, because it names people."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partnerships.admin.records import ServiceAdmin
from partnerships.admin.scoping import ReadOnly
from partnerships.models import OutgoingMail
from partnerships.policies.permissions import Viewer, can_keep_mail
from partnerships.services import outbox


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly, ServiceAdmin):
    """Texts are not shown: they hold other people's links."""

    list_display = ["kind", "to", "state", "attempts", "last_error", "created_at", "sent_at"]
    list_filter = ["state", "kind"]
    search_fields = ["to"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "kind",
        "to",
        "subject",
        "state",
        "attempts",
        "next_attempt_at",
        "last_error",
        "created_at",
        "sent_at",
        "message_id",
    ]
    actions = ["try_again"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return can_keep_mail(viewer)

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return False

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        now = timezone.now()
        done = sum(outbox.try_again(mail, at=now) for mail in queryset)
        self.message_user(
            request,
            f"{done} back in the queue. What was sent stays as it is, and so do reminders: the "
            "next of them comes by itself.",
        )
