"""Verbs on the links of checklists: invite each side by mail, remind it, withdraw a link.

A link goes by mail to the coordinators of its member and is shown to nobody else, champions and
the unit included: whoever has it reads and writes that side's ratings. To whom none goes, and why,
is in `reaching`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from partnerships.choices import ChecklistState, LinkPurpose, Moderation, Stage
from partnerships.models import (
    Checklist,
    ChecklistMember,
    Coordinator,
    Mailbox,
    SignedLink,
    User,
)
from partnerships.models.mail import digest_of_address
from partnerships.services import checklists, links, outbox, reaching
from partnerships.services.mailboxes import mailbox_of
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reminders import Reminded

#: Days after the last mail with a link before a side is reminded, and reminders to one person.
WAIT_DAYS, MOST_REMINDERS = 14, 3
#: Minutes in which pressing again sends nothing again.
_TWICE = 5


@dataclass(slots=True)
class Invited:
    """Whom an invitation went to, and members that nobody can be asked for."""

    people: list[Coordinator] = field(default_factory=list)
    without: list[ChecklistMember] = field(default_factory=list)
    #: Coordinators in office to whom none went, with the reason.
    passed_over: list[tuple[Coordinator, str]] = field(default_factory=list)


@transaction.atomic
def invite(
    checklist: Checklist, *, by: User, parts: Iterable[ChecklistMember] | None = None, at: datetime
) -> Invited:
    """Mail a link to each coordinator of each member, or of some; again, if they had one.

    Of members: those in office with an address where mail arrives. Earlier links stay good until
    they are withdrawn. Refuses people who may not edit the partnership, and abandoned rounds.
    """
    checklists.check_may_edit(checklist.partnership, by, "invite to a checklist", at=at)
    checklist = Checklist.objects.select_for_update(of=("self",)).get(pk=checklist.pk)
    if checklist.state == ChecklistState.ABANDONED:
        raise NotAllowed("This checklist was abandoned, so nobody is invited to it.")
    invited = Invited()
    for part in parts_of(checklist):
        if parts is not None and part not in parts:
            continue
        everybody = reaching.people_of(part, today=timezone.localdate(at))
        invited.passed_over += [(person, why_not) for person, why_not in everybody if why_not]
        if all(why_not for _, why_not in everybody):
            invited.without.append(part)
        for person, why_not in everybody:
            if not why_not:
                _mail(part, person, kind="checklist_invitation", at=at)
                invited.people.append(person)
    return invited


@transaction.atomic
def tell_compared(checklist: Checklist, *, at: datetime) -> None:
    """Mail whoever had a link, and may compare now, one to the comparison."""
    for part in parts_of(checklist):
        if part.submitted_at is not None:
            for person in reachable(part, today=timezone.localdate(at)):
                _mail(part, person, kind="checklist_compared", at=at)


@transaction.atomic
def tell_abandoned(checklist: Checklist, *, at: datetime) -> None:
    """Mail whoever compared an abandoned round that it is over, and that their link still opens it
    to read. No link: they have it."""
    if not checklists.is_compared(checklist):
        return
    for part in parts_of(checklist):
        for person in reachable(part, today=timezone.localdate(at)):
            outbox.put(
                to=person.email,
                kind="checklist_abandoned",
                context={
                    "name": person.name,
                    "partnership": checklist.partnership.name,
                    "asks": _who_asks(checklist),
                },
                at=at,
                once=f"checklist abandoned {part.pk} {person.pk}",
            )


@transaction.atomic
def tell_willing(checklist: Checklist, *, at: datetime) -> None:
    """Mail those who can open a comparison early, once every member that has submitted agrees:
    the Board's champions, else the unit. Once for the same members."""
    submitted = list(checklist.parts.filter(submitted_at__isnull=False).order_by("pk"))
    if not submitted or any(part.compares_early_at is None for part in submitted):
        return
    path = reverse("admin:partnerships_checklist_change", args=[checklist.pk])
    for user in reaching.keepers_of(checklist.partnership, today=timezone.localdate(at)):
        outbox.put(
            to=user.email,
            kind="checklist_willing",
            context={
                "name": user.get_full_name(),
                "partnership": checklist.partnership.name,
                "url": settings.SITE_URL + path,
            },
            at=at,
            once=f"checklist willing {','.join(str(part.pk) for part in submitted)} {user.pk}"[
                :200
            ],
        )


@transaction.atomic
def withdraw(
    checklist: Checklist, *, by: User, parts: Iterable[ChecklistMember] | None = None, at: datetime
) -> int:
    """Close the links of every member, or of some; how many there were. What was saved stays."""
    checklists.check_may_edit(checklist.partnership, by, "withdraw links of a checklist", at=at)
    some = checklist.parts.all() if parts is None else parts
    return links.revoke(part__in=list(some), at=at)


