"""Puts public changes into one order, in which whoever follows them misses nothing.

A transaction notes which records it may have changed. After its commit, whoever comes first takes
all notes that are committed and numbers their records, one numbering at a time, by what is stored
then. So numbers become visible in their order, and what is committed late is numbered late: nobody
can have read past it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import connections, models
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from partnerships.choices import Moderation, RecordType, Removal
from partnerships.models import ChangeNote, ChangeRun, Institution, Partnership, RecordChange

BATCH = 1000
#: All the records of a type, where keys are given.
ALL: None = None
Keys = Iterable[int] | None

_MODELS: dict[str, type[models.Model]] = {
    RecordType.INSTITUTION: Institution,
    RecordType.PARTNERSHIP: Partnership,
}
# Names of our own tables and columns, and constants.
_CHANGES = RecordChange._meta.db_table
_INSTITUTION = Institution._meta.db_table
_PARTNERSHIP = Partnership._meta.db_table
#: The public records of a type as `r`, and the id of whatever follows one.
_PUBLIC = {
    RecordType.INSTITUTION: (
        f"s.public_id FROM {_INSTITUTION} r LEFT JOIN {_INSTITUTION} s ON s.id = r.successor_id"
        " WHERE 1 = 1"
    ),
    RecordType.PARTNERSHIP: (
        f"CAST(NULL AS uuid) FROM {_PARTNERSHIP} r WHERE r.moderation = '{Moderation.LISTED}'"
    ),
}
_PUBLISH = f"""
    INSERT INTO {_CHANGES} (record_type, record_id, public_id, slug, position, first_position,
        changed_at, why, successor)
    SELECT %s, r.id, r.public_id, r.slug, %s + row_number() OVER (ORDER BY r.id),
        %s + row_number() OVER (ORDER BY r.id), %s, '', {{public}}
    ON CONFLICT (record_type, record_id) DO UPDATE SET
        public_id = excluded.public_id, slug = excluded.slug, position = excluded.position,
        first_position = CASE WHEN {_CHANGES}.removed_at IS NULL
            THEN {_CHANGES}.first_position ELSE excluded.first_position END,
        changed_at = excluded.changed_at, removed_at = NULL, why = '',
        successor = excluded.successor
"""


def note(record_type: str, keys: Keys) -> None:
    """Within a transaction: these records may have changed. See `versions.changed`."""
    noted: Iterable[int | None] = [ALL] if keys is ALL else keys
    ChangeNote.objects.bulk_create(
        (ChangeNote(record_type=record_type, record_id=key) for key in noted), batch_size=BATCH
    )


def number() -> None:
    """Number what is noted. One at a time: the caller holds a lock, see `versions.settle`."""
    noted = _taken()
    before = _last()
    at = timezone.now()
    for record_type in RecordType.values:
        for batch in _batches(noted[record_type]):
            _publish(record_type, batch, at)
            _remove(record_type, batch, at)
    after = _last()
    if after > before:
        ChangeRun.objects.using("default").create(position=after, mark=uuid4().hex[:16])


def _taken() -> dict[str, set[int] | None]:
    """The committed notes, which are gone by this."""
    found: dict[str, set[int] | None] = {record_type: set() for record_type in RecordType.values}
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {ChangeNote._meta.db_table} RETURNING record_type, record_id"  # noqa: S608
        )
        for record_type, key in cursor.fetchall():
            keys = found[record_type]
            if key is None:
                found[record_type] = ALL
            elif keys is not ALL:
                keys.add(key)
    return found


def _batches(keys: set[int] | None) -> Iterator[list[int] | None]:
    if keys is ALL:
        yield ALL
        return
    ordered = iter(sorted(keys))
    while batch := list(islice(ordered, BATCH)):
        yield batch


def _last() -> int:
    found = RecordChange.objects.using("default").aggregate(last=Max("position"))["last"]
    return found or 0


def _publish(record_type: str, keys: list[int] | None, at: datetime) -> None:
    """What is public now is new, or changed, or public again."""
    connection = connections["default"]
    public = _PUBLIC[RecordType(record_type)]
    last = _last()
    values: list[Any] = [record_type, last, last, connection.ops.adapt_datetimefield_value(at)]
    if keys is not ALL:
        public += f" AND r.id IN ({', '.join(['%s'] * len(keys))})"
        values += keys
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH.format(public=public), values)


def _remove(record_type: str, keys: list[int] | None, at: datetime) -> None:
    """What was public and is not now."""
    last = _last()
    for position, row in enumerate(_gone(record_type, keys), start=last + 1):
        if row.successor:
            row.why = Removal.MERGED
        else:
            row.why = Removal.WITHDRAWN if row.is_stored else Removal.DELETED
        row.position, row.changed_at, row.removed_at = position, at, at
        row.save(using="default", update_fields=["position", "changed_at", "removed_at", "why"])


def _gone(record_type: str, keys: list[int] | None) -> QuerySet[Any]:
    stored = _MODELS[record_type]._default_manager.filter(pk=OuterRef("record_id"))
    public = stored.filter(moderation=Moderation.LISTED) if _is_moderated(record_type) else stored
    rows = RecordChange.objects.using("default").filter(
        ~Exists(public), record_type=record_type, removed_at__isnull=True
    )
    if keys is not ALL:
        rows = rows.filter(record_id__in=keys)
    return rows.annotate(is_stored=Exists(stored)).order_by("record_id")


def _is_moderated(record_type: str) -> bool:
    return record_type == RecordType.PARTNERSHIP
