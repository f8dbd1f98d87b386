"""Two records that look alike, and somebody knows that they are not the same."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from partnerships.models.partnerships import Partnership


class NotTheSame(models.Model):
    """“These two are not the same”: the desk does not ask about the pair again."""

    first = models.ForeignKey(Partnership, models.CASCADE, related_name="told_apart_as_first")
    second = models.ForeignKey(Partnership, models.CASCADE, related_name="told_apart_as_second")
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="pairs_told_apart"
    )
    said_at = models.DateTimeField()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "pair told apart"
        verbose_name_plural = "pairs told apart"
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="pair_told_apart_once",
                violation_error_message="Somebody has said that already.",
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="pair_told_apart_in_order",
                violation_error_message="Name the older record of a pair first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"
