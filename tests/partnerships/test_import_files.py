"""Reading CSV and XLSX: rows, lines, and files that cannot be read."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from partnerships.exports import HEADINGS
from partnerships.imports.partnerships import REQUIRED
from partnerships.imports.readers import FileProblem, read_file, read_table
from tests.factories.imports import (
    make_small_registry,
    planned,
    xlsx_of,
)


@pytest.fixture
def small(db: None) -> None:
    make_small_registry()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no heading"),
        (b"\n", "has no heading"),
        (b"slug\nx\n", "lacks the column “name”"),
        (b"slug,name,colour\n", "there is no column “colour”"),
        (b"slug,name,name\n", "has the column “name” twice"),
        ("slug,name\nx,Hôpital\n".encode("mac-roman"), "is not UTF-8: line 2"),
        ("slug,name\nx,Hôpital\n".encode("cp850"), "is not UTF-8: line 2"),
        ("slug,name\nx,Больница\n".encode("cp1251"), "is not UTF-8: line 2"),
        ("slug,name\nx,Łódź\n".encode("cp1250"), "is not UTF-8: line 2"),
        ("slug,name\nx,Women’s health\n".encode("mac-roman"), "is not UTF-8: line 2"),
        ("slug,name\nx,Hôpital é\n".encode()[:-2] + b"\n", "is not UTF-8: line 2"),
        (b'slug,name\nx,"open\n', "line 2"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel file"),
        (b"PK\x03\x04rest", "is not a workbook"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, says):
    with pytest.raises(FileProblem) as problem:
        read_table(content, name="file.csv", columns=HEADINGS, required=REQUIRED)

    assert "file.csv" in str(problem.value)
    assert says in str(problem.value)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(FileProblem, match="cannot be read"):
        read_file(tmp_path / "none.csv", columns=HEADINGS, required=REQUIRED)


def test_too_large_a_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("partnerships.imports.readers.MAX_BYTES", 10)
    path = tmp_path / "file.csv"
    path.write_bytes(b"slug,name\n" * 10)

    with pytest.raises(FileProblem, match="larger than"):
        read_file(path, columns=HEADINGS, required=REQUIRED)


def test_rows_keep_their_lines_and_blank_ones_are_passed_over():
    content = b'slug,name\r\na,"two\nlines"\r\n\r\n , \r\nb,B\r\n'
    table = read_table(content, name="f.csv", columns=HEADINGS, required=REQUIRED)

    assert [(row.number, row.cells) for row in table.rows] == [
        (2, {"slug": "a", "name": "two\nlines"}),
        (6, {"slug": "b", "name": "B"}),
    ]
    assert table.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_utf8_is_read_with_and_without_a_byte_order_mark(mark):
    content = mark + "slug,name\nx,Hôpital\n".encode()
    table = read_table(content, name="f.csv", columns=HEADINGS, required=REQUIRED)

    assert [row.cells for row in table.rows] == [{"slug": "x", "name": "Hôpital"}]


def test_a_workbook_is_read_as_text():
    content = xlsx_of(
        ["slug", "name", "start_year", "end_year", None],
        ["x", "Hôpital", 2008, date(2012, 5, 3), None],
        [],
        ["y", None, 2009.0, True],
    )
    table = read_table(content, name="f.xlsx", columns=HEADINGS, required=REQUIRED)

    assert [(row.number, list(row.cells.values()), row.problems) for row in table.rows] == [
        (2, ["x", "Hôpital", "2008", "2012-05-03"], ()),
        (4, ["y", "", "2009", "TRUE"], ()),
    ]


def test_a_formula_in_a_workbook_is_an_error_and_never_an_empty_cell(small):
    content = xlsx_of(["slug", "name", "kind"], ["x", "=1+1", "network"])

    assert [row.reason for row in planned(content).rows] == [
        "cell 2 holds a formula; paste its result as a value; name: a new record needs one"
    ]


def test_what_can_only_be_windows_1252_is_read_as_that() -> None:
    said = "Hôpital “Ste-Élodie”, São Tomé – the women’s ward; £5 a day, ½ of it"
    content = f'slug,name\nx,"{said}"\n'.encode("cp1252")
    table = read_table(content, name="f.csv", columns=HEADINGS, required=REQUIRED)
    assert (table.read_as, table.rows[0].cells["name"]) == ("Windows-1252", said)
    plain = read_table(b"slug,name\nx,y\n", name="f.csv", columns=HEADINGS, required=REQUIRED)
    assert plain.read_as == ""
