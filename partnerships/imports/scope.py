"""Which rows of a plan are their sender's to apply, and what is not told of others' records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q

from partnerships.imports.cells import canonical
from partnerships.imports.matching import Known, is_id
from partnerships.imports.plan import PlannedRow
from partnerships.models import FormerPartnershipSlug, Member, Partnership
from partnerships.policies.permissions import Viewer, can_edit

NOT_YOUR_RECORD = (
    "slug: this is the address of a record that is not your Board's. Suggest the change to them "
    "on its page; for a new record write another slug"
)
NOT_YOUR_BOARD = (
    "uk_institutions: the new record would not be your Board's. Name an institution that stands "
    "under it first"
)
_TAKEN = "slug: this address, or the id, belongs to another record. Write another, and no id"


def board_of_new(row: PlannedRow, viewer: Viewer, known: Known) -> int | None:
    """Whose a new record becomes: that of the first UK institution which stands under a Board; a
    champion of one Board may name institutions that stand under none."""
    board = known.board_of(row.parts.get("members", ()))
    if board is None and not viewer.edits_everything and len(viewer.boards) == 1:
        return next(iter(viewer.boards))
    return board


def strangers(
    rows: Iterable[PlannedRow], viewer: Viewer, known: Known
) -> Iterable[tuple[PlannedRow, str]]:
    """The rows that a viewer may not apply, each with the reason. One query."""
    rows = list(rows)
    stored = Partnership.objects.filter(pk__in=[row.pk for row in rows if row.pk])
    owners = dict(stored.values_list("pk", "health_board_id"))
    for row in rows:
        if row.pk is None:
            if not can_edit(viewer, board_id=board_of_new(row, viewer, known)):
                yield row, NOT_YOUR_BOARD
        elif not can_edit(viewer, board_id=owners.get(row.pk)):
            yield row, NOT_YOUR_RECORD


def keep_to(rows: Sequence[PlannedRow], viewer: Viewer, known: Known) -> None:
    """Mark the rows that are not the viewer's, and take from them what they tell of the record:
    it may be another Board's draft."""
    if not viewer.edits_everything:
        _hide_names(rows, viewer)
        for row, why in list(strangers(rows, viewer, known)):
            if row.pk is None and row.problems:
                continue  # whose it would be cannot be told yet
            row.not_yours = why
            row.pk = row.modified_at = None
            for told in (row.values, row.parts, row.changes, row.errors, row.conflicts, row.notes):
                told.clear()
    _keep_people(rows)


def _hide_names(rows: Iterable[PlannedRow], viewer: Viewer) -> None:
    """A conflict with a record that the viewer does not see names it to nobody."""
    ids = {id(row): canonical(row.cells.get("id", "")).lower() for row in rows if row.conflicts}
    hidden = Partnership.objects.exclude(pk__in=Partnership.objects.visible_to(viewer).values("pk"))
    slugs = set(
        FormerPartnershipSlug.objects.filter(partnership__in=hidden)
        .filter(slug__in=[row.slug for row in rows if row.conflicts])
        .values_list("slug", flat=True)
    )
    known = hidden.filter(public_id__in=filter(is_id, ids.values()))
    hidden_ids = {str(public_id) for public_id in known.values_list("public_id", flat=True)}
    for row in rows:
        if row.conflicts and (row.slug in slugs or ids[id(row)] in hidden_ids):
            row.conflicts = [_TAKEN]


def _keep_people(rows: Iterable[PlannedRow]) -> None:
    """A member with coordinators, or with a part in a checklist or an evaluation, is not taken off
    by a file: what hangs on it would go along, and undoing could not bring it back."""
    changed = {row.pk: row for row in rows if row.pk and "members" in row.parts}
    held = (
        Member.objects.filter(partnership__in=changed)
        .filter(
            Q(coordinators__isnull=False)
            | Q(checklist_parts__isnull=False)
            | Q(actions__isnull=False)
            | Q(invitations__isnull=False)
        )
        .order_by("position", "pk")
        .values_list("partnership", "institution__slug")
        .distinct()
    )
    for key, slug in held:
        if slug not in changed[key].parts["members"]:
            changed[key].conflicts.append(
                f"“{slug}” has coordinators, or a part in a checklist or an evaluation, which "
                "would go with it. Name it, or take it off on the record's page"
            )
