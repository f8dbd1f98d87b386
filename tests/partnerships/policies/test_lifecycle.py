"""Steps of moderation, and what a listed record must have."""

from __future__ import annotations

import pytest

from partnerships.choices import Moderation
from partnerships.policies.lifecycle import can_move, missing_for_listing


def test_steps_of_moderation():
    steps = {(a.value, b.value) for a in Moderation for b in Moderation if can_move(a, b)}
    assert steps == {
        ("draft", "submitted"),
        ("draft", "listed"),
        ("draft", "withdrawn"),
        ("submitted", "listed"),
        ("submitted", "returned"),
        ("submitted", "withdrawn"),
        ("returned", "submitted"),
        ("returned", "withdrawn"),
        ("listed", "withdrawn"),
        ("withdrawn", "draft"),
        ("withdrawn", "listed"),
    }


@pytest.mark.parametrize(
    ("members", "countries", "missing"),
    [
        (2, 2, None),
        (3, 2, None),
        (1, 2, "two member institutions"),
        (2, 1, "two countries"),
        (0, 1, "two member institutions and two countries"),
    ],
)
def test_what_a_listed_record_lacks(members, countries, missing):
    assert missing_for_listing(members, countries) == missing
