"""Many sites on a map as cells of a grid, each with exact numbers, for whatever is looked at.

One pass over the public locations of a question makes a compact index of its sites; any view at
any zoom is then counted from that, without the database. A partnership with several sites on one
side must count once in a cell that holds them all. So its sites are put in the order of a curve
on which the cells of every level lie one after the other (Morton's): neighbours on it that share
a cell are one count too many there, and at every coarser level. These are the `seams`.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import asinh, atan, degrees, pi, radians, sinh, tan
from typing import Any

from partnerships.choices import Precision, Side
from partnerships.filters import Box
from partnerships.mapview import Window

#: The finest grid has 2^TOP cells on a side: some 40 metres at the equator.
TOP = 20
#: A cell is a quarter of a map tile, 64 pixels; at most so many of them across a view.
CELLS_IN_A_TILE = 2
MOST_ACROSS = 64
#: The part of its cell, around the middle, that a marker keeps to, so that markers stay apart.
MIDDLE = 0.4
#: From this zoom on one place stands where it is, and the places of a cell are named.
CLOSE = 8
MOST_NAMED = 20
EDGE = 85.0511  # of the square map, in degrees of latitude

_SIDES = (str(Side.UK), str(Side.PARTNER))
_PRECISIONS = tuple(map(str, Precision))
Row = tuple[int, int, str, float, float, str]


def position(latitude: float, longitude: float) -> tuple[float, float]:
    """Where on the square map, each from 0 to 1: from the west, from the north."""
    latitude = min(EDGE, max(-EDGE, latitude))
    return (longitude + 180) / 360, (1 - asinh(tan(radians(latitude))) / pi) / 2


def degrees_at(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude, to four places (ten metres)."""
    return round(degrees(atan(sinh(pi * (1 - 2 * y)))), 4), round(x * 360 - 180, 4)


def _step(value: float, level: int = TOP) -> int:
    return min((1 << level) - 1, max(0, int(value * (1 << level))))


