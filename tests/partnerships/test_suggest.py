"""What is offered while somebody types, and after a slip, over the data of the project."""

from __future__ import annotations

import pytest

from partnerships.search import PartnershipSearch
from partnerships.spelling import did_you_mean
from partnerships.suggest import MOST, suggestions
from tests.real_registry import real_registry  # noqa: F401  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_registry")]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("mal", ("country", "MW", "Country")),
        ("MALAWI ", ("country", "MW", "Country")),
        ("swazi", ("country", "SZ", "Country, “Swaziland”")),
        ("scotland", ("nation", "SCT", "UK nation")),
        ("blan", ("q", "Blantyre", "Town, Malawi")),
        ("nurses", ("profession", "nurses", "Profession")),
        ("A&E", ("topic", "emergency_and_trauma_care", "Topic, “A&E”")),
        ("tayside", ("board", "nhs-tayside", "Health Board, Scotland")),
        ("QECH", ("institution", "queen-elizabeth-central-hospital", "Hospital, Blantyre, Malawi")),
        ("elizabeth que", ("institution", "queen-elizabeth-central-hospital", None)),
        ("friends of chitambo and", ("partnership", "friends-of-chitambo", "Zambia")),
        ("mental health education pro", ("institution", "smmhep", None)),
    ],
)
def test_the_likeliest_comes_first(typed, first):
    parameter, value, detail = first
    found = suggestions(typed)[0]
    assert found.parameter == parameter
    assert found.value.startswith(value)
    assert detail in (None, found.detail)


def test_a_count_is_what_the_list_shows():
    for typed in ("mal", "nurs", "scot", "nhs", "king"):
        for each in suggestions(typed):
            if each.count is not None:
                shown = PartnershipSearch({each.parameter: [each.value]}).count
                assert each.count == shown, each


def test_groups_share_the_room():
    found = suggestions("mal")
    assert len(found) == MOST
    assert [each.group for each in found] == sorted(
        (each.group for each in found),
        key=["places", "terms", "institutions", "partnerships"].index,
    )
    assert len({each.group for each in found}) == 4
    assert len(suggestions("hospital")) == MOST


@pytest.mark.parametrize("typed", ["", " ", "m", "!?", "a ", "zzzz", "the", "x" * 200, "\u4e2d"])
def test_nothing_is_offered_for_next_to_nothing(typed):
    assert [each for each in suggestions(typed) if each.rank == 0] == []


# ------------------------------------------------------------------------------- did you mean


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Malwi", "Malawi"),
        ("Zambai", "Zambia"),
        ("midwifes", "midwives"),
        ("opthalmology", "ophthalmology"),
        ("opthalm", "ophthalmology"),
        ("Quen Elizabeth", "Queen Elizabeth"),
        ("Ninewels", "Ninewells"),
        ("surgrey in malwi", "surgery in Malawi"),
        ("edinbrugh", "Edinburgh"),
        ("tropical helth trust", "tropical health trust"),
    ],
)
def test_a_slip_is_put_right_with_its_count(typed, meant):
    found = did_you_mean(PartnershipSearch({"q": [typed]}))
    assert found.words == meant
    assert found.count == PartnershipSearch({"q": [meant]}).count > 0


@pytest.mark.parametrize(
    "typed",
    [
        *("malawi", "midwives", "ninewells", "queen elizabeth", "QECH", "pall", "sickle", "3d"),
        # Known words that meet nowhere, and words that are like none of ours.
        *("surgery fiji", "cancer antarctica", "zzzz", "qzxv blurgh", "xy", "", "中文", "x" * 200),
    ],
)
def test_nothing_is_put_right_that_is_right_or_unknown(typed):
    assert did_you_mean(PartnershipSearch({"q": [typed]})) is None


def test_a_slip_under_filters_says_whether_they_stay():
    kept = did_you_mean(PartnershipSearch({"q": ["nursng"], "country": ["MW"], "page": ["3"]}))
    assert kept.keeps_filters
    assert kept.count == PartnershipSearch({"q": ["nursing"], "country": ["MW"]}).count
    dropped = did_you_mean(PartnershipSearch({"q": ["Zambai"], "country": ["PE"]}))
    assert not dropped.keeps_filters
    assert dropped.count == PartnershipSearch({"q": ["Zambia"]}).count
    assert did_you_mean(PartnershipSearch({"q": ["Zambai"], "country": ["nowhere"]})) is None
