"""Members of a checklist in the admin: how far each is, and buttons for its links."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partnerships.admin.scoping import ReadOnlyInline
from partnerships.choices import ChecklistState
from partnerships.models import ChecklistMember
from partnerships.services import reaching


class PartInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    """When it was asked, saved and submitted; what it answered is its own."""

    model = ChecklistMember
    fields = [
        "member",
        "invited",
        "not_reached",
        "saved_at",
        "submitted_at",
        "consents",
        "agreed_at",
        "links",
    ]
    verbose_name_plural = "members that take part"
    ordering = ["member__position", "pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        is_open = Q(links__revoked_at__isnull=True, links__expires_at__gt=timezone.now())
        rows = super().get_queryset(request)
        rows = rows.select_related("member__institution", "checklist__partnership")
        return rows.annotate(
            mailed_at=Max("links__created_at"),
            people=Count("links__coordinator", filter=is_open, distinct=True),
        )

    @admin.display(description="invited")
    def invited(self, obj: Any) -> str:
        if obj.mailed_at is None:
            return "Not asked so far"
        day = date_format(timezone.localtime(obj.mailed_at), "j F Y")
        if not obj.people:
            return f"Last on {day}; no link is open now"
        return f"Last on {day}; {obj.people} {'person' if obj.people == 1 else 'people'}"

    @admin.display(description="gets no link")
    def not_reached(self, obj: Any) -> SafeString | str:
        """Coordinators in office to whom none is mailed, with the reason and what to do."""
        people = reaching.people_of(obj, today=timezone.localdate())
        out = [(person.name, why_not) for person, why_not in people if why_not]
        if not people:
            return "It has no coordinator in office."
        return format_html_join("", "<p>{}: {}</p>", out) or "–"

    @admin.display(description="agrees")
    def consents(self, obj: Any) -> str:
        """To what, besides the comparison itself."""
        said = []
        if obj.compares_early_at:
            said.append("to compare early")
        if obj.shares_at:
            said.append("to show you the answers")
        return " and ".join(said) or "–"

    @admin.display(description="its links")
    def links(self, obj: Any) -> SafeString | str:
        """Buttons: the links themselves are shown to nobody."""
        buttons = [("_invite", "Send again" if obj.mailed_at else "Send")]
        if obj.checklist.state == ChecklistState.ABANDONED:
            buttons = []
        if obj.people:
            buttons.append(("_withdraw", "Withdraw"))
        if obj.checklist.state == ChecklistState.OPEN and not (obj.saved_at or obj.submitted_at):
            buttons.append(("_leave_out", "Leave out"))
        if not buttons:
            return "–"
        shown = format_html_join(
            "",
            '<button type="submit" name="{}" value="{}" aria-label="{}">{}</button>',
            ((name, obj.pk, f"{label}: {obj.member}", label) for name, label in buttons),
        )
        return format_html('<span class="row-acts">{}</span>', shown)
