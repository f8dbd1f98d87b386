"""Moderation and confirmation in the admin: buttons on a record, actions on a list."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect

from partnerships.admin.records import REFUSALS, acting, said, tell, why
from partnerships.admin.scoping import viewer_for
from partnerships.choices import Moderation, Side
from partnerships.models import Partnership
from partnerships.policies import lifecycle, permissions
from partnerships.services import partnerships

#: What a button says, and what is said when it is done.
WORDS = {
    Moderation.SUBMITTED: ("Save and submit", "Submitted"),
    Moderation.LISTED: ("Save and list for the public", "Listed"),
    Moderation.RETURNED: ("Save and return to the author", "Returned"),
    Moderation.WITHDRAWN: ("Save and withdraw", "Withdrawn"),
    Moderation.DRAFT: ("Save and reopen as a draft", "Reopened as a draft"),
}
CONFIRMED_HOW = "By the champion, in the registry"


class ModerationSteps(admin.options.BaseModelAdmin[Any]):
    """For PartnershipAdmin. Whether a step may be taken is the service's decision."""

    # Withdrawing needs its reason, so it is a button on the record and nothing for the dozen.
    actions = ["submit", "list_publicly", "confirm_uk_side"]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        if obj is not None and self.has_change_permission(request, obj):
            context |= {"steps": _steps(obj, request), "sides": Side.choices}
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def response_change(self, request: HttpRequest, obj: Partnership) -> Any:
        """After the record itself was saved: the step that its button asks for."""
        step, side = request.POST.get("_step", ""), request.POST.get("_confirm", "")
        if step not in Moderation.values and side not in Side.values:
            return super().response_change(request, obj)  # type: ignore[misc]
        reason = why(request)
        try:
            if side in Side.values:
                said_so = _confirm(obj, side, reason, request)
            else:
                said_so = _step(obj, Moderation(step), reason, request)
            self.message_user(request, said_so, messages.SUCCESS)  # type: ignore[attr-defined]
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(  # type: ignore[attr-defined]
                    request, f"Saved as it was. {message}", messages.ERROR
                )
        return HttpResponseRedirect(request.path)

    @admin.action(description="Submit for listing", permissions=["change"])
    def submit(self, request: HttpRequest, queryset: QuerySet[Partnership]) -> None:
        self._take(request, queryset, Moderation.SUBMITTED)

    @admin.action(description="List for the public", permissions=["change"])
    def list_publicly(self, request: HttpRequest, queryset: QuerySet[Partnership]) -> None:
        self._take(request, queryset, Moderation.LISTED)

    @admin.action(description="Confirm for the UK side", permissions=["change"])
    def confirm_uk_side(self, request: HttpRequest, queryset: QuerySet[Partnership]) -> None:
        done = 0
        for obj in queryset:
            try:
                _confirm(obj, Side.UK, "", request)
                done += 1
            except REFUSALS as refusal:
                self._refuse(request, obj, refusal)
        tell(self, request, done, "Confirmed for the UK side")  # type: ignore[arg-type]

    def _take(self, request: HttpRequest, queryset: QuerySet[Partnership], to: Moderation) -> None:
        done = 0
        for obj in queryset:
            try:
                partnerships.moderate(obj, to=to, by=acting(request), reason="From the list")
                done += 1
            except REFUSALS as refusal:
                self._refuse(request, obj, refusal)
        tell(self, request, done, WORDS[to][1])  # type: ignore[arg-type]

    def _refuse(self, request: HttpRequest, obj: Partnership, refusal: Exception) -> None:
        message = f"{obj}: {' '.join(said(refusal).messages)}"
        self.message_user(request, message, messages.ERROR)  # type: ignore[attr-defined]


def _steps(obj: Partnership, request: HttpRequest) -> list[tuple[str, str]]:
    """The steps that this person may take now."""
    own_first = not permissions.can_list(
        viewer_for(request), board_id=obj.health_board_id, created_by_id=obj.created_by_id
    )
    if own_first and obj.decisions.filter(after=Moderation.LISTED).exists():
        own_first = False
    return [
        (str(to), label)
        for to, (label, _) in WORDS.items()
        if lifecycle.can_move(obj.moderation, to) and not (to == Moderation.LISTED and own_first)
    ]


def _step(obj: Partnership, to: Moderation, reason: str, request: HttpRequest) -> str:
    partnerships.moderate(obj, to=to, by=acting(request), reason=reason)
    return f"{WORDS[to][1]}: {obj}."


def _confirm(obj: Partnership, side: str, reason: str, request: HttpRequest) -> str:
    partnerships.confirm(obj, side=side, by=acting(request), how=reason[:100] or CONFIRMED_HOW)
    return f"Confirmed for the {Side(side).label} side: {obj}."
