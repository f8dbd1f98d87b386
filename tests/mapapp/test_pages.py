"""The home page, pages that are only text, the principles, and errors."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import Client, RequestFactory

from mapapp.views import errors
from partnerships.choices import FrameworkState, Moderation
from tests.factories import records

pytestmark = pytest.mark.django_db


def test_the_home_page_says_what_is_here() -> None:
    records.make_partnership(topics=[records.make_topic("Surgery")])
    records.make_partnership("Secret plan", moderation=Moderation.DRAFT)
    shown = Client().get("/").content.decode()
    assert "1 partnership between the UK and 1 country:" in shown
    assert '<a href="/partnerships/?topic=surgery">Surgery</a>' in shown
    assert '<a href="/countries/MW/">Malawi</a>' in shown
    assert "Secret plan" not in shown


def test_the_home_page_of_an_empty_register_makes_sense() -> None:
    assert b"The register is still empty." in Client().get("/").content


@pytest.mark.parametrize("path", ["/about/", "/privacy/", "/accessibility/"])
def test_text_pages_answer(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert len(BeautifulSoup(answer.content, "html.parser").select("h1")) == 1


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


def test_the_last_resort_needs_no_database(django_db_blocker: object) -> None:
    with django_db_blocker.block():
        answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
