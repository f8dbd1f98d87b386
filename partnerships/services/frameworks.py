"""Verbs on frameworks of principles: the unit's. Wording that has been answered never changes."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from partnerships.choices import FrameworkState
from partnerships.models import Framework, Hallmark, HallmarkCorrespondence, Principle, User
from partnerships.policies.continuing import Codes, continued
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
    hallmarks = row.hallmarks.all() if isinstance(row, Principle) else [row]
    for hallmark in hallmarks:
        said = Q(later=hallmark) | Q(earlier=hallmark)
        for each in [*HallmarkCorrespondence.objects.filter(said), hallmark]:
            credit(each, by=by, reason=reason)
            each.delete()
    if isinstance(row, Principle):
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


@transaction.atomic
def correspond(
    later: Hallmark, *, earlier: Hallmark | None, by: User | None, reason: str = ""
) -> bool:
    """State which hallmark of an earlier version this one continues, or that it continues none.

    False where that is stated already. Raises ValidationError for a hallmark of the same version,
    for one that another hallmark of this version continues, and where the two would go in a ring.
    """
    check_keeps_lists(by, "the frameworks")
    row = HallmarkCorrespondence.objects.filter(later=later).first()
    row = row or HallmarkCorrespondence(later=later)
    row.earlier = earlier
    if earlier is not None:
        _check_continues(later, earlier)
    return write(row, by=by, reason=reason)


def corresponding(earlier: Framework, later: Framework) -> dict[int, int]:
    """Key of a hallmark of the earlier version → key of the one that continues it. Two queries.

    What the unit has stated counts, also across versions in between; else the same codes do.
    """
    codes: dict[int, dict[int, Codes]] = {earlier.pk: {}, later.pk: {}}
    rows = Hallmark.objects.filter(principle__framework__in=list(codes)).order_by(
        "principle__number", "number"
    )
    for key, framework, *code in rows.values_list(
        "pk", "principle__framework", "principle__framework__code", "principle__code", "code"
    ):
        codes[framework][key] = (code[0], code[1], code[2])
    said = HallmarkCorrespondence.objects.values_list("later", "earlier")
    return continued(codes[earlier.pk], codes[later.pk], dict(said))


def _check_continues(later: Hallmark, earlier: Hallmark) -> None:
    version, before = later.principle.framework_id, earlier.principle.framework_id
    if version == before:
        raise ValidationError({"earlier": "Choose a hallmark of an earlier version."})
    others = HallmarkCorrespondence.objects.filter(
        earlier=earlier, later__principle__framework=version
    )
    if others.exclude(later=later).exists():
        raise ValidationError(
            {"earlier": f"Another hallmark of this version continues “{earlier}” already."}
        )
    if version in _versions_before(earlier):
        raise ValidationError({"earlier": f"“{earlier}” continues this version, not the reverse."})


def _versions_before(hallmark: Hallmark) -> set[int]:
    found: set[int] = set()
    step: Hallmark | None = hallmark
    while step is not None and step.principle.framework_id not in found:
        found.add(step.principle.framework_id)
        row = HallmarkCorrespondence.objects.filter(later=step).select_related("earlier__principle")
        said = row.first()
        step = said.earlier if said else None
    return found


def _check_wording_is_free(row: Principle | Hallmark) -> None:
    principle = row if isinstance(row, Principle) else row.principle
    if is_answered(principle.framework):
        raise NotAllowed(
            "Checklists use this framework, so its wording stands. Make a new version instead."
        )
