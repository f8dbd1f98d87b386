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
    due_on = models.DateField(
        "answers wanted by", null=True, blank=True, help_text="A day to answer by; later is fine."
    )
    closed_early_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was compared without those still to answer."
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
            models.CheckConstraint(
                condition=Q(closed_early_at__isnull=True) | ~Q(state=ChecklistState.OPEN),
                name="checklist_closed_early_not_open",
                violation_error_message="A checklist that was closed early is open no more.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partnership}: {self.framework}"


class ChecklistMember(models.Model):
    """One member's part in a round: whether it has submitted and agreed."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="parts")
    member = models.ForeignKey(Member, models.PROTECT, related_name="checklist_parts")
    saved_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody of this member last saved an answer."
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    compares_early_at = models.DateTimeField(
        null=True, blank=True, help_text="When it agreed to compare without those still to answer."
    )
    shares_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it agreed that the Board's champions and the unit see the comparison.",
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["saved_at"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checklist", "member"], name="member_once_per_round"),
            models.CheckConstraint(
                condition=Q(agreed_at__isnull=True)
                | Q(submitted_at__isnull=False, agreed_at__gte=models.F("submitted_at")),
                name="checklist_agreed_after_submitted",
                violation_error_message="A member submits its own ratings before it agrees.",
            ),
            models.CheckConstraint(
                condition=Q(compares_early_at__isnull=True) | Q(submitted_at__isnull=False),
                name="checklist_compares_after_submitted",
                violation_error_message="A member submits its own ratings before it compares.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist}: {self.member}"


class Rating(models.Model):
    """One member's rating of one hallmark in one round."""

    part = models.ForeignKey(ChecklistMember, models.CASCADE, related_name="ratings")
    hallmark = models.ForeignKey(Hallmark, models.PROTECT, related_name="ratings")
    level = models.CharField(
        max_length=14,
        choices=RatingLevel.choices,
        blank=True,
        help_text="Empty while there is only a note; no part is submitted with one.",
    )
    note = models.TextField(blank=True, help_text="Evidence, or what stands in the way.")
    history = HistoricalRecords(excluded_fields=["level", "note"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "hallmark"],
                name="hallmark_rated_once",
                violation_error_message="This member has rated this hallmark already.",
            ),
            one_of(
                "level",
                [*RatingLevel.values, ""],
                name="rating_level_known",
                message="Choose one of the levels.",
            ),
        ]

    def __str__(self) -> str:
        return f"Rating {self.pk}"  # never the level: see docs/adr/0038


class AgreedAnswer(models.Model):
    """What the members say together of one hallmark, once they have compared. Private."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="agreed_answers")
    hallmark = models.ForeignKey(Hallmark, models.PROTECT, related_name="agreed_answers")
    level = models.CharField(max_length=14, choices=RatingLevel.choices, blank=True)
    reason = models.TextField(blank=True, help_text="Why the members agreed on this.")
    history = HistoricalRecords(excluded_fields=["level", "reason"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "hallmark"],
                name="hallmark_agreed_once",
                violation_error_message="An answer to this hallmark is agreed already.",
            ),
            one_of(
                "level",
                [*RatingLevel.values, ""],
                name="agreed_level_known",
                message="Choose one of the levels.",
            ),
        ]

    def __str__(self) -> str:
        return f"Agreed answer {self.pk}"


class ActionPoint(models.Model):
    """Something that the two sides agreed to do, and who does it."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="actions")
    hallmark = models.ForeignKey(
        Hallmark, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="actions")
    who = models.CharField(
        max_length=120, blank=True, help_text="A role or a name on that member's side. Private."
    )
    what = models.CharField(max_length=300)
    why = models.CharField(max_length=300, blank=True, help_text="What it is to change.")
    due_on = models.DateField(null=True, blank=True)
    progress = models.CharField(
        max_length=8, choices=ActionProgress.choices, default=ActionProgress.TO_DO
    )
    done_on = models.DateField(null=True, blank=True)
    carried_from = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="carried_to",
        help_text="The action point of an earlier round that this one goes on with.",
    )
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="When those who do it were last reminded."
    )
    history = HistoricalRecords(excluded_fields=["who", "what", "why", "reminded_at"])

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
        return f"Action point {self.pk}"  # never what it says: see docs/adr/0039
