"""What coordinators write in answer to a mail is forgotten in time, and with them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from partnerships.choices import LinkAnswerKind, LinkPurpose
from partnerships.models import Coordinator, HealthBoard, LinkAnswer, Partnership, Suggestion, User
from partnerships.services import answers, coordinators, decisions, erasing, links
from tests.factories.records import make_board, make_champion, make_coordinator, make_partnership

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CANARY = "Ring my mobile, 0999 123"
DAY = timedelta(days=1)


@pytest.fixture
def board() -> HealthBoard:
    return make_board()


@pytest.fixture
def champion(board: HealthBoard) -> User:
    return make_champion(board)


@pytest.fixture
def person(board: HealthBoard) -> Coordinator:
    record = make_partnership(health_board=board)
    return make_coordinator(next(m for m in record.members.all() if m.side == "partner"))


def answered(person: Coordinator, kind: str, at: datetime) -> LinkAnswer:
    record = Partnership.objects.get(members=person.member_id)
    made = {"purpose": LinkPurpose.CONFIRMATION, "at": at}
    token = links.make(partnership=record, side="partner", coordinator=person, **made)
    return answers.answer(answers.asked(token, at=at), answer=kind, words=CANARY, at=at)


def erased(at: datetime) -> int:
    count = erasing.erase_suggesters(at=at)[2]
    assert LinkAnswer.objects.exclude(words="").exists() is not bool(count)
    return count


@pytest.mark.parametrize("kind", [LinkAnswerKind.CHANGE, LinkAnswerKind.ENDED])
def test_ninety_days_after_the_decision(person, champion, kind) -> None:
    now = timezone.now()
    answered(person, kind, now)
    assert erased(now + 200 * DAY) == 0  # still waits
    decisions.decline(Suggestion.objects.get(), by=champion, answer="No.", at=now + 200 * DAY)

    assert erased(now + 289 * DAY) == 0
    assert erased(now + 291 * DAY) == 1


def test_ninety_days_after_it_was_settled(person, champion) -> None:
    now = timezone.now()
    answers.settle(answered(person, LinkAnswerKind.NOT_ME, now), by=champion, at=now + 9 * DAY)

    assert erased(now + 98 * DAY) == 0
    assert erased(now + 100 * DAY) == 1


@pytest.mark.parametrize(
    ("kind", "days"), [(LinkAnswerKind.RIGHT, 90), (LinkAnswerKind.NOT_ME, 365)]
)
def test_what_nobody_deals_with_has_a_last_day(person, kind, days) -> None:
    now = timezone.now()
    answered(person, kind, now)

    assert erased(now + (days - 1) * DAY) == 0
    assert erased(now + (days + 1) * DAY) == 1


def test_with_the_coordinator(person, champion) -> None:
    answered(person, LinkAnswerKind.NOT_ME, timezone.now())

    coordinators.remove(person, by=champion, reason="She asked for it")

    assert LinkAnswer.objects.get().words == ""
