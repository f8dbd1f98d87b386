"""Scores of members beside each other: what counts, how far they are apart, what comes first."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnerships.choices import RatingLevel
from partnerships.policies import scoring
from partnerships.policies.scoring import Order

pytestmark = pytest.mark.once
UNCOUNTED = [RatingLevel.DOES_NOT_APPLY, RatingLevel.DO_NOT_KNOW, None, ""]
levels = st.lists(st.sampled_from([*RatingLevel.values, None]), max_size=8)
scores = st.lists(st.none() | st.integers(4, 16).map(lambda n: n / 4), max_size=6)


@dataclass(frozen=True)
class Row:
    place: tuple[int, ...]
    scores: tuple[float | None, ...]
    widest_within: float = 0
    apart: int = 0


rows = st.lists(
    st.builds(Row, st.tuples(st.integers(1, 9)), scores.map(tuple), st.integers(0, 3)),
    unique_by=lambda row: row.place,
)


@given(levels, st.lists(st.sampled_from(UNCOUNTED)))
def test_what_is_no_place_on_the_scale_never_counts(some, uncounted):
    assert scoring.mean([*some, *uncounted]) == scoring.mean(some)
    assert scoring.mean(uncounted) is None


@given(levels)
def test_a_mean_lies_within_what_was_answered(some):
    counted = [scoring.SCORES[level] for level in some if level in scoring.SCORES]
    found = scoring.mean(some)
    assert (found is None) == (not counted)
    if found is not None:
        assert 1 <= min(counted) <= found <= max(counted) <= 4


@given(levels, st.randoms())
def test_the_order_of_answers_does_not_matter(some, chance):
    mixed = list(some)
    chance.shuffle(mixed)
    assert scoring.mean(mixed) == scoring.mean(some)


@given(scores, st.randoms())
def test_a_gap_is_between_0_and_3_whatever_the_order_of_members(some, chance):
    mixed = list(some)
    chance.shuffle(mixed)
    found = scoring.gap(some)
    assert found == scoring.gap(mixed) == scoring.gap([*mixed, None])
    assert (found is None) == (sum(value is not None for value in some) < 2)
    assert found is None or 0 <= found <= scoring.WIDEST_GAP == 3


@given(scores)
def test_a_gap_is_nothing_where_all_are_equal_and_only_there(some):
    known = {value for value in some if value is not None}
    assert (scoring.gap(some) == 0) == (len(known) == 1 and scoring.gap(some) is not None)
    assert scoring.gap([*some, *some]) == (max(known) - min(known) if known else None)


@given(scores, st.sampled_from([1.0, 2.5, 4.0]))
def test_one_more_member_never_makes_a_gap_smaller(some, score):
    before, after = scoring.gap(some), scoring.gap([*some, score])
    assert before is None or (after is not None and after >= before)


@given(scores)
def test_the_lowest_is_what_one_member_said_and_no_mean_of_members(some):
    found = scoring.lowest(some)
    assert found in some or (found is None and not any(some))
    assert scoring.is_low(some) == any(value is not None and value <= 2 for value in some)


@given(rows, st.sampled_from(Order), st.randoms())
def test_orders_keep_every_row_and_do_not_depend_on_how_they_came(some, order, chance):
    mixed = list(some)
    chance.shuffle(mixed)
    found = scoring.in_order(mixed, order)
    assert found == scoring.in_order(some, order)
    assert sorted(found, key=lambda row: row.place) == sorted(some, key=lambda row: row.place)


@given(rows)
def test_the_widest_gap_comes_first_and_what_cannot_be_told_last(some):
    gaps = [scoring.gap(row.scores) for row in scoring.in_order(some, Order.WIDEST)]
    assert gaps == sorted(gaps, key=lambda wide: (wide is None, -(wide or 0)))
    lows = [scoring.lowest(row.scores) for row in scoring.in_order(some, Order.LOWEST)]
    assert lows == sorted(lows, key=lambda low: (low is None, low or 0))
    places = [row.place for row in scoring.in_order(some, Order.PRINCIPLE)]
    assert places == sorted(places)


@given(rows, st.randoms())
def test_the_order_of_members_moves_no_row(some, chance):
    turned = [
        Row(row.place, tuple(chance.sample(row.scores, len(row.scores))), row.widest_within)
        for row in some
    ]
    for order in Order:
        before = [row.place for row in scoring.in_order(some, order)]
        assert before == [row.place for row in scoring.in_order(turned, order)]


def test_differences_that_cancel_out_still_come_before_agreement():
    agree, cancel = Row((1,), (2.5, 2.5), 0), Row((2,), (2.5, 2.5), 3)
    other = Row((3,), (2.5, 2.5), 0, apart=1)
    assert scoring.in_order([agree, cancel, other], Order.WIDEST) == [cancel, other, agree]


def test_thirds_are_as_far_apart_as_whole_ones():
    whole, thirds = Row((1,), (3, 2), 1), Row((2,), (8 / 3, 5 / 3), 3)
    assert scoring.in_order([whole, thirds], Order.WIDEST) == [thirds, whole]


@pytest.mark.parametrize(
    ("some", "found"),
    [
        ([], None),
        ([{}, {1: 2}, {}], None),
        ([{1: 2}, {2: 2}], None),
        ([{1: 1}, {}, {1: 4}, {}], (1, 4, 1)),
        ([{1: 3}, {1: 2, 2: 4}], (3, 2, 1)),
        ([{1: 4, 2: 1}, {1: 4}], (4, 4, 1)),
        ([{1: 1, 2: 2}, {1: 2, 2: 4}], (1.5, 3, 2)),
        ([{1: 1}, {2: 2}, {2: 4}], (2, 4, 1)),
    ],
)
def test_a_change_is_of_what_has_a_score_in_the_last_round_and_the_first_that_shares_any(
    some, found
):
    change = scoring.change(some)
    assert change == (scoring.Change(*found) if found else None)
    assert change is None or change.by == change.now - change.then
