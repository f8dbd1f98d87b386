"""Everything that the public may know of one partnership: for its page, and for machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Prefetch,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Cast
from django.utils import timezone

from partnerships.choices import ConsentPurpose, Freshness, FundingBand, Side
from partnerships.models import (
    HOME_COUNTRY,
    Agreement,
    Coordinator,
    Country,
    Funding,
    Member,
    Partnership,
    PublicLocation,
)
from partnerships.policies.coordinates import coarser, effective_level, shows_city
from partnerships.policies.freshness import freshness
from partnerships.twinning import cycle_records

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
            if person.is_in_office(today)
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


# -------------------------------------------------------------------------------- for machines

#: Related partnerships are counted for at most so many institutions of each side.
INSTITUTIONS_COUNTED = 3
Record = dict[str, Any]


def detail_record(record: Record, key: int, today: date, has: Callable[[str], bool]) -> Record:
    """What one record tells beyond those of lists, and its members with their towns. Seven
    queries at most: `has` says which fields are wanted. Of people nothing
    (docs/adr/0023-the-api-names-nobody.md)."""
    row = (
        Partnership.objects.annotate(agreed=Max("checklists__agreed_at"))
        .values("location_level", "is_sensitive", "last_confirmed_on", "agreed")
        .get(pk=key)
    )
    state = freshness(row["last_confirmed_on"], today)
    agreed = row["agreed"]
    found: Record = {
        "permanent_url": record["url"].replace(f"/{record['slug']}/", f"/{record['id']}/"),
        "freshness": {"code": str(state), "label": str(Freshness(state).label)},
        "checklist_agreed": timezone.localtime(agreed).strftime("%Y-%m") if agreed else None,
    }
    if has("members"):
        level = effective_level(row["location_level"], row["is_sensitive"])
        towns = _towns(key, level)
        found["members"] = [
            member | {"town": towns.get(member["institution"]["slug"], "")}
            for member in record["members"]
        ]
    if has("funding"):
        found["funding"] = _funding(key)
    if has("agreements"):
        found["agreements"] = _agreements(key)
    if has("twinning_cycles"):
        found["twinning_cycles"] = cycle_records(key)
    return found


def _towns(key: int, level: str) -> dict[str, str]:
    """Slug of a member → its town, where the record and the institution let the public know it."""
    rows = Member.objects.filter(partnership=key).values_list(
        "institution__slug", "institution__city", "institution__location_level"
    )
    return {slug: town for slug, town, own in rows if shows_city(coarser(level, own))}


def _funding(key: int) -> list[Record]:
    rows = Funding.objects.filter(partnership=key).select_related("funder")
    return [
        {
            "funder": {"code": row.funder.code, "label": row.funder.label},
            "scheme": row.scheme,
            "since": row.from_year,
            "until": row.until_year,
            "band": None
            if row.band == FundingBand.UNDISCLOSED
            else {"code": row.band, "label": row.get_band_display()},
        }
        for row in rows.order_by("from_year", "pk")
    ]


def _agreements(key: int) -> list[Record]:
    return [
        {
            "title": row.title,
            "signed": _day(row.signed_on),
            "renewed": _day(row.renewed_on),
            "expires": _day(row.expires_on),
            "document_url": row.document_url,
        }
        for row in Agreement.objects.filter(partnership=key).order_by("signed_on", "pk")
    ]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def related_questions(record: Record) -> list[tuple[str, dict[str, str]]]:
    """(what is shared, question) for what a page says of others: at its institutions, on its topic
    in its country, with its Board. One query."""
    owner = record["health_board"]
    questions: list[tuple[str, dict[str, str]]] = []
    for side in (Side.PARTNER, Side.UK):
        places = [m["institution"] for m in record["members"] if m["side"] == side]
        questions += [
            (f"at {place['name']}", {"institution": place["slug"]})
            for place in places[:INSTITUTIONS_COUNTED]
            if not owner or place["slug"] != owner["slug"]
        ]
    topic, country = next(iter(record["topics"]), None), _country_of(record)
    if topic and country:
        about = f"about {topic['label'].lower()} in {country.common_name}"
        questions.append((about, {"topic": topic["code"], "country": country.alpha2}))
    if owner:
        questions.append((f"with {owner['name']}", {"board": owner["slug"]}))
    return questions


def _country_of(record: Record) -> Country | None:
    """The country of the first member abroad, or else the first that is named."""
    away = [m["institution"]["country"] for m in record["members"] if m["side"] == Side.PARTNER]
    codes = away[:1] or [code for code in record["countries"] if code != HOME_COUNTRY]
    return Country.objects.filter(pk__in=codes).order_by("common_name").first()
