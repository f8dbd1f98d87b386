"""Verbs on links that need no account: make one, find what a token opens, use it, revoke it."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.utils import timezone

from partnerships.choices import LinkPurpose
from partnerships.models import (
    ChecklistMember,
    Coordinator,
    Invitation,
    Mailbox,
    Partnership,
    SignedLink,
    Suggestion,
)
from partnerships.models.links import digest_of

#: Days for which a link is good unless told otherwise.
DAYS = {
    LinkPurpose.CONFIRMATION: 90,
    LinkPurpose.SUGGESTION: 365,
    LinkPurpose.EVALUATION: 365,
    LinkPurpose.UNSUBSCRIBE: 2 * 365,
    LinkPurpose.CHECKLIST: 365,
}
#: Bytes of a token at random, and its letters. A longer one is refused before it is looked up.
_BYTES, _LETTERS, _LONGEST = 24, 32, 100
WITHDRAWN = "This link has been withdrawn, so it no longer opens anything."


class LinkRefused(Exception):
    """The token opens nothing. The message is a sentence for whoever came with it."""


def make(
    *,
    purpose: str,
    at: datetime,
    partnership: Partnership | None = None,
    side: str = "",
    coordinator: Coordinator | None = None,
    suggestion: Suggestion | None = None,
    invitation: Invitation | None = None,
    mailbox: Mailbox | None = None,
    part: ChecklistMember | None = None,
    days: int | None = None,
) -> str:
    """A new link; its token, which is told this once and kept nowhere.

    Whoever has the token may do what the purpose says, to this one record, until it expires or
    is revoked. Raises ValidationError where purpose and record do not fit.
    """
    token = token_urlsafe(_BYTES)
    purpose = LinkPurpose(purpose)
    link = SignedLink(
        digest=digest_of(token),
        purpose=purpose,
        partnership=partnership,
        side=side,
        coordinator=coordinator,
        suggestion=suggestion,
        invitation=invitation,
        mailbox=mailbox,
        part=part,
        created_at=at,
        expires_at=at + timedelta(days=DAYS[purpose] if days is None else days),
    )
    link.validate_constraints(exclude={"digest"})
    link.save()
    return token


def find(token: str, *, purpose: str, at: datetime) -> SignedLink:
    """What a token opens, with its record loaded. Looking changes nothing; see `use`.

    Raises LinkRefused for tokens that nobody made, of another purpose, expired or revoked, and
    for those of people who are no coordinators any more.
    """
    link = (
        # A visitor's reads may come from a replica, which may not know a new link yet.
        SignedLink.objects.using("default")
        .select_related("partnership", "suggestion", "coordinator", "mailbox", "part")
        .filter(digest=digest_of(token), purpose=purpose)
        .first()
        if len(token) <= _LONGEST
        else None
    )
    if link is None and len(token) == _LETTERS:  # of a whole one the record may be gone
        raise LinkRefused("This link has been withdrawn, or was copied with a mistake.")
    if link is None:
        raise LinkRefused("This link is not complete. Copy the whole of it from the mail.")
    if link.revoked_at is not None:
        raise LinkRefused(WITHDRAWN)
    if link.expires_at <= at:
        raise LinkRefused("This link is too old. A newer mail has a newer link.")
    person = link.coordinator
    if person is not None and not person.is_in_office(timezone.localdate(at)):
        raise LinkRefused("This link was for somebody who is not a coordinator any more.")
    return link


def use(link: SignedLink, *, at: datetime) -> bool:
    """Note that somebody acts through a link; False where somebody has already.

    Of two requests at once, one gets True.
    """
    mine = SignedLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=at)
    if mine:
        link.used_at = at
    return bool(mine)


def revoke(*, at: datetime, **which: Any) -> int:
    """Close the open links of a record (`partnership=`, `suggestion=`, `coordinator=`, `part=`,
    `invitation=`, `pk=`); how many there were."""
    if not which:
        raise TypeError("Say whose links: all of them is never meant.")
    return SignedLink.objects.open(at).filter(**which).update(revoked_at=at)
