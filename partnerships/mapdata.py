"""What the map draws: sites, who meets there, and what cannot be placed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from partnerships.choices import Precision
from partnerships.mapcells import Sites, cells, institutions_named, sites_of
from partnerships.mapview import Window
from partnerships.models import Country, Institution, Partnership, PublicLocation
from partnerships.models.partnerships import PartnershipQuerySet

#: Above this many partnerships the map gets cells with counts, without the partnerships.
MOST_PARTNERSHIPS = 1000

_SITE = (
    "institution__slug",
    "institution__name",
    "institution__country_id",
    "institution__uk_nation",
    "institution__city",
    "side",
    "latitude",
    "longitude",
    "precision",
)


def map_data(results: PartnershipQuerySet, countries: dict[str, int]) -> dict[str, Any]:
    """JSON-ready sites and partnerships; two queries.

    `sites`: slug, name, town, country, nation (of the UK, or empty), side, lat and lon in degrees
    WGS 84 (already coarsened), precision, count, and `partnerships`, indexes into the list of that
    name. `partnerships`: slug, name and `sites`, indexes the other way. `unplaced`: slug and name
    of results without any public place. `count`: all results. `countries`: results by country,
    as given.
    """
    sites: dict[tuple[Any, ...], dict[str, Any]] = {}
    partnerships: dict[str, dict[str, Any]] = {}
    places = PublicLocation.objects.filter(partnership__in=results.values("pk"))
    rows = places.order_by("institution__slug", "partnership__name_key", "partnership")
    for slug, name, *site in rows.values_list("partnership__slug", "partnership__name", *_SITE):
        place = sites.setdefault(tuple(site), _site(len(sites), site))
        partnership = partnerships.setdefault(
            slug, {"index": len(partnerships), "slug": slug, "name": name, "sites": []}
        )
        place["partnerships"].append(partnership["index"])
        place["count"] += 1
        partnership["sites"].append(place["index"])
    left = [
        {"slug": slug, "name": name}
        for slug, name in unplaced(results).order_by("name_key", "pk").values_list("slug", "name")
    ]
    return {
        "count": len(partnerships) + len(left),
        "is_summary": False,
        "sites": [_without_index(site) for site in sites.values()],
        "partnerships": [_without_index(partnership) for partnership in partnerships.values()],
        "unplaced": left,
        "unplaced_count": len(left),
        "countries": countries,
    }


def unplaced(results: PartnershipQuerySet) -> PartnershipQuerySet:
    """The results without any public place."""
    return results.exclude(pk__in=PublicLocation.objects.values("partnership"))


def places_of(partnerships: Iterable[Partnership]) -> dict[str, list[list[Any]]]:
    """slug → [latitude, longitude, side, UK nation or ""] of each public place. One query, none
    where there is no partnership."""
    found: dict[str, list[list[Any]]] = {partnership.slug: [] for partnership in partnerships}
    if found:
        places = PublicLocation.objects.filter(partnership__slug__in=found)
        rows = places.order_by("partnership", "institution__slug")
        columns = ("latitude", "longitude", "side", "institution__uk_nation")
        for slug, *place in rows.values_list("partnership__slug", *columns):
            found[slug].append(place)
    return found


def _site(index: int, values: list[Any]) -> dict[str, Any]:
    slug, name, country, nation, city, side, latitude, longitude, precision = values
    return {
        "index": index,
        "slug": slug,
        "name": name,
        # A place that is drawn coarser than it is known may be hidden with its town.
        "town": "" if precision == Precision.DISTRICT else city,
        "country": country,
        "nation": nation,
        "side": side,
        "lat": latitude,
        "lon": longitude,
        "precision": precision,
        "count": 0,
        "partnerships": [],
    }


def _without_index(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name != "index"}


@dataclass(frozen=True, slots=True)
class Whole:
    """What is kept of a question with too many results to send, whatever is looked at."""

    sites: Sites
    count: int
    unplaced_count: int


def whole(results: PartnershipQuerySet, count: int) -> Whole:
    """Two queries; half a second for 200,000 public locations."""
    rows = PublicLocation.objects.filter(partnership__in=results.values("pk")).order_by()
    columns = ("partnership_id", "institution_id", "side", "latitude", "longitude", "precision")
    return Whole(sites_of(rows.values_list(*columns)), count, unplaced(results).count())


def map_summary(found: Whole, window: Window, countries: dict[str, int]) -> dict[str, Any]:
    """JSON-ready cells of what is looked at: see `mapcells.cells`. One query.

    In place of `institutions` a cell has `sites`: slug, name, country, nation and town of each; the
    town only of a single place that is shown exactly.
    """
    shown = cells(found.sites, window)
    fields = ("slug", "name", "country_id", "uk_nation", "city")
    rows = Institution.objects.filter(pk__in=set(institutions_named(shown))).order_by()
    named = {
        pk: dict(zip(("slug", "name", "country", "nation", "town"), values, strict=True))
        for pk, *values in rows.values_list("pk", *fields)
    }
    for cell in shown:
        town = {} if cell.get("precision") == Precision.SITE else {"town": ""}
        cell["sites"] = [named[pk] | town for pk in cell.pop("institutions")]
    return {
        "count": found.count,
        "is_summary": True,
        "cells": shown,
        "sites": [],
        "partnerships": [],
        "unplaced": [],
        "unplaced_count": found.unplaced_count,
        "countries": countries,
    }


#: Lines to so many partnerships are drawn from one place.
MOST_LINES = 300


def ends_at(results: PartnershipQuerySet, institution: Institution) -> dict[str, Any]:
    """What the map draws for a place: `at`, the place itself (latitude, longitude, side,
    precision, name, count), empty where it is not drawn, and `ends`, slug → the public places of
    each partnership there, as [latitude, longitude, side, nation]. Two queries."""
    there = PublicLocation.objects.filter(
        institution=institution, partnership__in=results.values("pk")
    )
    own = list(
        there.order_by("partnership__name_key", "partnership").values_list(
            "partnership", "latitude", "longitude", "side", "precision"
        )
    )
    wanted = [partnership for partnership, *_ in own[:MOST_LINES]]
    rows = PublicLocation.objects.filter(partnership__in=wanted).order_by("institution__slug")
    ends: dict[str, list[Any]] = {}
    for slug, *end in rows.values_list(
        "partnership__slug", "latitude", "longitude", "side", "institution__uk_nation"
    ):
        ends.setdefault(slug, []).append(end)
    at = [*own[0][1:], institution.name, len(own)] if own else []
    return {"at": at, "ends": ends}


def map_countries() -> list[dict[str, Any]]:
    """Every country's codes, name and the point of its label; `tall` is its height in degrees."""
    rows = Country.objects.order_by("alpha2").values_list(
        "alpha2", "numeric", "common_name", "latitude", "longitude", "bbox_south", "bbox_north"
    )
    return [
        {
            "code": code,
            "numeric": numeric,
            "name": name,
            "lat": latitude,
            "lon": longitude,
            "tall": round(north - south, 1),
        }
        for code, numeric, name, latitude, longitude, south, north in rows
    ]
