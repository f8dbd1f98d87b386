"""Answers beside each other: who sees them, what is wide apart, what is low, who is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partnerships.choices import ChecklistState
from partnerships.comparison import compare, earlier_rounds, shared
from partnerships.policies.scoring import Change, Order
from partnerships.services import actions, agreeing
from partnerships.trends import trend_of
from tests.factories.records import make_framework
from tests.factories.rounds import NOW, Round

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_nobody_compares_before_everybody_has_answered() -> None:
    made = Round("4", None)
    assert compare(made.parts[0]) is None
    assert compare(made.parts[1]) is None
    made.answer(made.parts[1], "1")
    made.refresh()
    for part in made.parts:
        found = compare(part)
        assert found is not None
        assert found.own.part == part.pk


def test_each_member_has_a_mean_and_a_gap_and_none_is_of_both() -> None:
    found = compare(Round(["4", "3", "2", "do_not_know"], ["1", "3", "2", "4"]).parts[0])
    assert found is not None
    first, second = found.principles
    assert [mean.score for mean in first.means] == [3.5, 2.0]
    assert first.gap == 1.5
    assert [(mean.score, mean.counted) for mean in second.means] == [(2.0, 1), (3.0, 2)]
    assert [row.gap for row in second.hallmarks] == [0, None]
    assert [row.number for row in found.in_order(Order.WIDEST)] == [1, 2]
    assert [row.number for row in found.in_order(Order.LOWEST)] == [1, 2]


def test_the_widest_gap_is_talked_about_first_until_it_is_settled() -> None:
    made = Round(["4", "3", "1", "3"], ["4", "1", "1", "3"])
    found = compare(made.parts[0])
    assert found is not None
    assert [row.text for row in found.talk_first()] == ["Hallmark 1.2", "Hallmark 2.1"]
    made.write(made.hallmarks[1], "2", "We met")
    found = compare(made.parts[0])
    assert found is not None
    assert [row.text for row in found.talk_first()] == ["Hallmark 2.1"]
    assert found.agreed_count == 1
    assert found.low_codes == [f"{made.framework.code}.p2"]


def test_what_no_gap_tells_is_no_agreement_and_is_talked_about_after_the_gaps() -> None:
    made = Round(["4", "4", "1", "3"], ["do_not_know", "3", "1", "3"])
    found = compare(made.parts[0])
    assert found is not None
    texts = [row.text for row in found.talk_first()]
    assert texts == ["Hallmark 1.2", "Hallmark 1.1", "Hallmark 2.1"]
    assert [row.apart for row in found.principles] == [2, 0]
    found = compare(Round(["3", "does_not_apply"], ["3", "3"]).parts[0])
    assert found is not None
    assert [(row.gap, row.apart) for row in found.principles] == [(0, 1), (None, 2)]


def test_three_members_are_three_and_the_gap_is_between_the_farthest() -> None:
    made = Round("4", "2", "1", countries=("GB", "MW", "ZM"))
    found = compare(made.parts[2])
    assert found is not None
    assert [seat.name for seat in found.seats] == ["Scotland", "Malawi", "Zambia"]
    assert [mean.score for mean in found.principles[0].means] == [4, 2, 1]
    assert found.principles[0].gap == 3
    assert found.is_many


def test_two_members_of_one_country_are_told_apart() -> None:
    found = compare(Round("4", "2", "1", countries=("GB", "MW", "MW")).parts[0])
    assert found is not None
    assert [seat.name for seat in found.seats] == [
        "Scotland",
        *(seat.institution for seat in found.seats[1:]),
    ]


def test_who_is_missing_after_an_early_close_is_shown_and_sees_nothing() -> None:
    made = Round("4", "2", None, countries=("GB", "MW", "ZM"))
    made.close_early()
    found = compare(made.parts[0])
    assert found is not None
    assert [seat.name for seat in found.missing] == ["Zambia"]
    assert [mean.score for mean in found.principles[0].means] == [4, 2]
    assert found.can_be_agreed
    assert compare(made.parts[2]) is None


def test_one_side_alone_cannot_agree() -> None:
    made = Round("4", None)
    made.close_early()
    found = compare(made.parts[0])
    assert found is not None
    assert not found.can_be_agreed
    assert found.principles[0].gap is None


def test_members_that_came_to_be_of_one_side_cannot_agree() -> None:
    made = Round("4", "2")
    home = made.parts[0].member.institution
    home.country, home.uk_nation = made.parts[1].member.institution.country, ""
    home.save()
    made.agree()
    assert made.checklist.state == ChecklistState.COMPARED
    found = compare(made.parts[0])
    assert found is not None
    assert not found.can_be_agreed


def test_champions_see_it_only_while_every_member_that_answered_lets_them() -> None:
    made = Round("4", "2", None, countries=("GB", "MW", "ZM"))
    for part in made.parts[:2]:
        part.shares_at = NOW
        part.save()
    assert shared(made.checklist) is None
    made.close_early()
    assert shared(made.checklist) is not None
    agreeing.share(made.parts[1], is_willing=False)
    assert shared(made.checklist) is None


def test_earlier_rounds_are_those_agreed_before_in_which_the_member_answered() -> None:
    first = Round("4", "2")
    first.agree()
    again = Round(
        "3",
        "3",
        partnership=first.partnership,
        framework=first.framework,
        at=NOW.replace(year=2027),
    )
    assert earlier_rounds(again.parts[0]) == [first.parts[0]]
    assert earlier_rounds(first.parts[0]) == []


def test_a_round_opened_before_is_an_earlier_one_though_it_was_agreed_later() -> None:
    first = Round("4", "2")
    left = first.point("Left")
    other = Round("3", "3", partnership=first.partnership, at=NOW + timedelta(days=1))
    assert earlier_rounds(other.parts[0]) == []
    first.agree(at=NOW + timedelta(days=2))
    assert earlier_rounds(other.parts[0]) == [first.parts[0]]
    assert list(actions.offered(other.parts[0])) == [left]


def test_a_member_that_was_missing_sees_nothing_of_that_round_later() -> None:
    first = Round("4", "2", None, countries=("GB", "MW", "ZM"))
    first.close_early()
    point = first.point("Canary", at=1)
    first.agree()
    again = Round(
        "3", "3", "3", partnership=first.partnership, framework=first.framework,
        at=NOW.replace(year=2027),
    )  # fmt: skip
    seen = [(earlier_rounds(part), list(actions.offered(part))) for part in again.parts]
    assert seen == [([first.parts[0]], [point]), ([first.parts[1]], [point]), ([], [])]


def test_a_trend_across_versions_is_of_hallmarks_that_correspond() -> None:
    earlier, later = make_framework(principles=1), make_framework(principles=2)
    later.code, later.version = earlier.code, "2"
    later.save()
    first = Round(["1", "2"], ["2", "2"], framework=earlier)
    first.agree()
    again = Round(
        ["3", "4"], ["2", "1"], framework=later, partnership=first.partnership,
        at=NOW.replace(year=2027),
    )  # fmt: skip
    found = compare(again.parts[0])
    assert found is not None
    trend = trend_of(earlier_rounds(again.parts[0]), found)
    assert [(moment.version, moment.shared) for moment in trend.moments] == [("1", 2), ("2", 4)]
    one, other = trend.principles
    assert [line.scores for line in one.lines] == [(1.5, 3.5), (2.0, 1.5)]
    assert [line.change.by for line in one.lines if line.change] == [2.0, -0.5]
    assert [line.scores for line in other.lines] == [(None, 4.0), (None, 1.0)]
    assert [line.labels for line in one.hallmarks[0].lines] == [
        ("Not yet", "Mostly"),
        ("In part", "In part"),
    ]


def test_a_hallmark_that_came_or_no_longer_applies_changes_no_mean() -> None:
    earlier, later = make_framework(principles=1), make_framework(principles=1, hallmarks=3)
    later.code, later.version = earlier.code, "2"
    later.save()
    first = Round(["4", "1"], ["2", "2"], framework=earlier)
    first.agree()
    again = Round(
        ["4", "does_not_apply", "1"], ["3", "2", "1"], framework=later,
        partnership=first.partnership, at=NOW.replace(year=2027),
    )  # fmt: skip
    found = compare(again.parts[0])
    assert found is not None
    lines = trend_of(earlier_rounds(again.parts[0]), found).principles[0].lines
    assert [line.scores for line in lines] == [(2.5, 2.5), (2, 2)]
    assert [line.change for line in lines] == [Change(4, 4, 1), Change(2, 2.5, 2)]
