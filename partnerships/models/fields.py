"""Field types that make both databases behave alike, and constraints said once."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from simple_history.models import HistoricalRecords


class KeyField(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A normalised name (`policies.normalise.key`), sorted byte by byte on every database.

    PostgreSQL's usual collations skip spaces and punctuation; "C" sorts as SQLite does.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class TextsField(models.Field):  # type: ignore[type-arg]  # not subscriptable at run time
    """Some texts in one column, which only the database reads: an array, or JSON on SQLite."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text[]" if connection.vendor == "postgresql" else "text"


def one_of(field: str, values: list[str], *, name: str, message: str) -> models.CheckConstraint:
    """A constraint that a column holds one of the given values."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": values}), name=name, violation_error_message=message
    )


def in_order(first: str, last: str, *, name: str, message: str) -> models.CheckConstraint:
    """A constraint that of two optional dates or years the second is not before the first."""
    condition = (
        Q(**{f"{first}__isnull": True})
        | Q(**{f"{last}__isnull": True})
        | Q(**{f"{last}__gte": models.F(first)})
    )
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=message)


def precision_with_date(date_field: str, precision_field: str, *, name: str) -> Any:
    """A constraint that a date and its precision stand or fall together."""
    return models.CheckConstraint(
        condition=Q(**{f"{date_field}__isnull": True, precision_field: ""})
        | (Q(**{f"{date_field}__isnull": False}) & ~Q(**{precision_field: ""})),
        name=name,
        violation_error_message="Give a date together with how precisely it is known, or neither.",
    )


def believable_place(
    prefix: str, *, latitude: str = "latitude", longitude: str = "longitude"
) -> Any:
    """Constraints on a pair of coordinates in degrees: both or none, in range, not 0, 0."""
    both = Q(**{f"{latitude}__isnull": False, f"{longitude}__isnull": False})
    none = Q(**{f"{latitude}__isnull": True, f"{longitude}__isnull": True})
    in_range = Q(
        **{
            f"{latitude}__gte": -90,
            f"{latitude}__lte": 90,
            f"{longitude}__gte": -180,
            f"{longitude}__lte": 180,
        }
    )
    return [
        models.CheckConstraint(
            condition=both | none,
            name=f"{prefix}_coordinates_both_or_none",
            violation_error_message="Give both latitude and longitude, or neither.",
        ),
        models.CheckConstraint(
            condition=none | in_range,
            name=f"{prefix}_coordinates_in_range",
            violation_error_message=(
                "Latitude must be between -90 and 90 degrees, longitude between -180 and 180."
            ),
        ),
        models.CheckConstraint(
            condition=~Q(**{latitude: 0, longitude: 0}) | none,
            name=f"{prefix}_coordinates_not_null_island",
            violation_error_message=(
                "0, 0 is a point in the sea off Ghana. Leave both empty if the place is unknown."
            ),
        ),
    ]


class ListsHistory(HistoricalRecords):
    """History of a record with lists: a query for each list, where the library asks three.

    A record's first row has no lists yet; the library's own asks for them all the same.
    """

    def create_historical_record_m2ms(self, history_instance: Any, instance: Any) -> None:
        if history_instance.history_type == "+":
            return
        for field in history_instance._history_m2m_fields:  # noqa: SLF001  # theirs to us
            kept = self.m2m_models[field]
            through = field.remote_field.through
            names = [each.attname for each in through._meta.fields]
            rows = through._default_manager.filter(**{f"{field.m2m_field_name()}_id": instance.pk})
            kept._default_manager.bulk_create(
                kept(history=history_instance, **dict(zip(names, row, strict=True)))
                for row in rows.order_by("pk").values_list(*names)
            )
