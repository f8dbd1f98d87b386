"""Verbs on imports: apply a plan, all of it or nothing, and keep where each record came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from partnerships.choices import ImportVerdict, Moderation
from partnerships.imports.institutions import COLUMN_OF as INSTITUTION_COLUMNS
from partnerships.imports.matching import VOCABULARIES, Known, load_known
from partnerships.imports.partnerships import COLUMN_OF, PARTS
from partnerships.imports.plan import Plan, PlannedRow
from partnerships.imports.scope import board_of_new, strangers
from partnerships.indexing import deferred
from partnerships.models import (
    Country,
    Decision,
    HealthBoard,
    ImportRow,
    ImportRun,
    Institution,
    Partnership,
    User,
    viewer_of,
)
from partnerships.policies.permissions import Viewer, can_import
from partnerships.services import institutions, partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.parts import Parts
from partnerships.services.snapshots import snapshot
from partnerships.services.users import SYSTEM_USERNAME

Progress = Callable[[str, int, int], None]
#: Records locked by one question.
_BATCH = 500
_WRITTEN = {ImportVerdict.CREATE: "created", ImportVerdict.UPDATE: "updated"}


class NotApplicable(Exception):
    """The plan has rows in error or conflict, or the registry refused one; nothing is written."""


def _quiet(what: str, done: int, total: int) -> None:
    pass


@transaction.atomic
def apply_institutions(
    plan: Plan, *, by: User, at: datetime, progress: Progress = _quiet
) -> ImportRun:
    """Write a plan of institutions, those above before those below. Rules as for `apply`, and
    only the unit and the registry itself may."""
    if not viewer_of(by, on=timezone.localdate(at)).edits_everything:
        raise NotAllowed("Only the coordination unit and the registry itself import institutions.")
    run = _begin(plan, by, at)
    with deferred():
        write_institutions(
            plan.rows,
            by=by,
            at=at,
            reason=lambda row: _reason(plan, row),
            progress=progress,
            file_name=plan.file_name,
        )
    _keep_rows(run, plan, {}, {})
    return run


@transaction.atomic
def apply(plan: Plan, *, by: User, at: datetime, progress: Progress = _quiet) -> ImportRun:
    """Write a plan of partnerships, and the run with its rows as their provenance.

    Refuses actors who may not edit each of the records (NotAllowed), and plans with a row in error
    or conflict (NotApplicable, also where the registry refuses a row that looked right, and where
    somebody changed a record after the plan was made); then nothing is written. New records get
    the Health Board of `imports.scope.board_of_new`, and are listed where the registry itself is
    the actor; otherwise they wait as drafts, because nobody approves their own first listing.
    Indexes once, at the end.
    """
    viewer, known = viewer_of(by, on=timezone.localdate(at)), load_known()
    _check_may(plan, viewer, known)
    run = _begin(plan, by, at)
    keys: dict[int, int | None] = {}
    before: dict[int, Any] = {}
    stored = _lock(Partnership, plan.rows, plan.file_name, at)
    look_up = _LookUp(plan.rows, known, stored, viewer)
    with deferred():
        for done, row in enumerate(plan.rows, start=1):
            if row.verdict == ImportVerdict.UPDATE:
                before[row.number] = snapshot(stored[row.pk or 0], row)
            with _naming(plan.file_name, row, COLUMN_OF):
                keys[row.number] = _write_row(plan, row, look_up, by, at)
            progress("partnerships", done, len(plan.rows))
    _keep_rows(run, plan, keys, before)
    return run


def _check_may(plan: Plan, viewer: Viewer, known: Known) -> None:
    """Everybody asks `can_edit` of each record; of files with none, who may import at all."""
    if not can_import(viewer):
        raise NotAllowed("Only champions, the coordination unit and the registry import files.")
    if not viewer.edits_everything:
        for row, why in strangers(plan.rows, viewer, known):
            raise NotAllowed(f"{plan.file_name}:{row.number}: {why}. Nothing was written.")


def create_listed(
    *, by: User, values: dict[str, Any], parts: Parts, reason: str, at: datetime
) -> Partnership:
    """A new record that is public at once: the first listing of what a public source names.

    Nobody wrote such a record, so the rule that nobody lists their own has nobody to bind. In
    its place: only the registry's own account may do this (NotAllowed for others). The decision
    is kept like any other. See docs/adr/0010-imported-records-are-listed-at-once.md.
    """
    if by.username != SYSTEM_USERNAME:
        raise NotAllowed("Only what the registry itself imports is listed without a decision.")
    partnership = partnerships.create(
        by=by, values=values, parts=parts, reason=reason, at=at, moderation=Moderation.LISTED
    )
    Decision.objects.create(
        partnership=partnership,
        before=Moderation.DRAFT,
        after=Moderation.LISTED,
        decided_at=at,
        decided_by=by,
        reason=reason,
    )
    return partnership


def write_institutions(
    rows: Sequence[PlannedRow],
    *,
    by: User,
    at: datetime,
    reason: Callable[[PlannedRow], str],
    progress: Progress = _quiet,
    file_name: str = "institutions.csv",
) -> dict[str, int]:
    """Create and update institutions, each after its parent; how many of each verdict.

    Raises NotApplicable, naming file, row and column, for what the registry refuses.
    """
    stored = _lock(Institution, rows, file_name, at)
    keys = dict(Institution.objects.values_list("slug", "pk"))
    done = dict.fromkeys(("created", "updated", "unchanged"), 0)
    for row in parents_first(rows):
        verdict = _WRITTEN.get(row.verdict, "unchanged")
        done[verdict] += 1
        if verdict != "unchanged":
            institution = Institution() if row.pk is None else stored[row.pk]
            with _naming(file_name, row, INSTITUTION_COLUMNS):
                for name, value in _with_parent(row.values, keys).items():
                    setattr(institution, name, value)
                institutions.save(institution, by=by, reason=reason(row), at=at)
            keys[row.slug] = institution.pk
        progress("institutions", sum(done.values()), len(rows))
    return done


def _with_parent(values: dict[str, Any], keys: dict[str, int]) -> dict[str, Any]:
    """The values, with the parent's key for its slug."""
    if "parent" not in values:
        return values
    slug = values["parent"]
    if slug and slug not in keys:
        raise ValidationError({"parent": f"“{slug}” is no longer in the registry."})
    others = {name: value for name, value in values.items() if name != "parent"}
    return others | {"parent_id": keys[slug] if slug else None}


