"""Importing in the admin: send a file, look at the plan, apply rows, undo what was applied."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from partnerships.admin.records import REFUSALS, acting, said
from partnerships.admin.scoping import viewer_for
from partnerships.choices import ImportVerdict
from partnerships.imports.readers import FileProblem
from partnerships.imports.workbooks import problem_of, write_annotated, write_template
from partnerships.models import (
    HealthBoard,
    Partnership,
    PlannedImport,
    PlannedImportRow,
)
from partnerships.policies.permissions import can_import, can_undo_import
from partnerships.records import public_records
from partnerships.services import import_batches, undoing
from partnerships.services.import_batches import APPLICABLE, MOST_APPLIED, MOST_BYTES, MOST_ROWS
from partnerships.services.imports import NotApplicable
from partnerships.services.partnerships import NotAllowed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What each verdict means for whoever reads the plan.
WORDS = {
    ImportVerdict.CREATE: "New draft",
    ImportVerdict.UPDATE: "Change",
    ImportVerdict.UNCHANGED: "No change",
    ImportVerdict.CONFLICT: "Conflict",
    ImportVerdict.ERROR: "Error",
    ImportVerdict.NOT_YOURS: "Not yours",
}


#: For rows that can still be applied, beside the verdicts.
LEFT = "left"


class ImportPages(admin.options.BaseModelAdmin[Any]):
    """The pages of ImportRunAdmin. What may be applied and undone is the services' decision."""

    def get_urls(self) -> Any:
        def at(route: str, view: Any, name: str) -> Any:
            wrapped = self.admin_site.admin_view(view)
            return path(route, wrapped, name=f"partnerships_importrun_{name}")

        return [
            at("template.xlsx", self.template_view, "template"),
            at("plan/<uuid:plan>/", self.plan_view, "plan"),
            at("plan/<uuid:plan>/problems.xlsx", self.problems_view, "problems"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    # Sending a file.

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        if not can_import(viewer_for(request)):
            raise PermissionDenied
        error = ""
        if request.method == "POST":
            try:
                return HttpResponseRedirect(_address(_sent(request)))
            except (FileProblem, NotAllowed) as problem:
                error = str(problem)
        mine = PlannedImport.objects.filter(
            planned_by=acting(request), expires_at__gt=timezone.now()
        )
        context = {
            "title": "Import a file",
            "error": error,
            "boards": _boards(request),
            "plans": mine.annotate(row_count=Count("rows")).order_by("-planned_at")[:10],
            "most_megabytes": MOST_BYTES // 1024 // 1024,
            "most_rows": MOST_ROWS,
        }
        return self._page(request, "admin/import_upload.html", context)

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The workbook to fill in, with the records of one Board."""
        if not can_import(viewer_for(request)):
            raise PermissionDenied
        rows = _of_board(request)
        records = public_records(rows, site_url=settings.SITE_URL.rstrip("/"))
        file = TemporaryFile()  # noqa: SIM115  # FileResponse closes it
        write_template(records, file)
        return _workbook(file, "partnerships-template.xlsx")

    # The plan.

    def plan_view(self, request: HttpRequest, plan: UUID) -> HttpResponse:
        """What a file would do; POST applies the chosen rows, or throws the plan away."""
        planned = self._plan(request, plan)
        if request.method != "POST":
            return self._plan_page(request, planned)
        if request.POST.get("act") == "discard":
            import_batches.discard(planned, by=acting(request))
            messages.success(request, "The plan is gone. Nothing was written.")
            return HttpResponseRedirect(self._url("add"))
        try:
            run = import_batches.apply_rows(
                planned, numbers=_numbers(request), by=acting(request), at=timezone.now()
            )
        except (NotApplicable, *REFUSALS) as refusal:
            stale = getattr(refusal, "numbers", [])
            return self._plan_page(request, planned, said(refusal).messages, stale)
        left = _progress(planned.rows.all())["left"]
        if left and request.GET.get("verdict") == LEFT:
            number = run.created + run.updated
            messages.success(
                request, f"Applied {number} row{'s'[: number > 1]}. Next, if you like:"
            )
            return HttpResponseRedirect(f"{_address(planned)}?verdict={LEFT}")
        messages.success(request, "Applied. This is what was written.")
        return HttpResponseRedirect(self._url("change", run.pk))

    def problems_view(self, request: HttpRequest, plan: UUID) -> HttpResponse:
        """The rows as they were sent, with what is wrong in each cell."""
        planned = self._plan(request, plan)
        file = TemporaryFile()  # noqa: SIM115  # FileResponse closes it
        rows = planned.rows.order_by("number").values_list("cells", "problems")
        write_annotated(planned.columns, rows, file)
        name = planned.file_name.rsplit(".", 1)[0]
        return _workbook(file, f"{name}-problems.xlsx")

    def _plan(self, request: HttpRequest, plan: UUID) -> PlannedImport:
        if not can_import(viewer_for(request)):
            raise PermissionDenied
        mine = PlannedImport.objects.filter(planned_by=acting(request))
        return get_object_or_404(mine, public_id=plan, expires_at__gt=timezone.now())

    def _plan_page(
        self,
        request: HttpRequest,
        planned: PlannedImport,
        errors: list[str] | None = None,
        stale: Any = (),
    ) -> HttpResponse:
        verdict = request.GET.get("verdict", "")
        if verdict and verdict not in (*ImportVerdict.values, LEFT):
            raise BadRequest("There is no such verdict.")
        rows = planned.rows.order_by("number").select_related("partnership", "applied_in")
        shown = rows.filter(verdict=verdict) if verdict else rows
        if verdict == LEFT:
            shown = rows.filter(verdict__in=APPLICABLE, applied_in=None)
        progress = _progress(planned.rows.all())
        page = Paginator(shown, MOST_APPLIED).get_page(request.GET.get("p"))
        ticked = set(_numbers(request)) if errors else None
        context = {
            "title": f"What {planned.file_name} would do",
            "planned": planned,
            "errors": errors or [],
            "verdict": verdict,
            "totals": _totals(planned.rows.all(), verdict),
            "has_problems": planned.rows.exclude(problems=[]).exists(),
            "page": page,
            "rows": [_shown(row, planned.columns, ticked, stale) for row in page],
            "can_apply": progress["left"],
            "progress": progress,
            "most_applied": MOST_APPLIED,
        }
        return self._page(request, "admin/import_plan.html", context)

    # What was applied.

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """One import with its rows; POST undoes it."""
        run = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if run is None:
            raise Http404
        may_undo = can_undo_import(viewer_for(request), applied_by_id=run.applied_by_id)
        error = ""
        if request.method == "POST":
            if not may_undo:
                raise PermissionDenied
            try:
                run = undoing.undo(run, by=acting(request), at=timezone.now())
                return HttpResponseRedirect(request.path)
            except (NotApplicable, *REFUSALS) as refusal:
                error = " ".join(said(refusal).messages)
        rows = run.rows.order_by("number").select_related("partnership")
        context = {
            "title": f"Import of {run.file_name}",
            "object": run,
            "error": error,
            "rows": rows[:MOST_APPLIED],
            "row_count": rows.count(),
            "undone": rows.filter(undone_at__isnull=False).count(),
            "kept": rows.exclude(kept_because="").count(),
            "plan": PlannedImport.objects.filter(
                planned_by=acting(request),
                expires_at__gt=timezone.now(),
                rows__applied_in=run,
            ).first(),
            "may_undo": may_undo and not undoing.what_can_be_undone(run),
        }
        return self._page(request, "admin/import_result.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        every = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, every | context)

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"admin:partnerships_importrun_{name}", args=args)


def _address(planned: PlannedImport) -> str:
    return reverse("admin:partnerships_importrun_plan", args=[planned.public_id])


def _sent(request: HttpRequest) -> PlannedImport:
    """The plan for the file of a request. Raises FileProblem."""
    file = request.FILES.get("file")
    if file is None or not file.name:
        raise FileProblem("Choose a file first.")
    if problem := import_batches.too_large(file.size or 0, file.name):
        raise FileProblem(problem)
    return import_batches.plan(
        content=file.read(), name=file.name, by=acting(request), at=timezone.now()
    )


def _numbers(request: HttpRequest) -> list[int]:
    """The ticked rows. What no page offers is a row that no plan has."""
    sent = dict.fromkeys(request.POST.getlist("rows"))
    return [
        int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0 for text in sent
    ]


def _progress(rows: QuerySet[PlannedImportRow]) -> dict[str, int]:
    """Of the rows that can be applied: how many there are, were applied, and are left."""
    counted = rows.filter(verdict__in=APPLICABLE).aggregate(
        total=Count("pk"), done=Count("applied_in")
    )
    return counted | {"left": counted["total"] - counted["done"]}


def _totals(rows: QuerySet[PlannedImportRow], chosen: str) -> list[dict[str, Any]]:
    """How many rows have each verdict, those that there are."""
    counted = dict(rows.order_by().values_list("verdict").annotate(number=Count("pk")))
    return [
        {"verdict": verdict, "label": WORDS[verdict], "number": counted[verdict],
         "is_chosen": verdict == chosen}
        for verdict in ImportVerdict
        if verdict in counted
    ]  # fmt: skip


def _shown(
    row: PlannedImportRow, columns: list[str], ticked: set[int] | None, stale: Any
) -> dict[str, Any]:
    """A row as the page tells it."""
    verdict = ImportVerdict(row.verdict)
    problems = [problem_of(text, columns) for text in row.problems]
    may_tick = verdict in APPLICABLE and row.applied_in_id is None
    return {
        "number": row.number,
        "name": row.cells.get("name", "").strip() or (row.partnership and row.partnership.name),
        "slug": row.slug,
        "verdict": row.verdict,
        "label": WORDS[verdict],
        "partnership": row.partnership,
        "applied_in": row.applied_in,
        "changes": row.changes if verdict == ImportVerdict.UPDATE else [],
        "notes": row.notes,
        "problems": [(each, row.cells.get(each.column, "")) for each in problems],
        "cells": [
            (column, row.cells[column])
            for column in columns
            if verdict == ImportVerdict.CREATE and row.cells.get(column, "").strip()
        ],
        "may_tick": may_tick,
        "is_ticked": may_tick and (ticked is None or row.number in ticked),
        "is_stale": row.number in stale,
    }


def _boards(request: HttpRequest) -> list[tuple[str, str]]:
    """Whose records a template may hold."""
    viewer = viewer_for(request)
    boards = HealthBoard.objects.order_by("institution__name")
    if not viewer.edits_everything:
        boards = boards.filter(pk__in=viewer.boards)
    found = [(str(pk), name) for pk, name in boards.values_list("pk", "institution__name")]
    return [*found, ("unit", "The unit's")] if viewer.edits_everything else found


def _of_board(request: HttpRequest) -> Any:
    """The records that the address asks for; a champion's only Board need not be named."""
    asked = request.GET.get("board", "")
    offered = dict(_boards(request))
    rows = Partnership.objects.visible_to(viewer_for(request)).order_by("name_key", "pk")
    if not asked and len(offered) == 1:
        asked = next(iter(offered))
    if asked == "none":
        return rows.none()
    if asked not in offered:
        raise Http404
    board = None if asked == "unit" else int(asked)
    return rows.filter(health_board=board)[:MOST_ROWS]


def _workbook(file: Any, name: str) -> HttpResponse:
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)  # type: ignore[return-value]
