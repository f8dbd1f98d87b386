"""How often something may be done: a number for each second, minute, hour or day."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Seconds by the first letter of the unit.
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"([1-9][0-9]{0,8})/(s|sec|m|min|h|hour|d|day)")


class Rate(NamedTuple):
    number: int
    #: Seconds of the window in which the number is counted.
    window: int


def rate(text: str) -> Rate:
    """“300/min” as numbers. Raises ValueError, with a sentence that says what to write."""
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError("Write a number per sec, min, hour or day, such as 1200/min.")
    return Rate(int(found[1]), _SECONDS[found[2][0]])
