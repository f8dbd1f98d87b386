"""Shared caches that can count: several processes add to one number, and none is lost.

Django's own `incr` reads and then writes in the database's cache, so that two processes at once
count one; in Redis it asks whether the key is there first, which is a second round trip.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import DatabaseError, connections, router

#: Begins the keys of counts, in whatever order a database sorts: the cache that is full throws out
#: the lowest keys first, and who has used up a limit could clear it by filling the cache.
LAST = "zz:"


class CountingDatabaseCache(DatabaseCache):
    """In the same table, but counts are plain digits and can be read by `count` alone."""

    def count(self, key: str, by: int, seconds: int) -> int:
        """Add to a number that is kept for so many seconds, from 0; the number then.

        One statement. Where the database will not write (SQLite during a long import), what was
        asked for is let through: `by`.
        """
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        until = datetime.now(UTC).replace(microsecond=0, tzinfo=None) + timedelta(seconds=seconds)
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        sql = (  # the name of our own table, never a value
            f"INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)"  # noqa: S608
            " ON CONFLICT (cache_key) DO UPDATE SET"
            f" value = CAST(CAST({table}.value AS bigint) + %s AS text) RETURNING value"
        )
        values = [
            LAST + key,
            str(by),
            connection.ops.adapt_datetimefield_value(until.replace(tzinfo=UTC)),
            by,
        ]
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return int(cursor.fetchone()[0])
        except DatabaseError:
            return by


class CountingRedisCache(RedisCache):
    def count(self, key: str, by: int, seconds: int) -> int:
        """Add to a number that is kept for so many seconds, from 0; the number then."""
        name = self.make_and_validate_key(key)
        with self._cache.get_client(name, write=True).pipeline(transaction=False) as pipe:
            pipe.incrby(name, by)
            pipe.expire(name, seconds)
            number, _ = pipe.execute()
        return int(number)


def count(cache: Any, key: str, by: int, seconds: int) -> int:
    """The same in any cache; in the memory of a process, where nobody else counts."""
    own = getattr(cache, "count", None)
    if own is not None:
        return int(own(key, by, seconds))
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key, by))
    except ValueError:  # crowded out between the two
        return by
