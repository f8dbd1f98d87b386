"""Three years of reminders, day by day, with all that goes wrong: nothing lost, nothing doubled."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from partnerships.choices import ChampionRole, MailState, ReminderStep, Side
from partnerships.models import (
    Champion,
    Coordinator,
    Decision,
    Mailbox,
    OutgoingMail,
    Partnership,
    Reminder,
)
from partnerships.models.mail import QUIET_DAYS, digest_of_address
from partnerships.policies.reminding import (
    FIRST_MONTHS,
    GAP_DAYS,
    MONTHS,
    OF_COORDINATORS,
    steps_due,
)
from partnerships.services import due, mailboxes, outbox, partnerships, reminders
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_partnership,
    make_user,
)
from tests.mail_servers import Crash, Slow

pytestmark = [pytest.mark.django_db, pytest.mark.once]
START = datetime(2025, 1, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
YEARS = 3 * 365
WEEK = 7


def weeks(days: int) -> int:
    """Days until the first weekly run after so many."""
    return -(-days // WEEK) * WEEK


#: Days at the end in which nothing goes wrong and everybody must have been asked to the last. A
#: side confirmed on the last day before is due after the first months; then each step waits at
#: most until the one before is long enough ago, and then until its people may be written to again.
QUIET = FIRST_MONTHS * 31 + len(MONTHS) * (weeks(GAP_DAYS) + weeks(QUIET_DAYS))


class World:
    """Some records, their people, and what happens to them on each day."""

    def __init__(self, rng: Random, backends: Any) -> None:
        self.rng, self.backends, self.at = rng, backends, START
        self.refused: dict[str, datetime] = {}
        #: Whom a mail was sent to, and when.
        self.log: list[tuple[str, datetime]] = []
        #: Of which mails a sender died between the server and the database, and how often.
        self.crashed: Counter[str] = Counter()
        #: The clock of a sender, and whether a second one is at work; its own dice.
        self.now, self.is_second, self.minutes = START, False, Random(0)
        boards = [make_board(), make_board()]
        for board in boards:
            for role in (ChampionRole.LEAD, ChampionRole.DEPUTY):
                user = make_user(f"{role}{board.pk}@example.org")
                make_champion(board, user=user, role=role)
        make_user("unit@example.org", role="unit")
        self.people = [f"person{number}@example.org" for number in range(6)]
        # A champion who coordinates too, under another spelling.
        self.people.append(f"Deputy{boards[0].pk}@Example.org")
        owners = (boards[0], boards[0], boards[1], None)
        self.records = [make_partnership(health_board=board) for board in owners]
        for number, record in enumerate(self.records):
            Decision.objects.filter(partnership=record).update(decided_at=START + number * 11 * DAY)
            for member in record.members.all():
                for address in rng.sample(self.people, rng.choice([0, 1, 2])):
                    make_coordinator(member, email=address)
        self.outage_ends = START

    def live(self, *, is_quiet: bool) -> None:
        """One day: perhaps people change or answer, and perhaps the timers run."""
        rng = self.rng
        if not is_quiet:
            self.change()
            if rng.random() < 0.01:
                self.outage_ends = self.at + rng.randint(5, 70) * DAY
            if self.at < self.outage_ends or rng.random() < 0.4:
                return
        self.remind(is_quiet=is_quiet)
        if is_quiet or rng.random() < 0.8:
            self.deliver(is_quiet=is_quiet)

    def change(self) -> None:
        rng = self.rng
        if rng.random() < 0.015:
            record = rng.choice(self.records)
            side = rng.choice(Side.values)
            partnerships.confirm(record, side=side, by=None, how="A test", at=self.at)
        if rng.random() < 0.01:
            member = rng.choice(list(rng.choice(self.records).members.all()))
            make_coordinator(member, email=rng.choice(self.people), since=self.at.date())
        if rng.random() < 0.008:
            some = list(Coordinator.objects.filter(until=None))
            if some:
                leaving = rng.choice(some)
                leaving.until = self.at.date()
                leaving.save()
        if rng.random() < 0.002 and len(self.refused) < 2:
            address = rng.choice(self.people[:-1])
            mailboxes.refuse(mailboxes.mailbox_of(address), at=self.at)
            self.refused.setdefault(digest_of_address(address), self.at)

    def remind(self, *, is_quiet: bool) -> None:
        rng = self.rng
        if is_quiet:
            reminders.send(at=self.at)
            return
        if rng.random() < 0.1:  # the database goes away in the middle
            with broken_after(rng.randint(1, 40)):
                try:
                    reminders.send(at=self.at)
                except Crash:
                    return
        # Another runner looked before and writes after.
        stale = due.letters(at=self.at) if rng.random() < 0.15 else []
        reminders.send(at=self.at)
        for letter in stale:
            assert not reminders._put(letter, at=self.at)

    def deliver(self, *, is_quiet: bool) -> None:
        kind = (
            "Working"
            if is_quiet
            else self.rng.choice(
                ["Slow"] * 6 + ["CrashingBefore", "CrashingAfter", "Away", "Failing"]
            )
        )
        self.backends.EMAIL_BACKEND = f"tests.mail_servers.{kind}"
        for hour in range(1 if kind in ("Working", "Slow") else 2):
            self.now = self.at + hour * timedelta(hours=1)
            try:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Slow, "meanwhile", staticmethod(self.meanwhile))
                    outbox.send_due(at=self.now, clock=lambda: self.now)
            except Crash:
                if kind == "CrashingAfter":
                    self.crashed[mail.outbox[-1].extra_headers["Message-ID"]] += 1

    def meanwhile(self) -> None:
        """While a slow server takes a mail its time passes, but not all, and cron starts again."""
        if self.is_second:
            return
        self.now += timedelta(minutes=self.minutes.randrange(outbox.LEASE // 2, outbox.LEASE))
        if self.minutes.random() < 0.5:
            self.is_second = True
            outbox.send_due(at=self.now)
            self.is_second = False


@contextmanager
def broken_after(queries: int) -> Iterator[None]:
    """The process ends at some query; what its transaction had written is rolled back."""
    left = queries

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Crash
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def check(world: World) -> None:
    """What must hold whatever has happened."""
    # Nothing doubled: a mail goes twice only where a sender died with it, under its one name.
    copies = Counter(sent.extra_headers["Message-ID"] for sent in mail.outbox)
    sent = OutgoingMail.objects.filter(state=MailState.SENT)
    assert set(copies) >= set(sent.values_list("message_id", flat=True))
    # What is not sent was tried as often as we try, and the unit is told of it.
    others = OutgoingMail.objects.exclude(state=MailState.SENT)
    assert set(others) == set(OutgoingMail.objects.failed())
    assert {each.attempts for each in others} <= {outbox.MOST_ATTEMPTS}
    assert set(copies) <= set(OutgoingMail.objects.values_list("message_id", flat=True))
    # One mail in thirty days for each person, by when it was sent, however they are written.
    sent_at: dict[str, list[datetime]] = {}
    for to, when in world.log:
        sent_at.setdefault(to.lower(), []).append(when)
    gaps = [later - one for days in sent_at.values() for one, later in pairwise(days)]
    assert min(gaps) >= 30 * DAY
    # Nobody is written to after refusing.
    for box in Mailbox.objects.filter(refused_at__isnull=False):
        assert not box.reminders.filter(put_at__gt=world.refused[box.digest]).exists()
    # A mail goes once, and once more for each sender that died when the server had it.
    once = Counter(
        OutgoingMail.objects.filter(state=MailState.SENT).values_list("message_id", flat=True)
    )
    assert copies == once + world.crashed


def missing(world: World) -> list[Any]:
    """Whoever stands behind a step that is due and was not asked: worked out without the code
    under test, person by person. Where the unit was asked, whoever stood there on that day."""
    found = []
    for record in Partnership.objects.all():
        listed_on = Decision.objects.get(partnership=record).decided_at.date()
        for side in Side.values:
            confirmed = record.uk_confirmed_on if side == Side.UK else record.partner_confirmed_on
            since = confirmed or listed_on
            rows = Reminder.objects.filter(partnership=record, side=side, counted_from=since)
            last = rows.filter(step=ReminderStep.UNIT).first()
            until = last.put_at if last else world.at
            for step in steps_due(since, until.date()):
                for address in behind(record, side, step, until.date()):
                    digest = digest_of_address(address)
                    if digest in world.refused and world.refused[digest] <= until:
                        continue
                    if not rows.filter(step=step, mailbox__digest=digest).exists():
                        found.append((record, side, step, address))
    return found


def behind(record: Partnership, side: str, step: ReminderStep, today: Any) -> list[str]:
    if step in OF_COORDINATORS:
        rows = Coordinator.objects.filter(member__partnership=record).select_related(
            "member__institution"
        )
        return [
            each.email
            for each in rows
            if each.member.side == side
            and (each.since is None or each.since <= today)
            and (each.until is None or each.until >= today)
        ]
    if step == ReminderStep.UNIT:
        return ["unit@example.org"]
    tenures = Champion.objects.filter(board=record.health_board_id, role=step.value)
    return [tenure.user.email for tenure in tenures]


#: How many different three years: `REMINDER_SEEDS=50 pytest -s` for a night, one in CI.
SEEDS = range(1, int(os.environ.get("REMINDER_SEEDS", "1")) + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_three_years_lose_nothing_and_double_nothing(settings, seed: int) -> None:
    world = World(Random(seed), settings)
    noted: set[int] = set()
    for day in (*range(YEARS), *range(YEARS, YEARS + QUIET + WEEK, WEEK)):
        world.at = START + day * DAY
        world.live(is_quiet=day >= YEARS)
        for pk, to, sent in OutgoingMail.objects.exclude(pk__in=noted).filter(
            state=MailState.SENT
        ).values_list("pk", "to", "sent_at"):  # fmt: skip
            noted.add(pk)
            world.log.append((to, sent))

    print(f"seed {seed}: {len(world.log)} mails, {Reminder.objects.count()} reminders")  # noqa: T201
    check(world)
    assert missing(world) == []
    asked = Reminder.objects.filter(step=ReminderStep.UNIT).values("partnership", "side").distinct()
    assert asked.count() == len(world.records) * len(Side.values)
    if seed == 1:  # in which everything happens that can happen
        assert len(world.log) > 30
        steps = set(Reminder.objects.values_list("step", flat=True))
        assert steps == set(ReminderStep.values) - {ReminderStep.DESK}
        assert world.refused
