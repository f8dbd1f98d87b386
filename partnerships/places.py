"""Places that the register knows, by name: for saying where an institution is. Public ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from partnerships.choices import LocationLevel, Precision
from partnerships.models import Country, Institution
from partnerships.policies.coordinates import PublicPoint, public_point, shows_city
from partnerships.policies.normalise import key, query_words

MOST = 6
#: So many institutions are looked at.
_LOOKED_AT = 60
_TOLD = [level for level in LocationLevel.values if shows_city(level)]


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees; `precision` is that of the point, and empty where it is only a country's middle."""

    name: str
    about: str
    latitude: float
    longitude: float
    precision: str = ""
    city: str = ""
    country: str = ""


def places_called(text: str) -> list[Place]:
    """Towns first, then institutions, then countries; at most MOST of each."""
    words = query_words(text)
    if not words:
        return []
    # Of the others not even the town is told, so none is found by it.
    rows = Institution.objects.matching_words(words).filter(location_level__in=_TOLD)
    found = rows.select_related("country").order_by("name_key")[:_LOOKED_AT]
    points = [(each, point) for each in found if (point := _point(each))]
    sites = [
        Place(
            each.name,
            ", ".join(part for part in (each.city, each.country.common_name) if part),
            point.latitude,
            point.longitude,
            point.precision,
            each.city,
            each.country_id,
        )
        for each, point in points[:MOST]
    ]
    return [*_towns(points, words)[:MOST], *sites, *_countries(words)[:MOST]]


def _point(each: Institution) -> PublicPoint | None:
    return public_point(each.latitude, each.longitude, each.precision, each.location_level)


def _towns(points: Iterable[tuple[Institution, PublicPoint]], words: list[str]) -> list[Place]:
    """Where the institutions of a town stand, on average."""
    towns = defaultdict(list)
    for each, point in points:
        if each.city and _fits(each.city, words):
            towns[each.city, each.country].append(point)
    return [
        Place(
            city,
            country.common_name,
            fmean(point.latitude for point in known),
            fmean(point.longitude for point in known),
            Precision.CITY,
            city,
            country.pk,
        )
        for (city, country), known in towns.items()
    ]


def _countries(words: list[str]) -> list[Place]:
    return [
        Place(each.common_name, "", each.latitude, each.longitude, country=each.pk)
        for each in Country.objects.order_by("common_name")
        if _fits(each.common_name, words)
    ]


def _fits(name: str, words: list[str]) -> bool:
    known = key(name).split()
    return all(any(one.startswith(word) for one in known) for word in words)
