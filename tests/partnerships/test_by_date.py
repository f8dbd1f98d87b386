"""Dates that have passed become suggestions, once, and change nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from partnerships.models import Agreement, Suggestion
from partnerships.services import by_date, decisions, partnerships
from tests.factories.records import make_partnership, make_unit

pytestmark = pytest.mark.django_db


def proposed() -> list[tuple[str, object]]:
    return [(each.partnership.name, each.changes) for each in Suggestion.objects.order_by("pk")]


def test_an_end_that_is_past_is_suggested_once() -> None:
    record = make_partnership("Over", ended_on=date(2026, 2, 28), ended_precision="month")

    assert by_date.propose(at=datetime(2026, 2, 28, 9, tzinfo=UTC)) == []
    assert by_date.propose(at=datetime(2026, 3, 1, 9, tzinfo=UTC)) == [record.slug]
    assert by_date.propose(at=datetime(2026, 3, 2, 9, tzinfo=UTC)) == []
    assert proposed() == [("Over", {"stage": "ended"})]
    record.refresh_from_db()
    assert record.stage == "active"
    decisions.decline(Suggestion.objects.get(), by=make_unit(), answer="The date was wrong.")
    assert by_date.propose(at=datetime(2026, 3, 3, 9, tzinfo=UTC)) == []
    partnerships.update(record, by=make_unit(), values={"ended_on": date(2026, 4, 30)})
    assert by_date.propose(at=datetime(2026, 5, 1, 9, tzinfo=UTC)) == [record.slug]


def test_a_lapsed_agreement_is_suggested_unless_another_stands() -> None:
    lapsed, renewed = make_partnership("Lapsed"), make_partnership("Renewed")
    for record, expires in (
        (lapsed, date(2026, 1, 31)),
        (renewed, date(2026, 1, 31)),
        (renewed, date(2028, 1, 31)),
    ):
        Agreement.objects.create(partnership=record, title="Memorandum", expires_on=expires)

    assert by_date.propose(at=datetime(2026, 2, 1, 9, tzinfo=UTC)) == [lapsed.slug]
    assert by_date.propose(at=datetime(2026, 2, 2, 9, tzinfo=UTC)) == []
    assert proposed() == [("Lapsed", {})]
    assert "31 January 2026" in Suggestion.objects.get().words
    decisions.accept(Suggestion.objects.get(), by=make_unit(), fields=[])
    lapsed.refresh_from_db()
    assert lapsed.stage == "active"
