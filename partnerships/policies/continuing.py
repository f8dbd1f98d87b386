"""Which hallmark of one version continues which of another: pure, over keys of hallmarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: (code of the framework, of the principle, of the hallmark).
Codes = tuple[str, str, str]


def version_order(version: str) -> list[Any]:
    """A key that sorts 8 before 10, and 1.2 before 1.10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", version)
    return [(0, int(p[:9]), "") if p.isdecimal() else (1, 0, p) for p in parts]


def continued(
    earlier: Mapping[int, Codes], later: Mapping[int, Codes], said: Mapping[int, int | None]
) -> dict[int, int]:
    """Earlier hallmark → later hallmark, one to one, in the order of `later`.

    `said` is what was stated: a hallmark → the one that it continues, or None where it is new. It
    is followed across versions between the two. Where nothing is said the same codes correspond;
    what was said goes before.
    """
    by_codes = {codes: key for key, codes in earlier.items()}
    found: dict[int, int] = {}
    for key in later:
        origin = _origin(key, earlier, said)
        if origin is not None:
            found.setdefault(origin, key)
    for key, codes in later.items():
        if key not in said and codes in by_codes:
            found.setdefault(by_codes[codes], key)
    return found


def _origin(key: int, earlier: Mapping[int, Codes], said: Mapping[int, int | None]) -> int | None:
    seen = {key}
    step = said.get(key)
    while step is not None and step not in earlier and step not in seen:
        seen.add(step)
        step = said.get(step)
    return step if step in earlier else None
