"""Where bulk data came from: each applied import and what it did with each row."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from partnerships.choices import ImportVerdict
from partnerships.models.partnerships import Partnership


class ImportRun(models.Model):
    """One file, applied as a whole."""

    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64)
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="import_runs"
    )
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.file_name}, {self.applied_at:%Y-%m-%d %H:%M}"


class ImportRow(models.Model):
    """One row of an applied file: its cells, and the record it became."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="Line of the file, the heading being 1.")
    slug = models.CharField(max_length=80)
    verdict = models.CharField(max_length=10, choices=ImportVerdict.choices)
    reason = models.TextField(blank=True)
    cells = models.JSONField(default=dict)
    partnership = models.ForeignKey(
        Partnership, models.SET_NULL, null=True, blank=True, related_name="import_rows"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once_per_run")
        ]

    def __str__(self) -> str:
        return f"row {self.number}: {self.verdict}"
