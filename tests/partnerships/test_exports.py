"""Downloads: guarded against formulas, whole, and readable again without a change."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from partnerships.exports import COLUMNS, HEADINGS, as_csv, guard, unguard, write_xlsx
from partnerships.imports.cells import canonical
from partnerships.imports.partnerships import REQUIRED
from partnerships.imports.readers import read_table
from partnerships.models import Partnership
from partnerships.records import public_records
from tests.factories.imports import exported, make_small_registry, planned, verdicts
from tests.factories.records import make_partnership

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NASTY = (
    "=HYPERLINK(1)",
    "+44 1",
    "-1",
    "@SUM(A1)",
    "'=1",
    "''''=1",
    "'quoted'",
    "\tindented",
    "\r\nreturned",
    'say "no", twice',
    "two\nlines",
    "three\r\nlines\rof all kinds",
    "a|b",
    "Qacha’s Nek, Hôpital général, مستشفى",
    "control \x07 and \x1f",
    "\x07=1+1",
    "\n=1+1",
    "noncharacter \uffff and \ufffe",
    "emoji 🏥",
    "_x000D_",
    "  around  ",
)


def test_every_column_has_its_own_name_and_a_meaning():
    assert len(set(HEADINGS)) == len(COLUMNS)
    assert [column.name for column in COLUMNS if not column.meaning] == []


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("'quoted'", "'quoted'"),
        ("", ""),
    ],
)
def test_a_cell_that_would_be_a_formula_is_guarded(cell, guarded):
    assert guard(cell) == guarded


@given(st.text())
def test_the_guard_comes_off_again(text):
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in tuple("=+-@\t\r")


@pytest.fixture(scope="module")
def nasty(django_db_setup: None, django_db_blocker: Any) -> Any:
    """A record for each nasty text, in every column that holds free text."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_small_registry()
        for number, text in enumerate(NASTY):
            texts = {"summary": text, "source_note": text, "goals": text}
            make_partnership(text, slug=f"nasty-{number}", **texts)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nasty_text_comes_back_without_a_change(nasty, kind):
    plan = planned(exported(format=kind), f"export.{kind}")

    assert [row.reason for row in plan.rows if row.verdict != "unchanged"] == []
    assert len(plan.rows) == len(NASTY)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_a_download_begins_a_formula(nasty, kind):
    content = exported(format=kind)
    rows: list[Any]
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    else:
        workbook = load_workbook(io.BytesIO(content), read_only=True)
        rows = list(workbook.worksheets[0].iter_rows(values_only=True))
        workbook.close()

    cells = [str(cell) for row in rows for cell in row if cell]
    assert [cell for cell in cells if cell[0] in "=+-@\t\r"] == []
    assert "'=HYPERLINK(1)" in cells


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_survives_both_formats_up_to_what_they_can_hold(texts):
    records = [RECORD | {"slug": f"r-{n}", "summary": text} for n, text in enumerate(texts)]
    file = io.BytesIO()
    write_xlsx(records, file)
    for content in ("".join(as_csv(records)).encode(), file.getvalue()):
        table = read_table(content, name="f", columns=HEADINGS, required=REQUIRED)
        found = [canonical(row.cells["summary"]) for row in table.rows]
        assert found == [canonical(text) for text in texts]
        assert [row.problems for row in table.rows] == [()] * len(texts)


RECORD: dict[str, Any] = {
    **dict.fromkeys(("name", "website", "source_url", "source_note", "id", "url", "modified"), "x"),
    **dict.fromkeys(("topics", "activities", "professions", "funders", "members"), ()),
    "kind": {"code": "network"},
    "stage": {"code": "active"},
    "moderation": "listed",
    "began": None,
    "ended": None,
    "countries": ["GB", "MW"],
    "health_board": None,
    "confirmed": {"uk": None, "partner": None},
}


def test_the_command_answers_a_question_as_a_visitor(nasty):
    make_partnership("Hidden", moderation="draft")
    make_partnership("Two", countries=["RW"], members=[], gap_note="Few.")
    everything = json.loads(exported(format="json"))

    assert {row["slug"] for row in everything} == set(
        Partnership.objects.listed().values_list("slug", flat=True)
    )
    found = json.loads(exported(format="geojson", query="?country=RW"))
    assert [feature["properties"]["slug"] for feature in found["features"]] == ["two"]
    assert verdicts(planned(exported(query="country=RW"))) == ["unchanged"]


def test_the_command_names_what_is_wrong_with_a_question(db):
    with pytest.raises(CommandError, match="--query, country: There is no “XX”"):
        exported(query="country=XX")
    with pytest.raises(CommandError, match="--query, page"):
        exported(query="page=0")


def test_an_empty_answer_is_a_heading_or_an_empty_array(nasty):
    query = "stage=exploring"

    assert exported(query=query).decode("utf-8-sig").splitlines() == [",".join(HEADINGS)]
    assert json.loads(exported(query=query, format="json")) == []
    assert json.loads(exported(query=query, format="geojson"))["features"] == []


def test_records_are_read_in_as_many_queries_whatever_they_hold(nasty, django_assert_num_queries):
    keys = list(Partnership.objects.order_by("pk").values_list("pk", flat=True))
    with django_assert_num_queries(10):
        one = list(public_records(keys[:1], site_url=""))
    with django_assert_num_queries(10):
        three = list(public_records(keys[:3], site_url=""))

    assert (len(one), len(three)) == (1, 3)
