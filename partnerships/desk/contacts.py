"""Whom a champion may write to about the rows to confirm, and whom they can remind from when on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from partnerships.choices import LinkAnswerKind
from partnerships.models import Mailbox, Partnership
from partnerships.policies.permissions import Viewer, can_see_contacts
from partnerships.services.due import Person, coordinators_of


@dataclass(frozen=True, slots=True)
class Contact:
    """A coordinator, and how their mail program opens a mail to them about a record."""

    name: str
    mailto: str


@dataclass(slots=True)
class Reach:
    """Of one record: the coordinators of the sides that are to confirm it."""

    people: list[Contact] = field(default_factory=list)
    #: Sides of which somebody can be reminded now.
    sides: list[str] = field(default_factory=list)
    #: Where nobody can: from which day on somebody can again, if anybody takes reminders.
    again_on: date | None = None


def reach_of(
    wanted: Iterable[tuple[Partnership, list[str]]], viewer: Viewer, day: date
) -> dict[int, Reach]:
    """By record, given with the sides that are to confirm it; nothing of records whose contacts
    the viewer may not see. Two queries."""
    needs = {
        record.pk: (record, sides)
        for record, sides in wanted
        if can_see_contacts(viewer, board_id=record.health_board_id)
    }
    if not needs:
        return {}
    people = coordinators_of(needs, day)
    boxes = _boxes({each.digest for some in people.values() for each in some}, needs)
    now = timezone.now()
    return {
        pk: _reach(record, {side: people.get((pk, side), []) for side in sides}, boxes, now)
        for pk, (record, sides) in needs.items()
    }


@dataclass(slots=True)
class _Box:
    box: Mailbox
    strange_to: set[int] = field(default_factory=set)


def _boxes(digests: set[str], records: Iterable[int]) -> dict[str, _Box]:
    """What is known of mailboxes, each with the records that are none of theirs."""
    said = Q(answers__answer=LinkAnswerKind.NOT_ME, answers__partnership__in=list(records))
    rows: Any = (
        Mailbox.objects.filter(digest__in=digests)
        .select_related("last_reminder")
        .annotate(
            not_me=FilteredRelation("answers", condition=said),
            strange_to=F("not_me__partnership"),
        )
    )
    found: dict[str, _Box] = {}
    for row in rows:
        found.setdefault(row.digest, _Box(row)).strange_to.add(row.strange_to)
    return found


def _reach(
    record: Partnership, people: dict[str, list[Person]], boxes: dict[str, _Box], now: datetime
) -> Reach:
    found = Reach()
    again: list[date] = []
    for side, some in people.items():
        for person in some:
            found.people.append(Contact(person.name, _mailto(person.address, record.name)))
            known = boxes.get(person.digest)
            if known and (not known.box.takes_reminders or record.pk in known.strange_to):
                continue
            if known and known.box.is_quiet(now):
                again.append(timezone.localdate(known.box.again_at) + timedelta(days=1))
            elif side not in found.sides:
                found.sides.append(side)
    found.again_on = None if found.sides else min(again, default=None)
    return found


def _mailto(address: str, subject: str) -> str:
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}"
