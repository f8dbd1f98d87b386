"""Which hallmark continues which."""

from __future__ import annotations

import pytest

from partnerships.policies.continuing import continued, version_order

A, B, C = ("f", "p", "a"), ("f", "p", "b"), ("f", "p", "c")


def test_the_same_codes_correspond():
    assert continued({1: A, 2: B}, {11: B, 12: A, 13: C}, {}) == {2: 11, 1: 12}


def test_codes_of_another_framework_do_not():
    assert continued({1: A}, {11: ("other", "p", "a")}, {}) == {}


def test_what_was_said_goes_before_the_codes():
    assert continued({1: A, 2: B}, {11: A, 12: C}, {12: 1}) == {1: 12}
    assert continued({1: A}, {11: ("other", "q", "z")}, {11: 1}) == {1: 11}


def test_a_hallmark_said_to_be_new_continues_none():
    assert continued({1: A}, {11: A}, {11: None}) == {}


def test_versions_in_between_are_followed():
    said = {21: 11, 11: 1, 22: 12, 12: None}
    assert continued({1: A, 2: B}, {21: C, 22: B}, said) == {1: 21}


def test_where_statements_end_the_codes_count_and_where_they_say_new_none():
    assert continued({1: A}, {21: B}, {21: 11}, {11: A}) == {1: 21}
    assert continued({1: A}, {21: A}, {21: 11, 11: None}, {11: A}) == {}
    assert continued({1: A}, {21: B, 22: C}, {21: 11, 22: 1}, {11: A}) == {1: 22}


def test_a_version_corresponds_to_itself():
    assert continued({11: A, 12: B}, {11: A, 12: B}, {11: 1, 12: None}) == {11: 11, 12: 12}


def test_a_ring_ends():
    assert continued({1: A}, {21: B}, {21: 11, 11: 21}) == {}


@pytest.mark.parametrize(
    ("mixed", "in_order"),
    [
        (["10", "8"], ["8", "10"]),
        (["1.10", "1.2"], ["1.2", "1.10"]),
        (["2018b", "2018", "2018a"], ["2018", "2018a", "2018b"]),
        (["2", "1.1", "1"], ["1", "1.1", "2"]),
    ],
)
def test_versions_sort_as_people_count(mixed, in_order):
    assert sorted(mixed, key=version_order) == in_order
