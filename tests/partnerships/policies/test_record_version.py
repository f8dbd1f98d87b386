"""The version of a record: exact, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from partnerships.policies.record_version import moment_of, version_of

MOMENT = datetime(2026, 5, 1, 12, 30, 15, 123457, tzinfo=UTC)


def test_a_version_names_a_moment_to_the_microsecond():
    assert moment_of(version_of(MOMENT)) == MOMENT
    assert version_of(MOMENT) != version_of(MOMENT + timedelta(microseconds=1))


def test_a_moment_has_one_version_in_every_zone():
    assert version_of(MOMENT.astimezone(timezone(timedelta(hours=5)))) == version_of(MOMENT)


@pytest.mark.parametrize("text", ["", "x", "-1", "0x1", "1" * 4000, "1\n"])
def test_what_is_no_version_names_no_moment(text):
    assert moment_of(text) is None
