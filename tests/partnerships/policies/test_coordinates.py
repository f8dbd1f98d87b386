"""Which places are believable, and how exactly the public may see them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnerships.choices import LocationLevel, Precision
from partnerships.policies.coordinates import (
    PublicPoint,
    coarser,
    effective_level,
    problem_with,
    public_point,
    shows_city,
)

ZOMBA = (-15.3861, 35.3188)


@pytest.mark.parametrize(
    ("latitude", "longitude", "words"),
    [
        (None, 35.0, "both"),
        (-15.0, None, "both"),
        (91.0, 0.1, "Latitude"),
        (math.nan, 1.0, "Latitude"),
        (1.0, 180.1, "Longitude"),
        (1.0, math.inf, "Longitude"),
        (0.0, 0.0, "0, 0"),
    ],
)
def test_problem_with_says_what_is_wrong(latitude, longitude, words):
    assert words in problem_with(latitude, longitude)


@pytest.mark.parametrize("place", [(None, None), ZOMBA, (90.0, -180.0), (0.0, 6.5)])
def test_problem_with_accepts_believable_places(place):
    assert problem_with(*place) is None


def test_public_point_shows_an_exact_place_as_it_is_known():
    assert public_point(*ZOMBA, "site", "exact") == PublicPoint(*ZOMBA, "site")


def test_public_point_coarsens_to_the_level():
    assert public_point(*ZOMBA, "site", "city") == PublicPoint(-15.4, 35.3, "city")
    assert public_point(*ZOMBA, "site", "district") == PublicPoint(-15.5, 35.5, "district")


def test_public_point_never_claims_more_than_is_known():
    assert public_point(*ZOMBA, "district", "city") == PublicPoint(-15.4, 35.3, "district")


@pytest.mark.parametrize("level", ["country", "hidden"])
def test_public_point_is_none_where_no_place_may_be_shown(level):
    assert public_point(*ZOMBA, "site", level) is None


@pytest.mark.parametrize("precision", ["region", "country"])
def test_public_point_is_none_where_the_place_is_not_known(precision):
    assert public_point(*ZOMBA, precision, "exact") is None


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    level=st.sampled_from([LocationLevel.CITY, LocationLevel.DISTRICT]),
)
def test_coarsened_points_stay_near_and_on_the_grid(latitude, longitude, level):
    step = 0.1 if level == LocationLevel.CITY else 0.5
    point = public_point(latitude, longitude, Precision.SITE, level)
    assert abs(point.latitude - latitude) <= step / 2 + 1e-9
    assert abs(point.longitude - longitude) <= step / 2 + 1e-9
    assert round(point.latitude / step, 6) == round(point.latitude / step)
    assert problem_with(point.latitude, point.longitude) is None or (
        point.latitude == 0 == point.longitude
    )


def test_coarser_is_the_stricter_of_two_levels():
    assert coarser("exact", "city") == "city"
    assert coarser("hidden", "district") == "hidden"


def test_sensitive_records_show_no_more_than_the_district():
    levels = [effective_level(level, True) for level in LocationLevel]
    assert levels == ["district", "district", "district", "country", "hidden"]
    assert [effective_level(level, False) for level in LocationLevel] == [*LocationLevel]


def test_town_names_go_with_the_level():
    assert [level for level in LocationLevel if shows_city(level)] == ["exact", "city"]
