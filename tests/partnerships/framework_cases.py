"""The constraints of what is stated between versions, for test_constraints.py."""

from __future__ import annotations

from partnerships import models as registry
from tests.partnerships.constraint_cases import Case

CASES = [
    Case("hallmark_continues_another", registry.HallmarkCorrespondence,
         lambda w: {"earlier": w.hallmark},
         lambda w: {"earlier": w.principle.hallmarks.get(number=2)},
         lambda w: {"later": w.hallmark}),
]  # fmt: skip
