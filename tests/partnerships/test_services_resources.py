"""Toolkits and guides: writing, loading twice, and what persons changed."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partnerships.models import Resource, Topic
from partnerships.services import resources, vocabularies
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reference import FOLDER
from partnerships.services.users import system_user
from tests.factories.records import make_resource, make_topic, make_unit

pytestmark = pytest.mark.django_db
ROW: dict[str, Any] = {
    "slug": "health-check", "title": "Health check", "publisher": "THET", "summary": "A form.",
    "audience": "both_sides", "language": "en", "link": "https://example.org/", "topics": ["eyes"],
    "principles": ["thet.strategic", "thet"], "published_year": None,
}  # fmt: skip


@pytest.fixture
def eyes() -> Topic:
    return make_topic("Eyes")


def load(**changes: Any) -> dict[str, int]:
    return dict(resources.load([ROW | changes], by=system_user(), reason="Loaded"))


def test_loading_creates_then_changes_nothing_then_follows_the_file(eyes: Topic) -> None:
    assert load() == {"created": 1}
    made = Resource.objects.get()
    before = (made.modified_at, made.history.count())
    with CaptureQueriesContext(connection) as asked:
        assert load() == {"unchanged": 1}
    assert [q["sql"] for q in asked if not q["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))
            ] == []  # fmt: skip
    made.refresh_from_db()
    assert (made.modified_at, made.history.count()) == before

    assert load(title="Check", principles=["thet.equity"], topics=[]) == {"updated": 1}
    made.refresh_from_db()
    assert (made.title, made.title_key, made.topics.count()) == ("Check", "check", 0)
    assert [row.code for row in made.principles.all()] == ["thet.equity"]


@pytest.mark.parametrize("what", ["title", "topics", "principles"])
def test_what_a_person_changed_is_kept_even_after_the_link_was_checked(
    eyes: Topic, what: str
) -> None:
    load()
    made, unit = Resource.objects.get(), make_unit()
    if what == "title":
        made.title = "Ours"
        resources.save(made, by=unit)
    elif what == "topics":
        resources.save(made, by=unit, topics=[])
    else:
        resources.set_principles(made, ["thet"], by=unit)
    resources.found_working(made, on=made.modified_at.date(), by=system_user())

    assert load() == {"kept": 1}
    made.refresh_from_db()
    kept = (made.title, made.topics.count(), made.principles.count())
    assert kept != ("Health check", 1, 2)


def test_every_write_names_who_and_why(eyes: Topic) -> None:
    unit = make_unit()
    made = make_resource(topics=[eyes], principles=["thet"], by=unit)
    resources.set_principles(made, ["thet.strategic"], by=unit, reason="Made for a test")
    rows = [*made.history.all(), *made.principles.get().history.all()]
    assert {(row.history_user, row.history_change_reason) for row in rows} == {
        (unit, "Made for a test")
    }
    assert list(made.history.first().topics.values_list("topic__code", flat=True)) == ["eyes"]


def test_changing_what_hangs_on_it_dates_it_anew(eyes: Topic) -> None:
    made = make_resource()
    for change in (
        lambda: resources.save(made, by=None, topics=[eyes]),
        lambda: resources.set_principles(made, ["thet"], by=None),
    ):
        before = made.modified_at
        assert change()
        assert Resource.objects.get().modified_at > before
        assert not change()


def test_it_is_retired_once() -> None:
    made, unit = make_resource(), make_unit()
    assert resources.retire(made, by=unit)
    assert not resources.retire(made, by=unit)
    assert not Resource.objects.current().exists()


def test_a_topic_of_a_guide_is_not_deleted(eyes: Topic) -> None:
    make_resource(topics=[eyes])
    with pytest.raises(NotAllowed, match="Retire it instead"):
        vocabularies.delete(eyes, by=make_unit(), reason="Unused")


@pytest.mark.parametrize("link", ["ftp://example.org/", "javascript:alert(1)", "example.org"])
def test_a_link_is_one_that_browsers_follow(link: str) -> None:
    with pytest.raises(ValidationError, match="valid URL"):
        make_resource(link=link)


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["thet"], ["all", "one"]),
        (["thet.strategic"], ["all", "one"]),
        (["thet.equity"], ["all"]),
        (["the"], []),
        (["thet.equity", "who.gap"], ["all", "who"]),
    ],
)
def test_what_helps_with_a_principle(codes: list[str], found: list[str]) -> None:
    make_resource("all", principles=["thet"])
    make_resource("one", principles=["thet.strategic", "who.steps"])
    make_resource("who", principles=["who.gap"])
    make_resource("none")
    helping = Resource.objects.helping_with(codes).order_by("title_key")
    assert [row.title for row in helping] == found


def test_the_file_names_codes_and_principles_that_are_there() -> None:
    with (FOLDER / "resources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert 8 <= len(rows) == len({row["slug"] for row in rows})
    assert [row["slug"] for row in rows if row["summary"].count(". ") > 2] == []
