"""When a record is due, overdue, and hidden by default."""

from __future__ import annotations

from datetime import date

import pytest

from partnerships.policies.freshness import freshness, is_hidden_by_default, months_before

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("confirmed", "state"),
    [
        (None, "never"),
        (date(2026, 11, 20), "yes"),
        (date(2025, 11, 20), "yes"),
        (date(2025, 11, 19), "due"),
        (date(2025, 10, 20), "due"),
        (date(2025, 10, 19), "overdue"),
        (date(2020, 1, 1), "overdue"),
    ],
)
def test_freshness_turns_on_the_day(confirmed, state):
    assert freshness(confirmed, TODAY) == state


def test_hidden_after_two_years_unless_ended_or_never_confirmed():
    assert not is_hidden_by_default(date(2024, 11, 20), False, TODAY)
    assert is_hidden_by_default(date(2024, 11, 19), False, TODAY)
    assert not is_hidden_by_default(date(2024, 11, 19), True, TODAY)
    assert not is_hidden_by_default(None, False, TODAY)


def test_months_before_keeps_within_shorter_months():
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)
