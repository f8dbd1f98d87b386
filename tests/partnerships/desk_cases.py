"""The constraints of what the desk remembers, for test_constraints.py."""

from __future__ import annotations

from typing import Any

from partnerships import models as registry
from tests.factories.records import make_partnership
from tests.partnerships.constraint_cases import Case, fixed
from tests.partnerships.constraint_world import NOON, World


def pair(world: World) -> dict[str, Any]:
    first, second = sorted((world.partnership, world.other_partnership), key=lambda row: row.pk)
    return {"first": first, "second": second, "said_by": world.user, "said_at": NOON}


def turned(world: World) -> dict[str, Any]:
    told = pair(world)
    return {"first": told["second"], "second": told["first"]}


def another(world: World) -> dict[str, Any]:
    """Of the same older record, and one that is younger still."""
    return {"second": make_partnership()}


CASES = [
    Case("pair_told_apart_once", registry.NotTheSame, fixed(), another, pair, fixed()),
    Case("pair_told_apart_in_order", registry.NotTheSame, turned, fixed(), pair),
]
