"""Asking by hand, answering and the timer hold records and mailboxes at once, and none stops."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from time import monotonic, sleep

import pytest
from django.db import DatabaseError, connection, transaction

from partnerships.choices import LinkAnswerKind, LinkPurpose, ReminderStep
from partnerships.models import LinkAnswer, Mailbox, Partnership, Reminder
from partnerships.policies.record_version import version_of
from partnerships.services import desk, links, mailboxes, partnerships, reminders
from tests.factories.records import make_board, make_champion
from tests.partnerships.test_reminders import FIRST, listed_record, name

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ANN = "ann@example.org"


class Other:
    """Something that another process does, and that waits for a lock of ours."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.failed: list[DatabaseError] = []
        self.thread = Thread(target=self._run, args=[act])
        self.thread.start()
        until = monotonic() + 10
        while not self._waits() and monotonic() < until:
            sleep(0.02)
        assert self._waits()

    def _run(self, act: Callable[[], object]) -> None:
        try:
            act()
        except DatabaseError as error:
            self.failed.append(error)
        finally:
            connection.close()

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    def end(self) -> list[DatabaseError]:
        self.thread.join(10)
        return self.failed


def test_a_champion_asks_while_the_timer_has_the_mailbox() -> None:
    board = make_board()
    champion, record = make_champion(board), listed_record(health_board=board)
    name(record, ANN)
    box = mailboxes.mailbox_of(ANN)
    record.refresh_from_db()
    seen = version_of(record.modified_at)

    def ask() -> None:
        desk.remind(record.pk, side="partner", seen=seen, by=champion, at=FIRST)

    with transaction.atomic():
        # As the timer does: the mailbox, then that it was asked about the record.
        Mailbox.objects.select_for_update(no_key=True).get(pk=box.pk)
        other = Other(ask)
        Reminder.objects.create(
            partnership=record, side="uk", counted_from=FIRST, step=ReminderStep.FIRST,
            mailbox=box, put_at=FIRST,
        )  # fmt: skip

    assert other.end() == []
    assert Reminder.objects.count() == 2


def test_somebody_answers_while_the_timer_asks() -> None:
    record = listed_record()
    person, box = name(record, ANN), mailboxes.mailbox_of(ANN)
    made = {"purpose": LinkPurpose.CONFIRMATION, "partnership": record, "at": FIRST}
    token = links.make(side="uk", coordinator=person, mailbox=box, **made)
    link = links.find(token, purpose=LinkPurpose.CONFIRMATION, at=FIRST)

    with transaction.atomic():
        # As an answer does: the record, then the answer of a mailbox.
        partnerships.confirm(record, side="uk", by=None, how="A test", at=FIRST)
        other = Other(lambda: reminders.send(at=FIRST))
        LinkAnswer.objects.create(
            link=link, partnership=Partnership(pk=record.pk), side="uk", mailbox=box,
            answer=LinkAnswerKind.RIGHT, answered_at=FIRST,
        )  # fmt: skip

    assert other.end() == []
    assert Reminder.objects.count() == 1
