"""When a record is confirmed, due, overdue, or too long overdue to show by default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from partnerships.choices import Freshness

DUE_MONTHS, OVERDUE_MONTHS, HIDDEN_MONTHS = 12, 13, 24


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The days on which a confirmation must lie, or fall after, to count for each state."""

    fresh_from: date
    due_from: date
    hidden_before: date


def cutoffs(today: date) -> Cutoffs:
    return Cutoffs(
        fresh_from=months_before(today, DUE_MONTHS),
        due_from=months_before(today, OVERDUE_MONTHS),
        hidden_before=months_before(today, HIDDEN_MONTHS),
    )


def freshness(last_confirmed_on: date | None, today: date) -> Freshness:
    """How fresh a confirmation is on a day: yes within 12 months, due to 13, then overdue."""
    if last_confirmed_on is None:
        return Freshness.NEVER
    limits = cutoffs(today)
    if last_confirmed_on >= limits.fresh_from:
        return Freshness.YES
    return Freshness.DUE if last_confirmed_on >= limits.due_from else Freshness.OVERDUE


def is_hidden_by_default(last_confirmed_on: date | None, is_ended: bool, today: date) -> bool:
    """Long overdue: confirmed once, not for 24 months, and not history already."""
    if last_confirmed_on is None or is_ended:
        return False
    return last_confirmed_on < cutoffs(today).hidden_before
