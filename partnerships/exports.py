"""Public records as CSV, XLSX and JSON: one statement of the columns, for both directions."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from openpyxl import Workbook

from partnerships.models import HOME_COUNTRY

Record = dict[str, Any]

#: Between the values of a cell that holds several.
SEPARATOR = "|"
_RISKY = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
#: Characters that no XML document, and so no workbook, can hold.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def storable(text: str) -> str:
    """Text without characters that a workbook cannot hold."""
    return _UNSTORABLE.sub("", text)


def guard(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP)."""
    return f"'{cell}" if _RISKY.match(cell) else cell


def unguard(cell: str) -> str:
    """The cell that `guard` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the partnership table. `write` gives its text from a public record."""

    name: str
    meaning: str
    write: Callable[[Record], str]
    #: Read-only columns are there for readers; an import passes over them.
    is_read: bool = True


def _plain(field: str) -> Callable[[Record], str]:
    return lambda record: record[field] or ""


def _code(field: str) -> Callable[[Record], str]:
    return lambda record: record[field]["code"]


def _date(field: str) -> Callable[[Record], str]:
    return lambda record: record[field]["value"] if record[field] else ""


def _labels(field: str) -> Callable[[Record], str]:
    return lambda record: SEPARATOR.join(term["label"] for term in record[field])


def _members(side: str) -> Callable[[Record], str]:
    return lambda record: SEPARATOR.join(
        member["institution"]["slug"] for member in record["members"] if member["side"] == side
    )


def _countries(record: Record) -> str:
    return SEPARATOR.join(code for code in record["countries"] if code != HOME_COUNTRY)


def _board(record: Record) -> str:
    return record["health_board"]["slug"] if record["health_board"] else ""


COLUMNS: tuple[Column, ...] = (
    Column("slug", "Its address on this site; says which record a row is.", _plain("slug")),
    Column("name", "Name.", _plain("name")),
    Column("summary", "What it does, at most 300 characters.", _plain("summary")),
    Column("kind", "Code of the kind of partnership.", _code("kind")),
    Column("status", "Code of the stage; `unknown` is read as `not_known`.", _code("stage")),
    Column("start_year", "When it began: 2008, 2008-05 or 2008-05-03.", _date("began")),
    Column("end_year", "When it ended, in the same form.", _date("ended")),
    Column("uk_institutions", "Slugs of the members in the UK.", _members("uk")),
    Column("overseas_institutions", "Slugs of the members elsewhere.", _members("partner")),
    Column(
        "countries", "ISO 3166-1 alpha-2 codes, the UK left out; named or by members.", _countries
    ),
    Column("focus_areas", "Labels of topics, the primary one first.", _labels("topics")),
    Column("activity_types", "Labels of activities.", _labels("activities")),
    Column("professions", "Labels of the professions involved.", _labels("professions")),
    Column("funders", "Labels of funders.", _labels("funders")),
    Column("website", "Address of its website.", _plain("website")),
    Column("source_url", "The page that the record rests on.", _plain("source_url")),
    Column(
        "checked_fact_note", "What the source supports and what is weak.", _plain("source_note")
    ),
    Column(
        "moderation",
        "`listed` is public; anything else is shown to its people only.",
        _plain("moderation"),
        is_read=False,
    ),
    Column("id", "Permanent id.", _plain("id"), is_read=False),
    Column("url", "Permanent address of its page.", _plain("url"), is_read=False),
    Column("health_board", "Slug of the owning Health Board.", _board, is_read=False),
    Column(
        "confirmed_uk",
        "Day on which the UK side last confirmed it.",
        lambda record: record["confirmed"]["uk"] or "",
        is_read=False,
    ),
    Column(
        "confirmed_partner",
        "Day on which the partner side last confirmed it.",
        lambda record: record["confirmed"]["partner"] or "",
        is_read=False,
    ),
    Column(
        "modified", "When the record last changed, ISO 8601.", _plain("modified"), is_read=False
    ),
)
HEADINGS = [column.name for column in COLUMNS]


def cells(record: Record) -> list[str]:
    """One row of the table, guarded against formulas.

    What a workbook cannot hold goes first: a formula must not hide behind it from the guard.
    """
    return [guard(storable(column.write(record))) for column in COLUMNS]


class Echo:
    """A file whose write gives back what it was given, so that rows can be streamed."""

    def write(self, text: str) -> str:
        return text


def as_csv(records: Iterable[Record]) -> Iterator[str]:
    """The table as pieces of CSV (RFC 4180), a byte order mark first so that Excel reads UTF-8."""
    writer = csv.writer(Echo())
    yield "\ufeff" + str(writer.writerow(HEADINGS))
    for record in records:
        yield str(writer.writerow(cells(record)))


def as_json(records: Iterable[Record]) -> Iterator[str]:
    """The records as pieces of a JSON array."""
    yield "["
    before = ""
    for record in records:
        yield f"{before}\n{json.dumps(record, ensure_ascii=False)}"
        before = ","
    yield "\n]\n"


def as_json_lines(
    records: Iterable[Record], cut: Callable[[Record], Record] | None = None
) -> Iterator[str]:
    """The records as lines of JSON (application/x-ndjson), `cut` down to what was asked for."""
    for record in records:
        shown = cut(record) if cut else record
        yield json.dumps(shown, ensure_ascii=False) + "\n"


def write_xlsx(records: Iterable[Record], file: IO[bytes]) -> None:
    """The table as a workbook, written row by row (openpyxl keeps rows in a temporary file)."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Partnerships")
    sheet.freeze_panes = "C2"
    sheet.append(HEADINGS)
    for record in records:
        sheet.append(cells(record))
    workbook.save(file)
