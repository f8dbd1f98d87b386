"""Frames for other people's pages: locked, without cookies, and framed nowhere else."""

from __future__ import annotations

import html
import re

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client

from partnerships.choices import Moderation
from tests.factories import records
from tests.pages import number, page, slugs, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EMBEDS = ("/embed/map/", "/embed/list/")


@pytest.fixture
def world() -> None:
    board = records.make_board("NHS Tayside")
    for code in ("MW", "MW", "ZM"):
        away = records.make_institution(country=code, latitude=-15.8, longitude=35.0)
        records.make_partnership(members=[board.institution, away])
    records.make_partnership("Not public", members=[board.institution], moderation=Moderation.DRAFT)


def policy(answer) -> dict[str, list[str]]:
    directives = answer["Content-Security-Policy"].split("; ")
    return {directive.split()[0]: directive.split()[1:] for directive in directives}


@pytest.mark.parametrize("query", ["", "?country=MW", "?country=nowhere"])
@pytest.mark.parametrize("path", EMBEDS)
def test_embeds_may_be_framed_and_nothing_else_is_looser(world, path, query):
    answer, usual = Client().get(path + query), Client().get("/partnerships/")
    assert "X-Frame-Options" not in answer
    assert policy(answer)["frame-ancestors"] == ["*"]
    assert policy(answer) | {"frame-ancestors": ["'none'"]} == policy(usual)
    assert answer.cookies == {}
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize(
    "path", ["/", "/partnerships/", "/partnerships/map/", "/embed/", "/admin/login/", "/embed/x/"]
)
def test_nothing_else_may_be_framed(world, path):
    answer = Client().get(path)
    assert answer["X-Frame-Options"] == "DENY"
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert policy(answer).get("frame-src") == (["'self'"] if path == "/embed/" else None)


def test_the_list_shows_what_is_asked_to_whoever_looks(world):
    unit = Client()
    unit.force_login(records.make_unit())
    for client in (Client(), unit):
        shown = page("/embed/list/", client=client, country="MW")
        assert number(shown) == len(slugs(shown)) == 2
        assert number(page("/embed/list/", client=client)) == 3
    assert number(page("/embed/map/", country="MW")) == 2
    data = page("/embed/map/", country="MW").select_one("[data-map]")["data-url"]
    assert data == "/partnerships/map.json?country=MW&public=1"


def test_the_map_of_a_frame_asks_for_no_drafts(world):
    unit = Client()
    unit.force_login(records.make_unit())
    address = page("/embed/map/", client=unit).select_one("[data-map]")["data-url"]
    query = address.partition("?")[2]
    assert unit.get(address).json()["count"] == Client().get(address).json()["count"] == 3
    assert unit.get("/partnerships/map.json").json()["count"] == 4
    place = records.make_institution(country="ZM", latitude=-14.1, longitude=31.9)
    records.make_partnership("Not public either", members=[place], moderation=Moderation.DRAFT)
    at = f"/partnerships/at/?place={place.slug}&{query}"
    assert b"Not public" in unit.get(at.replace("public=1", "")).content
    assert b"Not public" not in unit.get(at).content


@pytest.mark.parametrize("path", EMBEDS)
def test_nothing_in_a_frame_asks_another_question(world, path):
    shown = page(path, country="MW", sort="-began", page=7)
    assert shown.select("form, input, select, iframe") == []
    assert shown.base["target"] == "_blank"
    assert shown.base.get("href") is None
    links = {str(link["href"]) for link in shown.select("a[href]")}
    assert not {link for link in links if link.startswith(("?", "/embed"))}
    assert "/partnerships/?country=MW&sort=-began" in links


def test_a_long_list_says_how_many_there_are(world):
    for _ in range(24):
        records.make_partnership()
    shown = page("/embed/list/")
    assert len(slugs(shown)) == 25
    assert "See all 27 partnerships" in text(shown)


@pytest.mark.parametrize("path", EMBEDS)
def test_empty_and_invalid_questions_are_said(world, path):
    assert "No partnership answers this" in text(page(path, q="zebra"))
    assert "There is no “nowhere” here." in text(page(path, 400, country="nowhere"))
    assert page(path, 400, q="x" * 10_000).h1.get_text() == "This cannot be shown"


def test_the_generator_writes_the_code_that_it_shows(world):
    shown = page("/embed/", country="MW", q='"<b>&', view="list", width="500")
    code = BeautifulSoup(shown.textarea.get_text(), "html.parser").iframe
    path = "/embed/list/?country=MW&q=%22%3Cb%3E%26"
    assert code["src"] == settings.SITE_URL + path
    assert (code["width"], code["height"]) == ("500", "640")
    assert '"<b>&' in code["title"]
    assert shown.iframe["src"] == path
    assert shown.select_one("input[name=view][checked]")["value"] == "list"
    carried = {field["name"]: field["value"] for field in shown.select("form input[type=hidden]")}
    assert carried == {"country": "MW", "q": '"<b>&'}
    assert re.search(r"<textarea[^>]*>&lt;iframe src=", str(shown))


def test_the_generator_without_a_question_shows_everything(world):
    shown = page("/embed/")
    assert "What it shows: 3 partnerships" in text(shown)
    assert html.unescape(shown.textarea.get_text()).startswith("<iframe src=")
    assert shown.iframe["src"] == "/embed/map/"


@pytest.mark.parametrize(
    "query",
    [
        {"view": "film"},
        {"width": "5"},
        {"height": "99999999999999999999"},
        {"height": "nan"},
        {"country": "nowhere"},
        {"width": "1\x00"},
    ],
)
def test_the_generator_says_what_is_wrong(world, query):
    assert page("/embed/", 400, **query).select(".error-summary")


def test_the_list_leads_to_the_generator(world):
    shown = page("/partnerships/", country="MW")
    assert shown.select_one('a[href="/embed/?country=MW"]')
