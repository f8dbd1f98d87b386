"""Codes that prove an e-mail address: six digits, good for an hour and for five tries."""

from __future__ import annotations

from datetime import datetime, timedelta

DIGITS = 6
#: Hospital mail can take a while.
GOOD_FOR = timedelta(hours=1)
MOST_TRIES = 5
#: Codes for one form, the first included: 15 tries of a million.
MOST_CODES = 3


def as_typed(text: str) -> str:
    """The digits of what somebody typed: 123 456 and 123-456 are 123456."""
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


def is_good(*, tries: int, expires_at: datetime | None, at: datetime) -> bool:
    """Whether a code may still be tried."""
    return expires_at is not None and at < expires_at and tries < MOST_TRIES
