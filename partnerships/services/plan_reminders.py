"""The verb that reminds members of their action points: before the day, and once after it.

Mails name the partnership and days, never what a point says: mail passes through other hands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from partnerships.choices import ChecklistState, LinkPurpose
from partnerships.models import ActionPoint, ChecklistMember, Coordinator, Mailbox, SignedLink
from partnerships.models.mail import digest_of_address
from partnerships.services import inviting, links, outbox
from partnerships.services.actions import UNFINISHED, carried
from partnerships.services.mailboxes import mailbox_of
from partnerships.services.reminders import Reminded

#: Days before the day of a point.
DAYS_BEFORE = 14


@dataclass(slots=True)
class Ask:
    """One member's points, and one of its coordinators."""

    part: ChecklistMember
    person: Coordinator
    points: list[ActionPoint] = field(default_factory=list)


def remind(*, at: datetime, is_dry: bool = False) -> list[Reminded]:
    """Put a mail for everybody whose member has points that are due. Writes nothing where `is_dry`.

    One mail for each person, with all that they are to be asked; recurring mail, so at most one
    in 30 days for each mailbox whatever it is about, ended by one press. Each person is asked once
    before the day of a point and once after it: the link that went out with a mail says when. May
    run any number of times, on several machines at once.
    """
    letters: dict[str, list[Ask]] = {}
    for ask in _due(at=at):
        letters.setdefault(digest_of_address(ask.person.email), []).append(ask)
    return [
        Reminded([(a.part.checklist.partnership.slug, a.part.member.side, "plan") for a in asks])
        for asks in letters.values()
        if _put(asks, at=at, is_dry=is_dry)
    ]


def _due(*, at: datetime) -> Iterable[Ask]:
    today = timezone.localdate(at)
    asks: dict[tuple[int, int], Ask] = {}
    people: dict[int, list[Coordinator]] = {}
    parts: dict[int, dict[int, ChecklistMember]] = {}
    for point in _open(today):
        of_round = parts.get(point.checklist_id)
        if of_round is None:
            rows = inviting.parts_of(point.checklist)
            of_round = parts[point.checklist_id] = {part.member_id: part for part in rows}
        part = of_round[point.member_id]
        if part.pk not in people:
            people[part.pk] = inviting.reachable(part, today=today)
        for person in people[part.pk]:
            if not _was_asked(part, person, since=_from(point, today)):
                ask = asks.setdefault((part.pk, person.pk), Ask(part, person))
                ask.points.append(point)
    return asks.values()


def _open(today: date) -> Iterable[ActionPoint]:
    """Points that are due soon or overdue, and that no later round goes on with."""
    return (
        ActionPoint.objects.filter(
            inviting.of_living("checklist__partnership"),
            progress__in=UNFINISHED,
            due_on__lte=today + timedelta(days=DAYS_BEFORE),
            checklist__state__in=(ChecklistState.COMPARED, ChecklistState.AGREED),
        )
        .exclude(pk__in=carried())
        .select_related("checklist")
        .order_by("due_on", "pk")
    )


def _from(point: ActionPoint, today: date) -> datetime:
    """When the present step of a point began: two weeks before its day, or the day after it."""
    assert point.due_on is not None  # noqa: S101  # `_open` has asked for those with a day
    step = 1 if point.due_on < today else -DAYS_BEFORE
    return timezone.make_aware(datetime.combine(point.due_on + timedelta(days=step), time()))


def _was_asked(part: ChecklistMember, person: Coordinator, *, since: datetime) -> bool:
    sent = SignedLink.objects.filter(part=part, coordinator=person, mailbox__isnull=False)
    return sent.filter(created_at__gte=since).exists()


@transaction.atomic
def _put(asks: list[Ask], *, at: datetime, is_dry: bool) -> bool:
    person = asks[0].person
    known = Mailbox.objects.select_related("last_reminder")
    if is_dry:
        seen = known.filter(digest=digest_of_address(person.email)).first()
        return seen is None or _takes(seen, at)
    box = known.select_for_update(of=("self",), no_key=True).get(pk=mailbox_of(person.email).pk)
    if not _takes(box, at):
        return False
    keys = [point.pk for ask in asks for point in ask.points]
    ActionPoint.objects.filter(pk__in=keys).update(reminded_at=at)
    leave = links.make(purpose=LinkPurpose.UNSUBSCRIBE, mailbox=box, at=at)
    box.reminded_at = at
    box.last_reminder = outbox.put(
        to=person.email,
        kind="plan_reminder",
        context={"name": person.name, "own": [_told(ask, box, at=at) for ask in asks]},
        at=at,
        once=f"plan reminder {box.pk} {at.isoformat()}",
        unsubscribe_url=settings.SITE_URL + reverse("unsubscribe", args=[leave]),
    )
    box.save(update_fields=["reminded_at", "last_reminder"])
    return True


def _takes(box: Mailbox, at: datetime) -> bool:
    return box.takes_reminders and not box.is_quiet(at)


def _told(ask: Ask, box: Mailbox, *, at: datetime) -> dict[str, Any]:
    token = links.make(
        purpose=LinkPurpose.CHECKLIST, part=ask.part, coordinator=ask.person, mailbox=box, at=at
    )
    today = timezone.localdate(at)
    return {
        "partnership": ask.part.checklist.partnership.name,
        "member": ask.part.member.institution.name,
        "coming": [p.due_on for p in ask.points if p.due_on and p.due_on >= today],
        "overdue": [p.due_on for p in ask.points if p.due_on and p.due_on < today],
        "url": settings.SITE_URL + reverse("checklist_plan", args=[token]),
    }
