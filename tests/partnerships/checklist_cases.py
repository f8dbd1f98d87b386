"""Cases of test_constraints about checklists: a row each refuses, and a neighbour it takes."""

from __future__ import annotations

from typing import Any

from partnerships import models as registry
from tests.partnerships.constraint_cases import Case, fixed
from tests.partnerships.constraint_world import EVENING, LATE, MORNING, NOON, World


def checklist(world: World) -> dict[str, Any]:
    return {
        "partnership": world.other_partnership,
        "framework": world.framework,
        "opened_at": MORNING,
        "opened_by": world.user,
    }


CASES = [
    Case("one_unfinished_checklist_per_framework", registry.Checklist,
         fixed(state="compared"), fixed(state="abandoned"), checklist, fixed(state="open")),
    Case("checklist_agreed_with_time", registry.Checklist, fixed(state="agreed"),
         fixed(state="agreed", agreed_at=EVENING), checklist, label="no time"),
    Case("checklist_agreed_with_time", registry.Checklist, fixed(agreed_at=EVENING),
         fixed(), checklist, label="not agreed"),
    Case("checklist_closed_early_not_open", registry.Checklist, fixed(closed_early_at=NOON),
         fixed(closed_early_at=NOON, state="compared"), checklist),
    Case("checklist_compares_after_submitted", registry.ChecklistMember,
         fixed(compares_early_at=NOON), fixed(compares_early_at=NOON, submitted_at=NOON),
         lambda w: {"checklist": w.checklist, "member": w.other_member}),
    Case("hallmark_agreed_once", registry.AgreedAnswer,
         lambda w: {"hallmark": w.hallmark},
         lambda w: {"hallmark": w.principle.hallmarks.get(number=2)},
         lambda w: {"checklist": w.checklist, "level": "3"},
         lambda w: {"hallmark": w.hallmark}),
    Case("agreed_level_known", registry.AgreedAnswer, fixed(level="5"), fixed(level=""),
         lambda w: {"checklist": w.checklist, "hallmark": w.hallmark}),
    Case("member_once_per_round", registry.ChecklistMember,
         lambda w: {"member": w.member}, lambda w: {"member": w.other_member},
         lambda w: {"checklist": w.checklist},
         lambda w: {"member": w.member}),
    Case("checklist_agreed_after_submitted", registry.ChecklistMember,
         fixed(agreed_at=EVENING), fixed(agreed_at=EVENING, submitted_at=MORNING),
         lambda w: {"checklist": w.checklist, "member": w.other_member}, label="not submitted"),
    Case("checklist_agreed_after_submitted", registry.ChecklistMember,
         fixed(agreed_at=MORNING, submitted_at=EVENING), fixed(submitted_at=EVENING),
         lambda w: {"checklist": w.checklist, "member": w.other_member}, label="before"),
    Case("hallmark_rated_once", registry.Rating,
         lambda w: {"hallmark": w.hallmark},
         lambda w: {"hallmark": w.principle.hallmarks.get(number=2)},
         lambda w: {"part": w.part, "level": "2"}, lambda w: {"hallmark": w.hallmark}),
    Case("rating_level_known", registry.Rating, fixed(level="5"), fixed(level="4"),
         lambda w: {"part": w.part, "hallmark": w.hallmark}),
    Case("action_done_with_day", registry.ActionPoint, fixed(progress="done"),
         fixed(progress="done", done_on=LATE),
         lambda w: {"checklist": w.checklist, "member": w.member, "what": "Meet"},
         label="no day"),
    Case("action_done_with_day", registry.ActionPoint, fixed(done_on=LATE), fixed(),
         lambda w: {"checklist": w.checklist, "member": w.member, "what": "Meet"},
         label="not done"),
]  # fmt: skip
