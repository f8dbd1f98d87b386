"""Public pages of frameworks and principles."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.models import Framework
from partnerships.services import frameworks
from tests.factories.records import (
    make_framework,
    make_resource,
    make_unit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def page(address: str) -> BeautifulSoup:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return BeautifulSoup(answer.content, "html.parser")


def words(tag) -> str:
    return " ".join(tag.get_text().split())


@pytest.fixture
def versions() -> tuple[Framework, Framework]:
    by, first = make_unit(), make_framework()
    second = frameworks.make_version(first, version="2", by=by)
    hallmark = frameworks.hallmarks_in(second).first()
    hallmark.text = "Better words"
    frameworks.save_wording(hallmark, by=by)
    frameworks.publish(second, by=by)
    return first, second


def test_a_version_tells_its_source_and_what_changed(versions) -> None:
    first, second = versions
    soup = page(f"/principles/{second.code}/2/")
    assert "Inspired by" in words(soup.main)
    assert "Current version" in words(soup.main)
    changed = words(soup.select_one(".framework-changes"))
    assert "Reworded: Better words Before: Hallmark 1.1" in changed
    assert "Principle 2" not in changed

    older = page(f"/principles/{first.code}/1/")
    assert "Version 2 is current" in words(older.select_one(".banner"))
    frameworks.retire(first, by=make_unit())
    assert "Retired" in words(page(f"/principles/{first.code}/1/").select_one(".banner"))
    overview = page("/principles/")
    assert [words(h) for h in overview.select("section.framework h2")] == [second.title]
    assert "version 1 (retired)" in words(overview.main)


def test_a_principle_has_a_page_with_its_hallmarks_and_help(versions) -> None:
    first, second = versions
    make_resource("Fair play", principles=[f"{second.code}.p1"])
    make_resource("All of it", principles=[second.code])
    make_resource("Elsewhere", principles=[])
    soup = page(f"/principles/{second.code}/2/p1/")
    assert [words(li) for li in soup.select(".hallmarks li")] == ["Better words", "Hallmark 1.2"]
    assert [words(a) for a in soup.select(".resources-for li a")] == ["Fair play", "All of it"]
    assert [words(a) for a in soup.select(".principle-nav a")] == ["2 Principle 2 →"]
    banner = page(f"/principles/{first.code}/1/p1/").select_one(".banner a")
    assert banner["href"] == f"/principles/{second.code}/2/p1/"


def test_steps_are_shown_as_steps() -> None:
    framework = make_framework(principles=6, hallmarks=1)
    framework.shape = "steps"
    framework.save()
    soup = page(f"/principles/{framework.code}/1/")
    assert len(soup.select("ol.steps > li")) == 6


def test_drafts_and_what_is_not_there_are_404() -> None:
    draft = make_framework(state="draft")
    for address in (
        f"/principles/{draft.code}/1/",
        f"/principles/{draft.code}/1/p1/",
        "/principles/none/1/",
        f"/principles/{make_framework().code}/1/none/",
    ):
        assert Client().get(address).status_code == 404, address


@pytest.mark.parametrize("path", ["", "p1/"])
def test_more_wording_costs_no_more_queries(path: str) -> None:
    def asked(principles: int) -> int:
        framework = make_framework(principles=principles, hallmarks=principles)
        second = frameworks.make_version(framework, version="2", by=make_unit())
        frameworks.publish(second, by=make_unit())
        with CaptureQueriesContext(connection) as queries:
            page(f"/principles/{framework.code}/2/{path}")
        return len(queries)

    one = asked(1)
    assert asked(3) == one <= 12
