"""What a partnership signed, and who pays for it."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from partnerships.choices import FundingBand
from partnerships.models.fields import in_order
from partnerships.models.partnerships import YEAR_RANGE, Partnership
from partnerships.models.vocabularies import Funder


class Agreement(models.Model):
    """A signed understanding between members: its dates are not the partnership's."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="agreements")
    title = models.CharField(max_length=200)
    signed_on = models.DateField(null=True, blank=True)
    renewed_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    document_url = models.URLField("document", max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            in_order(
                "signed_on",
                "expires_on",
                name="agreement_expires_not_before_signed",
                message="An agreement cannot expire before it is signed.",
            ),
            in_order(
                "signed_on",
                "renewed_on",
                name="agreement_renewed_not_before_signed",
                message="An agreement cannot be renewed before it is signed.",
            ),
            in_order(
                "renewed_on",
                "expires_on",
                name="agreement_expires_not_before_renewed",
                message="An agreement cannot expire before it is renewed.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Funding(models.Model):
    """Money from one funder: a band, never a sum."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="funding")
    funder = models.ForeignKey(Funder, models.PROTECT, related_name="funding")
    scheme = models.CharField(max_length=200, blank=True)
    from_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEAR_RANGE)
    until_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEAR_RANGE)
    band = models.CharField(
        max_length=12, choices=FundingBand.choices, default=FundingBand.UNDISCLOSED
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "funding"
        constraints = [
            in_order(
                "from_year",
                "until_year",
                name="funding_until_not_before_from",
                message="Funding cannot end before it begins.",
            )
        ]

    def __str__(self) -> str:
        return self.funder.label
