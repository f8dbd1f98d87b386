"""Dates that are known to the year, the month or the day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from partnerships.choices import DatePrecision

_FORM = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z")
_WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([a-z]{3,9})\.?,?\s+(\d{4})\Z", re.IGNORECASE
)
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
EARLIEST_YEAR, LATEST_YEAR = 1800, 2100


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day and how much of it is known."""

    day: date
    precision: str

    def __str__(self) -> str:
        return written(self.day, self.precision)


def written(day: date, precision: str) -> str:
    """A stored date as ISO 8601, no longer than what is known: 2008, 2008-05, 2008-05-03."""
    length = {DatePrecision.YEAR: 4, DatePrecision.MONTH: 7}.get(DatePrecision(precision), 10)
    return day.isoformat()[:length]


def spoken(day: date, precision: str) -> str:
    """A stored date as people write it, as long as it is known: 2008, May 2008, 3 May 2008."""
    unknown = {DatePrecision.YEAR: 2, DatePrecision.MONTH: 1}.get(DatePrecision(precision), 0)
    return " ".join([str(day.day), MONTHS[day.month - 1], str(day.year)][unknown:])


def parse(text: str, *, end: bool = False) -> PartialDate:
    """Read 2008, May 2008 or 3 May 2008, and 2008-05 or 2008-05-03; with `end`, the last day of the
    period, else the first. Months may be cut to three letters or more.

    Raises ValueError with a sentence for people. Storing a beginning by its first day and an end
    by its last keeps "ended 2008" from standing before "began May 2008".
    """
    year, month, day = _parts(text)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"The year must be between {EARLIEST_YEAR} and {LATEST_YEAR}.")
    try:
        if month is None:
            value = date(year, 12, 31) if end else date(year, 1, 1)
            return PartialDate(value, DatePrecision.YEAR)
        if day is None:
            value = date(year, month, monthrange(year, month)[1] if end else 1)
            return PartialDate(value, DatePrecision.MONTH)
        return PartialDate(date(year, month, day), DatePrecision.DAY)
    except ValueError:
        raise ValueError(f"There is no day “{text}” in the calendar.") from None


def _parts(text: str) -> tuple[int, int | None, int | None]:
    """Year, month and day as written; the calendar is asked later."""
    if found := _FORM.match(text.strip()):
        year, month, day = (int(part) if part else None for part in found.groups())
        return int(year or 0), month, day
    if found := _WORDS.match(text.strip()):
        for number, name in enumerate(MONTHS, start=1):
            if name.lower().startswith(found[2].lower()):
                return int(found[3]), number, int(found[1]) if found[1] else None
    raise ValueError(f"“{text}” is not a date: write 2008, May 2008 or 14 May 2008.")
