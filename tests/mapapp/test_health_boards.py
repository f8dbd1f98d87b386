"""Health Boards: the list, and one with its partnerships; champions stay unnamed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from partnerships.choices import ChampionRole, Moderation
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def page(path: str) -> BeautifulSoup:
    return BeautifulSoup(Client().get(path).content, "html.parser")


def text(soup: Any) -> str:
    return " ".join(soup.get_text(" ").split())


def test_the_list_counts_partnerships_and_tells_which_posts_are_filled() -> None:
    today = timezone.localdate()
    tayside, fife = records.make_board("NHS Tayside"), records.make_board("NHS Fife")
    borders = records.make_board("NHS Borders", is_territorial=True)
    records.make_champion(tayside, role=ChampionRole.LEAD)
    records.make_champion(fife, role=ChampionRole.DEPUTY)
    records.make_champion(borders, role=ChampionRole.LEAD, until=today - timedelta(days=1))
    records.make_partnership(health_board=fife)
    records.make_partnership(health_board=fife, moderation=Moderation.DRAFT)
    rows = [text(row) for row in page("/health-boards/").select("tbody tr")]
    assert rows == [
        "NHS Borders 0 None recorded",
        "NHS Fife 1 None recorded",
        "NHS Tayside 0 Appointed",
        "None.",
    ]


def test_a_board_shows_what_it_owns_and_what_its_institutions_do() -> None:
    tayside = records.make_board("NHS Tayside")
    ninewells = records.make_institution("Ninewells", country="GB", parent=tayside.institution)
    away = records.make_institution(country="MW")
    records.make_partnership("Owned", members=[tayside.institution, away], health_board=tayside)
    records.make_partnership("Joined", members=[ninewells, away])
    records.make_partnership("Elsewhere")
    records.make_partnership("Secret", health_board=tayside, moderation=Moderation.DRAFT)
    sections = page("/health-boards/nhs-tayside/").select(".record-main section")
    found = {
        text(s.h2): [card["data-partnership"] for card in s.select("[data-partnership]")]
        for s in sections
        if s.select("[data-partnership]")
    }
    assert found == {
        "1 owned by the Board": ["owned"],
        "1 more that it or its institutions take part in": ["joined"],
    }


def test_a_board_counts_what_it_does_not_show() -> None:
    tayside = records.make_board("NHS Tayside")
    ninewells = records.make_institution("Ninewells", country="GB", parent=tayside.institution)
    away = records.make_institution(country="MW")
    for _ in range(12):
        records.make_partnership(members=[tayside.institution, away], health_board=tayside)
    records.make_partnership("A joined one", members=[ninewells, away])
    soup = page("/health-boards/nhs-tayside/")
    headings = [text(heading) for heading in soup.select(".section-heading")]
    assert headings == ["12 owned by the Board", "1 more that it or its institutions take part in"]
    assert "See all 13 on the list" in text(soup)
    rows = [text(row) for row in soup.select(".colleagues li")]
    assert "Ninewells 1 partnership" in rows
    assert len(soup.select("[data-partnership]")) == 10


def test_a_champion_is_not_named() -> None:
    board = records.make_board("NHS Tayside")
    user = records.make_user("shy@example.org", first_name="Shy", last_name="Champion")
    records.make_champion(board, user=user, role=ChampionRole.LEAD)
    for path in ("/health-boards/", "/health-boards/nhs-tayside/"):
        shown = str(page(path))
        assert "Appointed" in shown
        assert "Shy" not in shown
        assert "shy@example.org" not in shown


def test_an_unknown_board_is_404() -> None:
    records.make_institution("Not a Board", country="GB")
    assert Client().get("/health-boards/not-a-board/").status_code == 404
