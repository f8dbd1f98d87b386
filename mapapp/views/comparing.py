"""A round that members compare, behind a signed link: side by side, agreed, since last time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from mapapp.views.private import private
from partnerships import comparison
from partnerships.choices import ChecklistState, RatingLevel
from partnerships.comparison import Comparison, HallmarkRow, PrincipleRow
from partnerships.models import ChecklistMember
from partnerships.policies.scoring import Order
from partnerships.services import agreeing, answering
from partnerships.services.agreeing import Said, version_of_answer
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reaching import members_of_keepers
from partnerships.trends import trend_of

_ORDERS = [(Order.WIDEST, "widest gap"), (Order.LOWEST, "lowest"), (Order.PRINCIPLE, "principle")]
_SAVED = {
    "answers": "The agreed answers are saved. The others see them too.",
    "point": "The action point is saved. The others see it too.",
    "progress": "The progress is saved.",
    "agreed": "You have agreed.",
    "shared": "Saved. You can change that at any time.",
}


class NothingToCompare(Exception):
    """This member does not see the others' answers yet: its start page says why."""


def opened(token: str, now: datetime) -> tuple[ChecklistMember, Comparison]:
    """What a token's member may see. Raises LinkRefused, or NothingToCompare."""
    part = comparison.part_behind(answering.asked(token, at=now))
    return part, _compared(part)


def _compared(part: ChecklistMember) -> Comparison:
    found = comparison.compare(part)
    if found is None:
        raise NothingToCompare
    return found


def _to_agree(token: str, now: datetime) -> tuple[ChecklistMember, Comparison, str]:
    """The same with the version that a member agrees to. That is read first: what others change
    while the page is put together may be on it or not, so it is no part of what they agree to."""
    part = comparison.part_behind(answering.asked(token, at=now))
    version = agreeing.version_of_round(part.checklist)
    return part, _compared(part), version


def comparing(view: Any) -> Any:
    """For a view of a round that is compared; before that, the start page."""

    def shown(request: HttpRequest, token: str, **told: Any) -> HttpResponse:
        try:
            answer: HttpResponse = view(request, token, **told)
        except NothingToCompare:
            return redirect("checklist_start", token=token)
        return answer

    return private(shown)


def about(request: HttpRequest, token: str, found: Comparison, part: ChecklistMember) -> Any:
    """What every page of a compared round says."""
    is_abandoned = found.checklist.state == ChecklistState.ABANDONED
    return {
        "token": token,
        "here": request.resolver_match.url_name if request.resolver_match else "",
        "part": part,
        "checklist": found.checklist,
        "comparison": found,
        "own": found.own,
        "is_frozen": found.checklist.state != ChecklistState.COMPARED,
        "is_abandoned": is_abandoned,
        "is_shared": not is_abandoned and all(seat.shares_at for seat in found.seats),
        "actions": SimpleLazyObject(lambda: comparison.points(found, timezone.localdate())),
        "earlier": comparison.earlier_rounds(part),
        "saved": _SAVED.get(request.GET.get("saved", "")),
    }


@comparing
def checklist_comparison(request: HttpRequest, token: str) -> HttpResponse:
    """Every principle with each member's mean and the gap; each opens to its hallmarks."""
    order = request.GET.get("order", Order.WIDEST)
    if order not in list(Order):
        raise BadRequest("No such order.")
    part, found = opened(token, timezone.now())
    context = about(request, token, found, part) | {
        "rows": found.in_order(order),
        "order": order,
        "orders": _ORDERS,
        "talk": found.talk_first(),
        "keeps": members_of_keepers(found.checklist, today=timezone.localdate()),
    }
    return render(request, "checklists/comparison.html", context)


@dataclass(frozen=True, slots=True)
class Box:
    """A hallmark on the page that writes agreed answers, as it is shown."""

    hallmark: HallmarkRow
    level: str
    reason: str
    seen: str
    now: str = ""
    is_stale: bool = False
    is_kept: bool = True

    @property
    def label(self) -> str:
        known = self.level in RatingLevel.values
        return str(RatingLevel(self.level).label) if known else "Not settled"


