"""Verbs on files that people send: plan one and keep the plan, apply the rows that they choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from partnerships.choices import ImportVerdict
from partnerships.exports import HEADINGS
from partnerships.imports.matching import load_known
from partnerships.imports.partnerships import REQUIRED, plan_partnerships
from partnerships.imports.plan import Plan, PlannedRow
from partnerships.imports.readers import FileProblem, Limits, Row, Table, read_table
from partnerships.imports.scope import keep_to
from partnerships.imports.workbooks import PROBLEMS
from partnerships.models import ImportRun, PlannedImport, PlannedImportRow, User, viewer_of
from partnerships.policies.permissions import Viewer, can_import
from partnerships.services import imports
from partnerships.services.imports import NotApplicable
from partnerships.services.partnerships import NotAllowed

#: What one request reads and compares: a few seconds' work. More is for the command.
MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 2_000
#: What one request writes.
MOST_APPLIED = 100
KEPT_FOR = timedelta(days=7)
_LIMITS = Limits(
    bytes=MOST_BYTES,
    unpacked=50 * 1024 * 1024,
    rows=MOST_ROWS,
    then="Split it, or ask whoever runs the site to use the command import_partnerships.",
)
APPLICABLE = (ImportVerdict.CREATE, ImportVerdict.UPDATE)


class StaleRows(NotApplicable):
    """What chosen rows would do now is not what the plan says. `numbers` says which."""

    def __init__(self, rows: Iterable[PlannedImportRow]) -> None:
        self.numbers = [row.number for row in rows]
        super().__init__(
            f"Nothing was written, because the registry has changed since the plan was made: "
            f"{listed(self.numbers)}. Take the ticks off, or send the file again to see what it "
            "would change now."
        )


def listed(numbers: Sequence[int]) -> str:
    """“row 3”, “rows 3, 4 and 7”."""
    texts = [str(number) for number in numbers[:20]]
    if len(numbers) > len(texts):
        return f"rows {', '.join(texts)} and {len(numbers) - len(texts)} more"
    if len(texts) == 1:
        return f"row {texts[0]}"
    return f"rows {', '.join(texts[:-1])} and {texts[-1]}"


def too_large(size: int, name: str) -> str:
    """Why a file is not even read; "" if it may be."""
    if size <= MOST_BYTES:
        return ""
    return f"{name} is larger than {MOST_BYTES // 1024 // 1024} MB. {_LIMITS.then}"


@transaction.atomic
def plan(*, content: bytes, name: str, by: User, at: datetime) -> PlannedImport:
    """What a file would do, row by row, kept for a week for whoever sent it.

    Raises NotAllowed for whoever may not import, FileProblem for what is no such file. Rows of
    records that are not the sender's to edit are kept as not theirs, and tell nothing of them.
    """
    viewer = _importer(by, at)
    table = read_table(
        content, name=name, columns=[*HEADINGS, PROBLEMS], required=REQUIRED, limits=_LIMITS
    )
    if not table.rows:
        raise FileProblem(f"{name} has no row below its heading.")
    found = _worked_out(table, viewer)
    PlannedImport.objects.filter(expires_at__lte=at).delete()
    planned = PlannedImport.objects.create(
        file_name=name[:255],
        file_sha256=table.sha256,
        columns=[column for column in table.columns if column != PROBLEMS],
        read_as=table.read_as,
        planned_at=at,
        planned_by=by,
        expires_at=at + KEPT_FOR,
    )
    PlannedImportRow.objects.bulk_create((_kept(planned, row) for row in found), batch_size=500)
    return planned


@transaction.atomic
def apply_rows(
    planned: PlannedImport, *, numbers: Collection[int], by: User, at: datetime
) -> ImportRun:
    """Write the chosen rows of a plan, all of them or nothing, as an import of its own.

    Each row is compared with the registry once more. Raises StaleRows where that says anything
    else than the plan, NotApplicable for rows that cannot be applied and for none at all,
    NotAllowed for whoever did not send the file. Rows that one import has applied already are
    not applied again: the answer is that import.
    """
    planned = PlannedImport.objects.select_for_update().get(pk=planned.pk)
    viewer = _importer(by, at)
    if planned.planned_by_id != by.pk:
        raise NotAllowed("Only whoever sent the file applies its rows.")
    if planned.expires_at <= at:
        raise NotApplicable("This plan has expired. Send the file again.")
    chosen = list(planned.rows.filter(number__in=list(numbers)[: MOST_ROWS + 1]).order_by("number"))
    if run := _applied_already(chosen):
        return run
    _check_chosen(chosen, numbers)
    rows = _planned_again(planned, chosen, viewer)
    _check_same(chosen, rows)
    run = imports.apply(Plan(planned.file_name, planned.file_sha256, rows), by=by, at=at)
    planned.rows.filter(number__in=[row.number for row in chosen]).update(applied_in=run)
    return run


@transaction.atomic
def discard(planned: PlannedImport, *, by: User) -> None:
    """Throw a plan away. What was applied of it stays."""
    if planned.planned_by_id != by.pk:
        raise NotAllowed("Only whoever sent the file throws its plan away.")
    planned.delete()


def _importer(by: User, at: datetime) -> Viewer:
    viewer = viewer_of(by, on=timezone.localdate(at))
    if not can_import(viewer):
        raise NotAllowed("Only champions in office and the coordination unit import files.")
    return viewer


def _worked_out(table: Table, viewer: Viewer) -> list[PlannedRow]:
    """What a table would do if this viewer applied it. Of a draft nothing is excused: the note that
    explains a record with too few members speaks of a public source, and a draft has none yet."""
    known = load_known()
    rows = plan_partnerships(table, known).rows
    keep_to(rows, viewer, known)
    for row in rows:
        if row.verdict == ImportVerdict.CREATE:
            row.values["gap_note"] = ""
            row.notes.clear()
    return rows


def _kept(planned: PlannedImport, row: PlannedRow) -> PlannedImportRow:
    return PlannedImportRow(
        planned=planned,
        number=row.number,
        slug=_storable(row.slug)[:300],
        verdict=row.verdict,
        cells={name: _storable(text) for name, text in row.cells.items() if name != PROBLEMS},
        changes=[[change.column, change.old, change.new] for change in row.changes],
        problems=[_storable(problem) for problem in row.problems],
        notes=[] if row.problems else list(row.notes),
        partnership_id=row.pk,
        modified_at=row.modified_at,
    )


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL; a row that holds one is in error anyway."""
    return text.replace("\x00", "")


