"""What the public is told of a record's past: fields and days, nobody and no earlier words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from partnerships.choices import Moderation
from partnerships.models import Agreement, Funder, Funding, Partnership
from partnerships.public_history import public_history
from partnerships.services import details, partnerships
from partnerships.services.parts import Parts
from tests.factories import records

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def told(record: Partnership) -> list[tuple[date, list[str]]]:
    history = public_history(Partnership.objects.with_parts().get(pk=record.pk))
    return [(day.on, day.lines) for day in history.days]


def test_it_begins_with_the_first_listing(clock: time_machine.Traveller) -> None:
    unit = records.make_unit()
    draft = records.make_partnership(moderation=Moderation.DRAFT, summary="A draft")
    clock.shift(timedelta(days=1))
    partnerships.update(draft, by=unit, values={"summary": "A better draft"})
    assert told(draft) == []
    clock.shift(timedelta(days=1))
    partnerships.moderate(draft, to=Moderation.LISTED, by=unit)
    assert told(draft) == [(date(2026, 3, 4), ["First listed"])]


def test_it_tells_fields_by_day_and_no_words(clock: time_machine.Traveller) -> None:
    unit, record = records.make_unit(), records.make_partnership(stage="not_known")
    surgery = records.make_topic("Surgery")
    clock.shift(timedelta(days=1))
    partnerships.update(
        record,
        by=unit,
        values={"stage": "active", "summary": "Words", "location_level": "district"},
        parts=Parts(topics=[surgery], declared_countries=[records.make_country("ZM")]),
    )
    clock.shift(timedelta(hours=1))
    partnerships.confirm(record, side="uk", by=unit, how="by telephone")
    clock.shift(timedelta(days=1))
    record.refresh_from_db()
    partnerships.update(record, by=unit, values={"summary": ""})
    days = dict(told(record))
    assert list(days) == [date(2026, 3, 4), date(2026, 3, 3), date(2026, 3, 2)]
    assert days[date(2026, 3, 4)] == ["Summary: taken out"]
    assert sorted(days[date(2026, 3, 3)]) == [
        "Confirmed by the UK side",
        "Countries: changed",
        "Stage: Not known → Active",
        "Summary: added",
        "Topics: Surgery added",
    ]


def test_an_institution_that_left_is_not_named(clock: time_machine.Traveller) -> None:
    unit, record = records.make_unit(), records.make_partnership()
    stays, goes = (records.make_institution(name) for name in ("Stays", "Goes"))
    clock.shift(timedelta(days=1))
    records.make_member(record, stays)
    gone = records.make_member(record, goes)
    clock.shift(timedelta(days=1))
    details.remove(gone, by=unit)
    partnerships.settle(record, by=unit)
    details.apply(written=[Agreement(partnership=record, title="Secret pact")], by=unit)
    days = dict(told(record))
    assert sorted(days[date(2026, 3, 3)]) == [
        "Members: Stays added",
        "Members: an institution added",
    ]
    assert sorted(days[date(2026, 3, 4)]) == [
        "Agreements: one added",
        "Members: an institution taken off",
    ]


def test_a_funder_that_was_taken_off_is_not_named(clock: time_machine.Traveller) -> None:
    unit, record = records.make_unit(), records.make_partnership()
    clock.shift(timedelta(days=1))
    rows = [
        Funding(partnership=record, funder=Funder.objects.create(code=name.lower(), label=name))
        for name in ("Stays", "Goes")
    ]
    details.apply(written=rows, by=unit)
    clock.shift(timedelta(days=1))
    details.remove(rows[1], by=unit)
    days = dict(told(record))
    assert sorted(days[date(2026, 3, 3)]) == ["Funded by: Stays added", "Funded by: one added"]
    assert days[date(2026, 3, 4)] == ["Funded by: one taken off"]


def test_what_happened_while_it_was_hidden_is_told_as_one_step(
    clock: time_machine.Traveller,
) -> None:
    unit, record = records.make_unit(), records.make_partnership(stage="active")
    for step in ("withdraw", "pause", "wake", "end", "member", "list"):
        clock.shift(timedelta(days=1))
        record.refresh_from_db()
        if step == "withdraw":
            partnerships.moderate(record, to=Moderation.WITHDRAWN, by=unit, reason="A mistake")
        elif step == "list":
            partnerships.moderate(record, to=Moderation.LISTED, by=unit)
        elif step == "member":
            records.make_member(record, records.make_institution())
        else:
            stage = {"pause": "paused", "wake": "active", "end": "closing"}[step]
            partnerships.update(record, by=unit, values={"stage": stage})
    assert told(record) == [
        (date(2026, 3, 8), ["Public again", "Stage: Active → Closing"]),
        (date(2026, 3, 2), ["First listed"]),
    ]


def test_it_is_bounded(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partnerships.public_history.ROWS_READ", 3)
    unit, record = records.make_unit(), records.make_partnership()
    for number in range(5):
        clock.shift(timedelta(days=1))
        partnerships.update(record, by=unit, values={"goals": f"Goal {number}"})
    history = public_history(Partnership.objects.with_parts().get(pk=record.pk))
    assert [day.on for day in history.days] == [date(2026, 3, 7), date(2026, 3, 6)]
    assert not history.is_whole
