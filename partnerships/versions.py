"""The version of the data: what was worked out of one version need not be worked out again.

Every service that writes calls `changed`; whoever keeps an answer keeps it under `current()`: a
token, and the marks of changes that have not replaced it yet. A token and no number, because a
number would return after a backup was restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from hashlib import sha256
from time import time
from typing import Any, TypeVar
from uuid import uuid4

from django.core.cache import cache
from django.db import OperationalError, connections, router, transaction
from django.utils import timezone

from partnerships import changes
from partnerships.choices import RecordType
from partnerships.models import ChangeMark, ChangeNote, DataVersion

T = TypeVar("T")
Make = Callable[[list[str]], Mapping[str, Any]]
#: Seconds. An answer of an old version is never asked for again; this only clears it away.
KEPT_FOR = 24 * 60 * 60
_ROW = 1
#: Begins a token that tells when it was made; older ones begin with a hexadecimal digit.
_MADE = "t"
_CURRENT = (  # names of our own tables, never a value
    f"SELECT (SELECT token FROM {DataVersion._meta.db_table} WHERE id = %s),"  # noqa: S608
    f" count(*), max(id) FROM {ChangeMark._meta.db_table}"
)
_reading: ContextVar[str | None] = ContextVar("reading", default=None)


def current() -> str:
    """The token of the data as this request reads it; One query.

    Read from the same database as the answer, so that a replica that lags behind keeps its
    answers under the version that it has. Inside `reading` no query: the version given there.
    """
    known = _reading.get()
    if known is not None:
        return known
    with connections[router.db_for_read(DataVersion)].cursor() as cursor:
        cursor.execute(_CURRENT, [_ROW])
        token, marks, last = cursor.fetchone()
    return f"{token or ''}-{marks}-{last or ''}"  # part of keys, so without a space


def known() -> str | None:
    """The version that `reading` was given, None outside it. No query."""
    return _reading.get()


def made_at(version: str) -> float | None:
    """When the data became this version, in seconds since 1970; None while a change is not through
    yet, and for tokens of before they told it."""
    token, marks, _ = version.split("-")
    if marks != "0" or not token.startswith(_MADE):
        return None
    return int(token[1:12], 16) / 1000


@contextmanager
def reading(version: str) -> Iterator[str]:
    """Within, answers are kept under a version that was read at the beginning.

    Safe for whoever only reads: what is worked out of newer data is kept under a version that
    nobody will ask for again.
    """
    token = _reading.set(version)
    try:
        yield version
    finally:
        _reading.reset(token)


def changed(*, partnerships: changes.Keys = (), institutions: changes.Keys = ()) -> None:
    """Note that the transaction at hand changes something, and which public records by it.

    None stands for all the records of a type. Raises RuntimeError outside a transaction, where a
    reader could keep what was there before under the version of what comes after.
    """
    connection = connections["default"]
    if not connection.in_atomic_block:
        raise RuntimeError("The registry is changed in a transaction: use transaction.atomic.")
    if not any(entry[1] is settle for entry in connection.run_on_commit):
        ChangeMark.objects.create()
        transaction.on_commit(settle)
    changes.note(RecordType.PARTNERSHIP, partnerships)
    changes.note(RecordType.INSTITUTION, institutions)


def settle() -> None:
    """A new token for all that is committed, whoever committed it, and a place in the order of
    changes for each record of it."""
    with transaction.atomic("default"):
        rows = DataVersion.objects.using("default")
        _, is_new = rows.get_or_create(pk=_ROW, defaults={"token": _token()})
        rows.select_for_update().get(pk=_ROW)
        ChangeMark.objects.using("default").all().delete()
        changes.number()
        if not is_new:
            rows.filter(pk=_ROW).update(token=_token())


def _token() -> str:
    return f"{_MADE}{int(time() * 1000):011x}{uuid4().hex[:20]}"


def catch_up() -> None:
    """Settle what a process left behind that died after its commit; for readers, who do not wait
    where somebody is at it."""
    if not ChangeNote.objects.exists():
        return
    with suppress(OperationalError), transaction.atomic("default"):
        rows = DataVersion.objects.using("default").select_for_update(skip_locked=True)
        free = rows.filter(pk=_ROW).first() or not DataVersion.objects.using("default").exists()
        if free and ChangeNote.objects.using("default").exists():
            settle()


def may_keep() -> bool:
    """Not inside a transaction: what it has written is in no version yet."""
    return not connections[router.db_for_read(DataVersion)].in_atomic_block


def kept(
    keys: Mapping[str, str],
    make: Make,
    seconds: int = KEPT_FOR,
) -> dict[str, Any]:
    """The answer for each of some things, from the cache or made now and kept.

    `keys` maps a thing to its key in the cache, which must name the data's version; `make` is
    given the things that are not there, and called only if there are any.
    """
    known = cache.get_many(keys.values())
    found = {thing: known[key] for thing, key in keys.items() if key in known}
    missing = [thing for thing in keys if thing not in found]
    if missing:
        made = make(missing)
        cache.set_many({keys[thing]: made[thing] for thing in missing}, seconds)
        found |= made
    return found


def once(thing: str, make: Callable[[], T]) -> T:
    """What any visitor is told about a thing today, from the cache or made now. What `make` raises
    is raised, and not kept."""
    if not may_keep():
        return make()
    key = sha256(f"{current()} {timezone.localdate()} {thing}".encode()).hexdigest()
    found: T = kept({thing: f"once:{key}"}, lambda missing: {thing: make()})[thing]
    return found
