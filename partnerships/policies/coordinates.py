"""Which coordinates are believable, and how exactly the public may see them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from partnerships.choices import LocationLevel, Precision

#: Grid steps in degrees of latitude and longitude: 0.1° is about 11 km, 0.5° about 55 km.
_GRID = {LocationLevel.CITY: 0.1, LocationLevel.DISTRICT: 0.5}
_COARSER = {LocationLevel.CITY: Precision.CITY, LocationLevel.DISTRICT: Precision.DISTRICT}
_PLACED = (Precision.SITE, Precision.CITY, Precision.DISTRICT)
_ORDER = tuple(LocationLevel)


@dataclass(frozen=True, slots=True)
class PublicPoint:
    """A place as the public may see it: degrees WGS 84 and how well it is known."""

    latitude: float
    longitude: float
    precision: str


def problem_with(latitude: float | None, longitude: float | None) -> str | None:
    """Say what is wrong with a pair of coordinates in degrees, or None if nothing is."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        return "Give both latitude and longitude, or neither."
    if not (isfinite(latitude) and -90 <= latitude <= 90):
        return "Latitude must be between -90 and 90 degrees."
    if not (isfinite(longitude) and -180 <= longitude <= 180):
        return "Longitude must be between -180 and 180 degrees."
    if latitude == 0 and longitude == 0:
        return "0, 0 is a point in the sea off Ghana. Leave both empty if the place is unknown."
    return None


def coarser(one: str, other: str) -> str:
    """The stricter of two location levels."""
    return max(one, other, key=lambda level: _ORDER.index(LocationLevel(level)))


def effective_level(level: str, is_sensitive: bool) -> str:
    """The level that outputs go by: of a sensitive record never finer than the district."""
    return coarser(level, LocationLevel.DISTRICT) if is_sensitive else level


def public_point(
    latitude: float | None, longitude: float | None, precision: str, level: str
) -> PublicPoint | None:
    """Coarsen a place to a location level; None where it may not or cannot be drawn as a point.

    Rounds to a grid of 0.1° (city) or 0.5° (district), so that repeated looks never add up to
    the exact place. A place known only to its region or country is not a point at all.
    """
    if latitude is None or longitude is None or precision not in _PLACED:
        return None
    if level == LocationLevel.EXACT:
        return PublicPoint(latitude, longitude, precision)
    step = _GRID.get(LocationLevel(level))
    if step is None:
        return None
    shown = _COARSER[LocationLevel(level)]
    if precision == Precision.DISTRICT:
        shown = Precision.DISTRICT
    return PublicPoint(
        round(round(latitude / step) * step, 1), round(round(longitude / step) * step, 1), shown
    )


def shows_city(level: str) -> bool:
    """Whether the name of a member's town may be published at this location level."""
    return level in (LocationLevel.EXACT, LocationLevel.CITY)
