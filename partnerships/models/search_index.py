"""What searching reads: derived from the registry, rebuilt by `partnerships.indexing`."""

from __future__ import annotations

from typing import Self

from django.db import models

from partnerships.choices import Precision, Side
from partnerships.models.fields import TextsField
from partnerships.models.institutions import Institution
from partnerships.models.partnerships import Partnership


class SearchDocument(models.Model):
    """The normalised words of one partnership.

    The full-text index behind it is made by a migration and kept by the database itself: a
    generated tsvector on PostgreSQL, an FTS5 table with triggers on SQLite.
    """

    partnership = models.OneToOneField(
        Partnership, models.CASCADE, primary_key=True, related_name="search_document"
    )
    names = models.TextField(
        help_text="Normalised name and other names, each between line breaks, for ranking."
    )
    words = models.TextField(help_text="Distinct normalised words, sorted, one space between.")

    def __str__(self) -> str:
        return self.names.strip()


class FacetValueQuerySet(models.QuerySet["FacetValue"]):
    def of_any(self, partnerships: models.QuerySet[Partnership]) -> Self:
        """Rows of some partnerships, found by their values first.

        The sum keeps SQLite from trying every one of the partnerships for each of the values.
        """
        rows = self.annotate(_of=models.F("partnership_id") + 0)
        return rows.filter(_of__in=partnerships.order_by().values("pk"))


class FacetValue(models.Model):
    """One value of one facet of one partnership: what filters ask and facets count."""

    partnership = models.ForeignKey(
        Partnership, models.CASCADE, related_name="facet_values", db_index=False
    )
    facet = models.CharField(max_length=12)
    value = models.CharField(max_length=80)

    objects = FacetValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "facet", "value"], name="facet_value_once"
            )
        ]
        indexes = [models.Index(fields=["facet", "value", "partnership"], name="facet_lookup")]

    def __str__(self) -> str:
        return f"{self.facet}={self.value}"


class FacetSheet(models.Model):
    """All values of one partnership, as `facet=value`, in one row: what is counted together.

    Reading one row for each partnership takes a fraction of the time that reading sixteen takes.
    Institutions, of which there are too many to count unasked, are not on it.
    """

    partnership = models.OneToOneField(
        Partnership, models.CASCADE, primary_key=True, related_name="facet_sheet"
    )
    pairs = TextsField()

    def __str__(self) -> str:
        return f"Facets of {self.partnership_id}"


class PublicLocation(models.Model):
    """Where a member may be drawn: coarsened already, so nothing exact can leak from here."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="public_locations")
    institution = models.ForeignKey(Institution, models.CASCADE, related_name="public_locations")
    side = models.CharField(max_length=7, choices=Side.choices)
    latitude = models.FloatField(help_text="Degrees WGS 84, coarsened to the record's level.")
    longitude = models.FloatField(help_text="Degrees WGS 84, coarsened to the record's level.")
    precision = models.CharField(max_length=8, choices=Precision.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "institution"], name="public_location_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["latitude", "longitude", "partnership"], name="public_location_box"
            )
        ]

    def __str__(self) -> str:
        return f"{self.latitude}, {self.longitude}"
