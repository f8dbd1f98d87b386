"""The constraints of versions that correspond and of twinning, for test_constraints.py."""

from __future__ import annotations

from partnerships import models as registry
from tests.partnerships.constraint_cases import Case, fixed
from tests.partnerships.constraint_world import EARLY, LATE, World


def cycle(world: World) -> registry.TwinningCycle:
    return registry.TwinningCycle.objects.get_or_create(partnership=world.partnership, number=1)[0]


def of_cycle(world: World) -> dict[str, object]:
    return {"cycle": cycle(world)}


def step(**values: object) -> Case:
    """A step that is wrong, and the same one without what makes it so."""
    name = str(values.pop("name"))
    return Case(name, registry.TwinningStep, fixed(**values), fixed(number=1), of_cycle)


CASES = [
    Case("hallmark_continues_another", registry.HallmarkCorrespondence,
         lambda w: {"earlier": w.hallmark},
         lambda w: {"earlier": w.principle.hallmarks.get(number=2)},
         lambda w: {"later": w.hallmark}),
    Case("twinning_cycle_number_once", registry.TwinningCycle,
         fixed(number=1), fixed(number=2),
         lambda w: {"partnership": w.partnership, "closed_on": LATE}, fixed(number=1)),
    Case("one_open_twinning_cycle", registry.TwinningCycle,
         fixed(number=2), fixed(number=2, closed_on=LATE),
         lambda w: {"partnership": w.partnership}, fixed(number=1)),
    Case("twinning_step_once_per_cycle", registry.TwinningStep,
         fixed(number=1), fixed(number=2), of_cycle, fixed(number=1)),
    step(name="twinning_step_1_to_6", number=7),
    step(name="twinning_began_precision", number=1, began_on=EARLY),
    step(name="twinning_completed_precision", number=1, completed_on=EARLY),
    Case("twinning_step_completed_not_before_began", registry.TwinningStep,
         fixed(began_on=LATE, completed_on=EARLY), fixed(began_on=EARLY, completed_on=LATE),
         lambda w: of_cycle(w) | {"number": 1, "began_precision": "day",
                                  "completed_precision": "day"}),
    Case("twinning_document_once", registry.TwinningDocument,
         fixed(step=1), fixed(step=2),
         lambda w: of_cycle(w) | {"title": "Report", "link": "https://example.org/a.pdf"},
         fixed(step=1)),
    Case("twinning_document_step_1_to_6", registry.TwinningDocument,
         fixed(step=0), fixed(step=6),
         lambda w: of_cycle(w) | {"title": "Report", "link": "https://example.org/a.pdf"}),
]  # fmt: skip
