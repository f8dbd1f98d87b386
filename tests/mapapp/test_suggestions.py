"""Suggestions as the search boxes ask for them: the same public answer for everybody."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from partnerships.choices import Moderation
from partnerships.models import Profession
from tests.factories import records
from tests.pages import number, page, text

PATH = "/partnerships/suggest/"

pytestmark = pytest.mark.django_db


def labels(typed: str, client: Client | None = None) -> list[str]:
    answer = (client or Client()).get(PATH, {"q": typed})
    assert answer.status_code == 200
    return [each["label"] for group in answer.json()["groups"] for each in group["suggestions"]]


def make_world(number: int = 1) -> None:
    for _ in range(number):
        board = records.make_board()
        away = records.make_institution(country="MW", city="Mangochi")
        records.make_partnership(
            f"Malaria in Mangochi {next(records.numbers)}",
            members=[board.institution, away],
            topics=[records.make_topic(f"Malaria {next(records.numbers)}")],
        )


def test_the_answer_names_headings_and_addresses():
    make_world()
    answer = Client().get(PATH, {"q": "malawi"})
    assert answer.json() == {
        "groups": [
            {
                "heading": "Places",
                "suggestions": [
                    {
                        "label": "Malawi",
                        "detail": "Country",
                        "count": 1,
                        "address": "/partnerships/?country=MW",
                    }
                ],
            }
        ]
    }
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in answer.get("Vary", "")
    assert answer.cookies == {}


def test_every_address_leads_somewhere():
    make_world()
    client = Client()
    for typed in ("ma", "malaria in"):
        for group in client.get(PATH, {"q": typed}).json()["groups"]:
            for each in group["suggestions"]:
                assert client.get(each["address"]).status_code == 200, each


@pytest.mark.parametrize(
    "query", [{"q": "x" * 201}, {"q": "a\x00b"}, {"q": ["one", "two"]}, {"q": "a b " * 2000}]
)
def test_bad_input_is_a_400_that_says_why(query):
    answer = Client().get(PATH, query)
    assert answer.status_code == 400
    assert answer.json()["errors"]["q"]


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "%_"}, {"q": "'\"*:&|"}, {"nothing": "x"}])
def test_nothing_to_offer(query):
    assert Client().get(PATH, query).json() == {"groups": []}


def test_what_is_not_public_is_not_offered_to_anybody():
    board = records.make_board("NHS Quietplace")
    hidden = records.make_institution(
        "Clinic", country="MW", city="Verborgenville", location_level="district"
    )
    open_town = records.make_institution("Ward", country="MW", city="Openville")
    records.make_partnership(
        "Sensitive work", members=[board.institution, open_town], is_sensitive=True
    )
    records.make_partnership("Known work", members=[board.institution, hidden])
    records.make_partnership(
        "Draft of something", members=[board.institution], moderation=Moderation.DRAFT
    )
    unit = Client()
    unit.force_login(records.make_unit())
    for client in (Client(), unit):
        assert labels("verborgenville", client) == []
        assert labels("draft of", client) == []
        assert labels("known wo", client) == ["Known work"]
    # The institution's own page shows its town; no question about the town finds the record.
    assert labels("openville") == ["Ward"]


def test_what_has_no_result_is_not_offered_as_a_filter():
    records.make_country("NP")
    records.make_topic("Neonatal care")
    Profession.objects.create(code="neonatologists", label="Neonatologists")
    assert labels("ne") == []


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    make_world()
    with django_assert_max_num_queries(20):  # in a transaction nothing is kept
        labels("ma")
    make_world(3)
    with django_assert_max_num_queries(20):
        assert len(labels("ma")) == 8


@pytest.mark.parametrize("path", ["/partnerships/", "/partnerships/map/"])
def test_an_empty_page_offers_what_was_meant(path):
    make_world()
    offered = page(path, q="malria", sort="name").select_one(".did-you-mean")
    assert text(offered) == "Did you mean malaria ? 1 partnership"
    assert offered.a["href"] == "?sort=name&q=malaria"
    offered = page(path, q="malria", nation="WLS").select_one(".did-you-mean")
    assert text(offered) == "Did you mean malaria ? 1 partnership, without the filters"
    assert offered.a["href"] == "?q=malaria"
    for asked in ({"q": "malaria"}, {"q": "blurgh"}, {}):
        assert page(path, **asked).select_one(".did-you-mean") is None


@pytest.mark.django_db(transaction=True)
def test_an_empty_page_stays_within_its_queries(django_assert_max_num_queries):
    make_world()
    for asked in ({}, {"nation": "WLS", "country": "MW"}):
        cache.clear()  # the words must be collected anew
        with django_assert_max_num_queries(12):
            assert number(page("/partnerships/", q="malria zmbia", **asked)) == 0
