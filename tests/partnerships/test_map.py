"""The map's numbers are those of a count by hand, whatever is looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from math import cos, log, pi, radians, tan
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from partnerships.filters import Box
from partnerships.mapcells import MOST_ACROSS, cells
from partnerships.mapdata import MOST_PARTNERSHIPS, whole
from partnerships.mapview import WORLD, Window
from partnerships.models import PublicLocation
from partnerships.search import InvalidQuestion, PartnershipSearch
from partnerships.services.reference import load
from partnerships.services.users import system_user
from partnerships.synthetic import make
from tests.factories import records

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBER = 1200
SCOTLAND = Box(-8.0, 54.5, 0.0, 61.0)
PACIFIC = Box(140.0, -50.0, -60.0, 50.0)
WINDOWS = [
    Window(0, WORLD), Window(), Window(4, WORLD), Window(6, SCOTLAND), Window(9, SCOTLAND),
    Window(3, PACIFIC), Window(7, Box(30.0, -18.0, 36.0, -9.0)), Window(18, WORLD),
    Window(18, Box(0.0, 0.0, 0.0, 0.0)),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load(by=system_user(), at=AT)
        make(NUMBER, seed=3, at=AT, progress=lambda what, done, of: None)
        yield
        transaction.set_rollback(True)


def cell_of(latitude: float, longitude: float, level: int) -> tuple[int, int]:
    y = (1 - log(tan(radians(latitude)) + 1 / cos(radians(latitude))) / pi) / 2
    return int((longitude + 180) / 360 * 2**level), int(y * 2**level)


def by_hand(
    search: PartnershipSearch, view: Box, level: int
) -> dict[tuple[Any, ...], tuple[int, int]]:
    """(side, column, row) of every cell that a view touches → partnerships, institutions."""
    who: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    where: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    wanted = set(search.results().values_list("pk", flat=True))
    for place in PublicLocation.objects.all():
        if place.partnership_id in wanted:
            key = (place.side, *cell_of(place.latitude, place.longitude, level))
            who[key].add(place.partnership_id)
            where[key].add(place.institution_id)
    west, north = cell_of(min(85.05, view.north), min(179.999, view.west), level)
    east, south = cell_of(max(-85.05, view.south), min(179.999, view.east), level)
    return {
        key: (len(found), len(where[key]))
        for key, found in who.items()
        if north <= key[2] <= south
        and (west <= key[1] <= east if view.west <= view.east else key[1] >= west or key[1] <= east)
    }


def level_of(window: Window) -> int:
    """By trying: the finest grid with at most so many cells across the view."""
    level = min(20, window.zoom + 2)
    while True:
        west, north = cell_of(min(85.05, window.view.north), window.view.west, level)
        east, south = cell_of(max(-85.05, window.view.south), min(179.999, window.view.east), level)
        width = (
            east - west if window.view.west <= window.view.east else east + 2**level - west
        ) + 1
        if max(width, south - north + 1) <= MOST_ACROSS:
            return level
        level -= 1


@pytest.mark.parametrize(
    "params", [{}, {"region": ["AFR"]}, {"country": ["MW"], "nation": ["SCT"]}]
)
def test_cells_count_what_a_count_by_hand_counts(made: None, params: Any) -> None:
    search = PartnershipSearch(params, at=AT)
    sites = whole(search.results(), search.count).sites
    for window in WINDOWS:
        level = level_of(window)
        shown = cells(sites, window)
        found = {
            (cell["side"], *cell_of(cell["lat"], cell["lon"], level)): (
                cell["count"],
                cell["places"],
            )
            for cell in shown
        }
        assert len(found) == len(shown)
        assert found == by_hand(search, window.view, level), window
    assert len(cells(sites, Window())) > 10


def test_a_summary_has_the_numbers_of_the_search(made: None) -> None:
    search = PartnershipSearch({}, at=AT)
    assert search.count > MOST_PARTNERSHIPS
    with CaptureQueriesContext(connection) as captured:
        data = search.for_map()
    assert len(captured) <= 6
    assert data["is_summary"]
    assert data["count"] == search.count
    elsewhere = PartnershipSearch({"on_map": ["no"]}, at=AT)
    assert data["unplaced_count"] == elsewhere.count > 0
    malawi = PartnershipSearch({"country": ["MW"]}, at=AT)
    assert data["countries"]["MW"] == malawi.count > 10
    assert PartnershipSearch({"on_map": ["yes"]}, at=AT).count == search.count - elsewhere.count


def test_the_whole_form_has_the_same_numbers(made: None) -> None:
    search = PartnershipSearch({"country": ["MW"]}, at=AT)
    data = search.for_map()
    assert not data["is_summary"]
    assert data["count"] == search.count
    assert data["countries"]["MW"] == search.count
    listed = PartnershipSearch({"country": ["MW"], "on_map": ["no"]}, at=AT).for_list()
    assert [one["slug"] for one in data["unplaced"]] == [one.slug for one in listed]
    sites = {(s["slug"], s["lat"], s["lon"]): s["count"] for s in data["sites"]}
    assert sum(sites.values()) == sum(len(one["sites"]) for one in data["partnerships"])


def test_a_cell_with_one_place_names_it_and_close_ones_name_several(made: None) -> None:
    search = PartnershipSearch({"zoom": ["9"], "view": ["-8,54.5,0,61"]}, at=AT)
    for cell in search.for_map()["cells"]:
        if cell["places"] <= 20:
            assert len({site["slug"] for site in cell["sites"]}) == cell["places"]
        assert ("precision" in cell) == (cell["places"] == 1)
    world = PartnershipSearch({}, at=AT).for_map()["cells"]
    assert any(cell["places"] > 1 and not cell["sites"] for cell in world)


def test_places_at_one_point_are_named_at_every_zoom(made: None) -> None:
    """Nothing else can tell them apart."""
    first, second = (
        records.make_institution(name, country="MW", latitude=-44.4, longitude=-160.2)
        for name in ("Left", "Right")
    )
    home = records.make_institution(country="GB")
    records.make_partnership("Both", members=[home, first, second])
    sites = whole(PartnershipSearch({}, at=AT).results(), 1).sites
    (cell,) = [cell for cell in cells(sites, Window()) if cell["lat"] < -40 and cell["lon"] < -150]
    assert (cell["count"], cell["places"]) == (1, 2)
    assert set(cell["institutions"]) == {first.pk, second.pk}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zoom", "19"), ("zoom", "-1"), ("zoom", "٣"), ("zoom", "1.5"), ("zoom", "9" * 5000),
        ("zoom", "1\x00"), ("view", "nan,0,1,1"), ("view", "1,2,3"), ("view", "-181,0,0,1"),
        ("view", "0,10,1,5"),
    ],
)  # fmt: skip
def test_a_view_that_is_none_is_refused(name: str, value: str) -> None:
    search = PartnershipSearch({name: [value], "country": ["QQ"]})
    with pytest.raises(InvalidQuestion) as refused:
        search.for_map()
    assert set(refused.value.errors) == {name, "country"}