#: The bits of a number below 1024, each with a zero before it.
_SPREAD = [sum((number >> bit & 1) << 2 * bit for bit in range(TOP // 2)) for number in range(1024)]


def _morton(x: int, y: int) -> int:
    high = _SPREAD[x >> 10] | _SPREAD[y >> 10] << 1
    return high << TOP | _SPREAD[x & 1023] | _SPREAD[y & 1023] << 1


@dataclass(slots=True)
class Sites:
    """The sites of one question, as columns; pickles to some 40 bytes a site.

    A site is an institution at one public point. `seam_…` are the counts to take off: for a side,
    at a point, in every cell up to a level.
    """

    institution: array[int] = field(default_factory=lambda: array("q"))
    side: array[int] = field(default_factory=lambda: array("b"))
    latitude: array[float] = field(default_factory=lambda: array("d"))
    longitude: array[float] = field(default_factory=lambda: array("d"))
    precision: array[int] = field(default_factory=lambda: array("b"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    count: array[int] = field(default_factory=lambda: array("i"))
    seam_side: array[int] = field(default_factory=lambda: array("b"))
    seam_x: array[int] = field(default_factory=lambda: array("i"))
    seam_y: array[int] = field(default_factory=lambda: array("i"))
    seam_level: array[int] = field(default_factory=lambda: array("b"))
    seam_count: array[int] = field(default_factory=lambda: array("i"))


def sites_of(rows: Iterable[Row]) -> Sites:
    """From (partnership, institution, side, latitude, longitude, precision), in any order."""
    known: dict[tuple[Any, ...], int] = {}
    counts: list[int] = []
    first: dict[tuple[int, str], int] = {}
    several: dict[tuple[int, str], list[int]] = {}
    for partnership, institution, side, latitude, longitude, precision in rows:
        key = (institution, side, latitude, longitude, precision)
        index = known.get(key)
        if index is None:
            index = known[key] = len(counts)
            counts.append(0)
        counts[index] += 1
        owner = (partnership, side)
        before = first.setdefault(owner, index)
        if before != index:  # an institution is a member once, so at one of its points
            several.setdefault(owner, [before]).append(index)
    sites = Sites(count=array("i", counts))
    for institution, side, latitude, longitude, precision in known:
        x, y = position(latitude, longitude)
        sites.institution.append(institution)
        sites.side.append(_SIDES.index(side))
        sites.latitude.append(latitude)
        sites.longitude.append(longitude)
        sites.precision.append(_PRECISIONS.index(precision))
        sites.x.append(_step(x))
        sites.y.append(_step(y))
    _sew(sites, several.values())
    return sites


def _sew(sites: Sites, groups: Iterable[list[int]]) -> None:
    codes = {i: _morton(sites.x[i], sites.y[i]) for group in groups for i in group}
    seams: Counter[tuple[int, int]] = Counter()
    for group in groups:
        for one, other in pairwise(sorted(group, key=codes.__getitem__)):
            apart = (sites.x[one] ^ sites.x[other]) | (sites.y[one] ^ sites.y[other])
            seams[other, TOP - apart.bit_length()] += 1
    for (index, level), count in seams.items():
        sites.seam_side.append(sites.side[index])
        sites.seam_x.append(sites.x[index])
        sites.seam_y.append(sites.y[index])
        sites.seam_level.append(level)
        sites.seam_count.append(count)


@dataclass(slots=True)
class _Cell:
    sites: list[int] = field(default_factory=list)
    count: int = 0


def cells(sites: Sites, window: Window) -> list[dict[str, Any]]:
    """JSON-ready cells that hold sites of a view, most partnerships first.

    Each has `side`, `lat` and `lon` of its marker, `count` (distinct partnerships), `places`
    (distinct institutions) and `institutions`, their keys where they are to be named; of a single
    place also `precision`.
    """
    level = _level(window)
    shift = TOP - level
    columns, north, south = _range(window.view, level)
    found: defaultdict[tuple[int, int, int], _Cell] = defaultdict(_Cell)
    for index, (side, x, y) in enumerate(zip(sites.side, sites.x, sites.y, strict=True)):
        row, column = y >> shift, x >> shift
        if north <= row <= south and column in columns:
            cell = found[side, column, row]
            cell.sites.append(index)
            cell.count += sites.count[index]
    for side, x, y, depth, count in zip(
        sites.seam_side, sites.seam_x, sites.seam_y, sites.seam_level, sites.seam_count, strict=True
    ):
        if depth >= level:
            key = (side, x >> shift, y >> shift)
            if key in found:
                found[key].count -= count
    shared = {key[1:] for key in found if key[0] and (0, *key[1:]) in found}
    made = [
        _shown(sites, key, cell, level, window.zoom, is_shared=key[1:] in shared)
        for key, cell in found.items()
    ]
    return sorted(made, key=lambda cell: (-cell["count"], cell["side"], cell["lat"], cell["lon"]))


def _level(window: Window) -> int:
    """As fine as the zoom asks for, and no finer than an answer can hold."""
    level = min(TOP, window.zoom + CELLS_IN_A_TILE)
    while level and max(_spans(window.view, level)) > MOST_ACROSS:
        level -= 1
    return level


def _spans(view: Box, level: int) -> tuple[int, int]:
    columns, north, south = _range(view, level)
    return len(columns), south - north + 1


def _range(view: Box, level: int) -> tuple[Any, int, int]:
    """The columns, and the first and last row, of a view."""
    west, north = (_step(value, level) for value in position(view.north, view.west))
    east, south = (_step(value, level) for value in position(view.south, view.east))
    if view.west <= view.east:
        return range(west, east + 1), north, south
    return {*range(west, 1 << level), *range(east + 1)}, north, south


def _shown(
    sites: Sites,
    key: tuple[int, int, int],
    cell: _Cell,
    level: int,
    zoom: int,
    *,
    is_shared: bool,
) -> dict[str, Any]:
    side, column, row = key
    places = list(dict.fromkeys(sites.institution[i] for i in cell.sites))
    points = {(sites.latitude[i], sites.longitude[i]) for i in cell.sites}
    middle = (0.25, 0.75)[side] if is_shared else 0.5
    latitude, longitude = _marker(sites, cell.sites, (column, row), level, middle)
    if len(points) == 1 and zoom >= CLOSE:
        latitude, longitude = points.pop()
        points.add((latitude, longitude))
    is_named = len(places) == 1 or (
        len(places) <= MOST_NAMED and (zoom >= CLOSE or len(points) == 1)
    )
    shown = {
        "side": _SIDES[side],
        "lat": latitude,
        "lon": longitude,
        "count": cell.count,
        "places": len(places),
        "institutions": places if is_named else [],
    }
    if len(places) == 1:
        shown["precision"] = _PRECISIONS[max(sites.precision[i] for i in cell.sites)]
    return shown


def _marker(
    sites: Sites, members: list[int], place: tuple[int, int], level: int, middle: float
) -> tuple[float, float]:
    """The middle of the sites, kept to the middle of their cell, or of their side's half of it."""
    total = sum(sites.count[i] for i in members)
    size = 1 << TOP - level
    places = []
    half = MIDDLE / 2 if middle == 0.5 else MIDDLE / 8
    parts = zip(place, (sites.x, sites.y), (middle, 0.5), (half, MIDDLE / 2), strict=True)
    for cell, axis, centre, off in parts:
        mean = sum(axis[i] * sites.count[i] for i in members) / total / size - cell
        kept = min(centre + off, max(centre - off, mean))
        places.append((cell + kept) / (1 << level))
    return degrees_at(*places)


def institutions_named(found: Iterable[dict[str, Any]]) -> Iterator[int]:
    for cell in found:
        yield from cell["institutions"]
