"""Toolkits and guides of others, and the principles that each helps with."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Self

from django.core.validators import URLValidator
from django.db import models
from simple_history.models import HistoricalRecords

from partnerships.choices import Language, ResourceAudience
from partnerships.models.fields import KeyField
from partnerships.models.partnerships import YEAR_RANGE
from partnerships.models.vocabularies import Topic


class ResourceQuerySet(models.QuerySet["Resource"]):
    def current(self) -> Self:
        return self.filter(retired_on__isnull=True)

    def helping_with(self, codes: Collection[str]) -> Self:
        """Those for any of these principles, or for the whole framework of one.

        A framework's code alone asks for what helps with it or with any principle of it.
        """
        wholes = {code.partition(".")[0] for code in codes}
        asked = models.Q(code__in={*codes, *wholes})
        for code in codes:
            if "." not in code:
                asked |= models.Q(code__startswith=f"{code}.")
        found = ResourcePrinciple.objects.filter(asked)
        return self.filter(pk__in=found.values("resource"))

    def with_parts(self) -> Self:
        """With topics and principles, in three queries."""
        return self.prefetch_related(
            models.Prefetch("topics", queryset=Topic.objects.order_by("label")),
            models.Prefetch("principles", queryset=ResourcePrinciple.objects.order_by("code")),
        )


class Resource(models.Model):
    """Something to read or use, published elsewhere: what it is, for whom, and where."""

    public_id = models.UUIDField("permanent id", default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(
        max_length=80, unique=True, help_text="Permanent: its name in addresses of the API."
    )
    title = models.CharField(max_length=200)
    title_key = KeyField(max_length=200, editable=False, db_index=True)
    publisher = models.CharField(max_length=200)
    summary = models.TextField(
        max_length=600, help_text="One or two sentences in our own words, never the publisher's."
    )
    audience = models.CharField(
        "for whom", max_length=20, choices=ResourceAudience.choices, db_index=True
    )
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="resources", help_text="Leave empty if it is for any topic."
    )
    language = models.CharField(max_length=3, choices=Language.choices, default=Language.EN)
    link = models.URLField(
        max_length=300,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="Where it is, or the page that leads to it.",
    )
    published_year = models.PositiveSmallIntegerField(
        "year of publication", null=True, blank=True, validators=YEAR_RANGE
    )
    last_checked = models.DateField(
        null=True, blank=True, help_text="The last day on which the link led there."
    )
    unreachable_on = models.DateField(
        "link dead since",
        null=True,
        blank=True,
        help_text="The first day on which the link led nowhere; empty while it leads there.",
    )
    link_problem = models.CharField(
        "what is wrong with the link", max_length=300, blank=True, help_text="At the last look."
    )
    retired_on = models.DateField(
        null=True, blank=True, help_text="Day on which it was retired: it is not listed any more."
    )
    modified_at = models.DateTimeField(editable=False)
    history = HistoricalRecords(m2m_fields=[topics])

    objects = ResourceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title


class ResourcePrinciple(models.Model):
    """A principle that a resource helps with, in every version of its framework."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="principles")
    code = models.CharField(
        "principle",
        max_length=101,
        help_text="A framework's code, or framework.principle.",
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = "principle"
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "code"],
                name="resource_principle_once",
                violation_error_message="Name each principle once.",
            )
        ]

    def __str__(self) -> str:
        return self.code
