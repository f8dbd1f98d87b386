"""Which hallmark of one version continues which of another: pure, over keys of hallmarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: (code of the framework, of the principle, of the hallmark).
Codes = tuple[str, str, str]
NO_CODES: Codes = ("", "", "")


def version_order(version: str) -> list[Any]:
    """A key that sorts 8 before 10, and 1.2 before 1.10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", version)
    return [(0, int(p[:9]), "") if p.isdecimal() else (1, 0, p) for p in parts]


def continued(
    earlier: Mapping[int, Codes],
    later: Mapping[int, Codes],
    said: Mapping[int, int | None],
    between: Mapping[int, Codes] | None = None,
) -> dict[int, int]:
    """Earlier hallmark → later hallmark, one to one, in the order of `later`.

    `said` is what was stated: a hallmark → the one that it continues, or None where it is new. It
    is followed across versions between the two, whose hallmarks are `between`. Where nothing is
    said, or no more, the same codes correspond; what was said all the way goes before.
    """
    by_codes = {codes: key for key, codes in earlier.items()}
    codes_of = {**(between or {}), **later}
    ends = {key: _end(key, earlier, said) for key in later}
    found: dict[int, int] = {}
    for key, end in ends.items():
        if end is not None and end in earlier:
            found.setdefault(end, key)
    for key, end in ends.items():
        if end is not None and (origin := by_codes.get(codes_of.get(end, NO_CODES))):
            found.setdefault(origin, key)
    return found


def _end(key: int, earlier: Mapping[int, Codes], said: Mapping[int, int | None]) -> int | None:
    """As far back as statements lead; None where one says that a hallmark is new, and in a ring."""
    seen: set[int] = set()
    step: int | None = key
    while step is not None and step not in earlier and step in said:
        if step in seen:
            return None
        seen.add(step)
        step = said[step]
    return step
