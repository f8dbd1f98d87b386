"""Who is a coordinator on a day: one answer for reminders, invitations, the desk and the page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db.models import Exists

from partnerships.desk.sections import coordinating
from partnerships.models import Coordinator, Partnership
from partnerships.services.due import coordinators_of
from tests.factories.records import make_coordinator, make_partnership

DAY = date(2026, 5, 1)
ONE = timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, True),
        (DAY, DAY, True),
        (None, DAY - ONE, False),
        (DAY + ONE, None, False),
    ],
)
def test_everywhere_the_last_day_is_the_last_one_in_office(since, until, expected) -> None:
    record = make_partnership()
    person = make_coordinator(
        record.members.first(), email="ann@example.org", since=since, until=until
    )
    told = {
        "reminders": bool(coordinators_of([record.pk], DAY)),
        "desk": Partnership.objects.filter(Exists(coordinating(DAY))).exists(),
        "rows": Coordinator.objects.on(DAY).exists(),
        "itself": person.is_in_office(DAY),
    }
    assert set(told.values()) == {expected}, told