def remind(*, at: datetime, is_dry: bool = False) -> list[Reminded]:
    """Put a mail for everybody whose side is still to answer. Writes nothing where `is_dry`.

    Recurring mail: at most one in 30 days for each mailbox, whatever it is about, ended by one
    press. Nobody is reminded more than three times of one round, nor within 14 days of a link.
    """
    found: dict[str, list[tuple[ChecklistMember, Coordinator]]] = defaultdict(list)
    waiting = ChecklistMember.objects.filter(
        of_living("checklist__partnership"),
        submitted_at__isnull=True,
        checklist__state__in=checklists.UNFINISHED,
    )
    for part in _with_names(waiting).order_by("pk"):
        for person in reachable(part, today=timezone.localdate(at)):
            if _is_due(part, person, at=at):
                found[digest_of_address(person.email)].append((part, person))
    return [
        Reminded([(p.checklist.partnership.slug, p.member.side, "checklist") for p, _ in asks])
        for asks in found.values()
        if _remind(asks, at=at, is_dry=is_dry)
    ]


def reachable(part: ChecklistMember, *, today: date) -> list[Coordinator]:
    """Whom the registry writes to by itself: coordinators who had a link that was not withdrawn.

    Whoever never had one, or had theirs withdrawn, is invited by a champion.
    """
    people = reaching.people_of(part, today=today)
    return [person for person, why_not in people if not why_not and _has_link(part, person)]


def _has_link(part: ChecklistMember, person: Coordinator) -> bool:
    last = _links(part, person).order_by("-created_at", "-pk").first()
    return last is not None and last.revoked_at is None


def parts_of(checklist: Checklist) -> list[ChecklistMember]:
    """Every part of a round, with what mails and pages name."""
    return list(_with_names(checklist.parts.all()).order_by("member__position", "pk"))


def of_living(partnership: str) -> Q:
    """That a partnership is neither withdrawn nor ended; `partnership` is the way to it. Of others
    nobody is reminded."""
    return ~Q(
        Q(**{f"{partnership}__moderation": Moderation.WITHDRAWN})
        | Q(**{f"{partnership}__stage": Stage.ENDED})
    )


def _with_names(parts: Any) -> Any:
    return parts.select_related(
        "member__institution__country",
        "checklist__framework",
        "checklist__partnership__health_board__institution",
    )


def _links(part: ChecklistMember, person: Coordinator) -> Any:
    return SignedLink.objects.filter(part=part, coordinator=person)


def _mail(part: ChecklistMember, person: Coordinator, *, kind: str, at: datetime) -> None:
    """One mail with a new link; nothing where one of its kind went out a moment ago."""
    moment = at - timedelta(minutes=_TWICE)
    fresh = _links(part, person).filter(created_at__gt=moment, revoked_at__isnull=True)
    if kind == "checklist_invitation" and fresh.exists():
        return
    outbox.put(
        to=person.email,
        kind=kind,
        context={"name": person.name, **_about(part, person, at=at)},
        at=at,
        once=f"{kind} {part.pk} {person.pk} {at.isoformat()}",
    )


def _about(
    part: ChecklistMember, person: Coordinator, *, box: Mailbox | None = None, at: datetime
) -> dict[str, Any]:
    """What mails say, with a new link; one with a mailbox counts as a reminder: see `_is_due`."""
    token = links.make(
        purpose=LinkPurpose.CHECKLIST, part=part, coordinator=person, mailbox=box, at=at
    )
    checklist = part.checklist
    return {
        "partnership": checklist.partnership.name,
        "member": part.member.institution.name,
        "framework": checklist.framework.title,
        "asks": _who_asks(checklist),
        "due_on": checklist.due_on,
        "is_submitted": part.submitted_at is not None,
        "is_late": checklist.state == ChecklistState.COMPARED,
        "url": settings.SITE_URL + reverse("checklist_start", args=[token]),
        "until": timezone.localdate(at) + timedelta(days=links.DAYS[LinkPurpose.CHECKLIST]),
    }


def _who_asks(checklist: Checklist) -> str:
    board = checklist.partnership.health_board
    return board.institution.name if board else "the coordination unit"


def _is_due(part: ChecklistMember, person: Coordinator, *, at: datetime) -> bool:
    every = list(_links(part, person).order_by("created_at"))
    waited = every[-1].created_at <= at - timedelta(days=WAIT_DAYS)
    return waited and sum(link.mailbox_id is not None for link in every) < MOST_REMINDERS


@transaction.atomic
def _remind(asks: list[tuple[ChecklistMember, Coordinator]], *, at: datetime, is_dry: bool) -> bool:
    person = asks[0][1]
    if is_dry:
        known = Mailbox.objects.select_related("last_reminder")
        seen = known.filter(digest=digest_of_address(person.email)).first()
        return seen is None or (seen.takes_reminders and not seen.is_quiet(at))
    locked = Mailbox.objects.select_for_update(of=("self",), no_key=True)
    box = locked.select_related("last_reminder").get(pk=mailbox_of(person.email).pk)
    if not box.takes_reminders or box.is_quiet(at):
        return False
    told = [_about(part, one, box=box, at=at) for part, one in asks]
    leave = links.make(purpose=LinkPurpose.UNSUBSCRIBE, mailbox=box, at=at)
    box.reminded_at = at
    box.last_reminder = outbox.put(
        to=person.email,
        kind="checklist_reminder",
        context={"name": person.name, "own": told},
        at=at,
        once=f"checklist reminder {box.pk} {at.isoformat()}",
        unsubscribe_url=settings.SITE_URL + reverse("unsubscribe", args=[leave]),
    )
    box.save(update_fields=["reminded_at", "last_reminder"])
    return True
