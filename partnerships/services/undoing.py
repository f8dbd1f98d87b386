"""Undo an import: each record goes back to what it said, unless somebody has changed it since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from partnerships.choices import ImportVerdict, Moderation
from partnerships.indexing import deferred
from partnerships.models import ImportRow, ImportRun, Partnership, User, viewer_of
from partnerships.policies.permissions import can_undo_import
from partnerships.services import partnerships
from partnerships.services.imports import NotApplicable
from partnerships.services.partnerships import NotAllowed
from partnerships.services.snapshots import restore

#: What one request writes.
MOST_UNDONE = 500
_WRITTEN = (ImportVerdict.CREATE, ImportVerdict.UPDATE)
_REFUSALS = (ValidationError, NotAllowed, ProtectedError, IntegrityError)


class _Kept(Exception):
    """A row is left as it is; the message says why."""


def what_can_be_undone(run: ImportRun) -> str:
    """Why an import as a whole cannot be undone here; "" if it can."""
    if run.undone_at:
        return "This import has been undone."
    written = run.rows.filter(verdict__in=_WRITTEN)
    number = written.count()
    if not number:
        return "This import changed nothing."
    if not written.filter(partnership__isnull=False).exists():
        return "Nothing that this import wrote is there to be undone."
    if number > MOST_UNDONE:
        return f"Imports of more than {MOST_UNDONE} rows are not undone at once."
    return ""


@transaction.atomic
def undo(run: ImportRun, *, by: User, at: datetime) -> ImportRun:
    """Take back what an import wrote: updated records say again what they said, created ones are
    removed, or withdrawn where the public has seen them. All with history.

    A row whose record somebody has changed since, or may not be written by the actor, is left,
    and `kept_because` says why. Undoing twice does nothing the second time. Raises NotAllowed for
    others than who applied it and the unit, NotApplicable where nothing can be undone.
    """
    run = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    viewer = viewer_of(by, on=timezone.localdate(at))
    if not can_undo_import(viewer, applied_by_id=run.applied_by_id):
        raise NotAllowed("Only whoever applied this import and the coordination unit undo it.")
    if run.undone_at:
        return run
    if why := what_can_be_undone(run):
        raise NotApplicable(why)
    rows = list(run.rows.filter(verdict__in=_WRITTEN).order_by("number"))
    records = _lock(rows)
    with deferred():
        for row in rows:
            _undo_row(run, row, records.get(row.partnership_id or 0), by, at)
    ImportRow.objects.bulk_update(rows, ["undone_at", "kept_because"], batch_size=200)
    run.undone_at, run.undone_by = at, by
    run.save(update_fields=["undone_at", "undone_by"])
    return run


def _lock(rows: Sequence[ImportRow]) -> dict[int, Partnership]:
    keys = [row.partnership_id for row in rows if row.partnership_id]
    locked = Partnership.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    return {record.pk: record for record in locked.order_by("pk")}


def _undo_row(
    run: ImportRun, row: ImportRow, record: Partnership | None, by: User, at: datetime
) -> None:
    try:
        with transaction.atomic():
            _take_back(run, row, record, by, at)
        row.undone_at = at
    except _Kept as kept:
        row.kept_because = str(kept)
    except ValidationError as refusal:
        row.kept_because = " ".join(refusal.messages)
    except _REFUSALS as refusal:
        row.kept_because = (
            str(refusal)
            if isinstance(refusal, NotAllowed)
            else "Other records hang on what the import wrote."
        )


def _take_back(
    run: ImportRun, row: ImportRow, record: Partnership | None, by: User, at: datetime
) -> None:
    if record is None:
        raise _Kept("The record is not there any more.")
    if _last_written(record) != run.applied_at:
        raise _Kept(
            f"Somebody changed the record on {timezone.localtime(record.modified_at):%-d %B %Y}, "
            "after the import. Its history shows both."
        )
    reason = f"Undone: import of {run.file_name}, row {row.number}"[:300]
    if row.verdict == ImportVerdict.UPDATE:
        if row.before is None:
            raise _Kept("What the record said before was not kept then. See its history.")
        restore(record, row.before, by=by, reason=reason, at=at)
    elif record.decisions.filter(after=Moderation.LISTED).exists():
        partnerships.moderate(record, to=Moderation.WITHDRAWN, by=by, reason=reason, at=at)
    elif _has_grown(record):
        raise _Kept("People, checklists or papers have been added to the record since.")
    else:
        partnerships.delete(record, by=by, reason=reason)


def _last_written(record: Partnership) -> datetime:
    """When the record last changed, imports that were undone left out: so that imports which
    followed each other can be undone in turn."""
    last = record.modified_at
    undone = ImportRow.objects.filter(partnership=record, before__isnull=False)
    by_day = {row.undone_at: row for row in undone.filter(undone_at__isnull=False)}
    while row := by_day.pop(last, None):
        last = datetime.fromisoformat((row.before or {})["modified_at"])
    return last


def _has_grown(record: Partnership) -> bool:
    """Whether deleting it would take along what nobody imported."""
    return (
        record.checklists.exists()
        or record.suggestions.exists()
        or record.agreements.exists()
        or record.confirmations.exists()
        or record.members.filter(coordinators__isnull=False).exists()
    )