def parents_first(rows: Sequence[PlannedRow]) -> Iterator[PlannedRow]:
    """The rows in an order in which no institution comes before the one it belongs to."""
    waiting = {row.slug: row for row in rows}

    def with_parents(row: PlannedRow) -> Iterator[PlannedRow]:
        parent = waiting.pop(row.values.get("parent", ""), None)
        if parent:
            yield from with_parents(parent)
        yield row

    while waiting:
        yield from with_parents(waiting.pop(next(iter(waiting))))


def _begin(plan: Plan, by: User, at: datetime) -> ImportRun:
    if not plan.is_applicable:
        raise NotApplicable(
            f"{plan.file_name} has rows in error or conflict, so nothing was written. Correct "
            "them and import the file again."
        )
    totals = plan.totals
    return ImportRun.objects.create(
        file_name=plan.file_name[:255],
        file_sha256=plan.file_sha256,
        applied_at=at,
        applied_by=by,
        created=totals[ImportVerdict.CREATE],
        updated=totals[ImportVerdict.UPDATE],
        unchanged=totals[ImportVerdict.UNCHANGED],
    )


def _keep_rows(
    run: ImportRun, plan: Plan, keys: dict[int, int | None], before: dict[int, Any]
) -> None:
    ImportRow.objects.bulk_create(
        (
            ImportRow(
                run=run,
                number=row.number,
                slug=row.slug,
                verdict=row.verdict,
                reason=row.reason,
                cells=row.cells,
                partnership_id=keys.get(row.number),
                before=before.get(row.number),
            )
            for row in plan.rows
        ),
        batch_size=1000,
    )


