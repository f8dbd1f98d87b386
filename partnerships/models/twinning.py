"""Cycles of WHO's Twinning Partnerships for Improvement: which step was reached when."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from partnerships.choices import CycleStep, DatePrecision
from partnerships.models.fields import in_order, precision_with_date
from partnerships.models.partnerships import Partnership

_STEPS = [MinValueValidator(1), MaxValueValidator(6)]


class TwinningCycle(models.Model):
    """One time round the six steps. Public, as the partnership is."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="twinning_cycles")
    number = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1)], help_text="The first cycle is 1."
    )
    note = models.TextField(
        max_length=600, blank=True, help_text="What this cycle is about. The public reads it."
    )
    closed_on = models.DateField(
        null=True, blank=True, help_text="Day from which the partners are done with this cycle."
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "number"],
                name="twinning_cycle_number_once",
                violation_error_message="The partnership has a cycle of this number already.",
            ),
            models.UniqueConstraint(
                fields=["partnership"],
                condition=Q(closed_on__isnull=True),
                name="one_open_twinning_cycle",
                violation_error_message="A cycle is open already. Close it before the next.",
            ),
        ]

    def __str__(self) -> str:
        return f"Cycle {self.number}"


class TwinningStep(models.Model):
    """A step that a cycle has reached. Its dates may not be known."""

    cycle = models.ForeignKey(TwinningCycle, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField("step", choices=CycleStep.choices, validators=_STEPS)
    began_on = models.DateField("began", null=True, blank=True)
    began_precision = models.CharField(max_length=5, choices=DatePrecision.choices, blank=True)
    completed_on = models.DateField("completed", null=True, blank=True)
    completed_precision = models.CharField(max_length=5, choices=DatePrecision.choices, blank=True)
    note = models.CharField(
        max_length=300, blank=True, help_text="What was done, in own words. The public reads it."
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "number"],
                name="twinning_step_once_per_cycle",
                violation_error_message="This cycle has this step already.",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=6),
                name="twinning_step_1_to_6",
                violation_error_message="The cycle has the steps 1 to 6.",
            ),
            in_order(
                "began_on",
                "completed_on",
                name="twinning_step_completed_not_before_began",
                message="A step cannot be completed before it began.",
            ),
            precision_with_date("began_on", "began_precision", name="twinning_began_precision"),
            precision_with_date(
                "completed_on", "completed_precision", name="twinning_completed_precision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_number_display()}"


class TwinningDocument(models.Model):
    """What a step brought about, published somewhere: a title and a link, never a file."""

    cycle = models.ForeignKey(TwinningCycle, models.CASCADE, related_name="documents")
    step = models.PositiveSmallIntegerField(choices=CycleStep.choices, validators=_STEPS)
    title = models.CharField(max_length=200)
    link = models.URLField(max_length=300, validators=[URLValidator(schemes=["http", "https"])])
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "step", "link"],
                name="twinning_document_once",
                violation_error_message="This step has this document already.",
            ),
            models.CheckConstraint(
                condition=Q(step__gte=1, step__lte=6),
                name="twinning_document_step_1_to_6",
                violation_error_message="The cycle has the steps 1 to 6.",
            ),
        ]

    def __str__(self) -> str:
        return self.title
