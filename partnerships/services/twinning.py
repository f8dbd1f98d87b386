"""Verbs on the cycles of Twinning Partnerships for Improvement.

All refuse (NotAllowed) people who may not edit the partnership. The partnership's own
`twinning_step` follows its open cycle, with a history row and its index.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone

from partnerships.indexing import reindex
from partnerships.models import (
    Partnership,
    TwinningCycle,
    TwinningDocument,
    TwinningStep,
    User,
)
from partnerships.policies.contacts import contact_in
from partnerships.policies.permissions import can_edit
from partnerships.services.asking import check
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write
from partnerships.twinning import may_twin

_REASON = "Follows the open twinning cycle"


@transaction.atomic
def open_cycle(
    *,
    partnership: Partnership,
    by: User,
    note: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> TwinningCycle:
    """Begin the next cycle. Refuses while one is open, and where `may_twin` says no."""
    partnership = _locked(partnership.pk, by, at)
    if not may_twin(partnership):
        raise NotAllowed(
            "A twinning cycle is for government twinning, or where three or more members take part."
        )
    if partnership.twinning_cycles.filter(closed_on__isnull=True).exists():
        raise NotAllowed("A cycle is open already. Close it before the next.")
    last = partnership.twinning_cycles.aggregate(last=Max("number"))["last"] or 0
    cycle = TwinningCycle(partnership=partnership, number=last + 1, note=note)
    _check_no_contacts(cycle)
    write(cycle, by=by, reason=reason)
    _follow(partnership, by=by, at=at)
    return cycle


@transaction.atomic
def save(
    cycle: TwinningCycle,
    *,
    by: User,
    written: Iterable[TwinningStep | TwinningDocument] = (),
    removed: Iterable[TwinningStep | TwinningDocument] = (),
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Write a cycle with steps that it has reached and their documents; False if nothing changed.

    A step is reached when it has a row. Raises ValidationError by row, with nothing written, also
    for rows of another cycle. A cycle that is opened again must be the newest.
    """
    stored = TwinningCycle.objects.get(pk=cycle.pk)
    partnership = _locked(stored.partnership_id, by, at)
    cycle.partnership, cycle.number = partnership, stored.number
    if cycle.closed_on is None and stored.closed_on is not None:
        _check_newest(cycle)
    written, removed = list(written), list(removed)
    if any(row.cycle_id != cycle.pk for row in [*written, *removed]):
        raise ValidationError("This belongs to another cycle. Load the page again.")
    for row in [cycle, *written]:
        _check_no_contacts(row)
    for row in removed:
        credit(row, by=by, reason=reason)
        row.delete()
    done = [write(row, by=by, reason=reason) for row in [cycle, *written]]
    if not (any(done) or removed):
        return False
    _follow(partnership, by=by, at=at)
    return True


@transaction.atomic
def close_cycle(
    cycle: TwinningCycle,
    *,
    by: User,
    on: date | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Say that the partners are done with a cycle; False where that is said already."""
    cycle = TwinningCycle.objects.get(pk=cycle.pk)
    if cycle.closed_on is not None:
        return False
    cycle.closed_on = on or timezone.localdate(at)
    return save(cycle, by=by, reason=reason, at=at)


def _locked(partnership: int, by: User, at: datetime | None) -> Partnership:
    found = Partnership.objects.select_for_update(of=("self",)).get(pk=partnership)
    check(
        by,
        lambda viewer: can_edit(viewer, board_id=found.health_board_id),
        "Only the owning Board's champions and the unit keep the twinning cycles.",
        at=at,
    )
    return found


def _check_newest(cycle: TwinningCycle) -> None:
    if cycle.partnership.twinning_cycles.filter(number__gt=cycle.number).exists():
        raise ValidationError({"closed_on": "A later cycle has begun. This one stays closed."})


def _check_no_contacts(row: models.Model) -> None:
    """What the public reads names no address."""
    found: dict[str, Any] = {}
    for name in ("note", "title"):
        if contact := contact_in(getattr(row, name, "")):
            found[name] = [f"“{contact}” would be public. Leave it out."]
    if found:
        raise ValidationError(found)


def _follow(partnership: Partnership, *, by: User, at: datetime | None) -> None:
    """The furthest step of the open cycle becomes the partnership's, or none."""
    steps = TwinningStep.objects.filter(
        cycle__partnership=partnership, cycle__closed_on__isnull=True
    )
    partnership.twinning_step = steps.aggregate(furthest=Max("number"))["furthest"]
    partnership.modified_at = at or timezone.now()
    write(partnership, by=by, reason=_REASON)
    reindex([partnership.pk])