def _applied_already(chosen: Sequence[PlannedImportRow]) -> ImportRun | None:
    """The one import that has applied all of them, as after the same form was sent twice."""
    runs = {row.applied_in_id for row in chosen}
    return chosen[0].applied_in if len(runs) == 1 and None not in runs else None


def _check_chosen(chosen: Sequence[PlannedImportRow], numbers: Collection[int]) -> None:
    if not numbers:
        raise NotApplicable("Tick the rows that are to be applied.")
    if len(numbers) > MOST_APPLIED:
        raise NotApplicable(
            f"At most {MOST_APPLIED} rows are applied at once, so that each step is short and can "
            "be undone alone. Take some ticks off; the others come next."
        )
    there = {row.number for row in chosen}
    wrong = [row.number for row in chosen if row.verdict not in APPLICABLE or row.applied_in_id] + [
        number for number in numbers if number not in there
    ]
    if wrong:
        raise NotApplicable(
            f"Nothing was written: {listed(sorted(wrong))} of this plan cannot be applied, or "
            "have been already. Look at the plan again."
        )


def _planned_again(
    planned: PlannedImport, chosen: Sequence[PlannedImportRow], viewer: Viewer
) -> list[PlannedRow]:
    """What the chosen rows would do now."""
    rows = tuple(Row(row.number, dict(row.cells)) for row in chosen)
    table = Table(planned.file_name, planned.file_sha256, tuple(planned.columns), rows)
    return _worked_out(table, viewer)


def _check_same(chosen: Sequence[PlannedImportRow], rows: Sequence[PlannedRow]) -> None:
    stale = [
        then
        for then, now in zip(chosen, rows, strict=True)
        if (then.verdict, then.partnership_id, then.modified_at, then.changes)
        != (
            now.verdict,
            now.pk,
            now.modified_at,
            [[change.column, change.old, change.new] for change in now.changes],
        )
    ]
    if stale:
        raise StaleRows(stale)
