"""What the map draws: sites, who meets there, and what cannot be placed."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from partnerships.models import PublicLocation
from partnerships.models.partnerships import PartnershipQuerySet

#: Above this many partnerships the map gets sites with counts, without the partnerships.
MOST_PARTNERSHIPS = 5000

_SITE = (
    "institution__slug",
    "institution__name",
    "institution__country_id",
    "institution__uk_nation",
    "side",
    "latitude",
    "longitude",
    "precision",
)


def map_data(results: PartnershipQuerySet) -> dict[str, Any]:
    """JSON-ready sites and partnerships; five queries at most.

    `sites`: slug, name, country, nation (of the UK, or empty), side, lat and lon in degrees WGS 84
    (already coarsened), precision, count, and `partnerships`, indexes into the list of that name.
    `partnerships`: slug, name and `sites`, indexes the other way. `unplaced`: slug and name of
    results without any public place. `count`: all results. `is_summary` is true where there were
    too many for the lists, which are then empty; `unplaced_count` always holds.
    """
    count = results.count()
    places = PublicLocation.objects.filter(partnership__in=results.values("pk"))
    unplaced = results.exclude(pk__in=PublicLocation.objects.values("partnership"))
    if count > MOST_PARTNERSHIPS:
        return _summary(places, count, unplaced.count())
    sites: dict[tuple[Any, ...], dict[str, Any]] = {}
    partnerships: dict[str, dict[str, Any]] = {}
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
        for slug, name in unplaced.order_by("name_key", "pk").values_list("slug", "name")
    ]
    return {
        "count": count,
        "is_summary": False,
        "sites": [_without_index(site) for site in sites.values()],
        "partnerships": [_without_index(partnership) for partnership in partnerships.values()],
        "unplaced": left,
        "unplaced_count": len(left),
    }


def _site(index: int, values: list[Any]) -> dict[str, Any]:
    slug, name, country, nation, side, latitude, longitude, precision = values
    return {
        "index": index,
        "slug": slug,
        "name": name,
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


def _summary(places: Any, count: int, unplaced_count: int) -> dict[str, Any]:
    counted = places.order_by("institution__slug").values_list(*_SITE).annotate(n=Count("pk"))
    sites = [{**_site(0, values), "count": n} for *values, n in counted]
    return {
        "count": count,
        "is_summary": True,
        "sites": [_without_index(site) for site in sites],
        "partnerships": [],
        "unplaced": [],
        "unplaced_count": unplaced_count,
    }
