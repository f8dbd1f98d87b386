"""Pages along cursors: every order, both ways, whatever happens to other rows in between."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from partnerships.filters import SORTS
from partnerships.models import Partnership
from partnerships.services import partnerships
from tests.factories import records

pytestmark = pytest.mark.django_db
LIST = "/api/v1/partnerships/"


def ask(address: str, **query: Any) -> Any:
    answer = Client().get(address, query or None)
    assert answer.status_code == 200, answer.content
    return answer.json()


def walk(**query: Any) -> list[str]:
    page = ask(query.pop("path", LIST), **query)
    slugs = [row["slug"] for row in page["results"]]
    while page["next"]:
        page = ask(page["next"])
        slugs += [row["slug"] for row in page["results"]]
    return slugs


@pytest.fixture
def mixed() -> list[Partnership]:
    """Same names, same days, no days: whatever makes an order hard."""
    members = [records.make_institution(country="GB"), records.make_institution(country="MW")]
    made = []
    for number in range(11):
        record = records.make_partnership(
            ("Kirk", "Ayr", "Ben Ayr")[number % 3], slug=f"record-{number}", members=members
        )
        day = (None, date(2026, 6, 1), date(2026, 7, 1))[number % 4 % 3]
        Partnership.objects.filter(pk=record.pk).update(
            began_on=day, began_precision="year" if day else "", last_confirmed_on=day,
            uk_confirmed_on=day,
        )  # fmt: skip
        made.append(record)
    return made


def test_a_walk_gives_the_list_in_its_order(mixed: list[Partnership]) -> None:
    for sort in SORTS:
        numbered = [
            row["slug"]
            for number in (1, 2)
            for row in ask(LIST, sort=sort, q="ayr", page_size=4, page=number)["results"]
        ]
        assert len(numbered) == 7
        for size in (1, 4, 200):
            assert walk(sort=sort, q="ayr", page_size=size) == numbered
        assert sorted(walk(sort=sort, page_size=3)) == sorted(row.slug for row in mixed)


def test_behind_the_deepest_page_by_number_a_cursor_goes_on(mixed, monkeypatch) -> None:
    monkeypatch.setattr("partnerships.paging.DEEPEST", 1)
    for sort in SORTS:
        first = ask(LIST, sort=sort, q="ayr", page_size=4, page=1)
        assert "cursor=" in first["next"]
        found = [row["slug"] for row in first["results"] + ask(first["next"])["results"]]
        assert found == walk(sort=sort, q="ayr", page_size=200)
    places = ask("/api/v1/institutions/", page_size=1, page=1)
    assert ask(places["next"])["results"] != places["results"]


def test_previous_leads_back_by_the_same_pages(mixed: list[Partnership]) -> None:
    for sort in SORTS:
        pages = [ask(LIST, sort=sort, page_size=3)]
        while pages[-1]["next"]:
            pages.append(ask(pages[-1]["next"]))
        assert len(pages) == 4
        back = pages[-1]
        for page in reversed(pages[:-1]):
            back = ask(back["previous"])
            assert back == page
        assert back["previous"] is None


def test_links_are_in_the_header_too(mixed: list[Partnership]) -> None:
    for path in (LIST, "/api/v1/institutions/"):
        first = Client().get(path, {"page_size": 1})
        answer = Client().get(first.json()["next"])
        body = answer.json()
        start = f"http://testserver{path}?page_size=1"
        links = {"first": start, "prev": body["previous"], "next": body["next"]}
        links = {name: address for name, address in links.items() if address}
        assert answer["Link"] == ", ".join(f'<{links[name]}>; rel="{name}"' for name in links)
        assert "prev" in links
        assert first["Link"] == f'<{start}>; rel="first", <{first.json()["next"]}>; rel="next"'


def test_what_others_do_shifts_nothing(mixed: list[Partnership]) -> None:
    unit = records.make_unit()
    whole = walk(page_size=200)
    page = ask(LIST, page_size=4)
    seen = [row["slug"] for row in page["results"]]
    gone = Partnership.objects.get(slug=seen[1])
    last = Partnership.objects.get(slug=seen[-1])
    for record in (gone, last):  # the cursor's own row too
        partnerships.moderate(record, to="withdrawn", by=unit, reason="Asked for")
    records.make_partnership("Aaa")
    records.make_partnership("Zzz")
    seen += walk(path=page["next"])
    assert seen == [*whole, "zzz"]
    back = ask(ask(page["next"])["previous"])
    assert [row["slug"] for row in back["results"]] == ["aaa", seen[0], seen[2]]


def test_institutions_walk_too() -> None:
    for number in range(5):
        records.make_institution("Same" if number % 2 else "Other", slug=f"place-{number}")
    slugs = walk(path="/api/v1/institutions/", page_size=2)
    assert slugs == walk(path="/api/v1/institutions/", page_size=200)
    assert len(set(slugs)) == 5


def test_where_everything_behind_has_gone_the_page_is_empty(mixed: list[Partnership]) -> None:
    page = ask(LIST, page_size=10)
    Partnership.objects.exclude(slug__in=[row["slug"] for row in page["results"]]).delete()
    assert ask(page["next"])["results"] == []
    page = ask(LIST, page_size=4)
    behind = ask(page["next"])
    Partnership.objects.filter(slug__in=[row["slug"] for row in page["results"]]).delete()
    before = ask(behind["previous"])
    assert (before["results"], before["previous"]) == ([], None)
    assert ask(before["next"])["results"][0] == behind["results"][0]


def test_a_cursor_of_another_question_is_refused(mixed: list[Partnership]) -> None:
    token = ask(LIST, page_size=2)["next"].split("cursor=")[1]
    assert Client().get(LIST, {"cursor": token, "page_size": 3}).status_code == 200
    for change in (
        {"sort": "-name"},
        {"country": "MW"},
        {"cursor": token[:-1]},
        {"cursor": "A" + token},
        {"cursor": "x" * 5_000},
        {"cursor": "é\x00"},
        {"cursor": [token, token]},
        {"page": "1"},
    ):
        answer = Client().get(LIST, {"cursor": token} | change)
        assert answer.status_code == 400, change
        assert list(answer.json()["errors"]) == ["cursor"]
    assert Client().get("/api/v1/institutions/", {"cursor": token}).status_code == 400


def test_a_cursor_gives_nobody_more_to_see(mixed: list[Partnership]) -> None:
    board = records.make_board()
    for number in range(3):
        records.make_partnership(f"Aa {number}", health_board=board, moderation="draft")
    champion = Client()
    champion.force_login(records.make_champion(board))
    page = champion.get(LIST, {"page_size": 1}).json()
    assert page["results"][0]["slug"] == "aa-0"
    assert [row["slug"][:2] for row in ask(page["next"])["results"]] == ["re"]
    assert walk(path=page["next"])[0].startswith("record")
