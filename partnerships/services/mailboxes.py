"""Verbs on mailboxes: no more mail, mail again, nothing arrives there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from partnerships.choices import MailState
from partnerships.models import Mailbox, OutgoingMail
from partnerships.models.mail import digest_of_address


def mailbox_of(address: str) -> Mailbox:
    """What is remembered of an address, whatever its case; made when it is first asked for."""
    return Mailbox.objects.get_or_create(digest=digest_of_address(address))[0]


def refuse(mailbox: Mailbox, *, at: datetime) -> bool:
    """No more recurring mail; False where that is so already."""
    return bool(
        Mailbox.objects.filter(pk=mailbox.pk, refused_at__isnull=True).update(refused_at=at)
    )


def take_again(mailbox: Mailbox) -> bool:
    """Its owner wants recurring mail after all; False where it was never refused."""
    return bool(
        Mailbox.objects.filter(pk=mailbox.pk, refused_at__isnull=False).update(refused_at=None)
    )


@transaction.atomic
def record_bounce(address: str, *, at: datetime) -> Mailbox:
    """Nothing arrives there: the last mail to it bounced, and no reminder is put to it again."""
    mailbox = mailbox_of(address)
    if mailbox.bounced_at is None:
        mailbox.bounced_at = at
        mailbox.save(update_fields=["bounced_at"])
    sent = OutgoingMail.objects.filter(to__iexact=address.strip(), state=MailState.SENT)
    if last := sent.order_by("-sent_at", "-pk").first():
        OutgoingMail.objects.filter(pk=last.pk).update(state=MailState.BOUNCED)
    return mailbox


def forget_bounce(address: str) -> bool:
    """Mail arrives there again; False where it never bounced."""
    found = Mailbox.objects.filter(digest=digest_of_address(address), bounced_at__isnull=False)
    return bool(found.update(bounced_at=None))
