"""The twinning cycles of one partnership, each as its six steps: for the page and for machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch

from partnerships.choices import CycleStep, PartnershipKind
from partnerships.models import Partnership, TwinningCycle, TwinningDocument, TwinningStep
from partnerships.policies.partial_dates import written


@dataclass(frozen=True, slots=True)
class Step:
    """One of the six. `row` is None where the cycle has not reached it."""

    number: int
    label: str
    row: TwinningStep | None
    documents: list[TwinningDocument] = field(default_factory=list)
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    number: int
    note: str
    closed_on: date | None
    steps: list[Step]

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    @property
    def current(self) -> Step | None:
        return next((step for step in self.steps if step.is_current), None)


#: Institutional pairs have agreements; the cycle is for governments and for several at once.
FEWEST_MEMBERS = 3


def may_twin(partnership: Partnership) -> bool:
    """Whether a cycle may be opened: government twinning, or three members or more."""
    many = partnership.member_count >= FEWEST_MEMBERS
    return many or partnership.kind == PartnershipKind.GOVERNMENT_TWINNING


def cycles_shown(partnership: Partnership) -> list[Cycle]:
    """Newest first. No query where there can be none."""
    can_have = may_twin(partnership) or partnership.twinning_step is not None
    return cycles_of(partnership.pk) if can_have else []


def cycles_of(partnership: int) -> list[Cycle]:
    """Newest first. One query where there is none, three where there are some."""
    rows = TwinningCycle.objects.filter(partnership=partnership).order_by("-number")
    found = rows.prefetch_related(
        Prefetch("steps", queryset=TwinningStep.objects.order_by("number")),
        Prefetch("documents", queryset=TwinningDocument.objects.order_by("step", "title", "pk")),
    )
    return [_cycle(row) for row in found]


def _cycle(row: TwinningCycle) -> Cycle:
    reached = {step.number: step for step in row.steps.all()}
    furthest = max(reached, default=0) if row.closed_on is None else 0
    documents: dict[int, list[TwinningDocument]] = {}
    for document in row.documents.all():
        documents.setdefault(document.step, []).append(document)
    steps = [
        Step(number, str(label), reached.get(number), documents.get(number, []), number == furthest)
        for number, label in CycleStep.choices
    ]
    return Cycle(row.number, row.note, row.closed_on, steps)


def cycle_records(partnership: int) -> list[dict[str, Any]]:
    """The cycles as the API tells them: the steps that were reached, newest cycle first."""
    return [
        {
            "number": cycle.number,
            "note": cycle.note,
            "closed": cycle.closed_on.isoformat() if cycle.closed_on else None,
            "steps": [_step_record(step, step.row) for step in cycle.steps if step.row],
        }
        for cycle in cycles_of(partnership)
    ]


def _step_record(step: Step, row: TwinningStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "label": step.label,
        "began": _partial(row.began_on, row.began_precision),
        "completed": _partial(row.completed_on, row.completed_precision),
        "note": row.note,
        "documents": [{"title": each.title, "url": each.link} for each in step.documents],
    }


def _partial(day: date | None, precision: str) -> dict[str, str] | None:
    return {"value": written(day, precision), "precision": precision} if day else None
