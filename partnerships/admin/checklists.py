"""Checklists in the admin: opened, followed and abandoned here; rated by each side elsewhere.

Answers belong to the members. They are shown here only while every member lets them be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString

from partnerships.admin.checklist_parts import PartInline
from partnerships.admin.compared import ActionInline, beside
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, tell, why
from partnerships.choices import FrameworkState
from partnerships.comparison import shared
from partnerships.models import Checklist, ChecklistMember, User
from partnerships.policies.permissions import Viewer, can_edit
from partnerships.services import checklists, inviting
from partnerships.services.inviting import Invited


@admin.register(Checklist)
class ChecklistAdmin(RecordAdmin):
    for_champions = True
    list_display = ["partnership", "framework", "state", "answered", "opened_at", "agreed_at"]
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
        rows = super().get_queryset(request).select_related("partnership", "framework")
        submitted = Count("parts", filter=Q(parts__submitted_at__isnull=False))
        return rows.annotate(asked=Count("parts"), submitted=submitted)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["partnership", "framework", "due_on"]
        now = ["state", "due_on", "opened_at", "opened_by", "closed_early_at", "agreed_at"]
        return ["partnership", "framework", *now, "compared"]

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

    @admin.display(description="have answered")
    def answered(self, obj: Any) -> str:
        return f"{obj.submitted} of {obj.asked}"

    def store(
        self, obj: Checklist, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        if obj._state.adding:
            made = checklists.open_round(
                partnership=obj.partnership,
                framework=obj.framework,
                due_on=obj.due_on,
                by=by,
                reason=reason,
            )
            obj.pk = made.pk
            obj.refresh_from_db()
            form.invited = inviting.invite(made, by=by, at=timezone.now())
        for formset in formsets:  # to read, so Django's log has nothing of them
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            self._tell_invited(request, form.invited)

    def response_change(self, request: HttpRequest, obj: Checklist) -> Any:
        """Each button does one thing; what a service refuses is heard on the page."""
        acts = {
            "_invite": self._invite,
            "_withdraw": self._withdraw,
            "_leave_out": self._leave_out,
            "_close_early": self._close_early,
            "_abandon": self._abandon,
        }
        for name, act in acts.items():
            if name in request.POST:
                act(request, obj)
                return HttpResponseRedirect(self.url_of("change", obj.pk))
        return super().response_change(request, obj)

    def _invite(self, request: HttpRequest, obj: Checklist) -> None:
        invited = inviting.invite(
            obj, by=acting(request), parts=_chosen(request, obj, "_invite"), at=timezone.now()
        )
        self._tell_invited(request, invited)

    def _tell_invited(self, request: HttpRequest, invited: Invited) -> None:
        if invited.people:
            names = ", ".join(person.name for person in invited.people)
            self.message_user(request, f"A link was mailed to: {names}.")
        for person, why_not in invited.passed_over:
            self.message_user(
                request,
                f"No link went to {person.name} ({person.member}). {why_not}",
                messages.WARNING,
            )
        if invited.without:
            names = ", ".join(str(part.member) for part in invited.without)
            self.message_user(
                request,
                f"Nobody can be asked for {names}. Add a coordinator with an e-mail address where "
                "mail arrives, then send the link; or leave the member out.",
                messages.WARNING,
            )

    def _withdraw(self, request: HttpRequest, obj: Checklist) -> None:
        parts = _chosen(request, obj, "_withdraw")
        count = inviting.withdraw(obj, by=acting(request), parts=parts, at=timezone.now())
        self.message_user(request, f"Links withdrawn: {count}. What was saved stays.")

    def _leave_out(self, request: HttpRequest, obj: Checklist) -> None:
        for part in _chosen(request, obj, "_leave_out"):
            checklists.leave_out(part, by=acting(request), reason=why(request))
            self.message_user(request, f"It goes on without {part.member}.")

    def _close_early(self, request: HttpRequest, obj: Checklist) -> None:
        now = timezone.now()
        closed = checklists.close_early(obj, by=acting(request), reason=why(request), at=now)
        inviting.tell_compared(closed, at=now)
        self.message_user(request, "Those that have answered can compare now; they were told.")

    def _abandon(self, request: HttpRequest, obj: Checklist) -> None:
        is_read = _stop(obj, by=acting(request), reason=why(request))
        kept = "Whoever compared was told, and can still read it. " if is_read else ""
        self.message_user(
            request, f"Abandoned. {kept}Its {'other ' if is_read else ''}links are withdrawn."
        )

    @admin.action(description="Abandon", permissions=["change"])
    def abandon(self, request: HttpRequest, queryset: QuerySet[Checklist]) -> None:
        done = 0
        for checklist in queryset:
            try:
                _stop(checklist, by=acting(request), reason="")
                done += 1
            except REFUSALS as refusal:
                self.message_user(request, f"{checklist}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Abandoned")


@transaction.atomic
def _stop(checklist: Checklist, *, by: User, reason: str) -> bool:
    """Abandon a round and tell whoever compared it; whether anybody had."""
    stopped = checklists.abandon(checklist, by=by, reason=reason or "Abandoned in the admin")
    inviting.tell_abandoned(stopped, at=timezone.now())
    return checklists.is_compared(stopped)


def _chosen(request: HttpRequest, obj: Checklist, button: str) -> list[ChecklistMember]:
    """The part whose button was pressed, or all that are still to be answered."""
    pressed = request.POST[button]
    parts = inviting.parts_of(obj)
    if pressed == "all":
        return [part for part in parts if part.submitted_at is None]
    return [part for part in parts if str(part.pk) == pressed]
