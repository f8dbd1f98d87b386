"""Verbs on what members that compare say together: agreed answers, agreement, who else may see.

The members' alone, through their links; `part` says for which somebody acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.choices import ChecklistState, RatingLevel
from partnerships.models import AgreedAnswer, Checklist, ChecklistMember, Hallmark
from partnerships.proposed_values import is_text
from partnerships.services import checklists
from partnerships.services.actions import ChangedMeanwhile, version_of
from partnerships.services.answering import MOST_NOTE
from partnerships.services.checklists import (
    BY_THE_SIDE,
    ask_again,
    check_list_is_open,
    hallmarks_of,
    locked,
)
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write


@dataclass(frozen=True, slots=True)
class Said:
    """One agreed answer as somebody wrote it, and what it said when they began (`version_of`)."""

    level: str
    reason: str
    seen: str


class AnswersChanged(ChangedMeanwhile):
    """Some agreed answers are others now than those that were shown: their hallmarks' keys."""

    def __init__(self, hallmarks: list[int]) -> None:
        super().__init__(
            "Somebody changed an answer while you wrote. See what it says now, then save again."
        )
        self.hallmarks = hallmarks


@transaction.atomic
def write_answers(part: ChecklistMember, *, said: Mapping[int, Said]) -> int:
    """Write agreed answers, by key of hallmark; how many changed. All of them or none.

    An answer without level and reason is taken away. Refuses (AnswersChanged) where an answer was
    changed since it was shown, and (ValidationError) unknown levels and reasons that are too long.
    Members that have agreed are asked again.
    """
    part = _acting(part)
    check_list_is_open(part.checklist)
    known = {row.pk: row for row in hallmarks_of(part.checklist.framework).filter(pk__in=said)}
    if len(known) < len(said):
        raise ValidationError(f"Some of these are not hallmarks of {part.checklist.framework}.")
    _check({known[key]: new for key, new in said.items()})
    stored = {
        row.hallmark_id: row for row in part.checklist.agreed_answers.filter(hallmark__in=said)
    }
    changed = {
        key: new
        for key, new in said.items()
        if (new.level, new.reason) != _content(stored.get(key))
    }
    stale = [key for key, new in changed.items() if new.seen != version_of_answer(stored.get(key))]
    if stale:
        raise AnswersChanged(stale)
    for key, new in changed.items():
        row = stored.get(key) or AgreedAnswer(checklist=part.checklist, hallmark=known[key])
        _write(row, new)
    if changed:
        ask_again(part.checklist, reason="An agreed answer has changed.")
    return len(changed)


@transaction.atomic
def agree(part: ChecklistMember, *, seen: str, at: datetime | None = None) -> ChecklistMember:
    """Agree to what was shown: `seen` is `version_of_round` of it. Twice is once.

    Refuses (ChangedMeanwhile) where an answer, a point or who has answered is another by now.
    """
    part = _acting(part)
    if part.agreed_at is not None:
        return part
    if version_of_round(part.checklist) != seen:
        raise ChangedMeanwhile(
            "Something changed while you read. Look at it again, then agree if you still do."
        )
    return checklists.agree(part, at=at)


@transaction.atomic
def share(
    part: ChecklistMember, *, is_willing: bool, at: datetime | None = None
) -> ChecklistMember:
    """Let the Board's champions and the unit see the comparison, or no more. Twice is once.

    They see it while every member that has answered is willing. Possible also once all is agreed.
    """
    part = _acting(part)
    if is_willing != (part.shares_at is not None):
        part.shares_at = (at or timezone.now()) if is_willing else None
        write(part, by=None, reason=BY_THE_SIDE)
    return part


def version_of_answer(answer: AgreedAnswer | None) -> str:
    """Stands for an agreed answer, or for none; changes when that does."""
    return digest(_content(answer))


def version_of_round(checklist: Checklist) -> str:
    """Stands for all that members agree to: who answered, agreed answers, points."""
    answers = checklist.agreed_answers.order_by("hallmark").values_list(
        "hallmark", "level", "reason"
    )
    parts = checklist.parts.filter(submitted_at__isnull=False).order_by("pk")
    actions = checklist.actions.order_by("pk")
    told = [
        list(answers),
        list(parts.values_list("pk", flat=True)),
        [(action.pk, version_of(action)) for action in actions],
    ]
    return digest(told)


def _content(answer: AgreedAnswer | None) -> tuple[str, str]:
    return (answer.level, answer.reason) if answer else ("", "")


def digest(told: object) -> str:
    """Stands for values: the same for the same, else another."""
    return sha256(repr(told).encode()).hexdigest()[:16]


def _write(row: AgreedAnswer, new: Said) -> None:
    if not new.level and not new.reason:
        credit(row, by=None, reason=BY_THE_SIDE)
        row.delete()
        return
    row.level, row.reason = new.level, new.reason
    write(row, by=None, reason=BY_THE_SIDE)


def _check(said: Mapping[Hallmark, Said]) -> None:
    wrong: list[str] = []
    for hallmark, new in said.items():
        if new.level and new.level not in RatingLevel.values:
            wrong.append(f"Choose one of the levels for “{hallmark}”.")
        if len(new.reason) > MOST_NOTE or not is_text(new.reason):
            wrong.append(f"Write at most {MOST_NOTE} characters about “{hallmark}”.")
    if wrong:
        raise ValidationError(wrong)


def _acting(part: ChecklistMember) -> ChecklistMember:
    part = locked(part)
    if part.submitted_at is None:
        raise NotAllowed(f"{part.member} submits its own ratings before it compares.")
    if part.checklist.state not in (ChecklistState.COMPARED, ChecklistState.AGREED):
        raise NotAllowed("This round is not compared yet, or is over.")
    return part
