"""Workbooks for people who import: one to fill in, and one that says what is wrong with a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from partnerships.choices import PartnershipKind, Stage
from partnerships.exports import COLUMNS, HEADINGS, cells, guard, storable
from partnerships.imports.matching import VOCABULARIES
from partnerships.imports.partnerships import REQUIRED
from partnerships.models import HOME_COUNTRY, Country, Institution
from partnerships.records import Record

#: The column of an annotated workbook that says what is wrong; an import passes over it.
PROBLEMS = "problems"
#: Rows for which the template offers choices.
_ROWS = 2_000
_CHOICES = "Choices"
#: Columns of which a cell may hold several values.
_SEVERAL = frozenset(
    {"uk_institutions", "overseas_institutions", "countries", *VOCABULARIES},
)
_WIDE = {"name": 36, "summary": 48, "slug": 30, PROBLEMS: 60}
_PLACE = re.compile(r"cell (\d+) ")
_HEADING, _READ_ONLY = PatternFill("solid", "003087"), PatternFill("solid", "4C6272")
_WRONG, _ROW_WRONG = PatternFill("solid", "FFD6CC"), PatternFill("solid", "FDF5DC")
_WHITE = Font(bold=True, color="FFFFFF")
_TOP = Alignment(vertical="top", wrap_text=True)
_HELP = """\
One row is one partnership. The slug says which: its address. A new slug makes a new draft.
A column that you delete leaves what the registry says. An empty cell clears it.
Several values of a cell stand between |, such as Nursing|Surgery. Choose one, then add others.
Dates are years, months or days: 2008, 2008-05 or 2008-05-03.
Grey columns are for reading: what you write there is passed over.
Leave out names, e-mail addresses and telephone numbers of people.
Save it as it is, or as CSV UTF-8, and send it under “Import”.
You see what it would change before anything is written.
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, and in which column, if in one."""

    column: str
    text: str


def problem_of(text: str, columns: Sequence[str]) -> Problem:
    """The problem of a planned row, with the column that it is about ("" for the row)."""
    column, _, rest = text.partition(": ")
    if rest and column in HEADINGS:
        return Problem(column, rest)
    place = _PLACE.match(text)
    if place and int(place[1]) <= len(columns):
        return Problem(columns[int(place[1]) - 1], f"it {text[place.end() :]}")
    return Problem("", text)


def choices() -> dict[str, list[tuple[str, str]]]:
    """Column → what may stand there, each with what it means ("" where it says so itself)."""
    found: dict[str, list[tuple[str, str]]] = {
        "kind": [(code, str(label)) for code, label in PartnershipKind.choices],
        "status": [(code, str(label)) for code, label in Stage.choices],
        "countries": list(
            Country.objects.exclude(pk=HOME_COUNTRY)
            .order_by("common_name")
            .values_list("pk", "common_name")
        ),
    }
    places = Institution.objects.order_by("name", "pk")
    at_home = places.filter(country=HOME_COUNTRY)
    found["uk_institutions"] = list(at_home.values_list("slug", "name"))
    elsewhere = places.exclude(country=HOME_COUNTRY)
    found["overseas_institutions"] = [
        (slug, f"{name}, {country}")
        for slug, name, country in elsewhere.values_list("slug", "name", "country__common_name")
    ]
    for column, (model, _) in VOCABULARIES.items():
        terms = model._default_manager.filter(retired_on=None).order_by("label")
        found[column] = [(label, "") for label in terms.values_list("label", flat=True)]
    return found


def write_template(records: Iterable[Record], file: IO[bytes]) -> None:
    """A workbook with the columns of an import, the given records, and drop-downs."""
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = "Partnerships"
    sheet.append(HEADINGS)
    _style_headings(sheet, HEADINGS)
    for column, heading in zip(COLUMNS, sheet[1], strict=True):
        heading.comment = _comment(column.meaning)
    for record in records:
        sheet.append(cells(record))
    _offer(workbook, sheet, choices())
    help_sheet = workbook.create_sheet("How to")
    help_sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(_HELP.splitlines(), start=1):
        help_sheet.cell(number, 1, line).alignment = _TOP
    workbook.save(file)


def _offer(
    workbook: Workbook, sheet: Any, offered: Mapping[str, Sequence[tuple[str, str]]]
) -> None:
    """The lists on a sheet of their own, and a drop-down from each in its column."""
    lists = workbook.create_sheet(_CHOICES)
    lists.freeze_panes = "A2"
    place = 1
    for column, values in offered.items():
        has_meanings = any(meaning for _, meaning in values)
        lists.cell(1, place, column).font = Font(bold=True)
        lists.column_dimensions[get_column_letter(place)].width = 32
        for number, (value, meaning) in enumerate(values, start=2):
            lists.cell(number, place, guard(storable(value)))
            if has_meanings:
                lists.cell(number, place + 1, guard(storable(meaning)))
        if values:
            letter = get_column_letter(place)
            source = f"{quote_sheetname(_CHOICES)}!${letter}$2:${letter}${len(values) + 1}"
            _drop_down(sheet, column, source)
        place += 3 if has_meanings else 2


def _drop_down(sheet: Any, column: str, source: str) -> None:
    rule = DataValidation(type="list", formula1=f"={source}", allow_blank=True)
    rule.showErrorMessage = column not in _SEVERAL
    rule.errorTitle, rule.error = column, "Choose one from the list."
    if column in _SEVERAL:
        rule.showInputMessage = True
        rule.promptTitle = column
        rule.prompt = "Choose one. For several write | between them."
    letter = get_column_letter(HEADINGS.index(column) + 1)
    rule.add(f"{letter}2:{letter}{_ROWS + 1}")
    sheet.add_data_validation(rule)


def write_annotated(
    columns: Sequence[str], rows: Iterable[tuple[Mapping[str, str], Sequence[str]]], file: IO[bytes]
) -> None:
    """The rows of a file, each cells and problems, with a first column that says what is wrong, and
    a colour and a comment on each wrong cell. Imports again once it is mended."""
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = "Partnerships"
    headings = [PROBLEMS, *columns]
    sheet.append(headings)
    _style_headings(sheet, headings)
    for number, (row, problems) in enumerate(rows, start=2):
        sheet.append(["", *(guard(storable(row.get(column, ""))) for column in columns)])
        _mark(sheet, number, headings, problems)
    workbook.save(file)


def _mark(sheet: Any, number: int, headings: Sequence[str], problems: Sequence[str]) -> None:
    if not problems:
        return
    told = [problem_of(text, headings[1:]) for text in problems]
    first = sheet.cell(number, 1, guard(storable("\n".join(problems)))[:32_000])
    first.fill, first.alignment = _ROW_WRONG, _TOP
    wrong: dict[str, list[str]] = {}
    for problem in told:
        if problem.column in headings:
            wrong.setdefault(problem.column, []).append(problem.text)
    for column, texts in wrong.items():
        cell = sheet.cell(number, headings.index(column) + 1)
        cell.fill, cell.comment = _WRONG, _comment("\n".join(texts))


def _comment(text: str) -> Comment:
    return Comment(storable(text)[:1_000], "Import", height=90, width=320)


def _style_headings(sheet: Any, headings: Sequence[str]) -> None:
    read = {column.name for column in COLUMNS if column.is_read} | {PROBLEMS}
    for place, cell in enumerate(sheet[1], start=1):
        cell.font, cell.fill = _WHITE, _HEADING if cell.value in read else _READ_ONLY
        width = _WIDE.get(str(cell.value), 20)
        sheet.column_dimensions[get_column_letter(place)].width = width
    fixed = max((headings.index(name) for name in REQUIRED if name in headings), default=0)
    sheet.freeze_panes = f"{get_column_letter(fixed + 2)}2"
