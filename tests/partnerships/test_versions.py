"""Kept counts: worked out once for a version of the data, and never older than the last change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from partnerships import versions
from partnerships.models import Partnership
from partnerships.search import PartnershipSearch
from partnerships.services import partnerships
from tests.factories.records import (
    make_board,
    make_champion,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
)

pytestmark = pytest.mark.django_db(transaction=True)


def shown(params: dict[str, list[str]] | None = None, **options: Any) -> tuple[int, dict[str, int]]:
    """The number of results, and how many each topic would find."""
    search = PartnershipSearch(params or {}, **options)
    (topic,) = search.facets(("topic",))
    return search.count, {option.value: option.count for option in topic.options}


def scans(params: dict[str, list[str]], **options: Any) -> int:
    """How many statements count something when a question is asked."""
    with CaptureQueriesContext(connection) as queries:
        shown(params, **options)
    return sum("COUNT(" in query["sql"] for query in queries)


def test_a_question_is_counted_once_for_each_version() -> None:
    make_partnership("One", topics=[make_topic("Eyes")])
    assert (scans({}), scans({})) == (2, 0)
    assert scans({"sort": ["-name"], "page": ["1"]}) == 0  # they narrow nothing
    make_partnership("Two", topics=[make_topic("Ears")])
    assert scans({}) == 2
    assert shown() == (2, {"eyes": 1, "ears": 1})


def test_what_is_left_out_of_a_question_is_not_counted_again() -> None:
    make_partnership("One", topics=[make_topic("Eyes")])
    make_partnership("Two", topics=[make_topic("Ears")])
    everything = shown({"topic": ["eyes"]})
    assert everything == (1, {"eyes": 1, "ears": 1})
    assert scans({"topic": ["ears"]}) == 1  # the number of results; the topics are known
    assert shown({"topic": ["ears"]}) == (1, {"eyes": 1, "ears": 1})


def test_every_kind_of_change_is_seen_at_once() -> None:
    unit = make_unit()
    topic = make_topic("Eyes")
    record = make_partnership("One", topics=[topic])
    assert shown() == (1, {"eyes": 1})
    partnerships.moderate(record, to="withdrawn", by=unit, reason="Asked by the hospital")
    assert shown() == (0, {})
    before = versions.current()
    make_institution("A hospital")
    assert versions.current() != before
    before = versions.current()
    make_champion(make_board("NHS Tayside"))
    assert versions.current() != before


def test_a_change_that_is_taken_back_is_no_change() -> None:
    make_partnership("One")
    before = versions.current()
    with transaction.atomic():
        make_partnership("Two")
        assert shown()[0] == 2  # inside its transaction a change is seen, and not kept
        transaction.set_rollback(True)
    assert versions.current() == before
    assert shown()[0] == 1


def test_a_process_that_dies_after_its_commit_leaves_no_old_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_partnership("One")
    assert shown()[0] == 1
    with monkeypatch.context() as dying:
        dying.setattr(versions, "settle", lambda: None)
        make_partnership("Two")
    assert shown()[0] == 2
    make_partnership("Three")
    assert shown()[0] == 3


def test_outside_a_transaction_nothing_may_change() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        versions.changed()


def test_one_transaction_is_one_change() -> None:
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        make_partnership("One")
        make_partnership("Two")
    written = [
        query["sql"]
        for query in queries
        if query["sql"].startswith(("INSERT", "UPDATE")) and "dataversion" in query["sql"]
    ]
    assert len(written) == 1


def test_only_what_every_visitor_sees_is_kept() -> None:
    board = make_board("NHS Borders")
    make_partnership("Listed")
    make_partnership("Draft", health_board=board, moderation="draft")
    champion = make_champion(board)
    assert shown()[0] == 1
    assert shown(viewer=champion)[0] == 2
    assert shown()[0] == 1
    assert scans({}, viewer=champion) == 2
    assert scans({}, viewer=champion) == 2


def test_a_new_day_is_a_new_question() -> None:
    make_partnership("One")
    Partnership.objects.update(last_confirmed_on="2024-11-22", uk_confirmed_on="2024-11-22")
    assert shown(at=datetime(2026, 11, 21, 12, tzinfo=UTC))[0] == 1
    assert shown(at=datetime(2026, 11, 23, 12, tzinfo=UTC))[0] == 0


def test_of_boxes_there_is_no_end_so_none_is_kept() -> None:
    make_partnership("One")
    box = {"bbox": ["-10,50,0,60"]}
    assert scans(box) > 0
    assert scans(box) > 0


@pytest.mark.parametrize("question", [{"q": ["link"]}, {"country": ["GB"]}, {"topic": ["eyes"]}])
def test_a_broad_question_is_counted_by_what_is_not_in_it(question: dict[str, list[str]]) -> None:
    eyes, ears = make_topic("Eyes"), make_topic("Ears")
    for name, topics in (("A", [eyes]), ("B", [eyes, ears]), ("C", [eyes]), ("D", [ears])):
        make_partnership(name, topics=topics, stage="active" if name < "C" else "ended")
    make_partnership("Long overdue", topics=[eyes])
    overdue = Partnership.objects.filter(name="Long overdue")
    overdue.update(last_confirmed_on="2020-01-01", uk_confirmed_on="2020-01-01")

    def counted() -> list[tuple[str, str, int]]:
        found = PartnershipSearch(question).facets()
        return [(f.parameter, o.value, o.count) for f in found for o in f.options]

    PartnershipSearch({}).facets()  # its counts are kept from now on
    with CaptureQueriesContext(connection) as queries:
        kept = counted()
    assert any("EXCEPT" in query["sql"] for query in queries)
    with transaction.atomic():  # nothing is kept here, and everything is counted as it is asked
        assert counted() == kept
    assert ("stage", "active", 2) in kept


def test_the_facets_say_how_many_results_there_are() -> None:
    make_partnership("One")
    make_partnership("Two")
    for params, number in (({}, 2), ({"country": ["GB"]}, 2), ({"q": ["one"]}, 1)):
        search = PartnershipSearch(params)
        search.facets()
        with CaptureQueriesContext(connection) as queries:
            assert search.count == number
        assert not queries.captured_queries


def test_who_chooses_a_first_value_has_seen_the_counts_of_the_others() -> None:
    make_partnership("One", topics=[make_topic("Eyes")], stage="active")
    make_partnership("Two", topics=[make_topic("Ears")], stage="active")

    def values_of_topics(params: dict[str, list[str]]) -> tuple[dict[str, int], int]:
        with CaptureQueriesContext(connection) as queries:
            found = PartnershipSearch(params).facets()
        (topic,) = [facet for facet in found if facet.parameter == "topic"]
        own = '"partnerships_facetvalue"."facet" IN (\'topic\')'
        return {option.value: option.count for option in topic.options}, sum(
            own in query["sql"] for query in queries
        )

    assert values_of_topics({"topic": ["eyes"]}) == ({"eyes": 1, "ears": 1}, 1)
    PartnershipSearch({"stage": ["active"]}).facets()
    both = {"stage": ["active"], "topic": ["ears"]}
    assert values_of_topics(both) == ({"eyes": 1, "ears": 1}, 0)
