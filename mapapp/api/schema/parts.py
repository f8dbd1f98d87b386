"""Shapes that several answers share, and how a field is told: meaning, example, unit."""

from __future__ import annotations

from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers as s

F = TypeVar("F", bound="s.Field[Any, Any, Any, Any]")


def told(kind: type[F], meaning: str, example: Any, **options: Any) -> F:
    """A field with its meaning, in which a unit is named, and an example of its value."""
    return kind(help_text=meaning, style={"example": example}, **options)


def texts(meaning: str, example: list[str]) -> Any:
    return told(s.ListField, meaning, example, child=s.CharField())


class Described(AutoSchema):
    """Puts the examples of fields into the document."""

    def _get_serializer_field_meta(self, field: Any, direction: Any) -> dict[str, Any]:
        meta: dict[str, Any] = super()._get_serializer_field_meta(field, direction)  # type: ignore[no-untyped-call]
        if "example" in field.style:
            meta["examples"] = [field.style["example"]]
        return meta


class Problem(s.Serializer[object]):
    type = told(s.CharField, "Always about:blank: the status says what kind it is.", "about:blank")
    title = told(s.CharField, "The name of the status.", "Bad Request")
    status = told(s.IntegerField, "The status, as in the first line of the answer.", 400)
    detail = told(s.CharField, "What to do.", "Mend the parameters named in errors.")
    errors: Any = told(  # the serializer's own errors are not used
        s.DictField,
        "Parameter → sentences for people. Empty where no parameter is to blame.",
        {"country": ["There is no “ZZ” here."]},
        child=s.ListField(child=s.CharField()),
    )


class Coded(s.Serializer[object]):
    code = told(s.CharField, "Stable; see vocabularies.", "active")
    label = told(s.CharField, "For people; may change.", "Active")  # type: ignore[assignment]  # a field of that name, not the field's label


class Counted(Coded):
    code = told(s.CharField, "Code, slug or ISO code, as the question takes it.", "surgery")
    label = told(s.CharField, "For people; may change.", "Surgery")
    partnerships = told(s.IntegerField, "How many public partnerships.", 12)


class Reference(s.Serializer[object]):
    slug = told(s.CharField, "Its name in addresses.", "nhs-borders")
    name = told(s.CharField, "Its name.", "NHS Borders")


class PartialDate(s.Serializer[object]):
    value = told(s.CharField, "ISO 8601, as long as it is known: year, month or day.", "2008-05")
    precision = told(s.ChoiceField, "How much is known.", "month", choices=["year", "month", "day"])


class Sides(s.Serializer[object]):
    uk = told(s.CharField, "Of the UK side.", "2026-03-01", allow_null=True)
    partner = told(s.CharField, "Of the partner side.", "2026-02-14", allow_null=True)


class Place(s.Serializer[object]):
    latitude = told(s.FloatField, "Degrees north, WGS 84, coarsened where asked for.", -14.1)
    longitude = told(s.FloatField, "Degrees east, WGS 84, coarsened where asked for.", 31.3)
    precision = told(
        s.ChoiceField, "How exact it is.", "site", choices=["site", "city", "district"]
    )


class Figures(s.Serializer[object]):
    partnerships = told(s.IntegerField, "How many public partnerships.", 41)
    active = told(s.IntegerField, "How many of them are known to be active.", 17)
    confirmed = told(s.IntegerField, "How many a side has confirmed in the last year.", 3)
    institutions = told(s.IntegerField, "How many institutions take part in them.", 58)
    partner_countries = told(s.IntegerField, "How many countries besides the UK.", 6)


class CountedInstitution(Reference):
    partnerships = told(s.IntegerField, "How many public partnerships are shared.", 4)


class Colleagues(s.Serializer[object]):
    uk = CountedInstitution(many=True, help_text="On the UK side, most shared partnerships first.")
    partner = CountedInstitution(many=True, help_text="On the partner side, in the same order.")
    total = told(s.IntegerField, "How many there are; at most 60 are named.", 58)


class About(s.Serializer[object]):
    """What the page of an institution, country, Board or topic says besides its own fields."""

    figures = Figures(help_text="The numbers at the top of its page.")
    topics = Counted(many=True, help_text="The ten most frequent topics.")
    colleagues = Colleagues(help_text="Institutions that take part in the same partnerships.")
    partnerships_url = told(
        s.URLField,
        "The partnerships themselves, as the API lists them.",
        "https://map.example.org/api/v1/partnerships/?country=MW",
    )


class Page(s.Serializer[object]):
    count = told(s.IntegerField, "How many results there are on all pages.", 41)
    next = told(
        s.URLField,
        "Address of the next page, or null.",
        "https://map.example.org/api/v1/partnerships/?page=2",
        allow_null=True,
    )
    previous = told(
        s.URLField,
        "Address of the page before, or null.",
        "https://map.example.org/api/v1/partnerships/?page=1",
        allow_null=True,
    )
