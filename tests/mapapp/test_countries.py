"""The page of one country."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from partnerships.choices import Moderation
from tests.factories import records
from tests.pages import page, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_country_shows_its_partnerships_and_who_works_there() -> None:
    queens = records.make_institution("Queen Elizabeth", country="MW")
    ninewells = records.make_institution("Ninewells", country="GB")
    records.make_partnership("Apple", members=[ninewells, queens])
    records.make_partnership("Secret plan", moderation=Moderation.DRAFT)
    answer = Client().get("/countries/MW/")
    soup = BeautifulSoup(answer.content, "html.parser")
    assert [card["data-partnership"] for card in soup.select("[data-partnership]")] == ["apple"]
    assert soup.select_one("[data-result-count]")["data-result-count"] == "1"
    assert [link.get_text() for link in soup.select(".colleagues a")] == [
        "Queen Elizabeth",
        "Ninewells",
    ]
    assert "Secret plan" not in soup.get_text()


def test_a_country_without_partnerships_says_so() -> None:
    records.make_country("XK")
    answer = Client().get("/countries/XK/")
    assert answer.status_code == 200
    assert b"knows of no partnership here yet" in answer.content


def test_lower_case_leads_to_the_address() -> None:
    answer = Client().get("/countries/mw/")
    assert (answer.status_code, answer["Location"]) == (301, "/countries/MW/")


def test_an_unknown_country_is_404() -> None:
    assert Client().get("/countries/QQ/").status_code == 404


def test_neighbours_are_of_the_same_region() -> None:
    """A partnership of several countries must not make neighbours of them."""
    members = [records.make_institution(country=code) for code in ("GB", "MW", "ZM", "NP")]
    records.make_partnership(members=members)
    records.make_country("RW")
    soup = page("/countries/MW/")
    panel = next(p for p in soup.select(".panel") if "WHO region" in text(p.h2))
    assert [text(row) for row in panel.select("li")] == ["Zambia 1 partnership"]
    assert "Also in" not in text(page("/countries/NP/"))


def test_a_country_says_its_income_year_and_safeguards_in_words() -> None:
    records.make_country("MW", income_year="FY2026", is_on_safeguards_list=True)
    shown = text(page("/countries/MW/"))
    assert "Low income (World Bank, FY2026)" in shown
    assert "WHO asks employers abroad not to recruit them actively" in shown


def test_the_index_counts_by_region() -> None:
    records.make_partnership()
    records.make_partnership(members=[records.make_institution(country=c) for c in ("GB", "NP")])
    records.make_partnership(moderation=Moderation.DRAFT, countries=["RW"])
    shown = [text(panel) for panel in page("/countries/").select(".panel")]
    assert shown == [
        "African Region Malawi 1 partnership",
        "South-East Asia Region Nepal 1 partnership",
    ]
