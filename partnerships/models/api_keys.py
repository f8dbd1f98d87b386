"""Keys with which other people's software asks the API: named, hashed, expiring, revocable."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from partnerships.models.fields import in_order
from partnerships.policies.rates import rate


class KeyState(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def _check_rate(text: str) -> None:
    try:
        rate(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class ApiKey(models.Model):
    """One key of one organisation. Of its secret only the SHA-256 is kept.

    A slow hash, as for passwords, would guard nothing: the secret is 256 random bits, so there is
    no list of likely ones to try, and whoever has the hash must try them all. It would only make
    each request slow. For the same reason there is no salt: no two keys have the same secret.
    """

    name = models.CharField(max_length=100, help_text="What uses it, such as “Nightly copy”.")
    organisation = models.CharField(
        max_length=200, help_text="Who uses it. Seen by the coordination unit only."
    )
    contact = models.EmailField(
        "contact’s e-mail address",
        help_text="Who to write to before the key expires or if it misbehaves. A shared mailbox "
        "is best. Seen by the coordination unit only.",
    )
    prefix = models.CharField(
        max_length=8,
        unique=True,
        editable=False,
        help_text="The part of the key that is no secret.",
    )
    hash = models.CharField("SHA-256 of the secret", max_length=64, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_keys_made", editable=False
    )
    created_at = models.DateTimeField("made", editable=False)
    expires_at = models.DateTimeField("expires", help_text="From this moment it is refused.")
    revoked_at = models.DateTimeField("revoked", null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="api_keys_revoked",
        editable=False,
    )
    last_used_on = models.DateField(
        "last used",
        null=True,
        blank=True,
        editable=False,
        help_text="A day, written once a day: which software is still there, not what it asks.",
    )
    may_propose = models.BooleanField(
        default=False,
        help_text="May suggest changes and new partnerships, which somebody then decides on.",
    )
    rate = models.CharField(
        "own limit",
        max_length=20,
        blank=True,
        validators=[_check_rate],
        help_text="Requests per sec, min, hour or day, such as 3000/min. Empty: that of all keys.",
    )

    # Who may do what, and since when: neither the hash, nor how to reach people, nor each use.
    history = HistoricalRecords(excluded_fields=["contact", "hash", "last_used_on"])

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            in_order(
                "created_at",
                "expires_at",
                name="api_key_expires_not_before_made",
                message="A key cannot expire before it is made.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_key_revoked_with_who",
                violation_error_message="Say who revoked the key and when, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (hp_{self.prefix}_…)"

    @property
    def last_day(self) -> date:
        """The last that it is good on, as far as people count time."""
        return timezone.localtime(self.expires_at - timedelta(microseconds=1)).date()

    def state(self, at: datetime) -> KeyState:
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at <= at else KeyState.VALID

    def is_opened_by(self, secret: str) -> bool:
        """Compared in the same time wherever the two begin to differ."""
        return compare_digest(self.hash, hash_of(secret))


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
