"""A repeated question costs one query and no body, until something changes."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.services import partnerships
from tests.factories import records

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

PATHS = (
    "/",
    "/partnerships/?country=MW",
    "/partnerships/map.json",
    "/partnerships/apple/",
    "/institutions/",
    "/health-boards/",
    "/partnerships.csv",
    "/api/v1/partnerships/",
)


def again(path: str, tag: str, **headers: str) -> HttpResponse:
    return Client(headers={"if-none-match": tag, **headers}).get(path)  # type: ignore[return-value]


def test_what_has_not_changed_is_not_sent_again() -> None:
    record = records.make_partnership("Apple")
    tags = {path: Client().get(path)["ETag"] for path in PATHS}
    assert len(set(tags.values())) == len(PATHS)
    for path, tag in tags.items():
        with CaptureQueriesContext(connection) as queries:
            answer = again(path, tag)
        assert (answer.status_code, answer.content, len(queries)) == (304, b"", 1), path
        assert answer["ETag"] == tag
    partnerships.update(
        record, by=records.make_unit(), values={"summary": "Now with pears"}, reason="Told so"
    )
    for path, tag in tags.items():
        assert again(path, tag).status_code == 200, path
    assert "Now with pears" in again("/partnerships/apple/", tags["/partnerships/apple/"]).text


def test_gzip_does_not_spoil_it() -> None:
    records.make_partnership("Apple")
    first = Client(headers={"accept-encoding": "gzip"}).get("/partnerships/")
    assert first["Content-Encoding"] == "gzip"
    assert first["ETag"].startswith("W/")
    assert again("/partnerships/", first["ETag"]).status_code == 304


def test_fragment_and_page_are_two_answers() -> None:
    tag = Client().get("/partnerships/")["ETag"]
    assert again("/partnerships/", tag, **{"hx-request": "true"}).status_code == 200


def test_tomorrow_is_another_day() -> None:
    with time_machine.travel("2026-11-21T22:00:00Z"):
        tag = Client().get("/partnerships/")["ETag"]
        assert again("/partnerships/", tag).status_code == 304
    with time_machine.travel("2026-11-22T01:00:00Z"):
        assert again("/partnerships/", tag).status_code == 200


def test_what_is_not_for_everybody_is_not_tagged_by_the_version() -> None:
    records.make_partnership("Apple")
    tag = Client().get("/partnerships/")["ETag"]
    signed_in = Client()
    signed_in.force_login(records.make_unit())
    answer = signed_in.get("/partnerships/", headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] != tag


@pytest.mark.parametrize("path", ["/partnerships/?country=XX", "/partnerships/nothing/"])
def test_errors_are_not_tagged_by_the_version(path: str) -> None:
    first = Client().get(path)
    assert first.status_code in (400, 404)
    records.make_partnership("Nothing", slug="nothing")
    assert again(path, first.headers.get("ETag", '"none"')).status_code in (200, 400)


def test_a_stranger_to_the_protocol_gets_the_page() -> None:
    assert again("/partnerships/", "not a tag").status_code == 200
    assert Client().post("/partnerships/").status_code == 405


@pytest.mark.parametrize("path", ["/embed/map/", "/embed/list/", "/embed/", "/partnerships/"])
def test_a_copy_keeps_the_policy_that_it_came_with(path: str) -> None:
    """Browsers put the headers of a 304 into their copy: an embed would be framed only once."""
    records.make_partnership("Apple")
    first = Client().get(path)
    assert "Content-Security-Policy" in first
    second = again(path, first["ETag"])
    assert second.status_code == 304
    assert "Content-Security-Policy" not in second
    assert "X-Frame-Options" not in second


def test_what_a_setting_prints_is_part_of_the_page(settings: Any) -> None:
    tag = Client().get("/privacy/")["ETag"]
    assert again("/privacy/", tag).status_code == 304
    settings.CONTACT_EMAIL = "registry@example.org"
    assert again("/privacy/", tag).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/partnerships/nothing/", 404), ("/about/", 200)])
def test_any_tag_is_no_copy(path: str, status: int) -> None:
    assert again(path, "*").status_code in (status, 304 if status == 200 else status)


# ----------------------------------------------------------------------------------------- dates

DATED = (
    "/api/v1/partnerships/",
    "/api/v1/partnerships/?format=jsonl",
    "/api/v1/partnerships/apple/",
    "/api/v1/countries/",
    "/partnerships.csv",
)


def since(path: str, date: str) -> tuple[int, int]:
    """Status and number of queries."""
    with CaptureQueriesContext(connection) as queries:
        answer = Client(headers={"if-modified-since": date}).get(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
    return answer.status_code, len(queries)


@pytest.mark.parametrize("path", DATED)
def test_a_date_is_enough_to_ask_again(path: str) -> None:
    with time_machine.travel("2100-01-01T10:00:00.4Z", tick=False) as clock:
        record, unit = records.make_partnership("Apple"), records.make_unit()
        assert "Last-Modified" not in Client().get(path).headers  # the second is not over
        clock.shift(5)
        date = Client().get(path)["Last-Modified"]
        assert date == "Fri, 01 Jan 2100 10:00:01 GMT"
        assert since(path, date)[0] == 304
        assert since(path, date) == (304, 1)
        assert since(path, "Fri, 01 Jan 2100 10:00:00 GMT")[0] == 200
        partnerships.update(record, by=unit, values={"summary": "Pears"}, reason="Told so")
        assert since(path, date)[0] == 200
        clock.shift(1)
        assert since(path, date)[0] == 200
        clock.move_to("2100-01-02T10:00:00Z")
        assert Client().get(path)["Last-Modified"] == "Sat, 02 Jan 2100 00:00:00 GMT"


@pytest.mark.parametrize("path", ["/api/v1/partnerships/no/", "/api/v1/partnerships/?country=XX"])
def test_no_date_makes_up_for_a_copy(path: str) -> None:
    with time_machine.travel("2100-01-01T10:00:00Z") as clock:
        records.make_partnership("Apple")
        clock.shift(5)
        for _ in range(2):
            assert since(path, "Sat, 02 Jan 2100 00:00:00 GMT")[0] in (400, 404)


def test_a_tag_counts_before_a_date() -> None:
    with time_machine.travel("2100-01-01T10:00:00Z") as clock:
        records.make_partnership("Apple")
        clock.shift(5)
        path = "/api/v1/partnerships/"
        date = Client().get(path)["Last-Modified"]
        for _ in range(2):
            answer = again(path, '"another"', **{"if-modified-since": date})
            assert answer.status_code == 200


def test_copies_of_the_api_say_whose_they_are() -> None:
    path = "/api/v1/partnerships/"
    first = Client().get(path)
    assert first["Cache-Control"] == "no-cache"
    kept = again(path, first["ETag"])
    assert {"Accept", "Cookie"} <= set(kept["Vary"].split(", ")) & set(first["Vary"].split(", "))
    client = Client()
    client.force_login(records.make_unit())
    assert client.get(path)["Cache-Control"] == "private, no-cache"
