"""CSV and XLSX files as numbered rows of text, or a sentence that says why they cannot be read."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from partnerships.exports import unguard
from partnerships.imports.decoding import WINDOWS, windows_text

MAX_BYTES = 100 * 1024 * 1024
#: Of a workbook, unpacked: more than this is a bomb, not a spreadsheet.
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 100
#: A spreadsheet cuts longer cells without a word.
LONGEST_XLSX_CELL = 32_767
#: A CSV cell may be as long as this.
LONGEST_CSV_CELL = 1024 * 1024
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: What openpyxl is known to raise for files that are no workbooks, or damaged ones.
_BROKEN = (
    AttributeError,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    OSError,
    ParseError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class FileProblem(Exception):
    """The whole file cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold, and what to do with more. `unpacked` are bytes of a workbook."""

    bytes: int
    unpacked: int
    rows: int
    then: str = "Split it."


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file (the heading is 1), its cells by column, what is wrong."""

    number: int
    cells: dict[str, str]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was read as a whole."""

    name: str
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    #: The encoding of its text, where that is not UTF-8.
    read_as: str = ""


def read_file(path: Path, *, columns: Collection[str], required: Collection[str]) -> Table:
    """The table in a file. Raises FileProblem; see `read_table`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileProblem(_too_large(path.name, _of_commands()))
        content = path.read_bytes()
    except OSError as error:
        raise FileProblem(f"{path} cannot be read: {error.strerror}.") from error
    return read_table(content, name=path.name, columns=columns, required=required)


def read_table(
    content: bytes,
    *,
    name: str,
    columns: Collection[str],
    required: Collection[str],
    limits: Limits | None = None,
) -> Table:
    """The rows of a CSV (UTF-8, with or without a byte order mark, or what can only be
    Windows-1252) or XLSX file, blank ones left out, spreadsheets' guard against formulas taken off.

    `columns` may stand in the heading, `required` must. Raises FileProblem for what is not such
    a file; what is wrong with one row stands in its `problems`.
    """
    limits = limits or _of_commands()
    if len(content) > limits.bytes:
        raise FileProblem(_too_large(name, limits))
    is_xlsx, read_as = content.startswith(_ZIP), ""
    if is_xlsx:
        lines = _xlsx_lines(content, name, limits)
    else:
        text, read_as = _csv_text(content, name)
        lines = _csv_lines(text, name)
    number, first, _ = next(lines, (1, [], []))
    headings = [text.strip() for text in first]
    while headings and not headings[-1]:
        headings.pop()
    _check_headings(headings, name, columns, required)
    rows: list[Row] = []
    for number, cells, problems in lines:
        if not any(text.strip() for text in cells) and not problems:
            continue
        if len(rows) == limits.rows:
            raise FileProblem(f"{name} has more than {limits.rows:,} rows. {limits.then}")
        if is_xlsx:  # whose rows end with their last filled cell
            cells.extend([""] * (len(headings) - len(cells)))
        rows.append(_row(number, cells, problems, headings))
    digest = hashlib.sha256(content).hexdigest()
    return Table(name, digest, tuple(headings), tuple(rows), read_as)


def _of_commands() -> Limits:
    return Limits(MAX_BYTES, MAX_UNPACKED_BYTES, MAX_ROWS)


def _too_large(name: str, limits: Limits) -> str:
    return f"{name} is larger than {limits.bytes // 1024 // 1024} MB. {limits.then}"


def _check_headings(
    headings: Sequence[str], name: str, columns: Collection[str], required: Collection[str]
) -> None:
    if not headings:
        raise FileProblem(f"{name} has no heading. Its first row must name the columns.")
    if unknown := [heading for heading in headings if heading not in columns]:
        raise FileProblem(
            f"{name}: there is no column {_listed(unknown)}. Remove it, or rename it to one of "
            f"{_listed(columns)}."
        )
    if missing := [column for column in required if column not in headings]:
        raise FileProblem(f"{name} lacks the column {_listed(missing)}. Add it.")
    if twice := sorted({heading for heading in headings if headings.count(heading) > 1}):
        raise FileProblem(f"{name} has the column {_listed(twice)} twice. Keep one of them.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"“{name[:60]}”" for name in list(names)[:40])


def _row(number: int, cells: list[str], problems: list[str], headings: list[str]) -> Row:
    found = list(problems)
    while len(cells) > len(headings) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(headings):
        found.append(
            f"the row has {len(cells)} cells and the heading {len(headings)}: look for a comma or "
            "a quotation mark that is missing or too many"
        )
    by_column = dict(zip(headings, map(unguard, cells), strict=False))
    found += [
        f"{column}: the cell holds a character that cannot be stored (NUL); remove it"
        for column, text in by_column.items()
        if "\x00" in text
    ]
    return Row(number, by_column, tuple(found))


Line = tuple[int, list[str], list[str]]


def _csv_text(content: bytes, name: str) -> tuple[str, str]:
    """The text of a file, and its encoding where that is not UTF-8."""
    if content.startswith(_OLD_EXCEL):
        raise FileProblem(f"{name} is an old Excel file (.xls). Save it as .xlsx or as CSV UTF-8.")
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        text = windows_text(content)
        if text is not None:
            return text, WINDOWS
        line = content.count(b"\n", 0, error.start) + 1
        raise FileProblem(
            f"{name} is not UTF-8: line {line} holds other bytes. In Excel choose "
            "“CSV UTF-8 (comma delimited)” when saving."
        ) from error


def _csv_lines(text: str, name: str) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_CSV_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileProblem(f"{name}, line {number}: {error}. Look for stray quotes.") from error
        yield number, cells, []


def _xlsx_lines(content: bytes, name: str, limits: Limits) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > limits.unpacked:
                raise FileProblem(_too_large(name, limits))
        # Formulas stay formulas: their last result may be old, or missing and so clear a value.
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet: Any = workbook.worksheets[0]
        sheet.reset_dimensions()  # written by many programs, and often wrong
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
            yield number, *_texts(cells)
        workbook.close()
    except _BROKEN as error:
        raise FileProblem(
            f"{name} is not a workbook that can be read ({error}). Save it again as .xlsx or as "
            "CSV UTF-8."
        ) from error


def _texts(cells: Sequence[Any]) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    problems: list[str] = []
    for place, cell in enumerate(cells, start=1):
        text, problem = _text(cell)
        texts.append(text)
        if problem:
            problems.append(f"cell {place} {problem}")
    while texts and not texts[-1]:
        texts.pop()
    return texts, problems


def _text(cell: Any) -> tuple[str, str]:
    """A cell as CSV would write it, and what is wrong with it."""
    value = cell.value
    if value is None:
        return "", ""
    if problem := _problem(cell):
        return "", problem
    if isinstance(value, bool):
        return str(value).upper(), ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value), ""


def _problem(cell: Any) -> str:
    """Why a cell cannot be taken as it is."""
    value = cell.value
    if cell.data_type == "e":
        return f"holds the error {value}; correct it in the spreadsheet"
    if cell.data_type == "f":
        return "holds a formula; paste its result as a value"
    if isinstance(value, str) and len(value) >= LONGEST_XLSX_CELL:
        return "is as long as a spreadsheet can hold, so its end may be lost; use CSV"
    if not isinstance(value, str | int | float | date):
        return "holds something that is neither text nor number; paste it as a value"
    return ""
