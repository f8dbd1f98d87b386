"""What published rounds of evaluation came to: aggregates, and words of those who allow it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mapapp.views.private import private
from partnerships.evaluation_figures import quotes
from partnerships.evaluation_pair import as_csv as pair_as_csv
from partnerships.evaluation_pair import pair_of
from partnerships.evaluation_report import RoundView, as_csv, view_of
from partnerships.models import RoundReport
from partnerships.services import responses


@require_safe
def round_list(request: HttpRequest) -> HttpResponse:
    """The published rounds, newest first."""
    reports = RoundReport.objects.published().select_related("round__questionnaire")
    views = [RoundView(report) for report in reports.order_by("-round__closed_at", "-pk")]
    return render(request, "evaluation_rounds/list.html", {"views": views})


@require_safe
def round_report(request: HttpRequest, slug: str) -> HttpResponse:
    view = _published(slug)
    shown = quotes(view.report) if view.report.shows_words else []
    return render(request, "evaluation_rounds/detail.html", {"view": view, "quotes": shown})


@require_safe
def round_csv(request: HttpRequest, slug: str) -> HttpResponse:
    view = _published(slug)
    response = HttpResponse("".join(as_csv(view)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="evaluation-{slug}.csv"'
    return response


@private
def evaluation_report(request: HttpRequest, token: str) -> HttpResponse:
    """Both sides of one partnership, for a side that has sent its own answers."""
    asked = responses.asked(token, at=timezone.now())
    invitation, response = asked.invitation, asked.response
    has_sent = response is not None and response.submitted_at is not None
    context = {
        "token": token,
        "partnership": invitation.partnership,
        "round": invitation.round,
        "has_sent": has_sent,
        "pair": pair_of(invitation, is_own=True) if has_sent else None,
    }
    return render(request, "evaluations/report.html", context)


@private
def evaluation_csv(request: HttpRequest, token: str) -> HttpResponse:
    """The same as a file; the page itself as long as there is nothing to put beside each other."""
    asked = responses.asked(token, at=timezone.now())
    pair = pair_of(asked.invitation, is_own=True)
    if not (asked.response and asked.response.submitted_at and pair.is_ready):
        return redirect("evaluation_report", token=token)
    response = HttpResponse("".join(pair_as_csv(pair)), content_type="text/csv; charset=utf-8")
    name = f"{asked.invitation.round.slug}-both-sides.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _published(slug: str) -> RoundView:
    """A round that is not public is not there."""
    found = RoundReport.objects.published().select_related("round__questionnaire")
    report = found.filter(round__slug=slug).first()
    if report is None:
        raise Http404("There is no such report.")
    return view_of(report, for_public=True)
