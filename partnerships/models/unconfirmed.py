"""What somebody typed into the public form, until they prove that the e-mail address is theirs."""

from __future__ import annotations

from django.db import models

from partnerships.models.partnerships import Partnership
from partnerships.models.suggestions import Suggestion


class UnconfirmedSuggestion(models.Model):
    """A suggestion that nobody sees yet: a code was mailed to its address.

    Once the code came back it is emptied, and only says that it was sent.
    """

    attempt = models.UUIDField(
        unique=True, help_text="Made with the form, so that sending it twice suggests it once."
    )
    partnership = models.ForeignKey(
        Partnership, models.CASCADE, null=True, blank=True, related_name="unconfirmed_suggestions"
    )
    base_version = models.CharField(max_length=16, blank=True)
    base = models.JSONField(default=dict, blank=True)
    changes = models.JSONField(default=dict, blank=True)
    words = models.TextField(blank=True)
    source_url = models.URLField(max_length=300, blank=True)
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    typed = models.JSONField(
        default=dict, blank=True, help_text="The form as it was sent, to show it again."
    )
    code_digest = models.CharField(max_length=64, blank=True, help_text="Of the code, with a key.")
    code_expires_at = models.DateTimeField(null=True, blank=True)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Of the last code.")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    suggestion = models.ForeignKey(
        Suggestion, models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="unconfirmed_by_age")]

    def __str__(self) -> str:
        return f"Of {self.created_at:%d %B %Y, %H:%M}"
