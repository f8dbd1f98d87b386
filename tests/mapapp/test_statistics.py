"""Statistics: every figure is the number of its list, on the page and in the file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnerships.choices import Moderation, Stage
from partnerships.services import partnerships
from partnerships.vocabulary import VOCABULARIES
from tests.factories import records
from tests.pages import number, page, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> None:
    """Each chart has several values, a value that nothing has, and something that is not known."""
    board = records.make_board("NHS Tayside")
    records.make_board("NHS Orkney")
    ninewells = records.make_institution("Ninewells", country="GB", parent=board.institution)
    malawi, zambia = (records.make_institution(country=code) for code in ("MW", "ZM"))
    eyes, ears = records.make_topic("Eyes"), records.make_topic("=Ears()")
    years = (1968, 2000, 2009, 2010, 2019, None)
    for index, year in enumerate(years):
        made = records.make_partnership(
            members=[ninewells, malawi if index % 2 else zambia],
            topics=[[], [eyes], [eyes, ears]][index % 3],
            countries=["NP"] if index == 4 else [],
            stage=[Stage.ACTIVE, Stage.ENDED][index % 2],
            kind=["institutional_link", "network", "network"][index % 3],
            began_on=date(year, 6, 1) if year else None,
            began_precision="month" if year else "",
        )
        days = (None, 10, 380, 500, 800, 900)[index]  # 800: long overdue; 900: ended
        if days:
            at = timezone.now() - timedelta(days=days)
            partnerships.confirm(made, side="uk", by=None, how="On paper", at=at)
    records.make_partnership("No Board", moderation=Moderation.LISTED)
    alone = {"countries": [], "gap_note": "The source names nobody else."}
    records.make_partnership("No country", members=[ninewells], **alone)
    records.make_partnership("Secret plan", moderation=Moderation.DRAFT, topics=[eyes])


QUESTIONS = (
    "",
    "country=MW",
    "country=MW&country=ZM&began_from=2001&began_to=2015",
    "confirmed=overdue",
    "topic=eyes&region=AFR&stage=active&q=hospital",
)


def figures(soup: Any) -> dict[str, int]:
    """Each figure's address, and the number beside it."""
    found = {}
    for row in soup.select(".bars tbody tr"):
        if link := row.select_one("th a"):
            found[str(link["href"])] = int(row.select_one(".bars-number").get_text())
    return found


@pytest.mark.usefixtures("world")
def test_every_figure_is_the_number_of_its_list() -> None:
    for question in QUESTIONS:
        soup = page(f"/statistics/?{question}")
        found = figures(soup)
        assert {href: number(page(href)) for href in found} == found
        assert len(found) >= 8
        assert number(soup) == number(page(f"/partnerships/?{question}"))
        for link in soup.select(".tally a"):
            assert number(page(str(link["href"]))) == int(link.get_text())
        check_file(question, found)


def check_file(question: str, found: dict[str, int]) -> None:
    """The file has the figures of the page."""
    answer = Client().get(f"/statistics.csv?{question}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    prefix = "http://127.0.0.1:8000"
    linked = {
        row["url"].removeprefix(prefix): int(row["partnerships"])
        for row in rows
        if row["figure"] != "all" and row["url"] and row["partnerships"] != "0"
    }
    assert linked == found
    assert int(rows[0]["partnerships"]) == number(page(f"/partnerships/?{question}"))


@pytest.mark.usefixtures("world")
def test_what_is_not_known_is_said() -> None:
    soup = page("/statistics/")
    unknown = {
        text(row.select_one("th")): int(row.select_one(".bars-number").get_text())
        for row in soup.select(".is-unknown")
    }
    assert unknown == {
        "No partner country named": 1,
        "No topic named": 4,
        "No Health Board takes part": 1,
        "Beginning not known": 3,
    }
    assert "None: NHS Orkney." in text(soup.select_one(".chart--board"))
    decades = [text(th) for th in soup.select(".chart--began tbody th")]
    assert decades == ["1960s", "1970s", "1980s", "1990s", "2000s", "2010s", "Beginning not known"]
    assert b",'=Ears()," in Client().get("/statistics.csv").content  # no formula
    soup = page("/statistics/?country=MW")
    assert "Statistics: 4 partnerships in Malawi" in text(soup.select_one("h1"))
    assert soup.select_one("select[name=country] option[selected]")["value"] == "MW"


def test_an_empty_register_and_an_empty_answer_make_sense() -> None:
    assert "There is nothing to count." in text(page("/statistics/"))
    assert Client().get("/statistics.csv").status_code == 200


@pytest.mark.parametrize("question", ["country=QQ", "began_from=99999999999999999", "bbox=nan"])
def test_a_bad_question_is_400(question: str) -> None:
    assert "cannot be answered" in text(page(f"/statistics/?{question}", status=400))
    answer = Client().get(f"/statistics.csv?{question}")
    assert (answer.status_code, list(answer.json()["errors"])) == (
        400,
        [question.split("=", maxsplit=1)[0]],
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("world")
def test_twelve_queries_suffice_whatever_is_asked() -> None:
    """Outside a transaction, where a visitor's counts are kept: the most that it can cost."""
    records.fill(records.make_partnership())
    asked = "&".join(f"{name}={first_value(name)}" for name in VOCABULARIES)
    for question in ("", f"q=a&began_from=1990&bbox=0,0,1,1&{asked}"):
        with CaptureQueriesContext(connection) as captured:
            assert Client().get(f"/statistics/?{question}").status_code == 200
        assert len(captured) <= 12, "\n".join(query["sql"] for query in captured)


def first_value(name: str) -> str:
    vocabulary = VOCABULARIES[name]
    if vocabulary.choices is not None:
        return next(iter(vocabulary.choices))
    return str(vocabulary.rows(name).first()[1])
