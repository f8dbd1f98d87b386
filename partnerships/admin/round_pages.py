"""Beside a round's form: who would be asked, who has answered, what can be done, the answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from partnerships.admin.records import REFUSALS, acting, said, viewer_for, why
from partnerships.choices import RoundState
from partnerships.evaluation_export import export
from partnerships.evaluation_progress import progress
from partnerships.models import Invitation, Round
from partnerships.policies.permissions import can_keep_rounds
from partnerships.services import evaluations
from partnerships.services.evaluations import Done
from partnerships.services.invitable import Candidate, in_words

#: Of a key: longer ones are nobody's.
MOST_DIGITS = 18
#: By state: (verb, label, whether it is the main one).
_BUTTONS = {
    RoundState.DRAFT: [("open", "Open it: send the invitations", True)],
    RoundState.OPEN: [
        ("remind", "Remind those who have not answered", True),
        ("open", "Ask those who could not be asked before", False),
        ("close", "Close it", False),
    ],
    RoundState.CLOSED: [("reopen", "Open it again", False)],
}


class RoundPages(admin.options.BaseModelAdmin[Any]):
    """For RoundAdmin."""

    def get_urls(self) -> Any:
        pages: list[tuple[str, Any, str]] = [
            ("<path:key>/act/", self.act_view, "act"),
            ("<path:key>/answers.csv", self.export_view, "answers"),
        ]
        return [
            path(address, self.admin_site.admin_view(view), name=f"partnerships_round_{name}")
            for address, view, name in pages
        ] + super().get_urls()  # type: ignore[misc]

    def _found(self, request: HttpRequest, key: str) -> Round:
        """For the unit only."""
        found: Round | None = self.get_object(request, key)  # type: ignore[attr-defined]
        if found is None:
            raise Http404
        if not can_keep_rounds(viewer_for(request)):
            raise PermissionDenied
        return found

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj, viewer = kwargs.get("obj"), viewer_for(request)
        if obj is not None:
            context |= {"asked_in": obj, "sides": progress(obj, viewer=viewer)}
            if can_keep_rounds(viewer):
                context |= {"may_keep": True, "buttons": _BUTTONS[RoundState(obj.state)]}
                context |= self._outlook(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _outlook(self, request: HttpRequest, obj: Round) -> dict[str, Any]:
        """Whom it would ask now, or could not; and what an export would hold."""
        if obj.state == RoundState.CLOSED:
            return {"export": export(obj)}
        try:
            now = timezone.now()
            found = evaluations.preview(obj, by=acting(request), at=now)
            asks_for = in_words(obj.question, at=now)
        except REFUSALS as refusal:
            return {"preview_problem": said(refusal).messages}
        known = set(obj.invitations.values_list("member", flat=True))
        new = [each for each in found if each.member.pk not in known]
        return {
            "can_be_asked": [each for each in new if not each.why_not],
            "left_out": _by_reason(new),
            "asks_for": asks_for,
            "asks_about": len({each.member.partnership_id for each in found}),
        }

    def act_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """What the buttons do; nothing without a POST."""
        found = self._found(request, key)
        if request.method == "POST":
            verb, _, which = request.POST.get("verb", "").partition(":")
            try:
                for message in self._act(request, found, verb, which):
                    self.message_user(request, message, messages.SUCCESS)  # type: ignore[attr-defined]
            except REFUSALS as refusal:
                for message in said(refusal).messages:
                    self.message_user(request, message, messages.ERROR)  # type: ignore[attr-defined]
        return HttpResponseRedirect(self.url_of("change", found.pk))  # type: ignore[attr-defined]

    def _act(self, request: HttpRequest, found: Round, verb: str, which: str) -> list[str]:
        """One sentence on what was done; none where there was nothing to do."""
        by, reason, now = acting(request), why(request), timezone.now()
        if verb == "open":
            return [_opened(evaluations.open_round(found, by=by, reason=reason, at=now))]
        if verb == "remind":
            return [_reminded(evaluations.remind(found, by=by, at=now))]
        if verb == "close" and evaluations.close(found, by=by, reason=reason, at=now):
            return ["Closed. Links still show their owners what they answered."]
        if verb == "reopen" and evaluations.reopen(found, by=by, reason=reason, at=now):
            return ["Open again. No mail has gone out. What both sides had sent stands."]
        which, _, seen = which.partition(":")
        is_key = which.isdecimal() and len(which) <= MOST_DIGITS
        one = found.invitations.filter(pk=which).first() if is_key else None
        return _with_one(one, verb, seen, by=by, reason=reason, at=now) if one else []

    def export_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """Answers as CSV, of those who agree still; only of a closed round."""
        found = self._found(request, key)
        if found.state != RoundState.CLOSED:
            raise Http404
        answer = HttpResponse("".join(export(found).as_csv()), content_type="text/csv")
        answer["Content-Disposition"] = f'attachment; filename="{found.slug}-answers.csv"'
        answer["Cache-Control"] = "private, no-store"
        return answer


def _with_one(one: Invitation, verb: str, seen: str, **more: Any) -> list[str]:
    """`seen` is when it was last invited as the page with the button says it."""
    name = f"{one.member.institution.name}, for {one.partnership.name}"
    if verb == "revoke":
        more["reason"] = more["reason"] or "Withdrawn in the admin"
        done = evaluations.revoke(one, **more)
        return [f"Withdrawn: {name}. The links open nothing any more."] if done else []
    if verb == "again":
        if seen == one.invited_at.isoformat() and evaluations.invite_again(
            one, seen=one.invited_at, **more
        ):
            return [f"Invited again: {name}. Earlier links open nothing any more."]
        return [f"{name} has been invited since you opened this page. Nothing was done."]
    return []


def _by_reason(some: list[Candidate]) -> list[tuple[str, list[Candidate]]]:
    counts = Counter(each.why_not for each in some if each.why_not)
    return [
        (reason, [each for each in some if each.why_not == reason])
        for reason, _ in counts.most_common()
    ]


def _opened(done: Done) -> str:
    if not done.asked:
        return "Nobody new to ask."
    return f"Invited {_members(done.asked)} by {_mails(done.mails)}."


def _reminded(done: Done) -> str:
    text = f"Reminded {_members(done.asked)} by {_mails(done.mails)}."
    if done.passed_over:
        text += (
            f" Not {_members(done.passed_over)}: their coordinators had a reminder in the last 30 "
            "days, want none, or cannot be reached."
        )
    return text


def _members(count: int) -> str:
    return "1 member" if count == 1 else f"{count} members"


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"
