"""Where bulk data came from: what a file would do, each import, what it did with each row."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from partnerships.choices import ImportVerdict
from partnerships.models.partnerships import Partnership
from partnerships.policies.permissions import Viewer


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, viewer: Viewer) -> ImportRunQuerySet:
        """What `policies.permissions.can_see_import` allows, as SQL."""
        return self if viewer.sees_everything else self.filter(applied_by=viewer.user_id)


class ImportRun(models.Model):
    """One file, or the rows chosen from one, applied as a whole."""

    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64)
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="import_runs"
    )
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="import_runs_undone",
    )

    objects = ImportRunQuerySet.as_manager()

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
    before = models.JSONField(
        null=True,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="What the record said, of what this row changed.",
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    kept_because = models.TextField(
        blank=True, default="", db_default="", help_text="Why undoing the import left this row."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once_per_run")
        ]

    def __str__(self) -> str:
        return f"row {self.number}: {self.verdict}"


class PlannedImport(models.Model):
    """What a file that somebody sent would do, kept until they have chosen, or until it expires.

    Only whoever sent it sees it: the file may hold anything.
    """

    public_id = models.UUIDField("permanent id", default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64)
    columns = models.JSONField(default=list, blank=True)
    read_as = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="The encoding of its text, where that is not UTF-8.",
    )
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="planned_imports"
    )
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.file_name


class PlannedImportRow(models.Model):
    """One row of a file as it was planned: its cells, its verdict and why."""

    planned = models.ForeignKey(PlannedImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="Line of the file, the heading being 1.")
    slug = models.CharField(max_length=300)
    verdict = models.CharField(max_length=10, choices=ImportVerdict.choices)
    cells = models.JSONField(default=dict)
    changes = models.JSONField(
        default=list, blank=True, help_text="Column, what it says, what it would say."
    )
    problems = models.JSONField(default=list, blank=True, help_text="Why it cannot be applied.")
    notes = models.JSONField(default=list, blank=True, help_text="What else applying it would do.")
    partnership = models.ForeignKey(
        Partnership, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    modified_at = models.DateTimeField(
        null=True, blank=True, help_text="When the record had last changed."
    )
    applied_in = models.ForeignKey(
        ImportRun, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["planned", "number"], name="planned_import_row_once_per_file"
            )
        ]

    def __str__(self) -> str:
        return f"row {self.number}: {self.verdict}"
