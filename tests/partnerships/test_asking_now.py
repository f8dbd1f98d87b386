"""A champion asks the coordinators of one side: by the rules of the timer, and when the next is
possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from partnerships import desk
from partnerships.choices import ReminderStep
from partnerships.models import HealthBoard, OutgoingMail, Partnership, Reminder, User, viewer_of
from partnerships.policies.record_version import version_of
from partnerships.services import desk as verbs
from partnerships.services import mailboxes, outbox, partnerships, reminders
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import make_auditor, make_board, make_champion, make_unit
from tests.partnerships.test_reminders import DAY, asked, listed_record, name

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.fixture
def board() -> HealthBoard:
    return make_board()


@pytest.fixture
def champion(board: HealthBoard) -> User:
    return make_champion(board)


@pytest.fixture
def record(board: HealthBoard) -> Partnership:
    return listed_record("A link", health_board=board)


def press(record: Partnership, by: User, side: str = "partner", at: datetime = NOON) -> str:
    record.refresh_from_db()
    seen = version_of(record.modified_at)
    return verbs.remind(record.pk, side=side, seen=seen, by=by, at=at).said


def steps() -> list[tuple[str, str, int | None]]:
    rows = Reminder.objects.order_by("pk")
    return [(row.partnership.name, row.step, row.asked_by_id) for row in rows]


def test_one_side_is_asked_and_again_only_after_thirty_days(record, champion) -> None:
    name(record, "ann@example.org")
    name(record, "ben@example.org", side="uk")
    assert press(record, champion) == "A mail goes to 1 coordinator: A link."
    outbox.send_due(at=NOON)
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["ann@example.org"]
    with pytest.raises(ValidationError, match="possible on 20 February 2026"):
        press(record, champion, at=NOON + 20 * DAY)
    assert press(record, champion, at=NOON + 31 * DAY).startswith("A mail goes to 1")
    # A step that was due is the step; when all are asked, it is the desk's.
    assert [step for _, step, _ in steps()] == ["first", "second"]
    outbox.send_due(at=NOON + 31 * DAY)
    press(record, champion, at=NOON + 62 * DAY)
    outbox.send_due(at=NOON + 62 * DAY)
    press(record, champion, at=NOON + 93 * DAY)
    outbox.send_due(at=NOON + 93 * DAY)
    press(record, champion, at=NOON + 124 * DAY)
    assert [row[1] for row in steps()] == ["first", "second", "third", "desk", "desk"]
    assert {row[2] for row in steps()} == {champion.pk}


def test_the_timer_goes_on_where_the_champion_stopped(record, champion) -> None:
    name(record, "ann@example.org")
    press(record, champion)
    outbox.send_due(at=NOON)
    assert asked(NOON + DAY) == []
    assert asked(NOON + 31 * DAY) == [("ann@example.org", "second")]


def test_what_else_the_person_is_due_is_in_the_same_mail(record, champion) -> None:
    other = listed_record("Another link", health_board=make_board())
    fresh = listed_record("Confirmed", health_board=make_board())
    partnerships.confirm(fresh, side="partner", by=make_unit(), how="x", at=NOON)
    for each in (record, other, fresh):
        name(each, "Ann@example.org")
    press(record, champion)
    text = OutgoingMail.objects.get().text
    assert "A link" in text
    assert "Another link" in text
    assert "Confirmed" not in text
    assert steps() == [("A link", "first", champion.pk), ("Another link", "first", None)] or (
        steps() == [("Another link", "first", None), ("A link", "first", champion.pk)]
    )


def test_who_wants_no_reminders_gets_none(record, champion) -> None:
    name(record, "ann@example.org")
    mailboxes.refuse(mailboxes.mailbox_of("ann@example.org"), at=NOON)
    with pytest.raises(ValidationError, match="Nobody is named on that side whom we could remind"):
        press(record, champion)
    name(record, "ben@example.org")
    press(record, champion)
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["ben@example.org"]


def test_refusals_write_nothing(record, champion) -> None:
    name(record, "ann@example.org")
    with pytest.raises(NotAllowed):
        reminders.ask(record, side="partner", by=make_champion(make_board()), at=NOON)
    with pytest.raises(NotAllowed):
        reminders.ask(record, side="partner", by=make_auditor(), at=NOON)
    with pytest.raises(ValidationError, match="Somebody has changed this record"):
        verbs.remind(record.pk, side="partner", seen="0", by=champion, at=NOON)
    partnerships.confirm(record, side="partner", by=champion, how="x", at=NOON - 40 * DAY)
    with pytest.raises(ValidationError, match="confirmed the record within a year"):
        press(record, champion)
    assert not OutgoingMail.objects.exists()


def test_a_desk_says_whom_one_can_ask_and_from_when(record, champion, board) -> None:
    name(record, "ann@example.org", name="Ann Example")
    name(record, "o'neil+x@example.org", side="uk", name="Ben")
    name(record, "", name="No Address")
    day = NOON.date()

    def reach(user: User) -> desk.Item:
        found = desk.desk_for(viewer_of(user, on=day), day, section="confirm")
        return found.sections[0].items[0]

    item = reach(champion)
    assert (item.reach.sides, item.reach.again_on) == (["uk", "partner"], None)
    assert [(each.name, each.mailto) for each in item.reach.people] == [
        ("Ben", "mailto:o%27neil%2Bx@example.org?subject=A%20link"),
        ("Ann Example", "mailto:ann@example.org?subject=A%20link"),
    ]
    assert reach(make_unit()).reach is not None
    assert reach(make_auditor()).reach is None
    for side in ("uk", "partner"):
        reminders.ask(record, side=side, by=champion, at=_now())
    item = reach(champion)
    assert item.reach.sides == []
    assert item.reach.again_on == (_now() + timedelta(days=31)).date()
    assert ReminderStep.DESK not in [step for _, step, _ in steps()]


def _now() -> datetime:
    return datetime.now(UTC)