def _lock(
    model: type[Any], rows: Iterable[PlannedRow], file_name: str, at: datetime
) -> dict[int, Any]:
    """The records that rows change, by key, locked until the transaction ends.

    What a person wrote after the plan was made would be overwritten unseen: then nothing is
    (NotApplicable). What this same import wrote at `at`, institutions first, is no such change.
    """
    changed = {row.pk: row for row in rows if row.pk and row.verdict == ImportVerdict.UPDATE}
    keys = iter(sorted(changed))
    stored: dict[int, Any] = {}
    while batch := list(islice(keys, _BATCH)):
        locked = model._default_manager.select_for_update(of=("self",)).filter(pk__in=batch)
        stored |= {record.pk: record for record in locked.order_by("pk")}
    for key, row in changed.items():
        if key not in stored or stored[key].modified_at not in (row.modified_at, at):
            raise NotApplicable(
                f"{file_name}:{row.number}: {row.slug}: this record was "
                f"{'changed' if key in stored else 'removed'} after the file was compared with "
                "it. Nothing was written. Import the file again to see what it would change now."
            )
    return stored


class _naming:  # noqa: N801 - reads as a phrase at `with`
    """Turns what the registry refuses into a sentence that names file, row and column."""

    def __init__(self, file_name: str, row: PlannedRow, column_of: dict[str, str]) -> None:
        self.where = f"{file_name}:{row.number}: {row.slug}"
        self.column_of = column_of

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValidationError):
            says = "; ".join(self._problems(error))
            raise NotApplicable(f"{self.where}: {says} Nothing was written.") from error
        if isinstance(error, ProtectedError):
            raise NotApplicable(
                f"{self.where}: other records hang on what it would remove. Nothing was written."
            ) from error
        if isinstance(error, IntegrityError):
            raise NotApplicable(
                f"{self.where}: somebody wrote the same at the same time. Nothing was written. "
                "Import the file again."
            ) from error

    def _problems(self, error: ValidationError) -> Iterator[str]:
        if not hasattr(error, "error_dict"):
            yield " ".join(error.messages)
            return
        for field, messages in error.message_dict.items():
            column = self.column_of.get(field) or self.column_of.get(f"{field}_id", field)
            yield ("" if field == NON_FIELD_ERRORS else f"{column}: ") + " ".join(messages)


def _reason(plan: Plan, row: PlannedRow) -> str:
    return f"Imported from {plan.file_name}, row {row.number}"


class _LookUp:
    """The objects that rows name, read once."""

    def __init__(
        self,
        rows: Iterable[PlannedRow],
        known: Known,
        stored: dict[int, Partnership],
        viewer: Viewer,
    ) -> None:
        self.known, self.viewer = known, viewer
        self.stored = stored
        named = {slug for row in rows for slug in row.parts.get("members", ())}
        self.institutions = {
            row.slug: row
            for row in Institution.objects.select_related("country", "parent")
            if row.slug in named
        }
        self.countries = Country.objects.in_bulk()
        self.boards = HealthBoard.objects.in_bulk()
        models = {model for model, _ in VOCABULARIES.values()}
        self.terms = {model: model._default_manager.in_bulk() for model in models}

    def parts(self, row: PlannedRow) -> Parts:
        found: dict[str, Any] = {}
        for column, part in PARTS.items():
            if part in row.parts:
                model = VOCABULARIES[column][0]
                found[part] = [self.terms[model][pk] for pk in row.parts[part]]
        if "members" in row.parts:
            found["members"] = [self.institutions[slug] for slug in row.parts["members"]]
        if "declared_countries" in row.parts:
            codes = row.parts["declared_countries"]
            found["declared_countries"] = [self.countries[code] for code in codes]
        return Parts(**found)


def _write_row(plan: Plan, row: PlannedRow, look_up: _LookUp, by: User, at: datetime) -> int | None:
    reason = _reason(plan, row)
    if row.verdict == ImportVerdict.UNCHANGED:
        return row.pk
    parts = look_up.parts(row)
    if row.pk is not None:
        record = look_up.stored[row.pk]
        partnerships.update(record, by=by, values=row.values, parts=parts, reason=reason, at=at)
        return row.pk
    board = board_of_new(row, look_up.viewer, look_up.known)
    values = row.values | {"health_board": look_up.boards[board] if board else None}
    create = create_listed if by.username == SYSTEM_USERNAME else partnerships.create
    return create(by=by, values=values, parts=parts, reason=reason, at=at).pk
