"""The version of one record: what somebody read, named by when it last changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = re.compile(r"[0-9a-f]{1,14}\Z")  # fourteen digits reach the year 4253


def version_of(modified_at: datetime) -> str:
    """An opaque token: the same while the record is, another after each change."""
    return f"{(modified_at - _EPOCH) // _MICROSECOND:x}"


def moment_of(version: str) -> datetime | None:
    """When the record that a token names last changed, or None for what is no token."""
    return _EPOCH + int(version, 16) * _MICROSECOND if _FORM.match(version) else None
