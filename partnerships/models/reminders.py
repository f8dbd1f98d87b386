"""Who was asked whether a record is still right, and what they answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Min, Q

from partnerships.choices import (
    LinkAnswerKind,
    Moderation,
    ReminderStep,
    Side,
    Stage,
    SuggestionState,
)
from partnerships.models.fields import one_of
from partnerships.models.links import SignedLink
from partnerships.models.mail import Mailbox
from partnerships.models.partnerships import Partnership
from partnerships.models.suggestions import Suggestion
from partnerships.policies.permissions import Viewer

#: Steps after which a side counts as one that does not answer.
_ASKED_IN_VAIN = [ReminderStep.THIRD, ReminderStep.DEPUTY, ReminderStep.LEAD, ReminderStep.UNIT]


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self
        return self.filter(partnership__health_board__in=viewer.boards)

    def unanswered(self) -> Self:
        """Those of sides that were asked to the last, and that nobody has confirmed since."""
        uk = Q(side=Side.UK) & (
            Q(partnership__uk_confirmed_on__isnull=True)
            | Q(partnership__uk_confirmed_on__lte=F("counted_from"))
        )
        partner = Q(side=Side.PARTNER) & (
            Q(partnership__partner_confirmed_on__isnull=True)
            | Q(partnership__partner_confirmed_on__lte=F("counted_from"))
        )
        return self.filter(
            uk | partner, step__in=_ASKED_IN_VAIN, partnership__moderation=Moderation.LISTED
        ).exclude(partnership__stage=Stage.ENDED)

    def for_desk(self) -> models.QuerySet[Reminder, Any]:
        """One row for each side that does not answer, the longest silence first:
        `partnership` (key), `partnership__name`, `side`, `counted_from`, `asked_at`."""
        return (
            self.unanswered()
            .values("partnership", "partnership__name", "side", "counted_from")
            .annotate(asked_at=Min("put_at"))
            .order_by("counted_from", "partnership", "side")
        )


class Reminder(models.Model):
    """One mailbox, asked at one step about one side of a record. Written with the mail."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="reminders")
    side = models.CharField(max_length=7, choices=Side.choices)
    counted_from = models.DateField(
        help_text="The side's last confirmation, or the listing where there is none."
    )
    step = models.CharField(max_length=6, choices=ReminderStep.choices)
    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="reminders")
    put_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders_asked",
        help_text="The champion who pressed for it; empty where its day had come.",
    )

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "side", "counted_from", "step", "mailbox"],
                condition=~Q(step=ReminderStep.DESK),
                name="reminder_once_per_step_and_mailbox",
                violation_error_message="This mailbox was asked this already.",
            ),
            one_of(
                "step",
                ReminderStep.values,
                name="reminder_step_known",
                message="Choose one of the steps.",
            ),
            models.CheckConstraint(
                condition=~Q(step=ReminderStep.DESK) | Q(asked_by__isnull=False),
                name="reminder_from_desk_with_who",
                violation_error_message="Say which champion asked for it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side}, {self.step}, {self.put_at:%d %B %Y}"


class LinkAnswerQuerySet(models.QuerySet["LinkAnswer"]):
    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self
        return self.filter(partnership__health_board__in=viewer.boards)

    def waiting(self) -> Self:
        """For the desk: people who are not whom we thought, and what could not become a
        suggestion, but for an end that the record says already."""
        for_people = Q(answer=LinkAnswerKind.NOT_ME)
        change = Q(answer=LinkAnswerKind.CHANGE, suggestion__isnull=True)
        end = Q(answer=LinkAnswerKind.ENDED, suggestion__isnull=True)
        end &= ~Q(partnership__stage=Stage.ENDED)
        return self.filter(for_people | change | end, settled_at__isnull=True).order_by(
            "answered_at", "pk"
        )

    def with_old_words(self, at: datetime, *, days: int) -> Self:
        """Those with words that were dealt with so many days ago, or that there was nothing to do
        about; and whatever was answered a year ago."""
        since = at - timedelta(days=days)
        done = (
            Q(settled_at__lt=since)
            | (~Q(suggestion__state=SuggestionState.WAITING) & Q(suggestion__decided_at__lt=since))
            | Q(answer=LinkAnswerKind.RIGHT, answered_at__lt=since)
            | Q(answered_at__lt=at - timedelta(days=365))
        )
        return self.filter(done).exclude(words="")

    def not_me(self) -> Self:
        return self.filter(answer=LinkAnswerKind.NOT_ME)


class LinkAnswer(models.Model):
    """What somebody answered through a link in a mail. Nothing of it is public."""

    link = models.OneToOneField(SignedLink, models.CASCADE, related_name="answer")
    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="answers")
    side = models.CharField(max_length=7, choices=Side.choices)
    mailbox = models.ForeignKey(
        Mailbox, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    answer = models.CharField(max_length=6, choices=LinkAnswerKind.choices)
    words = models.TextField(blank=True, help_text="What should change, or what else was said.")
    suggestion = models.ForeignKey(
        Suggestion, models.SET_NULL, null=True, blank=True, related_name="answers"
    )
    answered_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answers_settled",
    )

    objects = LinkAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "answer"
        constraints = [
            one_of(
                "answer",
                LinkAnswerKind.values,
                name="link_answer_known",
                message="Choose one of the answers.",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="link_answer_settled_with_who",
                violation_error_message="Say who settled it and when, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display()}, {self.answered_at:%d %B %Y}"
