"""Institutions: the list, and one with everybody who works with it."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from partnerships.choices import Moderation, SuccessionKind
from partnerships.services import institutions
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def page(path: str, status: int = 200, **query: Any) -> BeautifulSoup:
    answer = Client().get(path, query)
    assert answer.status_code == status
    return BeautifulSoup(answer.content, "html.parser")


def text(soup: Any) -> str:
    return " ".join(soup.get_text(" ").split())


def test_the_list_finds_by_words() -> None:
    records.make_institution("Kamuzu Central Hospital", city="Lilongwe")
    records.make_institution("Zomba Central Hospital")
    soup = page("/institutions/", q="kamuzu")
    assert [text(link) for link in soup.select(".row a")] == ["Kamuzu Central Hospital"]
    assert soup.select_one("[data-result-count]")["data-result-count"] == "1"


def test_the_list_helps_where_it_finds_nothing() -> None:
    soup = page("/institutions/", q="zebra")
    assert "No institution has every one of those words" in text(soup)


def test_an_invalid_question_is_400() -> None:
    assert "Country" in text(page("/institutions/", 400, country="QQ"))
    assert "Page" in text(page("/institutions/", 400, page="999"))


def test_both_directions_show_who_else_works_here() -> None:
    ninewells = records.make_institution("Ninewells", country="GB")
    queens = records.make_institution("Queen Elizabeth", country="MW")
    zomba = records.make_institution("Zomba Central", country="MW")
    records.make_partnership("Apple", members=[ninewells, queens])
    records.make_partnership("Pear", members=[ninewells, queens, zomba])
    home = page("/institutions/ninewells/")
    assert [text(row) for row in home.select(".colleagues li")] == [
        "Queen Elizabeth 2 partnerships",
        "Zomba Central 1 partnership",
    ]
    away = page("/institutions/zomba-central/")
    assert [text(row) for row in away.select(".colleagues li")] == [
        "Queen Elizabeth 1 partnership",
        "Ninewells 1 partnership",
    ]


def test_a_parent_shows_its_parts_and_their_partnerships() -> None:
    ministry = records.make_institution("Ministry of Health", country="MW")
    hospital = records.make_institution("Queen Elizabeth", country="MW", parent=ministry)
    records.make_partnership("Apple", members=[records.make_institution(country="GB"), hospital])
    soup = page("/institutions/ministry-of-health/")
    assert soup.select_one("[data-result-count]")["data-result-count"] == "1"
    assert soup.select_one('a[href="/institutions/queen-elizabeth/"]') is not None
    child = page("/institutions/queen-elizabeth/")
    assert "Part of Ministry of Health" in text(child)


def test_drafts_are_not_counted_for_strangers() -> None:
    hospital = records.make_institution("Queen Elizabeth")
    records.make_partnership(
        "Secret plan",
        members=[records.make_institution("Quiet Practice", country="GB"), hospital],
        moderation=Moderation.DRAFT,
    )
    soup = page("/institutions/queen-elizabeth/")
    assert soup.select_one("[data-result-count]")["data-result-count"] == "0"
    assert "Secret plan" not in text(soup)
    assert "Quiet Practice" not in text(soup)


def test_a_merged_institution_points_to_its_successor() -> None:
    after = records.make_institution("New Hospital")
    records.make_institution("Old Hospital", succession_kind=SuccessionKind.MERGED, successor=after)
    banner = page("/institutions/old-hospital/").select_one(".banner")
    assert text(banner) == "Merged. It is now New Hospital ."
    assert "Old Hospital" in text(page("/institutions/new-hospital/"))


def test_a_former_address_redirects_for_ever() -> None:
    hospital = records.make_institution("Old Name")
    hospital.slug = "new-name"
    institutions.save(hospital, by=None)
    answer = Client().get("/institutions/old-name/")
    assert (answer.status_code, answer["Location"]) == (301, "/institutions/new-name/")


def test_an_unknown_institution_is_404() -> None:
    page("/institutions/nowhere/", 404)


def test_a_hidden_town_is_not_shown() -> None:
    records.make_institution("Quiet Hospital", city="Smalltown", location_level="country")
    assert "Smalltown" not in str(page("/institutions/quiet-hospital/"))
    assert "Smalltown" not in str(page("/institutions/"))
