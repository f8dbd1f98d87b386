"""Following the registry: what has changed since a token, and the token to ask with next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer

from partnerships.choices import RecordType
from partnerships.models import ChangeRun, Institution, Partnership, RecordChange
from partnerships.paging import InvalidQuestion
from partnerships.public_lists import institution_record
from partnerships.records import public_records
from partnerships.versions import catch_up

_SIGNER = Signer(sep=".", salt="partnerships.following")
_NOT_OURS = (
    "This token is not one of ours. Take `resume` of the last answer as it is, or leave `since` "
    "out to begin anew."
)


class Outdated(Exception):
    """The token names a place that this registry's order of changes does not have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The last change of one record: `kind` is created, changed or removed, seen from the token
    that the walk began with. `why` and `successor` are told of removed ones only."""

    kind: str
    record_type: str
    public_id: UUID
    slug: str
    at: datetime
    why: str
    successor: UUID | None
    key: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes in their order, the token to go on from, and whether there are more now."""

    entries: list[Entry]
    resume: str
    is_more: bool


def changes_since(token: str, size: int) -> Changes:
    """At most so many changes after a token; "" is the beginning.

    Raises InvalidQuestion for what is no token, and Outdated for one of another registry or from
    before a backup was restored. Five queries at most, whatever there is.
    """
    catch_up()
    base, place = _opened(token) if token else (0, 0)
    rows = list(RecordChange.objects.filter(position__gt=place).order_by("position")[: size + 1])
    is_more, rows = len(rows) > size, rows[:size]
    last = rows[-1].position if rows else place
    # Until the walk has reached the end, what came after its beginning is still new.
    resume = _sealed(base if is_more else last, last)
    return Changes([_entry(row, base) for row in rows], resume, is_more)


def _entry(row: RecordChange, base: int) -> Entry:
    if row.removed_at:
        kind = "removed"
    else:
        kind = "created" if row.first_position > base else "changed"
    return Entry(
        kind,
        row.record_type,
        row.public_id,
        row.slug,
        row.changed_at,
        row.why,
        row.successor if row.removed_at else None,
        row.record_id,
    )


def _sealed(base: int, place: int) -> str:
    return _SIGNER.sign_object([base, place, _mark(place)])


def _opened(token: str) -> tuple[int, int]:
    try:
        base, place, mark = _SIGNER.unsign_object(token)
    except (BadSignature, ValueError):
        raise InvalidQuestion({"since": [_NOT_OURS]}) from None
    if _mark(place) != mark:
        raise Outdated(token)
    return base, place


def _mark(place: int) -> str:
    """The mark of the numbering that gave a place; "" where nothing was numbered so far."""
    runs = ChangeRun.objects.filter(position__gte=place).order_by("position")
    return (runs.values_list("mark", flat=True).first() or "") if place else ""


def records_of(entries: list[Entry], *, site_url: str) -> dict[UUID, dict[str, Any]]:
    """id → public record as it is now, of those that are public now. A fixed number of queries."""
    found: dict[UUID, dict[str, Any]] = {}
    keys = {kind: [e.key for e in entries if e.record_type == kind] for kind in RecordType.values}
    listed = Partnership.objects.listed().filter(pk__in=keys[RecordType.PARTNERSHIP])
    if some := list(listed.values_list("pk", flat=True)):
        found |= {UUID(r["id"]): r for r in public_records(some, site_url=site_url)}
    for row in Institution.objects.for_api().filter(pk__in=keys[RecordType.INSTITUTION]):
        found[row.public_id] = institution_record(row, site_url=site_url)
    return found
