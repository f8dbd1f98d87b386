"""A Board's report in the admin: a page that prints cleanly, and the same as a workbook."""

from __future__ import annotations

from io import BytesIO

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from partnerships.admin.scoping import viewer_for
from partnerships.board_report import Report, report_of, write_xlsx
from partnerships.models import HealthBoard
from partnerships.policies.permissions import can_see_report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page(request: HttpRequest, site: admin.AdminSite, slug: str) -> HttpResponse:
    """The report of a Board, today."""
    report = _report(request, slug)
    context = {
        **site.each_context(request),
        "title": f"{report.board.institution.name}: global citizenship report",
        "report": report,
    }
    return TemplateResponse(request, "admin/report.html", context)


def workbook(request: HttpRequest, site: admin.AdminSite, slug: str) -> HttpResponse:
    """The same report as XLSX."""
    report = _report(request, slug)
    file = BytesIO()
    write_xlsx(report, file)
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    name = f"{slug}-report-{report.day:%Y-%m-%d}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _report(request: HttpRequest, slug: str) -> Report:
    """Whose report it is not learns no more than that there is none."""
    board = HealthBoard.objects.select_related("institution").filter(institution__slug=slug).first()
    if board is None or not can_see_report(viewer_for(request), board_id=board.pk):
        raise Http404("There is no such report.")
    return report_of(board, timezone.localdate())
