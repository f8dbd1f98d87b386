"""Reminders of action points: before the day and once after it, one mail, nothing private in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from partnerships.models import ActionPoint, OutgoingMail, Partnership, SignedLink
from partnerships.services import actions, checklists, links, mailboxes, outbox, plan_reminders
from tests.factories.records import make_coordinator
from tests.factories.rounds import NOW, Round

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DUE = date(2026, 8, 31)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def plan(**values: Any) -> Round:
    """A round with one point of the partner's, whose coordinator has an address."""
    made = Round("4", "2")
    asked(made, "Nurse B", "b@example.org")
    made.point("Canary words", at=1, **{"due_on": DUE, "who": "Canary person"} | values)
    return made


def asked(made: Round, name: str, address: str) -> None:
    """A coordinator of the partner's who has had a link."""
    part = made.parts[1]
    person = make_coordinator(part.member, name, email=address)
    links.make(purpose="checklist", part=part, coordinator=person, at=NOW)


def remind(day: date) -> list[str]:
    """To whom mails went; delivered at once, so that they count from that day."""
    plan_reminders.remind(at=at(day))
    before = set(OutgoingMail.objects.filter(sent_at__isnull=True).values_list("pk", flat=True))
    OutgoingMail.objects.filter(pk__in=before).update(state="sent", sent_at=at(day))
    return list(OutgoingMail.objects.filter(pk__in=before).values_list("to", flat=True))


def test_once_two_weeks_before_the_day_and_once_after_it() -> None:
    plan()
    days = (-15, -14, -13, -3, 0, 1, 15, 17, 18, 200)
    assert [n for n in days if remind(DUE + timedelta(days=n))] == [-14, 17]


def test_mails_name_days_and_no_words_of_the_point() -> None:
    made = plan()
    made.point("Canary too", at=1, due_on=DUE - timedelta(days=20))
    assert remind(DUE - timedelta(days=1)) == ["b@example.org"]
    mail = OutgoingMail.objects.get()
    for shown in ("Due by 31 August 2026: 1 point", "Overdue since 11 August 2026: 1 point"):
        assert shown in mail.text
        assert shown in mail.html
    assert str(made.partnership) in mail.subject
    assert "Canary" not in mail.subject + mail.text + mail.html
    assert "/plan/" in mail.text
    assert mail.unsubscribe_url
    link = SignedLink.objects.get(purpose="checklist", mailbox__isnull=False)
    assert link.part == made.parts[1]
    assert ActionPoint.objects.filter(reminded_at__isnull=False).count() == 2


def test_points_of_several_rounds_come_in_one_mail() -> None:
    plan()
    plan()
    assert remind(DUE) == ["b@example.org"]
    assert "2 partnerships" in OutgoingMail.objects.get().subject


def test_nobody_is_reminded_of_what_is_done_dropped_carried_or_has_no_day() -> None:
    for progress in ("done", "dropped"):
        made = plan()
        point = made.checklist.actions.get()
        actions.set_progress(point, part=made.parts[1], progress=progress, seen="to_do")
    plan(due_on=None)
    made = plan()
    made.agree()
    again = Round(
        "4", "2", partnership=made.partnership, framework=made.framework,
        at=NOW + timedelta(days=30),
    )  # fmt: skip
    carried = actions.carry(made.checklist.actions.get(), part=again.parts[0])
    actions.set_progress(carried, part=again.parts[0], progress="done", seen="to_do")
    assert remind(DUE) == []
    left = plan()
    left.agree()
    again = Round(
        "4", "2", partnership=left.partnership, framework=left.framework,
        at=NOW + timedelta(days=30),
    )  # fmt: skip
    actions.carry(left.checklist.actions.get(), part=again.parts[0])
    checklists.abandon(again.checklist, by=left.champion, reason="Begin anew")
    assert remind(DUE) == ["b@example.org"], "what an abandoned round went on with is still open"


def test_whoever_refused_mail_had_some_lately_or_cannot_be_reached_gets_none() -> None:
    made = plan()
    box = mailboxes.mailbox_of("b@example.org")
    mailboxes.refuse(box, at=NOW)
    assert remind(DUE) == []
    mailboxes.take_again(box)
    box.refresh_from_db()
    box.reminded_at = at(DUE - timedelta(days=29))
    box.save()
    assert remind(DUE) == []
    assert remind(DUE + timedelta(days=2)) == ["b@example.org"]
    made.parts[1].member.coordinators.update(email="")
    assert remind(DUE + timedelta(days=90)) == []


def test_only_whoever_had_a_link_and_kept_it_is_reminded_while_the_partnership_lasts() -> None:
    made = plan()
    make_coordinator(made.parts[1].member, "Nurse D", email="d@example.org")
    links.revoke(part=made.parts[1], at=NOW)
    assert remind(DUE) == []
    SignedLink.objects.update(revoked_at=None)
    Partnership.objects.update(stage="ended")
    assert remind(DUE) == []
    Partnership.objects.update(stage="active")
    assert remind(DUE) == ["b@example.org"]


def test_two_coordinators_are_asked_each_on_their_own() -> None:
    made = plan()
    asked(made, "Nurse C", "c@example.org")
    box = mailboxes.mailbox_of("c@example.org")
    box.reminded_at = at(DUE - timedelta(days=40))
    box.save()
    assert remind(DUE - timedelta(days=13)) == ["b@example.org"]
    assert remind(DUE - timedelta(days=9)) == ["c@example.org"]


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    made = plan()
    told = plan_reminders.remind(at=at(DUE), is_dry=True)
    assert [each.asks for each in told] == [[(made.partnership.slug, "partner", "plan")]]
    assert not OutgoingMail.objects.exists()
    assert plan_reminders.remind(at=at(DUE)) == told
    assert plan_reminders.remind(at=at(DUE)) == []
    assert outbox.send_due(at=at(DUE)).sent == 1
