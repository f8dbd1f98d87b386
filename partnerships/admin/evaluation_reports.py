"""Reports of evaluations in the admin: of a round for the unit, of a partnership where it may."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from partnerships.admin.records import REFUSALS, acting, said
from partnerships.admin.scoping import viewer_for
from partnerships.choices import RoundState
from partnerships.evaluation_figures import quotes
from partnerships.evaluation_pair import few_keep_theirs, pair_of, shared
from partnerships.evaluation_report import as_csv, view_of
from partnerships.evaluation_sharing import sharing_of
from partnerships.models import Invitation, Round, RoundReport
from partnerships.policies.permissions import can_edit, can_keep_rounds, can_see_progress
from partnerships.services import evaluation_reports


def rounds(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """For the unit every closed round, and whether its report is drawn up and public; for champions
    too, the partnerships whose sides let them read what they answered."""
    viewer = viewer_for(request)
    if not can_see_progress(viewer):
        raise Http404("There is no such page.")
    found = Round.objects.filter(state=RoundState.CLOSED).select_related("report")
    is_kept = can_keep_rounds(viewer)
    context = {
        **site.each_context(request),
        "title": "Reports of evaluations",
        "rounds": found.order_by("-closed_at", "-pk") if is_kept else [],
        "is_kept": is_kept,
        "shared": shared(viewer),
        "not_open": few_keep_theirs(),
    }
    return TemplateResponse(request, "admin/round_reports.html", context)


def page(request: HttpRequest, site: admin.AdminSite, slug: str) -> HttpResponse:
    """The report of a round, and what may be done with it."""
    asked_in = _round(request, slug)
    if request.method == "POST":
        _act(request, asked_in)
        return redirect("admin:round_report", slug=slug)
    report = RoundReport.objects.filter(round=asked_in).select_related("round__questionnaire")
    found = report.first()
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": asked_in.name,
        "round": asked_in,
        "view": view_of(found, for_public=False) if found else None,
        "quotes": quotes(found) if found else [],
    }
    return TemplateResponse(request, "admin/round_report.html", context)


@require_safe
def csv_file(request: HttpRequest, site: admin.AdminSite, slug: str) -> HttpResponse:
    asked_in = _round(request, slug)
    report = RoundReport.objects.filter(round=asked_in).select_related("round__questionnaire")
    found = report.first()
    if found is None:
        raise Http404("There is no such report.")
    rows = as_csv(view_of(found, for_public=False))
    answer = HttpResponse("".join(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="evaluation-{slug}.csv"'
    return answer


@require_safe
def pair(request: HttpRequest, site: admin.AdminSite, slug: str, record: str) -> HttpResponse:
    """Both sides of one partnership, where everybody who answered allows it and that gives nobody
    else away; else there is none."""
    invitation = (
        Invitation.objects.standing()
        .filter(round__slug=slug, round__state=RoundState.CLOSED, partnership__slug=record)
        .select_related("round__questionnaire", "partnership")
        .first()
    )
    viewer = viewer_for(request)
    if invitation is None or not can_edit(viewer, board_id=invitation.partnership.health_board_id):
        raise Http404("There is no such report.")
    told = pair_of(invitation, is_own=False)
    sharing = sharing_of(invitation.round)
    if not told.is_shared or not sharing.may_be_read(invitation.partnership_id):
        raise Http404("There is no such report.")
    context = {
        **site.each_context(request),
        "title": f"{invitation.partnership.name}: {invitation.round.name}",
        "pair": told,
    }
    return TemplateResponse(request, "admin/evaluation_pair.html", context)


def _check(request: HttpRequest) -> None:
    if not can_keep_rounds(viewer_for(request)):
        raise Http404("There is no such page.")


def _round(request: HttpRequest, slug: str) -> Round:
    _check(request)
    found = Round.objects.filter(slug=slug).exclude(state=RoundState.DRAFT).first()
    if found is None:
        raise Http404("There is no such round.")
    return found


def _act(request: HttpRequest, asked_in: Round) -> None:
    by, now = acting(request), timezone.now()
    act, why = request.POST.get("act", ""), request.POST.get("reason", "")[:100]
    try:
        if act == "draw_up":
            evaluation_reports.draw_up(asked_in, by=by, at=now)
        elif act == "publish":
            with_words = "with_words" in request.POST
            evaluation_reports.publish(asked_in, by=by, with_words=with_words, at=now)
        elif act == "take_back":
            evaluation_reports.take_back(asked_in, by=by, reason=why, at=now)
        else:
            raise BadRequest("There is no such act.")
    except REFUSALS as refusal:
        for sentence in said(refusal).messages:
            messages.error(request, sentence)
    else:
        messages.success(request, DONE[act])


DONE = {
    "draw_up": "The report is drawn up. Only the coordination unit sees it until it is published.",
    "publish": "The report is public.",
    "take_back": "The report is the unit's own again.",
}
