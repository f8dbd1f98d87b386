"""Everything that the public may know of one partnership, loaded for its page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Cast

from partnerships.choices import ConsentPurpose
from partnerships.models import (
    Coordinator,
    Funding,
    Partnership,
    PublicLocation,
)

#: Plain lists of coded rows on a record, and what orders each beside its label.
_TERMS = {"activities": "position", "professions": "position", "sdgs": "number"}


@dataclass(frozen=True, slots=True)
class Terms:
    """Labels of a record's coded lists, in the order of their vocabularies."""

    activities: list[str] = field(default_factory=list)
    professions: list[str] = field(default_factory=list)
    sdgs: list[str] = field(default_factory=list)


def load(partnership: Partnership, today: date) -> None:
    """Members' named coordinators, funding, agreements and public places: four queries.

    Of coordinators only those who agreed to be named and are in office.
    """
    named = Coordinator.objects.consenting_to(ConsentPurpose.SHOW_NAME)
    titled = Coordinator.objects.consenting_to(ConsentPurpose.SHOW_ROLE)
    prefetch_related_objects(
        [partnership],
        Prefetch(
            "members__coordinators",
            queryset=named.annotate(shows_title=Exists(titled.filter(pk=OuterRef("pk")))).order_by(
                "pk"
            ),
            to_attr="named",
        ),
        Prefetch(
            "funding",
            queryset=Funding.objects.select_related("funder").order_by("from_year", "pk"),
        ),
        "agreements",
        Prefetch("public_locations", queryset=PublicLocation.objects.select_related("institution")),
    )
    for member in partnership.members.all():
        member.shown_coordinators = [  # type: ignore[attr-defined]
            (person.name, person.job_title if person.shows_title else "")
            for person in member.named  # type: ignore[attr-defined]
            if _in_office(person, today)
        ]


def terms_of(partnership: Partnership) -> Terms:
    """One query for all of them."""
    found: dict[str, list[str]] = {name: [] for name in _TERMS}
    first, *rest = (_labels(partnership, name, order) for name, order in _TERMS.items())
    for name, number, label in sorted(first.union(*rest, all=True)):
        found[name].append(f"{number} {label}" if name == "sdgs" else label)
    return Terms(**found)


def _labels(partnership: Partnership, name: str, order: str) -> Any:
    rows = getattr(partnership, name).order_by()
    return rows.annotate(
        _list=Value(name, output_field=CharField()),
        _order=Cast(F(order), IntegerField()),
    ).values_list("_list", "_order", "label")


def _in_office(person: Coordinator, today: date) -> bool:
    return (person.since is None or person.since <= today) and (
        person.until is None or person.until > today
    )
