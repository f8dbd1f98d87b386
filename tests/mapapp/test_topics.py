"""Topics: the index, and one with its partnerships and neighbours."""

from __future__ import annotations

import pytest

from partnerships.choices import Moderation
from tests.factories import records
from tests.pages import number, page, slugs, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_topic_shows_its_partnerships_places_and_neighbours() -> None:
    surgery, eyes = records.make_topic("Surgery"), records.make_topic("Eye health")
    nepal = records.make_institution("Patan", country="NP")
    board = records.make_board("NHS Fife")
    records.make_partnership("Apple", members=[board.institution, nepal], topics=[surgery, eyes])
    records.make_partnership("Pear", topics=[eyes])
    records.make_partnership("Secret plan", topics=[surgery], moderation=Moderation.DRAFT)
    soup = page("/topics/surgery/")
    assert slugs(soup) == ["apple"]
    assert number(soup) == 1
    links = {text(link): link["href"] for link in soup.select(".record .panel a")}
    assert links["Nepal"] == "/partnerships/?topic=surgery&country=NP"
    assert links["Eye health"] == "/topics/eye_health/"
    assert "/partnerships/?topic=surgery&board=nhs-fife" in [
        link["href"] for link in soup.select(".record .panel a")
    ]
    figures = [text(figure) for figure in soup.select(".figures li")]
    assert figures[0] == "1 partnership"
    assert "1 partner country" in figures
    assert soup.select_one("[data-map]")["data-url"] == "/partnerships/map.json?topic=surgery"
    assert soup.select_one("a[href='/partnerships.csv?topic=surgery']") is not None
    assert "Secret plan" not in text(soup)


def test_the_index_lists_topics_in_use() -> None:
    records.make_partnership(topics=[records.make_topic("Surgery")])
    records.make_partnership(topics=[records.make_topic("Hidden")], moderation=Moderation.DRAFT)
    rows = [text(row) for row in page("/topics/").select(".index li")]
    assert rows == ["Surgery 1 partnership"]


def test_a_topic_without_partnerships_is_kind_and_an_unknown_one_404() -> None:
    records.make_topic("Surgery")
    assert "No public partnership names this topic yet" in text(page("/topics/surgery/"))
    page("/topics/nothing/", 404)
