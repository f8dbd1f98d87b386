"""Mail that is to be sent: written in the transaction that it tells of, delivered after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from django.db import models
from django.db.models import Q

from partnerships.choices import MailState
from partnerships.models.fields import one_of

#: Days in which nobody gets more than one reminder.
QUIET_DAYS = 30
#: Hours after which a mail that still waits is worth somebody's attention.
LATE_HOURS = 24


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self, at: datetime) -> Self:
        """What a sender may take: what waits, and what a sender took and never finished."""
        return self.filter(
            state__in=[MailState.WAITING, MailState.SENDING], next_attempt_at__lte=at
        ).order_by("next_attempt_at", "pk")

    def failed(self) -> Self:
        """For the desk: given up, or refused by the mailbox; what was put last comes first."""
        return self.filter(state__in=[MailState.FAILED, MailState.BOUNCED]).order_by(
            "-created_at", "-pk"
        )

    def late(self, at: datetime) -> Self:
        """For the desk: waiting for more than a day, so that nobody may be sending."""
        return self.filter(
            state__in=[MailState.WAITING, MailState.SENDING],
            created_at__lt=at - timedelta(hours=LATE_HOURS),
        ).order_by("created_at", "pk")


class OutgoingMail(models.Model):
    """One mail to one person, with its whole text until some days after it was sent."""

    once = models.CharField(
        max_length=200, unique=True, help_text="Names the mail: whatever has this name is put once."
    )
    kind = models.CharField(max_length=40, help_text="The templates that it was written from.")
    to = models.EmailField("to", blank=True, help_text="Emptied with the text.")
    subject = models.CharField(max_length=200, blank=True, help_text="Emptied with the text.")
    text = models.TextField(blank=True, help_text="As plain text; emptied some days later.")
    html = models.TextField("HTML", blank=True, help_text="As HTML; emptied some days later.")
    unsubscribe_url = models.CharField(
        max_length=300,
        blank=True,
        help_text="Of a recurring mail: where one request ends it. Emptied with the text.",
    )
    message_id = models.CharField(
        "Message-ID", max_length=200, unique=True, help_text="The same for each attempt."
    )
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(
        help_text="From when a sender may take it; while one has it, when its time is over."
    )
    last_error = models.CharField(
        max_length=100, blank=True, help_text="What kind of failure; never what the server said."
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outgoing mail"
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="outgoing_mail_queue")]
        constraints = [
            one_of(
                "state",
                MailState.values,
                name="outgoing_mail_state_known",
                message="Choose one of the states.",
            ),
            models.CheckConstraint(
                condition=Q(state=MailState.SENT, sent_at__isnull=False)
                | Q(state=MailState.BOUNCED)
                | Q(
                    state__in=[MailState.WAITING, MailState.SENDING, MailState.FAILED],
                    sent_at__isnull=True,
                ),
                name="outgoing_mail_sent_with_time",
                violation_error_message="Say when it was sent, or that it was not.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.created_at:%d %B %Y}"

    @property
    def is_on_its_way(self) -> bool:
        return self.state in (MailState.WAITING, MailState.SENDING)


class Mailbox(models.Model):
    """What must be remembered of an address longer than the address: no more mail, or when."""

    digest = models.CharField("SHA-256 of the address", max_length=64, unique=True, editable=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    last_reminder = models.ForeignKey(
        OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="No more recurring mail, says its owner."
    )
    bounced_at = models.DateTimeField(
        null=True, blank=True, help_text="Nothing arrives there, says a mail server or the unit."
    )

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return f"Mailbox {self.digest[:8]}"

    @property
    def takes_reminders(self) -> bool:
        return self.refused_at is None and self.bounced_at is None

    def is_quiet(self, at: datetime) -> bool:
        """Whether the last reminder is too near, or still on its way: then it may arrive any day.

        Reads self.last_reminder: select_related it.
        """
        if self.last_reminder is not None and self.last_reminder.is_on_its_way:
            return True
        again_at = self.again_at
        return again_at is not None and again_at > at

    @property
    def again_at(self) -> datetime | None:
        """From when the next reminder is possible; of one on its way, if it is sent today. Reads
        self.last_reminder too."""
        sent_at = self.last_reminder and self.last_reminder.sent_at
        last = sent_at or self.reminded_at
        return last + timedelta(days=QUIET_DAYS) if last else None


def digest_of_address(address: str) -> str:
    """Without a key: it must outlive SECRET_KEY, or changing that would undo every opt-out."""
    return sha256(f"mailbox:{address.strip().lower()}".encode()).hexdigest()
