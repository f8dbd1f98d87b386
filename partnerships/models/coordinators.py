"""Coordinators, and what each of them has agreed to."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from partnerships.choices import ConsentPurpose
from partnerships.models.fields import in_order
from partnerships.models.partnerships import Member


class CoordinatorQuerySet(models.QuerySet["Coordinator"]):
    def on(self, day: date) -> Self:
        """Those in office on a day, as `Coordinator.is_in_office` says of one."""
        begun = Q(since__isnull=True) | Q(since__lte=day)
        return self.filter(begun, Q(until__isnull=True) | Q(until__gte=day))

    def consenting_to(self, purpose: str) -> Self:
        """Those whose consent for a purpose is given and not withdrawn."""
        return self.filter(
            models.Exists(
                Consent.objects.filter(
                    coordinator=models.OuterRef("pk"), purpose=purpose, withdrawn_at__isnull=True
                )
            )
        )


class Coordinator(models.Model):
    """The named person for a member. Personal data: nothing of it is public without consent."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="coordinators")
    name = models.CharField(max_length=150)
    job_title = models.CharField(max_length=150, blank=True)
    email = models.EmailField("e-mail address", blank=True, help_text="Never published.")
    telephone = models.CharField(max_length=40, blank=True, help_text="Never published.")
    purposes = models.CharField(
        max_length=200, blank=True, help_text="What to ask this person about."
    )
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["name", "job_title", "email", "telephone"])

    objects = CoordinatorQuerySet.as_manager()

    class Meta:
        constraints = [
            in_order(
                "since",
                "until",
                name="coordinator_until_not_before_since",
                message="A coordinator cannot stop before starting.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_in_office(self, day: date) -> bool:
        """Whether it is between `since` and `until`, which is the last day in office."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or self.until >= day)


class Consent(models.Model):
    """One person's agreement to one purpose, as the Information Commissioner asks to record it."""

    coordinator = models.ForeignKey(Coordinator, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=ConsentPurpose.choices)
    notice_version = models.CharField(
        max_length=20, help_text="The version of the privacy notice that the person saw."
    )
    given_at = models.DateTimeField()
    how = models.CharField(max_length=100, help_text="By e-mail, on paper, in a form …")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents_recorded"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coordinator", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_standing_consent_per_purpose",
                violation_error_message="This consent stands already. Withdraw it first.",
            ),
            in_order(
                "given_at",
                "withdrawn_at",
                name="consent_withdrawn_not_before_given",
                message="A consent cannot be withdrawn before it is given.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_purpose_display()
