"""Frameworks of principles: versioned wording that checklists and twinning follow."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from partnerships.choices import FrameworkShape, FrameworkState


class FrameworkQuerySet(models.QuerySet["Framework"]):
    def published(self) -> Self:
        return self.filter(state=FrameworkState.PUBLISHED)

    def with_wording(self) -> Self:
        """With principles and hallmarks in their order, in three queries."""
        hallmarks = Hallmark.objects.order_by("number")
        principles = Principle.objects.order_by("number").prefetch_related(
            models.Prefetch("hallmarks", queryset=hallmarks)
        )
        return self.prefetch_related(models.Prefetch("principles", queryset=principles))


class Framework(models.Model):
    """One version of a set of principles. Answers keep the wording that they were given to."""

    code = models.SlugField(max_length=40)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=150)
    shape = models.CharField(
        max_length=10, choices=FrameworkShape.choices, default=FrameworkShape.PRINCIPLES
    )
    state = models.CharField(
        max_length=10, choices=FrameworkState.choices, default=FrameworkState.DRAFT
    )
    source_name = models.CharField(max_length=150)
    source_url = models.URLField(max_length=300)
    wording_note = models.TextField(
        help_text="Whose words these are: titles are facts, hallmarks are inspired by the source."
    )
    history = HistoricalRecords()

    objects = FrameworkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="framework_version_once",
                violation_error_message="This framework has that version already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Principle(models.Model):
    """A principle, or a step of a twinning cycle."""

    framework = models.ForeignKey(Framework, models.CASCADE, related_name="principles")
    code = models.SlugField(max_length=60)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What it asks, in our own words.")
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="principle_code_once"),
            models.UniqueConstraint(fields=["framework", "number"], name="principle_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Hallmark(models.Model):
    """A sign by which a principle shows in practice, in our own words."""

    principle = models.ForeignKey(Principle, models.CASCADE, related_name="hallmarks")
    code = models.SlugField(max_length=60)
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principle", "code"], name="hallmark_code_once"),
            models.UniqueConstraint(fields=["principle", "number"], name="hallmark_number_once"),
        ]

    def __str__(self) -> str:
        return self.text


class HallmarkCorrespondence(models.Model):
    """Which hallmark of an earlier version a hallmark continues, so that a trend can be told.

    Without a row the same codes correspond. A row without an earlier hallmark says: none does.
    """

    later = models.OneToOneField(Hallmark, models.CASCADE, related_name="continues")
    earlier = models.ForeignKey(
        Hallmark, models.CASCADE, null=True, blank=True, related_name="continued_by"
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(earlier__isnull=True) | ~Q(earlier=F("later")),
                name="hallmark_continues_another",
                violation_error_message="A hallmark continues one of an earlier version.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.later} ← {self.earlier or 'none'}"
