"""How answers of a checklist are put beside each other: per member, with the gap between them.

Nothing here makes one number of two members. A member's answers to the hallmarks of a principle
have a mean; two members' means have a gap, and are never averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from partnerships.choices import RatingLevel

#: What each answer counts. “Does not apply”, “don't know” and no answer count nothing, never 0.
SCORES: dict[str, int] = {
    RatingLevel.NOT_YET: 1,
    RatingLevel.IN_PART: 2,
    RatingLevel.MOSTLY: 3,
    RatingLevel.FULLY: 4,
}
LOWEST, HIGHEST = min(SCORES.values()), max(SCORES.values())
WIDEST_GAP = HIGHEST - LOWEST
#: At or below this, in one member's eyes, a principle is worth help.
LOW = 2.0


class Order(StrEnum):
    WIDEST = "widest"
    LOWEST = "lowest"
    PRINCIPLE = "principle"


class Scored(Protocol):
    """A principle or a hallmark: its place in the framework, a score for each member, and of how
    many hallmarks they say different things."""

    @property
    def place(self) -> tuple[int, ...]: ...
    @property
    def scores(self) -> Sequence[float | None]: ...
    @property
    def widest_within(self) -> float: ...
    @property
    def apart(self) -> int: ...


Row = TypeVar("Row", bound=Scored)


def score(level: str | None) -> int | None:
    """What an answer counts, 1 to 4; None for whatever is no place on the scale."""
    return SCORES.get(level or "")


def mean(levels: Iterable[str | None]) -> float | None:
    """Of one member's answers, those that count: 1 to 4. None where none does."""
    counted = [value for level in levels if (value := score(level)) is not None]
    return sum(counted) / len(counted) if counted else None


def gap(scores: Iterable[float | None]) -> float | None:
    """Between the two members that are farthest apart: 0 to 3. None unless two have a score.

    Rounded far below what differs, so that 8/3 and 5/3 are as far apart as 3 and 2.
    """
    known = [value for value in scores if value is not None]
    return round(max(known) - min(known), 9) if len(known) > 1 else None


def lowest(scores: Iterable[float | None]) -> float | None:
    return min((value for value in scores if value is not None), default=None)


def is_low(scores: Iterable[float | None]) -> bool:
    """Whether some member finds little of it: then guides and toolkits may help."""
    least = lowest(scores)
    return least is not None and least <= LOW


def in_order(rows: Iterable[Row], order: str) -> list[Row]:
    """Widest gap first, or the lowest score of any member first; what cannot be told comes last.

    Equal ones stand as in the framework. Where means are equally far apart, the principle in
    which one hallmark is farther apart comes first, as answers that differ both ways cancel out;
    then one in which members say different things at all.
    """

    def key(row: Row) -> tuple[float, ...]:
        wide, low = gap(row.scores), lowest(row.scores)
        by_gap = (-1.0 if wide is None else wide, row.widest_within, bool(row.apart))
        by_score = HIGHEST + 1.0 if low is None else low
        if order == Order.WIDEST:
            return (*(-value for value in by_gap), by_score, *row.place)
        if order == Order.LOWEST:
            return (by_score, *(-value for value in by_gap), *row.place)
        return row.place

    return sorted(rows, key=key)


@dataclass(frozen=True, slots=True)
class Change:
    """One member's means then and now, of the hallmarks that have a score in both rounds."""

    then: float
    now: float
    counted: int

    @property
    def by(self) -> float:
        return self.now - self.then


def change(rounds: Iterable[Mapping[int, int]]) -> Change | None:
    """Of one member's scores by hallmark, round by round, the oldest first.

    To the last round that has any, from the first that has one of the same hallmarks: what came,
    went or did not apply in one of the two changes nothing.
    """
    known = [scored for scored in rounds if scored]
    for first in known[:-1]:
        if both := first.keys() & known[-1].keys():
            then, now = (sum(scored[key] for key in both) for scored in (first, known[-1]))
            return Change(then / len(both), now / len(both), len(both))
    return None
