"""Mails of evaluations: invitations and reminders, one for each mailbox, a link for each ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from partnerships.choices import LinkPurpose, Moderation, RoundState, Side
from partnerships.models import Coordinator, Invitation, Mailbox, Round
from partnerships.models.mail import digest_of_address
from partnerships.services import links, outbox
from partnerships.services.invitable import askable
from partnerships.services.mailboxes import mailbox_of
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


def remind(asked_in: Round, *, at: datetime) -> Iterator[tuple[int, bool]]:
    """Of each person who has not answered the round: how many members they answer for, and
    whether a mail was put; last of those whom nobody may write to. Part of the caller's
    transaction, which holds the round."""
    waiting = (
        Invitation.objects.unanswered()
        .filter(
            round__state=RoundState.OPEN,
            partnership__moderation=Moderation.LISTED,
            invited_at__lte=at - timedelta(days=PATIENCE),
        )
        .select_related(
            "round__questionnaire", "partnership", "member__institution__country", "coordinator"
        )
        .order_by("partnership__name_key", "pk")
    )
    may = askable([each.coordinator_id for each in waiting if each.coordinator_id], at=at)
    letters: dict[str, list[_Ask]] = defaultdict(list)
    nobody = 0
    for each in waiting:
        if each.coordinator is not None and each.coordinator.pk in may:
            digest = digest_of_address(each.coordinator.email)
            letters[digest].append((each, each.coordinator))
        elif each.round_id == asked_in.pk:
            nobody += 1
    for _, asks in sorted(letters.items()):  # mailboxes are locked in one order
        if own := sum(each.round_id == asked_in.pk for each, _ in asks):
            yield own, _remind(asks, at=at)
    if nobody:
        yield nobody, False


def _remind(asks: list[_Ask], *, at: datetime) -> bool:
    """One mail under a lock on the mailbox; False where its owner had one lately, or wants none."""
    address = asks[0][1].email
    locked = Mailbox.objects.select_for_update(of=("self",), no_key=True)
    box = locked.select_related("last_reminder").get(pk=mailbox_of(address).pk)
    if not box.takes_reminders or box.is_quiet(at):
        return False
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
    return True


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
