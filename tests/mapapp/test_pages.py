"""The home page, pages that are only text, the principles, and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client, RequestFactory

from mapapp.views import errors
from partnerships.choices import FrameworkState, Moderation, Stage
from partnerships.services import partnerships
from tests.factories import records
from tests.pages import number, page, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_the_home_page_says_what_is_here() -> None:
    records.make_partnership(topics=[records.make_topic("Surgery")])
    records.make_partnership("Secret plan", moderation=Moderation.DRAFT)
    shown = Client().get("/").content.decode()
    assert "1 partnership between the UK and 1 country:" in shown
    assert '<a href="/partnerships/?topic=surgery">Surgery</a>' in shown
    assert '<a href="/countries/MW/">Malawi</a>' in shown
    assert "Secret plan" not in shown


def test_the_home_page_of_an_empty_register_makes_sense() -> None:
    soup = page("/")
    assert "The register is still empty." in text(soup)
    assert soup.select(".hero-try") == []


def test_the_home_page_tries_questions_that_find_something() -> None:
    topics = [records.make_topic("HIV care"), records.make_topic("Surgery")]
    ours = [records.make_board("NHS Tayside").institution, records.make_institution()]
    records.make_partnership(members=ours, topics=topics)
    records.make_partnership(members=ours, topics=topics[1:])
    tried = {text(link): str(link["href"]) for link in page("/").select(".hero-try a")}
    assert list(tried) == ["surgery in Malawi", "HIV care", "NHS Tayside"]
    assert [number(page(href)) for href in tried.values()] == [2, 1, 2]


def test_the_figures_of_the_home_page_are_those_of_their_lists() -> None:
    board = records.make_board()
    fresh = records.make_partnership(members=[board.institution, records.make_institution()])
    partnerships.confirm(fresh, side="uk", by=None, how="On paper")
    records.make_partnership(stage=Stage.ENDED)
    shown = {str(a["href"]): int(a.get_text()) for a in page("/").select(".tally a")}
    lists = {href: count for href, count in shown.items() if "statistics" not in href}
    assert lists == {href: number(page(href)) for href in lists}
    assert sorted(lists.values()) == [1, 1, 2]
    assert shown["/statistics/#chart-board"] == 1
    assert number(page("/statistics/")) == 2


def test_a_champion_is_found_without_javascript() -> None:
    board = records.make_board("NHS Tayside")
    (option,) = page("/").select("#champion-board option[value^=nhs]")
    assert option["value"] == board.institution.slug
    for asked, address in (
        ("nhs-tayside", "/health-boards/nhs-tayside/"),
        ("", "/health-boards/"),
        ("../admin", "/health-boards/"),
        ("x\0y", "/health-boards/"),
    ):
        answer = Client().get("/find-your-champion/", {"board": asked})
        assert (answer.status_code, answer["Location"]) == (302, address)


def test_partners_are_told_how_to_keep_a_copy_right(client):
    shown = client.get("/for-partners/").text
    names = ("changes/", "bulk/", "resources/", "docs/#proposals")
    assert [name for name in names if f'href="/api/v1/{name}"' not in shown] == []
    assert "Do not go by <code>sort=-modified" in shown


TEXT_PAGES = ["/about/", "/privacy/", "/accessibility/", "/sources/", "/for-partners/"]


@pytest.mark.parametrize("path", TEXT_PAGES)
def test_text_pages_answer_and_lead_somewhere(path: str) -> None:
    records.make_partnership(topics=[records.make_topic("Nursing")])
    soup = page(path)
    assert len(soup.select("h1")) == 1
    inside = {str(a["href"]).split("#")[0] for a in soup.select("a[href^='/']")}
    assert {href for href in inside if Client().head(href).status_code not in (200, 302)} == set()
    assert path in {str(a["href"]) for a in page("/").select("a")}


def test_pages_name_who_runs_the_site_or_say_that_nobody_did(settings: Any) -> None:
    assert "has not yet given an address" in text(page("/accessibility/"))
    settings.OPERATOR_NAME, settings.CONTACT_EMAIL = "NHS Example", "register@example.org"
    for path in ("/accessibility/", "/privacy/", "/about/"):
        shown = text(page(path))
        assert "NHS Example" in shown
        assert "register@example.org" in shown
        assert "has not yet given an address" not in shown


def test_the_privacy_page_says_whether_the_map_asks_another_site(settings: Any) -> None:
    assert "They ask no other site for anything" in text(page("/privacy/"))
    tiles = [("Map", "https://tiles.example.org/{z}/{x}/{y}.png", {"attribution": ""})]
    settings.LEAFLET_CONFIG = settings.LEAFLET_CONFIG | {"TILES": tiles}
    assert "comes from another site" in text(page("/privacy/"))


def test_the_page_of_components_is_for_development(settings: Any) -> None:
    assert Client().get("/design/").status_code == 404
    settings.DEBUG = True
    records.make_partnership("Apple")
    soup = page("/design/")
    parts = ("article.card", ".chip", ".tag--due", ".bars svg rect", ".pagination", ".search-box")
    assert [
        part for part in (*parts, ".error-summary", ".end-heading") if not soup.select(part)
    ] == []
    colours = {text(each) for each in soup.select(".swatches code")}
    assert {"--uk", "--partner", "--link-visited"} <= colours


def test_a_form_without_its_token_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a"})
    assert answer.status_code == 403
    assert b"Please send it once more" in answer.content


def test_readers_get_no_cookie() -> None:
    """The privacy page says so."""
    records.make_partnership("Apple")
    client = Client()
    for path in ("/", "/partnerships/", "/partnerships/apple/", "/partnerships/map/"):
        client.get(path)
    assert dict(client.cookies) == {}


def test_principles_are_shown_with_their_source() -> None:
    records.make_framework(principles=2, hallmarks=2)
    records.make_framework(state=FrameworkState.DRAFT)
    soup = BeautifulSoup(Client().get("/principles/").content, "html.parser")
    assert len(soup.select("section.framework")) == 1
    assert [" ".join(h.get_text().split()) for h in soup.select(".principles h3")] == [
        "1 Principle 1",
        "2 Principle 2",
    ]
    assert len(soup.select(".principles details li")) == 4
    assert "Inspired by" in soup.select_one(".framework p").get_text()


def test_a_page_that_is_not_there_helps() -> None:
    answer = Client().get("/partnership/")
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content
    assert b'action="/partnerships/"' in answer.content


def test_error_pages_have_a_status_and_a_heading() -> None:
    request = RequestFactory().get("/")
    for view, status in ((errors.bad_request, 400), (errors.forbidden, 403)):
        answer = view(request, Exception())
        assert answer.status_code == status
        assert b"<h1>" in answer.content


def test_the_last_resort_needs_no_static_file(settings: Any, tmp_path: Path) -> None:
    backend = "mapapp.storage.FingerprintedStorage"  # which knows of no file here
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    settings.STATIC_ROOT = tmp_path
    answer = Client(raise_request_exception=False).get("/nothing-here/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "/static/" not in answer.text


def test_the_last_resort_needs_no_database(django_db_blocker: object) -> None:
    with django_db_blocker.block():
        answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
