"""What answers add up to: missing is never nought, sides stay apart, gaps are steps."""

from __future__ import annotations

import json

import pytest

from partnerships.choices import Side
from partnerships.policies import tallies
from partnerships.policies.questionnaires import read
from partnerships.policies.tallies import Answered
from tests.factories.evaluations import FILE

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def form():
    return read(json.loads(FILE.read_text(encoding="utf-8"))["definition"])


def item(form, key):
    return next(each for each in tallies.items(form) if each.key == key)


def answered(partnership, side, **answers):
    return Answered(partnership, partnership * 10 + (side == "partner"), side, answers)


def test_everything_but_own_words_is_counted_in_order(form):
    keys = [each.key for each in tallies.items(form)]
    assert keys[:3] == ["A1", "A2", "A3"]
    assert {"B.B1", "E.funding"} <= set(keys)
    assert not {"C2", "D1_words", "D2_words", "G4"} & set(keys)


@pytest.mark.parametrize(
    ("key", "value", "codes"),
    [
        ("A1", "active", ("active",)),
        ("A1", "prefer_not", ()),
        ("A2", 2009, ("2000",)),
        ("A2", 1875, ("0",)),
        ("A5", 0, ("0",)),
        ("A5", 50, ("21",)),
        ("A5", 51, ("51",)),
        ("A6", ["remote", "visits_in"], ("remote", "visits_in")),
        ("A6", "prefer_not", ()),
        ("F1", ["grants", "leave"], ("grants", "leave")),
        ("B.B1", {"B1": "3", "B2": "1"}, ("3",)),
        ("B.B1", {"B1": "prefer_not"}, ()),
        ("B.B1", {"B2": "1"}, ()),
        ("B.B1", "prefer_not", ()),
    ],
)
def test_what_was_chosen(form, key, value, codes):
    asked = item(form, key)
    assert tallies.chosen(asked, {asked.question.code: value}) == codes
    assert tallies.chosen(asked, {}) == ()


def test_a_table_counts_a_side_and_who_is_missing(form):
    submitted = [
        answered(1, "uk", A6=["remote", "visits_in"]),
        answered(2, "uk", A6=["remote"]),
        answered(3, "uk", A6="prefer_not"),
        answered(4, "uk"),
        answered(1, "partner", A6=["visits_out"]),
    ]
    uk, partner = (
        tallies.table(item(form, "A6"), side, (each for each in submitted if each.side == side))
        for side in ("uk", "partner")
    )
    assert (uk.answered, uk.missing) == (2, 2)
    assert uk.counts == {"visits_out": 0, "visits_in": 1, "remote": 2, "none": 0}
    assert (partner.answered, partner.missing) == (1, 0)
    assert partner.counts["visits_out"] == 1


def test_gaps_are_steps_and_what_is_unknown_is_no_gap(form):
    submitted = [
        answered(1, "uk", B={"B1": "4"}),
        answered(1, "partner", B={"B1": "1"}),
        answered(2, "uk", B={"B1": "2"}),
        answered(2, "partner", B={"B1": "3"}),
        answered(3, "uk", B={"B1": "2"}),
        answered(3, "partner", B={"B1": "dont_know"}),
        answered(4, "uk", B={"B1": "2"}),
    ]
    gap = tallies.gaps_of(item(form, "B.B1"), tallies.pairs(submitted))
    assert gap.steps == {-1: 1, 3: 1}
    assert gap.unknown == 1
    assert gap.partnerships == 3
    assert (gap.apart(1), gap.apart(2)) == (2, 1)


def test_the_first_member_of_a_side_stands_for_it_in_gaps():
    first, second = Answered(1, 1, "uk", {}), Answered(1, 2, "uk", {})
    other = Answered(1, 3, "partner", {})
    assert tallies.pairs([first, second, other]) == [(first, other)]
    assert tallies.pairs([first, second]) == []


def test_rates_count_members_and_partnerships():
    invited = [(n, side) for n in range(3) for side in Side.values] + [(0, "partner")]
    submitted = [
        answered(0, "uk"),
        answered(1, "uk"),
        answered(0, "partner"),
        Answered(0, 99, "partner", {}),
    ]
    (uk, partner), both = tallies.rates(invited, submitted)
    assert (uk.invited, uk.answered, uk.partnerships) == (3, 2, 2)
    assert (partner.invited, partner.answered, partner.partnerships) == (4, 2, 1)
    assert both == 1
