"""What is kept of the report of a round: figures of which nothing can be found that is not told."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from partnerships.models.evaluations import Round


class RoundReportQuerySet(models.QuerySet["RoundReport"]):
    def published(self) -> Self:
        return self.filter(round__published_at__isnull=False)


class RoundReport(models.Model):
    """The figures of a closed round, drawn up once: see ADR 0041. Fit for everybody's eyes."""

    round = models.OneToOneField(Round, models.CASCADE, related_name="report")
    figures = models.JSONField(
        help_text="Who took part, tables and gaps, suppressed before they are kept."
    )
    drawn_up_at = models.DateTimeField()
    drawn_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_drawn_up"
    )
    shows_words = models.BooleanField(
        default=False,
        help_text="Whether the public page quotes those who allowed it. Read them first.",
    )
    history = HistoricalRecords(excluded_fields=["figures"])

    objects = RoundReportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Report of {self.round}"
