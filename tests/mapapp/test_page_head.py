"""What pages say to other sites: one JSON-LD block, Open Graph, and nothing that breaks out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from scripts.share_picture import MOST_BYTES
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]

BREAKOUT = '</script><script>alert(1)</script> & "quoted" <!--'


def head(path: str) -> tuple[BeautifulSoup, dict[str, Any]]:
    soup = BeautifulSoup(Client().get(path).content, "html.parser")
    (block,) = soup.select('script[type="application/ld+json"]')
    return soup, json.loads(block.get_text())


def test_a_record_describes_itself_and_no_value_breaks_out() -> None:
    scotland = records.make_institution(BREAKOUT, slug="scot", country="GB", city="Dundee")
    away = records.make_institution("Queen Elizabeth", country="MW", city="Blantyre")
    record = records.make_partnership(
        BREAKOUT, slug="apple", members=[scotland, away], summary=BREAKOUT, other_names=[BREAKOUT]
    )
    soup, data = head("/partnerships/apple/")
    thing = data["mainEntity"]
    assert thing["name"] == thing["description"] == BREAKOUT
    assert thing["identifier"] == str(record.public_id)
    assert [member["name"] for member in thing["member"]] == [BREAKOUT, "Queen Elizabeth"]
    assert soup.select_one('meta[property="og:title"]')["content"] == BREAKOUT
    assert soup.select_one('link[rel="canonical"]')["href"] == data["url"]
    assert all("alert(1)" not in script.get_text() for script in soup.select("script:not([type])"))
    assert "Blantyre" not in json.dumps(data)


@pytest.mark.parametrize("kind", ["institutions", "countries", "health-boards", "topics"])
def test_other_subjects_describe_themselves(kind: str) -> None:
    board = records.make_board("NHS Fife")
    records.make_topic("Surgery")
    records.make_partnership(members=[board.institution, records.make_institution()])
    value = {"countries": "MW", "topics": "surgery"}.get(kind, "nhs-fife")
    soup, data = head(f"/{kind}/{value}/")
    assert data["mainEntity"]["name"] == soup.h1.get_text()
    assert data["url"].endswith(f"/{kind}/{value}/")


def test_a_draft_describes_nothing_to_anybody() -> None:
    author = records.make_user()
    records.make_partnership("Plan", moderation="draft", by=author)
    client = Client()
    client.force_login(author)
    shown = client.get("/partnerships/plan/").content.decode()
    assert "ld+json" not in shown
    assert "og:title" not in shown
    assert 'content="noindex"' in shown


@pytest.mark.parametrize("path", ["/", "/partnerships/?country=MW", "/about/", "/x/"])
def test_a_link_to_any_page_comes_with_our_picture(path: str) -> None:
    soup = BeautifulSoup(Client().get(path).content, "html.parser")
    (picture,) = (meta["content"] for meta in soup.select('meta[property="og:image"]'))
    assert picture == f"{settings.SITE_URL}/static/img/share.png"
    said = [soup.select_one(f'meta[property="og:image:{side}"]') for side in ("width", "height")]
    png = Path(finders.find("img/share.png")).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert [int(meta["content"]) for meta in said] == [
        int.from_bytes(png[start : start + 4], "big") for start in (16, 20)
    ]
    assert len(png) <= MOST_BYTES
