"""Links that need no account: each for one record and one purpose, until a day."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from django.db import models
from django.db.models import Q

from partnerships.choices import LinkPurpose, Side
from partnerships.models.checklists import ChecklistMember
from partnerships.models.coordinators import Coordinator
from partnerships.models.evaluations import Invitation
from partnerships.models.fields import one_of
from partnerships.models.mail import Mailbox
from partnerships.models.partnerships import Partnership
from partnerships.models.suggestions import Suggestion

#: What a link may be for, by column; each purpose has its own.
_RECORDS = ("partnership", "suggestion", "part", "invitation")


def _only(purpose: str, record: str | None, **more: Any) -> Q:
    """That a link of a purpose has this record, and none of the others."""
    return Q(purpose=purpose, **{f"{each}__isnull": each != record for each in _RECORDS}, **more)


class SignedLinkQuerySet(models.QuerySet["SignedLink"]):
    def open(self, at: datetime) -> Self:
        """Those that still open their page."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)


class SignedLink(models.Model):
    """What a token opens. Of the token only the SHA-256 is kept: see models/api_keys.py for why
    neither a slow hash nor salt would guard more."""

    digest = models.CharField("SHA-256 of the token", max_length=64, unique=True, editable=False)
    purpose = models.CharField(max_length=12, choices=LinkPurpose.choices)
    partnership = models.ForeignKey(
        Partnership,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="links",
        help_text="The record that is asked about.",
    )
    side = models.CharField(
        max_length=7, choices=Side.choices, blank=True, help_text="The side that answers."
    )
    coordinator = models.ForeignKey(
        Coordinator,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="links",
        help_text="Whom it was made for, while the registry knows them.",
    )
    suggestion = models.ForeignKey(
        Suggestion,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="links",
        help_text="The suggestion that is followed.",
    )
    invitation = models.ForeignKey(
        Invitation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="links",
        help_text="The part in an evaluation that is answered.",
    )
    mailbox = models.ForeignKey(
        Mailbox,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="links",
        help_text="Whose mail it went out with, or whose recurring mail it ends.",
    )
    part = models.ForeignKey(
        ChecklistMember,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="links",
        help_text="The member's part in a checklist that is answered.",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="From this moment it is refused.")
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody acted through it; looking is no act."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = SignedLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of(
                "purpose",
                LinkPurpose.values,
                name="signed_link_purpose_known",
                message="Choose one of the purposes.",
            ),
            models.CheckConstraint(
                condition=_only(LinkPurpose.CONFIRMATION, "partnership", side__in=Side.values)
                | _only(LinkPurpose.SUGGESTION, "suggestion", side="")
                | _only(LinkPurpose.CHECKLIST, "part", side="")
                | _only(LinkPurpose.EVALUATION, "invitation", side="")
                | _only(LinkPurpose.UNSUBSCRIBE, None, mailbox__isnull=False, side=""),
                name="signed_link_for_one_record",
                violation_error_message="A link is for one record, of the kind of its purpose.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, until {self.expires_at:%d %B %Y}"


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()
