"""The desk: what needs a champion or the unit today, counted, and the oldest of it in rows.

It only reads. Whatever size the register has, a desk asks at most eleven questions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from partnerships.desk.boards import BoardRow, boards_of, rows_of
from partnerships.desk.contacts import reach_of
from partnerships.desk.items import Item, items_of
from partnerships.desk.sections import (
    BY_CODE,
    ROWS,
    SECTIONS,
    Key,
    Scope,
    Section,
    counts_of,
    counts_of_overdue,
    keys_of,
    scope_of,
)
from partnerships.lookalikes import Pair, pairs_for
from partnerships.models import HealthBoard
from partnerships.policies.permissions import Viewer
from partnerships.services import institutions

#: Rows of each section on the whole desk, and on a page of one section.
PREVIEW, PAGE = 5, 25


class NoSuchDesk(Exception):
    """There is no such Board or section, or it is not the viewer's."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A section on the page: how many rows it has, and those that are shown."""

    section: Section
    count: int
    items: list[Item]

    @property
    def more(self) -> int:
        return self.count - len(self.items)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the page of a desk shows."""

    scope: Scope
    #: The Board that the desk was narrowed to, or the only one that the viewer has.
    board: BoardRow | None
    boards: list[BoardRow]
    counts: dict[str, int]
    overdue: int
    sections: list[Shown]
    #: The one section that was asked for, its page and its pages.
    chosen: Section | None
    page: int
    pages: int

    @property
    def tiles(self) -> list[tuple[Section, int]]:
        """Sections that have anything, in their order."""
        return [(each, self.counts[each.code]) for each in SECTIONS if self.counts[each.code]]

    @property
    def things(self) -> int:
        """How many things there are to do; what only informs is none."""
        return sum(count for section, count in self.tiles if section.minutes)

    @property
    def minutes(self) -> int:
        return sum(section.minutes * count for section, count in self.tiles)


def desk_for(
    viewer: Viewer, day: date, *, board: str = "", section: str = "", page: int = 1
) -> Desk:
    """The desk of a viewer, or of one of their Boards by its slug (`unit`: the records that have
    none); whole, or a page of one section.

    Raises NoSuchDesk. Ten queries, one more where the data have changed since anybody asked for
    look-alikes.
    """
    if section and section not in BY_CODE:
        raise NoSuchDesk(section)
    boards = list(boards_of(scope_of(viewer, day)))
    scope = _scope(viewer, day, board, boards)
    pairs = _pairs(scope)
    counts, by_board = _counts(scope, pairs)
    rows = rows_of(boards, scope, by_board)
    pages = max(1, -(-counts[section] // PAGE)) if section else 1
    page = min(page, pages)
    if section:
        keys, shown_pairs = _page_of(section, scope, pairs, page)
    else:
        keys, shown_pairs = _previews(scope, counts), pairs[:PREVIEW]
    names = {each.pk: each.institution.name for each in boards}
    items = items_of(keys, shown_pairs, names, day)
    _add_reach(items, viewer, day)
    _add_shared(items, viewer)
    if not section:
        items = _in_order(items)
    return Desk(
        scope=scope,
        board=rows[0] if len(rows) == 1 else None,
        boards=rows,
        counts={code: counts[code] for code in BY_CODE},
        overdue=counts["overdue"],
        sections=[
            Shown(each, counts[each.code], found)
            for each in SECTIONS
            if (found := [item for item in items if item.section is each])
        ],
        chosen=BY_CODE[section] if section else None,
        page=page,
        pages=pages,
    )


def _scope(viewer: Viewer, day: date, board: str, boards: list[HealthBoard]) -> Scope:
    if not board:
        return scope_of(viewer, day)
    if board == "unit":
        if not viewer.sees_everything:
            raise NoSuchDesk(board)
        return scope_of(viewer, day, unit=True)
    for each in boards:
        if each.institution.slug == board:
            return scope_of(viewer, day, each.pk)
    raise NoSuchDesk(board)


def _pairs(scope: Scope) -> list[Pair]:
    found = pairs_for(scope.viewer)
    if scope.without_board:
        return [pair for pair in found if None in pair.boards]
    if scope.boards is None:
        return found
    return [pair for pair in found if scope.boards & set(pair.boards)]


def _counts(scope: Scope, pairs: list[Pair]) -> tuple[dict[str, int], dict[str, dict[Any, int]]]:
    """By section, and by section and Board. One query."""
    first, *rest = (counts_of(section, scope) for section in ROWS)
    by_board: dict[str, dict[Any, int]] = {code: {} for code in (*BY_CODE, "overdue")}
    for section, board, number in first.union(*rest, counts_of_overdue(scope), all=True):
        by_board[section][board] = number
    alike: dict[Any, int] = defaultdict(int)
    for pair in pairs:
        for board in set(pair.boards):
            alike[board] += 1
    by_board["lookalikes"] = alike
    totals = {section: sum(numbers.values()) for section, numbers in by_board.items()}
    return totals | {"lookalikes": len(pairs)}, by_board


def _previews(scope: Scope, counts: dict[str, int]) -> list[Key]:
    """The first rows of each section. One query."""
    parts = [keys_of(section, scope, first=PREVIEW) for section in ROWS if counts[section]]
    if not parts:
        return []
    first, *rest = parts
    return [Key(*row) for row in (first.union(*rest, all=True) if rest else first)]


def _add_reach(items: list[Item], viewer: Viewer, day: date) -> None:
    """Whom the viewer could ask about what is to be confirmed. Two queries, if there is any."""
    asking = [item for item in items if item.section.code == "confirm" and item.record]
    wanted = [(item.record, item.needs) for item in asking if item.record]
    found = reach_of(wanted, viewer, day) if wanted else {}
    for item in asking:
        item.reach = found.get(item.key)


def _add_shared(items: list[Item], viewer: Viewer) -> None:
    """Which places are not the viewer's to set. One query, if there is any."""
    placed = [item for item in items if item.institution is not None]
    if not placed or viewer.edits_everything:
        return
    keys = {item.institution for item in placed if item.institution is not None}
    shared = institutions.shared_beyond(viewer.boards, keys)
    for item in placed:
        item.is_shared = item.institution in shared


def _in_order(items: list[Item]) -> list[Item]:
    """What united sections lost: the oldest first, of what others changed the newest."""

    def age(item: Item) -> tuple[int, str]:
        days = item.since.toordinal() if item.since else 0
        return (days if item.section.minutes else -days, item.subject)

    return sorted(items, key=age)


def _page_of(
    section: str, scope: Scope, pairs: list[Pair], page: int
) -> tuple[list[Key], list[Pair]]:
    start = (page - 1) * PAGE
    if section == "lookalikes":
        return [], pairs[start : start + PAGE]
    return [Key(*row) for row in keys_of(section, scope)[start : start + PAGE]], []


__all__ = [
    "SECTIONS",
    "BoardRow",
    "Desk",
    "Item",
    "NoSuchDesk",
    "Section",
    "Shown",
    "desk_for",
]
