"""Public records as GeoJSON (RFC 7946): the only place where longitude comes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

CONTENT_TYPE = "application/geo+json"
#: What stands around the features, with commas between those.
HEAD, TAIL = '{"type": "FeatureCollection", "features": [', "\n]}\n"


Cut = Callable[[dict[str, Any]], dict[str, Any]]


def feature(record: dict[str, Any], cut: Cut | None = None) -> dict[str, Any]:
    """One Feature: a MultiPoint of the members' public places in degrees, or null geometry; its
    properties are the record, `cut` down to what was asked for."""
    places = [[place["longitude"], place["latitude"]] for place in record["locations"]]
    shown = cut(record) if cut else record
    return {
        "type": "Feature",
        "id": record["id"],
        "geometry": {"type": "MultiPoint", "coordinates": places} if places else None,
        "properties": {name: value for name, value in shown.items() if name != "locations"},
    }


def point_feature(record: dict[str, Any]) -> dict[str, Any]:
    """One Feature of an institution: a Point in degrees, or null geometry."""
    place = record["location"]
    point = [place["longitude"], place["latitude"]] if place else None
    return {
        "type": "Feature",
        "id": record["id"],
        "geometry": {"type": "Point", "coordinates": point} if point else None,
        "properties": {name: value for name, value in record.items() if name != "location"},
    }


def collection(records: Iterable[dict[str, Any]], cut: Cut | None = None) -> Iterator[str]:
    """A FeatureCollection as pieces of text, one feature at a time."""
    yield HEAD
    before = ""
    for record in records:
        yield f"{before}\n{json.dumps(feature(record, cut), ensure_ascii=False)}"
        before = ","
    yield TAIL
