"""The version of the data: what was worked out of one version need not be worked out again.

Every service that writes calls `changed`; whoever keeps an answer keeps it under `current()`.
A token and no number, because a number would return after a backup was restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import connections, router, transaction

from partnerships.models import DataVersion

Make = Callable[[list[str]], Mapping[str, Any]]
#: Seconds. An answer of an old version is never asked for again; this only clears it away.
KEPT_FOR = 24 * 60 * 60
_ROW = 1
_reading: ContextVar[str | None] = ContextVar("reading", default=None)


def current() -> str:
    """The token of the data as this request reads it; "" before the first change. One query.

    Read from the same database as the answer, so that a replica that lags behind keeps its
    answers under the version that it has. Inside `reading` no query: the version given there.
    """
    known = _reading.get()
    if known is not None:
        return known
    return DataVersion.objects.filter(pk=_ROW).values_list("token", flat=True).first() or ""


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


def changed() -> None:
    """Replace the token once the transaction at hand is committed; once for each transaction."""
    waiting = connections["default"].run_on_commit
    if not any(entry[1] is _replace for entry in waiting):
        transaction.on_commit(_replace)


def _replace() -> None:
    DataVersion.objects.update_or_create(pk=_ROW, defaults={"token": uuid4().hex})


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
