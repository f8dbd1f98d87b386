"""The action plan of a round, behind a signed link: what to do, who, by when, how far."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from mapapp.forms.planning import PointForm
from mapapp.views.comparing import about, comparing, messages_of, opened
from partnerships.choices import ActionProgress, ChecklistState
from partnerships.models import ActionPoint, ChecklistMember
from partnerships.services import actions
from partnerships.services.actions import ChangedMeanwhile, version_of
from partnerships.services.partnerships import NotAllowed


@comparing
def checklist_plan(request: HttpRequest, token: str) -> HttpResponse:
    """Every point with its progress; what is left of earlier rounds; progress and carrying."""
    now = timezone.now()
    part, found = opened(token, now)
    errors: list[str] = []
    if request.method == "POST":
        try:
            saved = _press(request, part)
        except (NotAllowed, ValidationError) as refusal:
            errors = messages_of(refusal)
            part, found = opened(token, now)
        else:
            return redirect(f"{reverse('checklist_plan', args=[token])}?saved={saved}")
    is_open = found.checklist.state == ChecklistState.COMPARED
    context = about(request, token, found, part) | {
        "offered": list(actions.offered(part)) if is_open else [],
        "answered": [seat.member for seat in found.seats],
        "progress": ActionProgress.choices,
        "today": timezone.localdate(now),
        "errors": errors,
    }
    return render(request, "checklists/plan.html", context, status=409 if errors else 200)


def _press(request: HttpRequest, part: ChecklistMember) -> str:
    """Progress of a point, or an earlier point carried into this round."""
    key = request.POST.get("point", "")
    point = ActionPoint.objects.filter(pk=int(key)).first() if _is_key(key) else None
    if point is None:
        raise ValidationError("This point is not there any more.")
    if "carry" in request.POST:
        return _carry(point, part, request.POST.get("member", ""))
    if point.checklist_id != part.checklist_id:
        raise ValidationError("This point belongs to another round.")
    said = request.POST
    actions.set_progress(
        point, part=part, progress=said.get("progress", ""), seen=said.get("seen", "")
    )
    return "progress"


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _carry(point: ActionPoint, part: ChecklistMember, chosen: str) -> str:
    takes = part.checklist.parts.filter(member=int(chosen)) if _is_key(chosen) else None
    taker = takes.select_related("member").first() if takes is not None else None
    try:
        actions.carry(point, part=part, member=taker.member if taker else None)
    except ActionPoint.DoesNotExist as gone:
        raise ValidationError("This point cannot be carried into this round.") from gone
    return "point"


@comparing
def checklist_action_add(request: HttpRequest, token: str) -> HttpResponse:
    """One more point, about a hallmark perhaps."""
    part, found = opened(token, timezone.now())
    about_hallmark = request.GET.get("hallmark", "")
    form = PointForm(request.POST or None, found=found, initial={"hallmark": about_hallmark})
    if request.method == "POST" and form.is_valid():
        try:
            actions.add(part, **form.values())
        except (NotAllowed, ValidationError) as refusal:
            form.add_error(None, messages_of(refusal)[0])
        else:
            return redirect(f"{reverse('checklist_plan', args=[token])}?saved=point")
    context = about(request, token, found, part) | {"form": form, "point": None}
    return render(request, "checklists/point.html", context, status=400 if form.errors else 200)


@comparing
def checklist_action(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Change a point of this round."""
    part, found = opened(token, timezone.now())
    point = found.checklist.actions.filter(pk=number).first() if number < 10**15 else None
    if point is None:
        raise Http404
    form = PointForm(request.POST or None, found=found, initial=PointForm.of(point))
    is_stale = False
    if request.method == "POST" and form.is_valid():
        try:
            seen = request.POST.get("seen", "")
            actions.change(point, part=part, seen=seen, **form.values())
        except (NotAllowed, ValidationError) as refusal:
            form.add_error(None, messages_of(refusal)[0])
            is_stale = isinstance(refusal, ChangedMeanwhile)
            point.refresh_from_db()
        else:
            return redirect(f"{reverse('checklist_plan', args=[token])}?saved=point")
    context: dict[str, Any] = about(request, token, found, part) | {
        "form": form,
        "point": point,
        "is_stale": is_stale,
        "seen": version_of(point) if is_stale else request.POST.get("seen") or version_of(point),
    }
    return render(request, "checklists/point.html", context, status=400 if form.errors else 200)
