"""Verbs on frameworks of principles: the unit's. Wording that has been answered never changes."""

from __future__ import annotations

from django.db import transaction

from partnerships.choices import FrameworkState
from partnerships.models import Framework, Hallmark, Principle, User
from partnerships.services.asking import check_keeps_lists
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write


@transaction.atomic
def save(framework: Framework, *, by: User | None, reason: str = "") -> bool:
    """Write a framework's own columns; False where nothing changed.

    Refuses to make a draft again of what has been answered.
    """
    check_keeps_lists(by, "the frameworks")
    if framework.state == FrameworkState.DRAFT and is_answered(framework):
        raise NotAllowed("Checklists use this framework. It can be retired, not made a draft.")
    return write(framework, by=by, reason=reason)


@transaction.atomic
def save_wording(row: Principle | Hallmark, *, by: User | None, reason: str = "") -> bool:
    """Write a principle or a hallmark; False where nothing changed.

    Refuses where a checklist uses the framework: an answer keeps the wording it was given to.
    """
    check_keeps_lists(by, "the frameworks")
    _check_wording_is_free(row)
    return write(row, by=by, reason=reason)


@transaction.atomic
def remove_wording(row: Principle | Hallmark, *, by: User, reason: str) -> None:
    """Delete a principle with its hallmarks, or a hallmark, that no checklist uses."""
    check_keeps_lists(by, "the frameworks")
    _check_wording_is_free(row)
    if isinstance(row, Principle):
        for hallmark in row.hallmarks.all():
            credit(hallmark, by=by, reason=reason)
            hallmark.delete()
    credit(row, by=by, reason=reason)
    row.delete()


@transaction.atomic
def delete(framework: Framework, *, by: User, reason: str) -> None:
    """Remove a framework that no checklist uses."""
    check_keeps_lists(by, "the frameworks")
    if is_answered(framework):
        raise NotAllowed("Checklists use this framework. Retire it instead.")
    for principle in framework.principles.all():
        remove_wording(principle, by=by, reason=reason)
    credit(framework, by=by, reason=reason)
    framework.delete()


def is_answered(framework: Framework) -> bool:
    """Whether a checklist uses the framework, so that its wording stands."""
    return not framework._state.adding and framework.checklists.exists()


def _check_wording_is_free(row: Principle | Hallmark) -> None:
    principle = row if isinstance(row, Principle) else row.principle
    if is_answered(principle.framework):
        raise NotAllowed(
            "Checklists use this framework, so its wording stands. Make a new version instead."
        )
