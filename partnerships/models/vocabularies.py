"""Coded lists that are data: topics, activities, professions, funders and the SDGs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from partnerships.models.fields import in_order


class TermQuerySet(models.QuerySet[Any]):
    def current(self) -> Self:
        return self.filter(retired_on__isnull=True)

    def with_codes(self, codes: Iterable[str]) -> Self:
        """Some terms, by label."""
        return self.filter(code__in=list(codes)).order_by("label")

    def in_order(self) -> Self:
        return self.order_by("position", "label", "pk")


class Term(models.Model):
    """A row of a vocabulary. Retired rows stay, because old records use them."""

    code = models.SlugField(
        max_length=60,
        unique=True,
        help_text="Permanent name for machines: lower case, words joined by underscores.",
    )
    label = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    synonyms = models.JSONField(
        default=list, blank=True, help_text="Other words that a search should understand."
    )
    position = models.PositiveIntegerField(default=0, help_text="Place in lists; ties by label.")
    valid_from = models.DateField(null=True, blank=True)
    retired_on = models.DateField(
        null=True, blank=True, help_text="From this day new records cannot use it."
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label


def _validity(name: str) -> models.CheckConstraint:
    return in_order(
        "valid_from",
        "retired_on",
        name=f"{name}_retired_not_before_valid",
        message="A term cannot be retired before it is valid.",
    )


class Topic(Term):
    """A health theme or specialty."""

    history = HistoricalRecords()
    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [_validity("topic")]


class Activity(Term):
    """Something that a partnership does."""

    history = HistoricalRecords()
    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        constraints = [_validity("activity")]


class Profession(Term):
    """A profession or cadre, on either side: clinical officers, retired and non-clinical too."""

    history = HistoricalRecords()
    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [_validity("profession")]


class Funder(Term):
    """A body or scheme that pays."""

    history = HistoricalRecords()
    objects = TermQuerySet.as_manager()

    class Meta:
        constraints = [_validity("funder")]


class DevelopmentGoal(models.Model):
    """One of the United Nations' seventeen Sustainable Development Goals."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    label = models.CharField(max_length=100)

    class Meta:
        verbose_name = "Sustainable Development Goal"
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=17),
                name="sdg_between_1_and_17",
                violation_error_message="The goals are numbered 1 to 17.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.label}"
