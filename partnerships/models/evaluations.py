"""Evaluation of partnerships: questionnaires, rounds, who is asked, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from partnerships.choices import QuestionnaireState, RoundState
from partnerships.models.coordinators import Coordinator
from partnerships.models.fields import in_order, one_of
from partnerships.models.partnerships import Member, Partnership
from partnerships.models.suggestions import Suggestion
from partnerships.policies.permissions import Viewer
from partnerships.policies.questionnaires import Form, read


class Questionnaire(models.Model):
    """One version of a questionnaire. Answers keep the wording that they were given to."""

    code = models.SlugField(max_length=40)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=150)
    source_note = models.TextField(blank=True, help_text="Whose words and topics these are.")
    definition = models.JSONField(
        help_text="Sections, questions and consents; docs/evaluations.md says in which shape."
    )
    state = models.CharField(
        max_length=10, choices=QuestionnaireState.choices, default=QuestionnaireState.DRAFT
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="questionnaire_version_once",
                violation_error_message="This questionnaire has that version already.",
            ),
            one_of(
                "state",
                QuestionnaireState.values,
                name="questionnaire_state_known",
                message="Choose one of the states.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    def clean(self) -> None:
        try:
            read(self.definition)
        except ValueError as error:
            raise ValidationError({"definition": str(error)}) from None

    @property
    def form(self) -> Form:
        return read(self.definition)


class Round(models.Model):
    """A questionnaire put to both sides of some partnerships, from a day until a day."""

    name = models.CharField(max_length=120, help_text="As those who are asked read it.")
    slug = models.SlugField(max_length=80, unique=True)
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="rounds")
    question = models.TextField(
        blank=True,
        help_text="Which partnerships: the query string of a search, such as country=MW.",
    )
    state = models.CharField(max_length=6, choices=RoundState.choices, default=RoundState.DRAFT)
    closes_on = models.DateField(
        null=True, blank=True, help_text="The last day to answer, as the mails say it."
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rounds_opened",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    last_closed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was closed before it was opened again: what both sides of a partnership"
        " had sent by then stands.",
    )
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="When its figures were made public."
    )
    follows = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="followed_by",
        help_text="The round beside which this one is shown.",
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=RoundState.DRAFT, opened_at__isnull=True, closed_at__isnull=True)
                | Q(state=RoundState.OPEN, opened_at__isnull=False, closed_at__isnull=True)
                | Q(state=RoundState.CLOSED, opened_at__isnull=False, closed_at__isnull=False),
                name="round_state_with_times",
                violation_error_message="A round says when it was opened, and when it was closed.",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_by__isnull=True)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="round_opened_by_somebody",
                violation_error_message="Say who opened it, and when, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(state=RoundState.CLOSED),
                name="round_published_when_closed",
                violation_error_message="Only a closed round is published.",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("id")),
                name="round_follows_another",
                violation_error_message="A round cannot follow itself.",
            ),
            in_order(
                "opened_at",
                "closed_at",
                name="round_closed_not_before_opened",
                message="A round cannot close before it opens.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Who is asked in which partnership, without answers: the unit all, champions their own
        Boards'."""
        if viewer.edits_everything:
            return self
        return self.filter(partnership__health_board__in=viewer.boards)

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(revoked_at__isnull=True)

    def unanswered(self) -> Self:
        return self.standing().exclude(response__submitted_at__isnull=False)


class Invitation(models.Model):
    """One member of one partnership, asked in a round through one of its coordinators."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="invitations")
    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="invitations")
    member = models.ForeignKey(Member, models.PROTECT, related_name="invitations")
    coordinator = models.ForeignKey(
        Coordinator,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations",
        help_text="Who is asked, while the registry knows them.",
    )
    invited_at = models.DateTimeField(help_text="When the last invitation by mail was put.")
    reminded_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(
        null=True, blank=True, help_text="Withdrawn: its links open nothing, and it is not counted."
    )
    history = HistoricalRecords()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "member"],
                name="member_invited_once_per_round",
                violation_error_message="This member is asked in this round already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.member}"

    @property
    def side(self) -> str:
        """Reads self.member.institution: select_related it."""
        return self.member.institution.side


class Response(models.Model):
    """What one side answered. Private: nothing of it is public, in a history or in a mail.

    An answer that is not there was not given; it is never a nought.
    """

    invitation = models.OneToOneField(Invitation, models.CASCADE, related_name="response")
    answers = models.JSONField(default=dict, blank=True, help_text="By question code. Private.")
    facts = models.JSONField(
        default=dict,
        blank=True,
        help_text="By question code: what the register said, and whether that is right. Private.",
    )
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    shares_words = models.BooleanField(default=False, help_text="Own words may be quoted.")
    shares_with_board = models.BooleanField(
        default=False, help_text="The Board's champions and the unit may see both sides' report."
    )
    suggestion = models.ForeignKey(
        Suggestion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="responses",
        help_text="What came of the facts that this side sees differently.",
    )
    history = HistoricalRecords(excluded_fields=["answers", "facts"])

    class Meta:
        constraints = [
            in_order(
                "submitted_at",
                "saved_at",
                name="response_saved_not_before_submitted",
                message="A response is saved whenever it is submitted.",
            )
        ]

    def __str__(self) -> str:
        return f"Response {self.pk}"

    def shares(self) -> Mapping[str, bool]:
        """What the one who answered allows."""
        return {
            "shares_words": self.shares_words,
            "shares_with_board": self.shares_with_board,
        }
