"""The verb that reminds: one mail for each person, with everything that they are to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from partnerships.choices import Freshness, LinkPurpose, Moderation, ReminderStep, Side, Stage
from partnerships.models import Coordinator, Mailbox, Partnership, Reminder, User
from partnerships.policies.freshness import freshness
from partnerships.policies.permissions import can_edit
from partnerships.policies.reminding import OF_COORDINATORS
from partnerships.services import links, outbox
from partnerships.services.asking import check
from partnerships.services.due import (
    DueSide,
    Letter,
    Person,
    coordinated_by,
    letters,
    side_of,
)
from partnerships.services.mailboxes import mailbox_of

#: Records that a mail to a champion names; the desk has all of them.
MOST_NAMED = 20
_Ask = tuple[DueSide, ReminderStep, Person]
_Key = tuple[int, str, date]


@dataclass(frozen=True, slots=True)
class Reminded:
    """One mail that was put, or would be: which sides of which records it asks about."""

    asks: list[tuple[str, str, str]]  # slug, side, step


def send(*, at: datetime, is_dry: bool = False) -> list[Reminded]:
    """Put a mail for everybody who is due one. Writes nothing where `is_dry`.

    May run at any time, any number of times, on several machines at once: what was put is
    written down with the mail, mailbox by mailbox, under a lock on the mailbox.
    """
    return [
        Reminded([(due.slug, due.side, step.value) for due, step, _ in letter.asks])
        for letter in letters(at=at)
        if is_dry or _put(letter, at=at)
    ]


@dataclass(slots=True)
class Asked:
    """What asking one side came to."""

    #: How many people were written to, and how many had a reminder not long ago.
    written: int = 0
    lately: int = 0
    #: From which day the next of those can be asked.
    again_on: date | None = None


@transaction.atomic
def ask(partnership: Partnership, *, side: str, by: User, at: datetime) -> Asked:
    """Remind the coordinators of one side now, because a champion asks for it.

    The rules are those of `send`: nobody gets a second reminder within 30 days, nor one who wants
    none; and whatever else the same people are due is in the same mail. Refuses (NotAllowed)
    whoever may not edit the record, and (ValidationError) a record that is not public or has
    ended, a side that has confirmed it within the year or that nobody stands behind.
    """
    today = timezone.localdate(at)
    # Not against rows that name it: the timer writes those while it has a mailbox that we wait for.
    locked = Partnership.objects.select_for_update(of=("self",), no_key=True)
    record = locked.get(pk=partnership.pk)
    may = partial(can_edit, board_id=record.health_board_id)
    check(by, may, "Only the owning Board's champions and the unit can ask its sides.", at=at)
    due, people = side_of(record, side, today)
    if record.moderation != Moderation.LISTED or record.stage == Stage.ENDED:
        raise ValidationError("Only what is public and has not ended is confirmed.")
    if freshness(due.confirmed_on, today) == Freshness.YES:
        raise ValidationError("That side has confirmed the record within a year already.")
    if not people:
        raise ValidationError(
            "Nobody is named on that side whom we could remind: there is no address, or they want "
            "no reminders."
        )
    done = Asked()
    for person in sorted(people, key=lambda each: each.digest):  # locks in one order
        if _put(_letter(due, person, at), at=at, by=by, about=due.key):
            done.written += 1
            continue
        box = Mailbox.objects.select_related("last_reminder").get(digest=person.digest)
        again = timezone.localdate(box.again_at or at) + timedelta(days=1)
        done.lately += 1
        done.again_on = min(again, done.again_on or again)
    return done


def _letter(due: DueSide, person: Person, at: datetime) -> Letter:
    """With all that the person would be asked today: the next mail is a month away. Where a step
    of the side is due to them it is that step, so that nobody is asked it again."""
    among = coordinated_by(person.address, timezone.localdate(at))
    found = [
        ask
        for letter in letters(at=at, among=among)
        if letter.person.digest == person.digest
        for ask in letter.asks
    ]
    if any(ask[0].key == due.key for ask in found):
        return Letter(person, found)
    return Letter(person, [(due, ReminderStep.DESK, person), *found])


def _put(
    letter: Letter, *, at: datetime, by: User | None = None, about: _Key | None = None
) -> bool:
    try:
        with transaction.atomic():
            return _put_locked(letter, at=at, by=by, about=about)
    except IntegrityError:  # another run has asked one of these; the rest is due in the next
        return False


def _put_locked(letter: Letter, *, at: datetime, by: User | None, about: _Key | None) -> bool:
    """The mail, what it asks, and when, in one transaction; False where it is not due any more."""
    # Nor against answers that name it: their writers have a record that we shall name.
    locked = Mailbox.objects.select_for_update(of=("self",), no_key=True)
    box = locked.select_related("last_reminder").get(pk=mailbox_of(letter.person.address).pk)
    asks = _still(letter.asks)
    if not asks or not box.takes_reminders or box.is_quiet(at):
        return False
    letter.asks = asks
    Reminder.objects.bulk_create(
        Reminder(
            partnership_id=due.partnership_id,
            side=due.side,
            counted_from=due.counted_from,
            step=step,
            mailbox=box,
            put_at=at,
            asked_by=by if due.key == about else None,
        )
        for due, step, _ in asks
    )
    leave = links.make(purpose=LinkPurpose.UNSUBSCRIBE, mailbox=box, at=at)
    box.reminded_at = at
    box.last_reminder = outbox.put(
        to=letter.person.address,
        kind="reminder",
        context=_context(letter, box, at),
        at=at,
        once=f"reminder {box.pk} {at.isoformat()}",
        unsubscribe_url=_absolute("unsubscribe", leave),
    )
    box.save(update_fields=["reminded_at", "last_reminder"])
    return True


def _still(asks: Iterable[_Ask]) -> list[_Ask]:
    """Without those that were confirmed, withdrawn or ended since they were looked for."""
    asks = list(asks)
    columns = ("uk_confirmed_on", "partner_confirmed_on")
    now = {
        pk: dict(zip((Side.UK, Side.PARTNER), days, strict=True))
        for pk, *days in Partnership.objects.filter(
            pk__in=[due.partnership_id for due, _, _ in asks], moderation=Moderation.LISTED
        )
        .exclude(stage=Stage.ENDED)
        .values_list("pk", *columns)
    }
    return [
        (due, step, person)
        for due, step, person in asks
        if due.partnership_id in now and now[due.partnership_id][Side(due.side)] == due.confirmed_on
    ]


def _context(letter: Letter, box: Mailbox, at: datetime) -> dict[str, Any]:
    """What the templates show: `own` records with a link each, and `watched` ones."""
    own = [ask for ask in letter.asks if ask[1] in OF_COORDINATORS]
    watched = [ask for ask in letter.asks if ask[1] not in OF_COORDINATORS]
    by_record: dict[int, dict[str, Any]] = {}
    for due, _, _ in watched:
        row = by_record.setdefault(
            due.partnership_id,
            {
                "name": due.name,
                "url": _absolute("admin:partnerships_partnership_change", due.partnership_id),
                "sides": [],
            },
        )
        row["sides"].append(_said(due))
    rows = list(by_record.values())
    return {
        "name": letter.person.name,
        "own": [_own(due, step, person, box, at) for due, step, person in own],
        "watched": rows[:MOST_NAMED],
        "watched_count": len(rows),
        "more": max(0, len(rows) - MOST_NAMED),
        "desk": _absolute("admin:index"),
    }


def _own(
    due: DueSide, step: ReminderStep, person: Person, box: Mailbox, at: datetime
) -> dict[str, Any]:
    token = links.make(
        purpose=LinkPurpose.CONFIRMATION,
        partnership=Partnership(pk=due.partnership_id),
        side=due.side,
        coordinator=Coordinator(pk=person.coordinator_id),
        mailbox=box,
        at=at,
    )
    return {
        "name": due.name,
        "url": _absolute("answer_link", token),
        "is_overdue": step == ReminderStep.THIRD or _is_overdue(due, step, at),
        **_said(due),
    }


def _is_overdue(due: DueSide, step: ReminderStep, at: datetime) -> bool:
    state = freshness(due.confirmed_on, timezone.localdate(at))
    return step == ReminderStep.DESK and state == Freshness.OVERDUE


def _said(due: DueSide) -> dict[str, Any]:
    return {"side": Side(due.side).label, "confirmed_on": due.confirmed_on}


def _absolute(name: str, *args: Any) -> str:
    return settings.SITE_URL + reverse(name, args=args)
