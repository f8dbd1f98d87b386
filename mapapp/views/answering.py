"""Pages of a checklist for one member, behind a signed link: start, a principle, review, paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from mapapp.templatetags.registry import listed
from mapapp.views.private import private
from partnerships.choices import RatingLevel, Side
from partnerships.models import ChecklistMember, Hallmark, SignedLink
from partnerships.services import answering
from partnerships.services.answering import MOST_NOTE, Said, Standing, Step, Typed
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reaching import members_of_keepers

#: The four levels, and the two answers that are none.
_LEVELS = [(level.value, level.label) for level in list(RatingLevel)[:4]]
_NO_LEVELS = [(level.value, level.label) for level in list(RatingLevel)[4:]]


@dataclass(frozen=True, slots=True)
class Question:
    """A hallmark on its page: the answer that is shown, and the mark of the one that is kept."""

    hallmark: Hallmark
    said: Said
    seen: str
    other: Said | None = None
    error: str = ""

    @property
    def level(self) -> str:
        return str(RatingLevel(self.said.level).label) if self.said.level else ""

    @property
    def other_level(self) -> str:
        known = self.other and self.other.level
        return str(RatingLevel(known).label) if known else "No answer"


@private
def checklist_start(request: HttpRequest, token: str) -> HttpResponse:
    """Who asks what, who sees it when, and how far it is; after submitting, what comes now."""
    now = timezone.now()
    link = answering.asked(token, at=now)
    refusal = ""
    if request.method == "POST":
        try:
            answering.compare_early(link, is_willing=request.POST.get("early") == "yes", at=now)
        except NotAllowed as refused:
            refusal = str(refused)
        else:
            return redirect("checklist_start", token=token)
    standing = answering.standing(link)
    keeps = members_of_keepers(standing.checklist, today=timezone.localdate(now))
    context = _about(standing, token, now) | {"refusal": refusal, "keeps": keeps}
    return render(request, "answering/start.html", context, status=409 if refusal else 200)


@private
def checklist_page(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """One principle: its hallmarks to rate, or how they were rated once that is submitted."""
    now = timezone.now()
    link = answering.asked(token, at=now)
    standing = answering.standing(link)
    step = next((step for step in standing.steps if step.number == number), None)
    if step is None:
        raise Http404
    if request.method == "POST":
        return _save(request, link, standing, step, now)
    questions = [_question(hallmark, standing) for hallmark in step.hallmarks]
    context = _page(standing, step, questions, token, now)
    return render(request, "answering/page.html", context)


def _save(
    request: HttpRequest, link: SignedLink, standing: Standing, step: Step, now: datetime
) -> HttpResponse:
    """Go on, or the page once more with what could not be kept."""
    token = str(request.resolver_match.kwargs["token"])  # type: ignore[union-attr]
    typed = {h: _typed(request.POST, h) for h in step.hallmarks if f"seen-{h.pk}" in request.POST}
    others: dict[int, Said] = {}
    errors: dict[str, list[str]] = {}
    refusal = ""
    try:
        others = answering.save_page(link, typed=typed, at=now)
    except ValidationError as error:
        errors = error.message_dict
    except NotAllowed as refused:
        refusal = str(refused)
    if not (others or errors or refusal):
        return redirect(_onward(request.POST.get("go", ""), standing, step, token))
    fresh = answering.standing(link)
    if refusal:
        others = {hallmark.pk: fresh.said.get(hallmark.pk, Said()) for hallmark in typed}
    questions = [_again(h, typed.get(h), fresh, others, errors) for h in step.hallmarks]
    context = _page(fresh, step, questions, token, now)
    context |= {
        "refusal": refusal,
        "clashes": 0 if refusal else len(others),
        "has_errors": bool(errors),
    }
    return render(request, "answering/page.html", context, status=400 if errors else 409)


@private
def checklist_review(request: HttpRequest, token: str) -> HttpResponse:
    """Every answer and every gap, and the button that submits."""
    now = timezone.now()
    link = answering.asked(token, at=now)
    refusal = ""
    if request.method == "POST":
        try:
            answering.submit(link, seen=request.POST.get("seen", ""), at=now)
        except NotAllowed as refused:
            refusal = str(refused)
    standing = answering.standing(link)
    if not standing.is_open and not refusal:
        return redirect("checklist_start", token=token)
    rows = [(step, [_question(h, standing) for h in step.hallmarks]) for step in standing.steps]
    context = _about(standing, token, now) | {"rows": rows, "refusal": refusal}
    return render(request, "answering/review.html", context, status=409 if refusal else 200)


@private
def checklist_paper(request: HttpRequest, token: str) -> HttpResponse:
    """All of it on one page to print, with boxes to tick."""
    now = timezone.now()
    context = _about(answering.standing(answering.asked(token, at=now)), token, now)
    return render(request, "answering/paper.html", context)


def _about(standing: Standing, token: str, now: datetime) -> dict[str, Any]:
    """What every page says: for whom, of what, how far, and who is still to answer."""
    part = standing.part
    others = [other for other in standing.parts if other.pk != part.pk]
    places = list(dict.fromkeys(_place(other) for other in others))
    if _place(part) in places:
        places = ["The other members"]
    return {
        "standing": standing,
        "part": part,
        "checklist": standing.checklist,
        "partnership": standing.checklist.partnership,
        "framework": standing.framework,
        "own_name": part.member.institution.name,
        "own_place": _place(part),
        "other_places": listed(places),
        "see": "sees" if len(others) == 1 else "see",
        "everybody": "both" if len(others) == 1 else "all",
        "sides": [
            (side, [(each, _place(each)) for each in standing.parts if each.member.side == side])
            for side in (Side.UK, Side.PARTNER)
        ],
        "saved": _ago(part.saved_at, now),
        "levels": _LEVELS,
        "no_levels": _NO_LEVELS,
        "most_note": MOST_NOTE,
        "token": token,
    }


def _page(
    standing: Standing, step: Step, questions: list[Question], token: str, now: datetime
) -> dict[str, Any]:
    return _about(standing, token, now) | {"step": step, "questions": questions}


def _place(part: ChecklistMember) -> str:
    """The nation or country that a member stands for."""
    institution = part.member.institution
    if institution.uk_nation:
        return str(institution.get_uk_nation_display())
    return institution.country.common_name


def _ago(saved_at: datetime | None, now: datetime) -> str:
    if saved_at is None:
        return ""
    if (now - saved_at).total_seconds() < 60:
        return "just now"
    return timesince(saved_at, now, depth=1) + " ago"


def _typed(sent: QueryDict, hallmark: Hallmark) -> Typed:
    note = sent.get(f"note-{hallmark.pk}", "").replace("\r\n", "\n").strip()
    said = Said(sent.get(f"level-{hallmark.pk}", ""), note)
    return Typed(said, sent.get(f"seen-{hallmark.pk}", ""))


def _question(hallmark: Hallmark, standing: Standing) -> Question:
    said = standing.said.get(hallmark.pk, Said())
    return Question(hallmark, said, said.mark)


def _again(
    hallmark: Hallmark,
    typed: Typed | None,
    standing: Standing,
    others: dict[int, Said],
    errors: dict[str, list[str]],
) -> Question:
    """What was typed stays on the page; beside it what is kept, where that is something else."""
    kept = standing.said.get(hallmark.pk, Said())
    said = typed.said if typed else kept
    if said.level not in RatingLevel.values:
        said = Said("", said.note)
    wrong = errors.get(f"note-{hallmark.pk}") or errors.get(f"level-{hallmark.pk}") or [""]
    # Not kept yet: the next save must find the kept answer as this page has shown it, or say so.
    seen = typed.seen if typed and errors else kept.mark
    return Question(hallmark, said, seen, others.get(hallmark.pk), wrong[0])


def _onward(go: str, standing: Standing, step: Step, token: str) -> str:
    """Where a pressed button leads: the next page, the one before, or the overview."""
    numbers = [each.number for each in standing.steps]
    place = numbers.index(step.number)
    if go == "overview" or (go == "back" and place == 0):
        return reverse("checklist_start", args=[token])
    to = place - 1 if go == "back" else place + 1
    if to == len(numbers):
        return reverse("checklist_review", args=[token])
    return reverse("checklist_page", args=[token, numbers[to]])
