"""What somebody suggests of a record, or as a new one, until somebody else decides on it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from partnerships.choices import SuggestionChannel, SuggestionKind, SuggestionState
from partnerships.models.api_keys import ApiKey
from partnerships.models.fields import one_of
from partnerships.models.institutions import HealthBoard
from partnerships.models.partnerships import Partnership
from partnerships.policies.permissions import Viewer

_WAITING = Q(state=SuggestionState.WAITING)
_ACCEPTED = Q(state__in=[SuggestionState.ACCEPTED, SuggestionState.PARTLY_ACCEPTED])
#: Those that wait come first, the oldest first of all.
QUEUE_ORDER = (models.Case(models.When(_WAITING, then=0), default=1), "created_at", "pk")


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What `policies.permissions.can_see_suggestion` allows, as SQL."""
        if viewer.sees_everything:
            return self
        return self.filter(
            Q(partnership__health_board__in=viewer.boards)
            | Q(partnership__isnull=True, health_board__in=viewer.boards)
        )

    def of_board(self, board_id: int | None) -> Self:
        """Those that one Board's champions decide on; of None, those that the unit does."""
        if board_id is None:
            return self.filter(partnership__health_board=None, health_board=None)
        return self.filter(
            Q(partnership__health_board=board_id)
            | Q(partnership__isnull=True, health_board=board_id)
        )

    def waiting(self) -> Self:
        return self.filter(_WAITING)

    def waiting_no_longer(self, since: datetime) -> Self:
        """Those that were decided before a moment."""
        return self.exclude(_WAITING).filter(decided_at__lt=since)

    def for_queue(self) -> Self:
        """With what the queue shows, in its order."""
        return self.select_related(
            "partnership__health_board__institution", "health_board__institution", "api_key"
        ).order_by(*QUEUE_ORDER)


class Suggestion(models.Model):
    """A change of a record, or a new partnership, that waits for a decision.

    `changes` and `base` hold values as `partnerships.proposed` writes them. Nothing of it is
    public, whatever becomes of it: the public reads the record.
    """

    public_id = models.UUIDField("permanent id", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=6, choices=SuggestionKind.choices)
    partnership = models.ForeignKey(
        Partnership,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="suggestions",
        help_text="The record to change, or the one that was made of a new partnership.",
    )
    health_board = models.ForeignKey(
        HealthBoard,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suggestions",
        help_text="Of a new partnership: whose champions decide. Without one the unit does.",
    )
    base_version = models.CharField(
        max_length=16, blank=True, help_text="The version of the record that was looked at."
    )
    base = models.JSONField(
        default=dict, blank=True, help_text="What the record said then, field by field."
    )
    changes = models.JSONField(
        default=dict,
        blank=True,
        help_text="What it should say, field by field; of a change in words alone, nothing.",
    )
    words = models.TextField("why", help_text="Why, in the words of whoever suggests it.")
    source_url = models.URLField(
        "source", max_length=300, blank=True, help_text="The page that says so."
    )
    channel = models.CharField(max_length=12, choices=SuggestionChannel.choices)
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, blank=True, related_name="suggestions"
    )
    suggested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suggestions",
        help_text="The account, where somebody was signed in.",
    )
    suggester_name = models.CharField(max_length=150, blank=True, help_text="Never published.")
    suggester_email = models.EmailField(
        "suggester’s e-mail address", blank=True, help_text="Never published."
    )
    idempotency_key = models.CharField(
        max_length=100, blank=True, help_text="The name that the sender gave to the request."
    )
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of who suggests what, so that nothing waits twice."
    )
    body_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the request, to know it again."
    )
    state = models.CharField(
        max_length=15, choices=SuggestionState.choices, default=SuggestionState.WAITING
    )
    accepted = models.JSONField(
        default=list, blank=True, help_text="The fields that were taken into the record."
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suggestions_decided",
    )
    answer = models.TextField(blank=True, help_text="What the suggester is told.")
    reason = models.TextField(blank=True, help_text="For the history; the suggester is not told.")
    mends = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mended",
        help_text="The returned suggestion that this one says better.",
    )
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When the suggester’s name, address and words were erased."
    )

    # Who decided what. Who suggested it, and in which words, can be erased from the one row.
    history = HistoricalRecords(
        excluded_fields=[
            "suggester_name",
            "suggester_email",
            "words",
            "changes",
            "base",
            "answer",
            "digest",
            "body_digest",
            "idempotency_key",
        ]
    )

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"], name="suggestion_queue")]
        constraints = [
            one_of(
                "kind",
                SuggestionKind.values,
                name="suggestion_kind_known",
                message="A suggestion is a change or a new partnership.",
            ),
            one_of(
                "state",
                SuggestionState.values,
                name="suggestion_state_known",
                message="Choose one of the states.",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=SuggestionKind.CHANGE,
                    partnership__isnull=False,
                    health_board__isnull=True,
                )
                & ~Q(base_version="")
                | Q(kind=SuggestionKind.NEW, base_version="")
                & (Q(partnership__isnull=True) | _ACCEPTED),
                name="suggestion_of_change_names_record",
                violation_error_message=(
                    "A change names its record and the version of it; a new partnership has "
                    "neither until it is accepted."
                ),
            ),
            models.CheckConstraint(
                condition=_WAITING & Q(decided_at__isnull=True, decided_by__isnull=True)
                | ~_WAITING & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="suggestion_decided_with_who",
                violation_error_message="Say who decided and when, or neither while it waits.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SuggestionState.RETURNED, SuggestionState.DECLINED])
                | ~Q(answer=""),
                name="suggestion_refused_with_words",
                violation_error_message="Say why: the suggester is told.",
            ),
            models.CheckConstraint(
                condition=Q(channel=SuggestionChannel.API, api_key__isnull=False)
                | Q(
                    channel__in=[
                        SuggestionChannel.PUBLIC_FORM,
                        SuggestionChannel.COORDINATOR,
                        SuggestionChannel.CALENDAR,
                    ],
                    api_key__isnull=True,
                ),
                name="suggestion_with_key_of_api",
                violation_error_message="What comes through the API has a key, and nothing else.",
            ),
            models.UniqueConstraint(
                fields=["api_key", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="suggestion_once_per_idempotency_key",
                violation_error_message="This Idempotency-Key was used for another suggestion.",
            ),
            models.UniqueConstraint(
                fields=["digest"],
                condition=_WAITING,
                name="suggestion_waits_once",
                violation_error_message="The same suggestion is waiting already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.created_at:%d %B %Y}"

    @property
    def is_waiting(self) -> bool:
        return self.state == SuggestionState.WAITING

    @property
    def is_of_new(self) -> bool:
        return self.kind == SuggestionKind.NEW

    @property
    def subject(self) -> str:
        """What it is about. Reads self.partnership: select_related it."""
        return str(self.partnership or self.changes.get("name", ""))

    @property
    def board_id(self) -> int | None:
        """Whose champions decide. Reads self.partnership: select_related it."""
        return self.partnership.health_board_id if self.partnership else self.health_board_id
