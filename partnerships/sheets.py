"""The sheets that facets are counted from: every value of a partnership, in one row.

Both databases take a list apart and put one together, each with functions of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import Aggregate, QuerySet, Value
from django.db.models.functions import Concat

from partnerships.models import FacetSheet, FacetValue, Partnership
from partnerships.models.fields import TextsField

#: Its values are too many to be counted unasked, so they are not on the sheets.
NOT_ON_SHEETS = "institution"

_TABLE = FacetSheet._meta.db_table
#: How often each pair is on the sheets of some partnerships: what to call them, their keys, and
#: a condition; SQL of our own, never a value.
_COUNTED = {
    # Not taken apart in FROM, where each list would be stored before it is read.
    "postgresql": "SELECT %s, pair, count(*) FROM (SELECT unnest(pairs) AS pair FROM"  # noqa: S608
    f" {_TABLE} WHERE partnership_id IN (%s) AND %s) AS pairs GROUP BY pair",
    "sqlite": f"SELECT %s, pair.value, count(*) FROM {_TABLE}, json_each(pairs) AS pair"  # noqa: S608
    " WHERE partnership_id IN (%s) AND %s GROUP BY pair.value",
}


class Scans:
    """Several counts in one query; what is known to find nothing is left out."""

    def __init__(self) -> None:
        self._connection = connections[router.db_for_read(FacetSheet)]
        self._first, self._parts = "", list[str]()
        self._params: list[Any] = []

    def add(self, rows: QuerySet[Any, Any]) -> None:
        """Count rows of (facet, value, number)."""
        with suppress(EmptyResultSet):
            self._add(*self._compiled(rows))

    def add_sheets(self, keys: QuerySet[Any, Any]) -> None:
        """Count what is on the sheets of partnerships."""
        with suppress(EmptyResultSet):
            self._add_sheets("''", *self._compiled(keys))

    def add_answer(
        self,
        answer: QuerySet[Any, Any],
        states: Sequence[str],
        everything: QuerySet[Any, Any] | None = None,
        most: int = 0,
    ) -> None:
        """Count rows of (key, state) by state, as `confirmed`, and what is on the sheets of those
        in some states. They are found once for both, which can be half of the work.

        If they are more than `most`, count what is on the other sheets of `everything` (keys)
        instead, as `rest`: these are fewer.
        """
        with suppress(EmptyResultSet):
            sql, params = self._compiled(answer)
            self._first = f"WITH answer (id, state) AS ({sql}) "
            self._params = [*params, *self._params]
            self._add("SELECT 'confirmed', state, count(*) FROM answer GROUP BY state", ())
            shown = " OR ".join(["state = %s"] * len(states))
            keys = f"SELECT id FROM answer WHERE {shown}"  # noqa: S608
            if everything is None:
                self._add_sheets("''", keys, states)
                return
            number = f"(SELECT count(*) FROM answer WHERE {shown})"  # noqa: S608
            self._add_sheets("''", keys, [*states, *states, most], f"{number} <= %s")
            sql, params = self._compiled(everything)
            rest = f"{sql} EXCEPT {keys}"
            self._add_sheets("'rest'", rest, [*params, *states, *states, most], f"{number} > %s")

    def rows(self) -> list[tuple[str, str, int]]:
        """(facet, value, number); for what is on sheets ("" or "rest", "facet=value", number).
        One query."""
        if not self._parts:
            return []
        with self._connection.cursor() as cursor:
            cursor.execute(self._first + " UNION ALL ".join(self._parts), self._params)
            return list(cursor.fetchall())

    def _compiled(self, query: QuerySet[Any, Any]) -> tuple[str, Sequence[Any]]:
        sql, params = query.query.get_compiler(connection=self._connection).as_sql()
        return sql, params

    def _add(self, sql: str, params: Sequence[Any]) -> None:
        self._parts.append(sql)
        self._params += params

    def _add_sheets(
        self, name: str, keys: str, params: Sequence[Any], condition: str = "1 = 1"
    ) -> None:
        self._add(_COUNTED[self._connection.vendor] % (name, keys, condition), params)


def insert_sheets(partnerships: QuerySet[Partnership]) -> None:
    """Write the sheets of partnerships that have none, from the values that there are by now."""
    rows = (
        FacetValue.objects.filter(partnership__in=partnerships.order_by().values("pk"))
        .exclude(facet=NOT_ON_SHEETS)
        .order_by()
        .values_list("partnership")
        .annotate(pairs=_Texts(Concat("facet", Value("="), "value")))
    )
    sql, params = rows.query.sql_with_params()
    with connections[rows.db].cursor() as cursor:
        cursor.execute(f"INSERT INTO {_TABLE} (partnership_id, pairs) {sql}", params)


class _Texts(Aggregate):
    """The texts of several rows, as a `TextsField` keeps them."""

    output_field = TextsField()

    def as_postgresql(self, *args: Any, **kwargs: Any) -> Any:
        return self.as_sql(*args, function="array_agg", **kwargs)

    def as_sqlite(self, *args: Any, **kwargs: Any) -> Any:
        return self.as_sql(*args, function="json_group_array", **kwargs)
