"""Mails of evaluations: invitations and reminders, one for each mailbox, a link for each ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from partnerships.choices import LinkPurpose, Moderation, RoundState, Side
from partnerships.evaluation_pair import stands
from partnerships.models import Coordinator, Invitation, Mailbox, Round
from partnerships.models.evaluations import InvitationQuerySet
from partnerships.models.mail import digest_of_address
from partnerships.services import links, outbox
from partnerships.services.invitable import answers_for, askable
from partnerships.services.mailboxes import mailbox_of
from partnerships.services.reminders import Reminded
from partnerships.services.writing import write

#: Days that somebody has to answer before a reminder.
PATIENCE = 7
_Ask = tuple[Invitation, Coordinator]


def invite(asked_in: Round, asked: Iterable[Invitation], *, at: datetime) -> int:
    """Put the invitations that were just written; how many mails. Part of the caller's
    transaction."""
    letters: dict[str, list[_Ask]] = defaultdict(list)
    for each in asked:
        if each.coordinator is not None:
            letters[digest_of_address(each.coordinator.email)].append((each, each.coordinator))
    for digest, asks in letters.items():
        outbox.put(
            to=asks[0][1].email,
            kind="evaluation_invitation",
            context=_context(asks, at=at),
            at=at,
            once=f"evaluation {asked_in.pk} {digest} {at.isoformat()}",
        )
    return len(letters)


def remind(asked_in: Round, *, at: datetime) -> Iterator[tuple[int, Reminded | None]]:
    """Of each person who has not answered the round: how many members they answer for, and the
    mail that was put, if any; last of those whom nobody may write to. Part of the caller's
    transaction, which holds the round."""
    letters, nobody = _letters(asked_in, at=at)
    for asks in letters:  # mailboxes are locked in one order
        reminded = _remind(asks, at=at)
        if own := _own(reminded or asks, asked_in):
            yield own, _told(reminded) if reminded else None
    if nobody:
        yield nobody, None


def due(asked_in: Round, *, at: datetime) -> list[Reminded]:
    """The mails that `remind` would put now; writes nothing."""
    found = []
    for asks in _letters(asked_in, at=at)[0]:
        boxes = Mailbox.objects.select_related("last_reminder")
        box = boxes.filter(digest=digest_of_address(asks[0][1].email)).first()
        if box is None or _takes(box, at):
            found.append(_told(asks))
    return found


def _told(asks: Iterable[_Ask]) -> Reminded:
    """One mail, as the command that puts it says it."""
    return Reminded([(each.partnership.slug, each.side, "evaluation") for each, _ in asks])


def _letters(asked_in: Round, *, at: datetime) -> tuple[list[list[_Ask]], int]:
    """By mailbox what its owner has not answered, of every open round; those who are asked in this
    one. And how many of its members nobody may be reminded for."""
    rows = _waiting(at).order_by("partnership__name_key", "pk")
    waiting = [each for each in rows if not stands(each)]
    may = askable([each.coordinator_id for each in waiting if each.coordinator_id], at=at)
    letters: dict[str, list[_Ask]] = defaultdict(list)
    nobody = 0
    for each in waiting:
        person = each.coordinator
        if person is not None and person.pk in may and answers_for(person, each, at=at):
            letters[digest_of_address(person.email)].append((each, person))
        elif each.round_id == asked_in.pk:
            nobody += 1
    return [asks for _, asks in sorted(letters.items()) if _own(asks, asked_in)], nobody


def _waiting(at: datetime) -> InvitationQuerySet:
    """Who has not answered what still can be, and was invited some days ago."""
    last_days = Q(round__closes_on__isnull=True) | Q(round__closes_on__gte=timezone.localdate(at))
    return (
        Invitation.objects.unanswered()
        .filter(
            last_days,
            round__state=RoundState.OPEN,
            partnership__moderation=Moderation.LISTED,
            invited_at__lte=at - timedelta(days=PATIENCE),
        )
        .select_related(
            "round__questionnaire", "partnership", "member__institution__country", "coordinator"
        )
    )


def _own(asks: Iterable[_Ask], asked_in: Round) -> int:
    return sum(each.round_id == asked_in.pk for each, _ in asks)


def _remind(asks: list[_Ask], *, at: datetime) -> list[_Ask]:
    """What one mail, under a lock on the mailbox, asks: nothing where its owner had one lately, or
    wants none, or where all was answered or withdrawn meanwhile."""
    address = asks[0][1].email
    locked = Mailbox.objects.select_for_update(of=("self",), no_key=True)
    box = locked.select_related("last_reminder").get(pk=mailbox_of(address).pk)
    asks = _still(asks, at) if _takes(box, at) else []
    if not asks:
        return []
    leave = links.make(purpose=LinkPurpose.UNSUBSCRIBE, mailbox=box, at=at)
    box.reminded_at = at
    box.last_reminder = outbox.put(
        to=address,
        kind="evaluation_reminder",
        context=_context(asks, at=at, box=box),
        at=at,
        once=f"evaluation reminder {box.pk} {at.isoformat()}",
        unsubscribe_url=_absolute("unsubscribe", leave),
    )
    box.save(update_fields=["reminded_at", "last_reminder"])
    for each, _ in asks:
        each.reminded_at = at
        write(each, by=None, reason="Reminded by mail")
    return asks


def _takes(box: Mailbox, at: datetime) -> bool:
    return box.takes_reminders and not box.is_quiet(at)


def _still(asks: list[_Ask], at: datetime) -> list[_Ask]:
    """As they are stored now, and held: other rounds than the caller's may have changed."""
    keys = {each.pk: person for each, person in asks}
    held = _waiting(at).filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    now = {each.pk: each for each in held if each.coordinator == keys[each.pk]}
    return [(now[each.pk], person) for each, person in asks if each.pk in now]


def _context(asks: list[_Ask], *, at: datetime, box: Mailbox | None = None) -> dict[str, Any]:
    """What the mails say; never an answer."""
    return {
        "name": asks[0][1].name,
        "minutes": max(each.round.questionnaire.form.minutes for each, _ in asks),
        "asks": [_asked(each, person, at=at, box=box) for each, person in asks],
    }


def _asked(
    invitation: Invitation, person: Coordinator, *, at: datetime, box: Mailbox | None
) -> dict[str, Any]:
    token = links.make(
        purpose=LinkPurpose.EVALUATION,
        invitation=invitation,
        coordinator=person,
        mailbox=box,
        at=at,
    )
    return {
        "round": invitation.round.name,
        "partnership": invitation.partnership.name,
        "institution": invitation.member.institution.name,
        "side": Side(invitation.side).label,
        "closes_on": invitation.round.closes_on,
        "url": _absolute("evaluation_start", token),
    }


def _absolute(name: str, *args: Any) -> str:
    return settings.SITE_URL + reverse(name, args=args)
