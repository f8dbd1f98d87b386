"""Moderation and confirmation in the admin: buttons on a record, actions on a list."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
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
    Moderation.SUBMITTED: ("Submit for listing", "Submitted"),
    Moderation.LISTED: ("Publish", "Listed"),
    Moderation.RETURNED: ("Save and return to the author", "Returned"),
    Moderation.WITHDRAWN: ("Save and withdraw", "Withdrawn"),
    Moderation.DRAFT: ("Save and reopen as a draft", "Reopened as a draft"),
}
#: Steps that stand in the row of buttons; the others are rarer.
FORWARD = (Moderation.SUBMITTED, Moderation.LISTED)
OWN_FIRST = (
    "You wrote this record, so somebody else publishes it: nobody approves their own first "
    "listing. Submit it, and it waits on the desk of your Board and of the coordination unit."
)
LIVE = "The public sees what you save at once."
CONFIRMED_HOW = "By the champion, in the registry"


class ModerationSteps(admin.options.BaseModelAdmin[Any]):
    """For PartnershipAdmin. Whether a step may be taken is the service's decision."""

    # Withdrawing needs its reason and confirming a look: buttons on the record, not for the dozen.
    actions = ["submit", "list_publicly"]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        if self.has_change_permission(request, obj):
            context |= _buttons(obj, request)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def response_add(
        self, request: HttpRequest, obj: Partnership, *args: Any, **kwargs: Any
    ) -> Any:
        """A new record may be submitted in the same go."""
        answer = super().response_add(request, obj, *args, **kwargs)  # type: ignore[misc]
        if request.POST.get("_step") in FORWARD:
            self._take_step(obj, request)
            return HttpResponseRedirect(self.url_of("change", obj.pk))  # type: ignore[attr-defined]
        return answer

    def response_change(self, request: HttpRequest, obj: Partnership) -> Any:
        """After the record itself was saved: the step that its button asks for."""
        step, side = request.POST.get("_step", ""), request.POST.get("_confirm", "")
        if step not in Moderation.values and side not in Side.values:
            return super().response_change(request, obj)  # type: ignore[misc]
        self._take_step(obj, request)
        return HttpResponseRedirect(request.path)

    def _take_step(self, obj: Partnership, request: HttpRequest) -> None:
        side, reason = request.POST.get("_confirm", ""), why(request)
        try:
            if side in Side.values:
                said_so = _confirm(obj, side, reason, request)
            else:
                said_so = _step(obj, Moderation(request.POST["_step"]), reason, request)
            self.message_user(request, said_so, messages.SUCCESS)  # type: ignore[attr-defined]
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(  # type: ignore[attr-defined]
                    request, f"Saved as it was. {message}", messages.ERROR
                )

    @admin.action(description="Submit for listing", permissions=["change"])
    def submit(self, request: HttpRequest, queryset: QuerySet[Partnership]) -> None:
        self._take(request, queryset, Moderation.SUBMITTED)

    @admin.action(description="List for the public", permissions=["change"])
    def list_publicly(self, request: HttpRequest, queryset: QuerySet[Partnership]) -> None:
        self._take(request, queryset, Moderation.LISTED)

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


def _buttons(obj: Partnership | None, request: HttpRequest) -> dict[str, Any]:
    """The row of buttons: save, then each step that this person may take now."""
    own_first = obj is None or _is_own_first(obj, request)
    now = obj.moderation if obj else Moderation.DRAFT
    steps = [
        (to, label)
        for to, (label, _) in WORDS.items()
        if lifecycle.can_move(now, to) and not (to == Moderation.LISTED and own_first)
    ]
    may_list_it = lifecycle.can_move(now, Moderation.LISTED)
    return {
        "buttons": [
            ("_save", "1", "Save draft" if now == Moderation.DRAFT else "Save"),
            *(("_step", str(to), label) for to, label in steps if to in FORWARD),
        ],
        "beside": OWN_FIRST
        if own_first and may_list_it
        else LIVE
        if now == Moderation.LISTED
        else "",
        "more_steps": [(str(to), label) for to, label in steps if to not in FORWARD],
        "sides": Side.choices,
        "may_be_deleted": now != Moderation.LISTED,
    }


def _is_own_first(obj: Partnership, request: HttpRequest) -> bool:
    may_list = permissions.can_list(
        viewer_for(request), board_id=obj.health_board_id, created_by_id=obj.created_by_id
    )
    return not may_list and not obj.decisions.filter(after=Moderation.LISTED).exists()


def _step(obj: Partnership, to: Moderation, reason: str, request: HttpRequest) -> str:
    partnerships.moderate(obj, to=to, by=acting(request), reason=reason)
    return f"{WORDS[to][1]}: {obj}."


def _confirm(obj: Partnership, side: str, reason: str, request: HttpRequest) -> str:
    if side == Side.PARTNER and not reason.strip():
        raise ValidationError("Not confirmed. Say how the partner side told you, as the reason.")
    partnerships.confirm(obj, side=side, by=acting(request), how=reason[:100] or CONFIRMED_HOW)
    return f"Confirmed for the {Side(side).label} side: {obj}."
