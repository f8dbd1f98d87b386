"""Joint self-assessments of partnerships against a framework of principles."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from partnerships.choices import ActionProgress, ChecklistState, RatingLevel
from partnerships.models.fields import one_of
from partnerships.models.frameworks import Framework, Hallmark
from partnerships.models.partnerships import Member, Partnership


class Checklist(models.Model):
    """One round of joint self-assessment of a partnership against a framework. Private."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="checklists")
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="checklists")
    state = models.CharField(
        max_length=10, choices=ChecklistState.choices, default=ChecklistState.OPEN
    )
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="checklists_opened"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "framework"],
                condition=Q(state__in=[ChecklistState.OPEN, ChecklistState.COMPARED]),
                name="one_unfinished_checklist_per_framework",
                violation_error_message="A checklist of this framework is under way already.",
            ),
            models.CheckConstraint(
                condition=Q(state=ChecklistState.AGREED, agreed_at__isnull=False)
                | (~Q(state=ChecklistState.AGREED) & Q(agreed_at__isnull=True)),
                name="checklist_agreed_with_time",
                violation_error_message="An agreed checklist says when, and only an agreed one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partnership}: {self.framework}"


class ChecklistMember(models.Model):
    """One member's part in a round: whether it has submitted and agreed."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="parts")
    member = models.ForeignKey(Member, models.PROTECT, related_name="checklist_parts")
    submitted_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checklist", "member"], name="member_once_per_round"),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True)
                | Q(submitted_at__isnull=False, agreed_at__gte=models.F("submitted_at")),
                name="checklist_agreed_after_submitted",
                violation_error_message="A member submits its own ratings before it agrees.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist}: {self.member}"


class Rating(models.Model):
    """One member's rating of one hallmark in one round."""

    part = models.ForeignKey(ChecklistMember, models.CASCADE, related_name="ratings")
    hallmark = models.ForeignKey(Hallmark, models.PROTECT, related_name="ratings")
    level = models.CharField(max_length=14, choices=RatingLevel.choices)
    note = models.TextField(blank=True, help_text="Evidence, or what stands in the way.")
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "hallmark"],
                name="hallmark_rated_once",
                violation_error_message="This member has rated this hallmark already.",
            ),
            one_of(
                "level",
                RatingLevel.values,
                name="rating_level_known",
                message="Choose one of the levels.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_level_display()


class ActionPoint(models.Model):
    """Something that the two sides agreed to do, and who does it."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="actions")
    hallmark = models.ForeignKey(
        Hallmark, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="actions")
    what = models.CharField(max_length=300)
    due_on = models.DateField(null=True, blank=True)
    progress = models.CharField(
        max_length=8, choices=ActionProgress.choices, default=ActionProgress.TO_DO
    )
    done_on = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(progress=ActionProgress.DONE, done_on__isnull=False)
                | (~Q(progress=ActionProgress.DONE) & Q(done_on__isnull=True)),
                name="action_done_with_day",
                violation_error_message="Say when it was done, and only then that it is done.",
            )
        ]

    def __str__(self) -> str:
        return self.what
