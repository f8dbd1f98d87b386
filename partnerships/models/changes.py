"""What has become of each record that was ever public: see `partnerships.changes`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from partnerships.choices import RecordType, Removal


class RecordChange(models.Model):
    """The last public change of one record; a row for each that was ever public, kept for ever.

    A record that is removed leaves its permanent id, its last public slug, the moment and one of a
    few fixed words. Nothing that happens to it while it is not public changes this row.
    """

    record_type = models.CharField(max_length=11, choices=RecordType.choices)
    record_id = models.BigIntegerField(help_text="The record's own key; it may be gone.")
    public_id = models.UUIDField("permanent id")
    slug = models.SlugField(max_length=80, db_index=False, help_text="Its last public one.")
    position = models.BigIntegerField(
        unique=True, help_text="Place in the order in which changes became public."
    )
    first_position = models.BigIntegerField(
        help_text="The same of the change that made it public, the last time that it became so."
    )
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=9, choices=Removal.choices, blank=True)
    successor = models.UUIDField(
        null=True, blank=True, help_text="Permanent id of the record that follows it."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_type", "record_id"], name="one_last_change"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, why="")
                | (Q(removed_at__isnull=False) & ~Q(why="")),
                name="removed_record_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["slug"], condition=Q(removed_at__isnull=False), name="removed_by_slug"
            ),
            models.Index(
                fields=["public_id"], condition=Q(removed_at__isnull=False), name="removed_by_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.slug}"


class ChangeNote(models.Model):
    """A record that a transaction may have changed, or all of a type; taken away when numbered."""

    record_type = models.CharField(max_length=11, choices=RecordType.choices)
    record_id = models.BigIntegerField(null=True, help_text="None stands for all.")

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id or 'all'}"


class ChangeRun(models.Model):
    """One numbering: its last position, and a mark that no other numbering has.

    A place in the order is named with the mark of its run, so that one from before a backup was
    restored, or from another registry, is told from ours.
    """

    position = models.BigIntegerField(primary_key=True)
    mark = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"{self.position} {self.mark}"
