"""The page of one country."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from partnerships.choices import Moderation
from tests.factories import records

pytestmark = pytest.mark.django_db


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
