"""What is offered while somebody types, over the data that comes with the project."""

from __future__ import annotations

import pytest

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
    from partnerships.search import PartnershipSearch

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
