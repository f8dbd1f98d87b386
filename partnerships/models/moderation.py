"""What people said of a record: that it is right, and whether the public may see it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from partnerships.choices import Moderation, Side
from partnerships.models.partnerships import Partnership


class Confirmation(models.Model):
    """“This record is still right”, said for one side. Not the same as a change."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="confirmations")
    side = models.CharField(max_length=7, choices=Side.choices)
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="confirmations",
    )
    how = models.CharField(max_length=100, help_text="By the champion, by telephone, by e-mail …")

    def __str__(self) -> str:
        return f"{self.partnership}: {self.get_side_display()}, {self.confirmed_at:%Y-%m-%d}"


class Decision(models.Model):
    """One step of a record's moderation: who took it, when, and with which words."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="decisions")
    before = models.CharField(max_length=10, choices=Moderation.choices)
    after = models.CharField(max_length=10, choices=Moderation.choices)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions"
    )
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.partnership}: {self.before} → {self.after}"