@comparing
def checklist_agreed(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """The hallmarks of one principle, and what the members say together of each."""
    part, found = opened(token, timezone.now())
    row = next((row for row in found.principles if row.number == number), None)
    if row is None:
        raise Http404
    said: dict[int, Said] = {}
    errors: list[str] = []
    stale: list[int] = []
    following = _number_after(found, row)
    if request.method == "POST":
        said = {h.pk: _said(request.POST, h.pk) for h in row.hallmarks}
        try:
            agreeing.write_answers(part, said=said)
        except (NotAllowed, ValidationError) as refusal:
            errors, stale = messages_of(refusal), getattr(refusal, "hallmarks", [])
            part, found = opened(token, timezone.now())
            row = next(each for each in found.principles if each.number == number)
        else:
            to = following if request.POST.get("then") == "next" and following else number
            return redirect(f"{reverse('checklist_agreed', args=[token, to])}?saved=answers")
    context = about(request, token, found, part) | {
        "row": row,
        "boxes": [_box(hallmark, said.get(hallmark.pk), stale) for hallmark in row.hallmarks],
        "levels": RatingLevel.choices,
        "next_number": following,
        "low_codes": [row.named(found)] if row.is_low else [],
        "errors": errors,
    }
    return render(request, "checklists/agreed.html", context, status=409 if errors else 200)


def _said(sent: QueryDict, key: int) -> Said:
    reason = sent.get(f"reason-{key}", "").replace("\r\n", "\n").strip()
    return Said(sent.get(f"level-{key}", ""), reason, sent.get(f"seen-{key}", ""))


def _box(row: HallmarkRow, said: Said | None, stale: list[int]) -> Box:
    """What was typed stays on the page, beside what is kept where that has changed meanwhile."""
    kept, seen = row.agreed, version_of_answer(row.agreed)
    level, reason = (kept.level, kept.reason) if kept else ("", "")
    if said is None:
        return Box(row, level, reason, seen)
    is_kept = (said.level, said.reason) == (level, reason)
    if row.pk not in stale:
        return Box(row, said.level, said.reason, said.seen, is_kept=is_kept)
    now = f"{RatingLevel(level).label if level else 'not settled'}. {reason}".strip()
    return Box(row, said.level, said.reason, seen, now, is_stale=True, is_kept=is_kept)


def _number_after(found: Comparison, row: PrincipleRow) -> int | None:
    numbers = [each.number for each in found.principles if each.number > row.number]
    return min(numbers, default=None)


@comparing
def checklist_agreement(request: HttpRequest, token: str) -> HttpResponse:
    """To what the members agree, who has, and who else may see it."""
    now = timezone.now()
    part, found, version = _to_agree(token, now)
    errors: list[str] = []
    if request.method == "POST":
        do = request.POST.get("do", "")
        try:
            _do(do, part, seen=request.POST.get("seen", ""), at=now)
        except (NotAllowed, ValidationError) as refusal:
            errors = messages_of(refusal)
            part, found, version = _to_agree(token, now)
        else:
            saved = "agreed" if do == "agree" else "shared"
            return redirect(f"{reverse('checklist_agreement', args=[token])}?saved={saved}")
    board = found.checklist.partnership.health_board
    context = about(request, token, found, part) | {
        "version": version,
        "board_name": board.institution.name if board else "the owning Health Board",
        "errors": errors,
    }
    return render(request, "checklists/agreement.html", context, status=409 if errors else 200)


def _do(what: str, part: ChecklistMember, *, seen: str, at: datetime) -> None:
    if what == "agree":
        agreeing.agree(part, seen=seen, at=at)
    elif what in ("share", "unshare"):
        agreeing.share(part, is_willing=what == "share", at=at)
    else:
        raise ValidationError("Press one of the buttons.")


def messages_of(refusal: Exception) -> list[str]:
    return refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]


@comparing
def checklist_trend(request: HttpRequest, token: str) -> HttpResponse:
    """This round beside those before it, hallmark by hallmark."""
    part, found = opened(token, timezone.now())
    context = about(request, token, found, part)
    context["trend"] = trend_of(context["earlier"], found)
    return render(request, "checklists/trend.html", context)
