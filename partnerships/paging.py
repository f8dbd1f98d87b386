"""Pages of a long answer: by their number, or from the place where the page before ended.

A number counts rows, so it shifts when a row before it comes or goes. A cursor names the values of
the last row and goes on behind them: whatever happens to other rows, none is lost or given twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.core.signing import BadSignature, Signer
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

#: Records that pages by number reach: the database counts through all that it passes over.
DEEPEST = 10_000
#: Within a token, so that one of an older release is told from ours.
_VERSION = 1
_SIGNER = Signer(sep=".", salt="partnerships.paging")
_OTHER = (
    "This cursor belongs to another question, or is not one of ours. Take it from `next` as it "
    "is, with the same parameters, or leave it out to begin anew."
)

Query = QuerySet[Any, Any]


class InvalidQuestion(Exception):
    """The question cannot be answered; `errors` says why, by parameter. `last_page` is the number
    of the last page where the question would have been answered before it."""

    def __init__(self, errors: dict[str, list[str]], last_page: int | None = None) -> None:
        super().__init__(errors)
        self.errors, self.last_page = errors, last_page


@dataclass(frozen=True, slots=True)
class Column:
    """One value that rows are ordered by; null comes last whichever way it runs."""

    name: str
    descends: bool = False
    may_be_null: bool = False

    @property
    def order(self) -> OrderBy:
        by = F(self.name)
        last = self.may_be_null or None
        return by.desc(nulls_last=last) if self.descends else by.asc(nulls_last=last)


#: Ends with the primary key, so that no two rows have the same place. Only the first may be null.
Order = tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer, or their keys; how many the answer has, and the parameters of the
    pages after and before, or None."""

    rows: list[Any]
    count: int
    next: dict[str, str] | None
    previous: dict[str, str] | None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


class CountedPaginator(Paginator[Any]):
    """A paginator that knows the count already."""

    def __init__(self, queryset: Query, per_page: int, *, number: int) -> None:
        super().__init__(queryset, per_page)
        self._number = number

    @property
    def count(self) -> int:
        return self._number


def numbered(rows: Query, count: int, size: int, number: int) -> Any:
    """Django's page of that number. Raises InvalidQuestion past the last one."""
    paginator = CountedPaginator(rows, size, number=count)
    last = paginator.num_pages
    if number > last:
        only = "There is only one page." if last == 1 else f"The last page is {last}."
        raise InvalidQuestion({"page": [f"There is no page {number}. {only}"]}, last)
    return paginator.page(number)


def keys_numbered(
    rows: Query, order: Order, *, count: int, size: int, number: int, question: str
) -> Page:
    """The primary keys on the page of that number. Behind the last one that may be asked for by
    number a cursor goes on. Raises InvalidQuestion past the last one that there is."""
    ordered = rows.order_by(*(column.order for column in order))
    page = numbered(ordered.values_list(*(c.name for c in order)), count, size, number)
    found = list(page)
    after = {"page": str(number + 1)}
    if (number + 1) * size > DEEPEST and found:
        after = {"cursor": _sealed(_mark(question), found[-1], False)}
    return Page(
        [row[-1] for row in found],
        count,
        after if page.has_next() else None,
        {"page": str(number - 1)} if page.has_previous() else None,
    )


def keys_after(
    rows: Query, order: Order, *, count: int, size: int, cursor: str, question: str
) -> Page:
    """The primary keys of one page: the first, or that behind (or before) the cursor's row.

    `rows` are unordered; `question` is all that a cursor must have been given for. Raises
    InvalidQuestion for a cursor of another question. At most two queries.
    """
    mark = _mark(question)
    backwards, place = _opened(cursor, mark, rows, order) if cursor else (False, None)
    found = _walk(rows, order, place, backwards, size + 1)
    is_more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()

    def at(row: tuple[Any, ...], back: bool) -> dict[str, str]:
        return {"cursor": _sealed(mark, row, back)}

    # Where we came from there was a row; if it has gone since, that page is a short one.
    after, before = (True, is_more) if backwards else (is_more, bool(cursor))
    if not found:
        return Page([], count, {} if backwards else None, None)
    return Page(
        [row[-1] for row in found],
        count,
        at(found[-1], False) if after else None,
        at(found[0], True) if before else None,
    )


def _mark(question: str) -> str:
    return sha256(f"{_VERSION} {question}".encode()).hexdigest()[:16]


def _sealed(mark: str, row: tuple[Any, ...], backwards: bool) -> str:
    values = [value.isoformat() if isinstance(value, date) else value for value in row]
    return _SIGNER.sign_object([mark, int(backwards), values])


def _opened(cursor: str, mark: str, rows: Query, order: Order) -> tuple[bool, tuple[Any, ...]]:
    """Which way, and the values of the row. What we did not sign ourselves is never read."""
    try:
        given, backwards, values = _SIGNER.unsign_object(cursor)
    except BadSignature:
        given, backwards, values = None, 0, []
    if given != mark:
        raise InvalidQuestion({"cursor": [_OTHER]})
    place = (_read(rows, *pair) for pair in zip(order, values, strict=True))
    return bool(backwards), tuple(place)


def _read(rows: Query, column: Column, value: Any) -> Any:
    if column.name == "pk":
        return value
    try:
        return rows.model._meta.get_field(column.name).to_python(value)
    except FieldDoesNotExist:  # worked out by the query itself
        return value


def _walk(
    rows: Query, order: Order, place: tuple[Any, ...] | None, backwards: bool, most: int
) -> list[tuple[Any, ...]]:
    """The values of `order` of the rows behind a place, the nearest first.

    Rows with and without a first value are asked for apart, because no index holds an order with
    its nulls last in both directions.
    """
    names = [column.name for column in order]
    found: list[tuple[Any, ...]] = []
    for part, by in _parts(rows, order, place, backwards):
        if len(found) < most:
            ways = [F(c.name).desc() if c.descends != backwards else F(c.name).asc() for c in by]
            found += part.order_by(*ways).values_list(*names)[: most - len(found)]
    return found


def _parts(
    rows: Query, order: Order, place: tuple[Any, ...] | None, backwards: bool
) -> Iterator[tuple[Query, Order]]:
    """The rows behind a place as queries with their orders, the nearer first."""
    first = order[0]
    if not first.may_be_null:
        yield rows.filter(_behind(order, place, backwards)) if place else rows, order
        return
    known = rows.filter(**{f"{first.name}__isnull": False})
    unknown = rows.filter(**{f"{first.name}__isnull": True})
    if place is None:
        parts = [(known, order), (unknown, order[1:])]
        yield from reversed(parts) if backwards else parts
    elif place[0] is None:
        yield unknown.filter(_behind(order[1:], place[1:], backwards)), order[1:]
        if backwards:
            yield known, order
    else:
        yield known.filter(_behind(order, place, backwards)), order
        if not backwards:
            yield unknown, order[1:]


def _behind(order: Order, place: tuple[Any, ...], backwards: bool) -> Q:
    """A condition on rows behind a place. `a >= x` stands before `a > x or …` because an index
    answers it."""
    column, value = order[0], place[0]
    way = "lt" if column.descends != backwards else "gt"
    further = Q(**{f"{column.name}__{way}": value})
    if len(order) == 1:
        return further
    return Q(**{f"{column.name}__{way}e": value}) & (
        further | _behind(order[1:], place[1:], backwards)
    )
