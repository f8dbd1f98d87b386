"""What an import would do, row by row, before anything is written."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from partnerships.choices import ImportVerdict
from partnerships.exports import guard
from partnerships.imports.cells import shown
from partnerships.imports.readers import Row

NO_CHANGE = "says what the registry says"


@dataclass(frozen=True, slots=True)
class Change:
    """What an update would change in one column."""

    column: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.column}: {shown(self.old)} → {shown(self.new)}"


@dataclass(slots=True)
class PlannedRow:
    """One row's verdict, why, and what applying it would write.

    `values` are columns of the record; `parts` names what hangs on it: institutions by slug,
    terms and countries by key. `pk` is the stored record's, if there is one, and `modified_at` when
    it was last changed before the plan was made.
    """

    number: int
    slug: str
    cells: dict[str, str]
    pk: int | None = None
    modified_at: datetime | None = None
    values: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, list[Any]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: Why whoever sent the file may not apply this row; "" if they may. See imports/scope.py.
    not_yours: str = ""

    @property
    def verdict(self) -> ImportVerdict:
        if self.not_yours:
            return ImportVerdict.NOT_YOURS
        if self.errors:
            return ImportVerdict.ERROR
        if self.conflicts:
            return ImportVerdict.CONFLICT
        if self.pk is None:
            return ImportVerdict.CREATE
        return ImportVerdict.UPDATE if self.changes else ImportVerdict.UNCHANGED

    @property
    def problems(self) -> list[str]:
        """Why it cannot be applied."""
        return [self.not_yours] if self.not_yours else [*self.errors, *self.conflicts]

    @property
    def reason(self) -> str:
        """Why, in one line."""
        if self.problems:
            return "; ".join(self.problems)
        if self.pk is None:
            return "; ".join(["new record", *self.notes])
        return "; ".join([*map(str, self.changes), *self.notes]) or NO_CHANGE


@dataclass(frozen=True, slots=True)
class Plan:
    """One file's rows with their verdicts."""

    file_name: str
    file_sha256: str
    rows: list[PlannedRow]
    #: The encoding of its text, where that is not UTF-8.
    read_as: str = ""

    @property
    def totals(self) -> dict[str, int]:
        """How many rows have each verdict, every verdict named that may be: only a champion's
        plan has rows that are not theirs."""
        counted = Counter(row.verdict for row in self.rows)
        return {
            verdict.value: counted[verdict]
            for verdict in ImportVerdict
            if counted[verdict] or verdict != ImportVerdict.NOT_YOURS
        }

    @property
    def is_in_error(self) -> bool:
        return any(row.errors for row in self.rows)

    @property
    def is_applicable(self) -> bool:
        """Whether it may be applied: no row is in error or conflict."""
        return not any(row.problems for row in self.rows)

    def lines(self) -> Iterator[str]:
        """A line for each row: file, line, verdict, slug and reason."""
        for row in self.rows:
            slug = row.slug or "(no slug)"
            # A name from a file must not write to a terminal more than its letters.
            line = f"{self.file_name}:{row.number}: {row.verdict} {slug}: {row.reason}"
            yield "".join(c if c.isprintable() else " " for c in line)

    def summary(self) -> str:
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.totals.items())
        read = f", read as {self.read_as}" if self.read_as else ""
        return f"{self.file_name}{read}: {len(self.rows)} rows: {counts}"


REPORT_COLUMNS = ("file", "row", "verdict", "slug", "column", "old", "new", "reason")


def write_report(plans: Iterable[Plan], file: IO[str]) -> None:
    """Plans as CSV, guarded against formulas: a line for each row, and for each changed column."""
    writer = csv.writer(file)
    writer.writerow(REPORT_COLUMNS)
    for plan in plans:
        for row in plan.rows:
            start = [plan.file_name, str(row.number), row.verdict, row.slug]
            changes = row.changes if row.verdict == ImportVerdict.UPDATE else []
            for change in changes or [Change("", "", "")]:
                line = [*start, change.column, change.old, change.new, row.reason]
                writer.writerow(guard(str(text)) for text in line)


def start(row: Row, slug: str) -> PlannedRow:
    """A row nothing is known about but its cells, and what is wrong with them as such."""
    return PlannedRow(row.number, slug, row.cells, errors=list(row.problems))


def mark_duplicates(rows: Iterable[PlannedRow]) -> None:
    """Rows with the same slug contradict each other: none of them can be meant."""
    by_slug: dict[str, list[PlannedRow]] = {}
    for row in rows:
        if row.slug:
            by_slug.setdefault(row.slug, []).append(row)
    for slug, same in by_slug.items():
        for row in same if len(same) > 1 else []:
            others = ", ".join(str(other.number) for other in same if other is not row)
            row.conflicts.append(f"slug: row {others} is “{slug}” too. Keep one of the rows")
