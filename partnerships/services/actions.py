"""Verbs on action points: the members' alone, through their links, for a round that they compare.

`part` says for which member somebody acts. All refuse (NotAllowed) members that have not answered,
and whatever a round's state does not allow. No champion adds or changes a point.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from partnerships.choices import ActionProgress, ChecklistState
from partnerships.models import ActionPoint, ChecklistMember, Hallmark, Member
from partnerships.services.checklists import (
    BY_THE_SIDE,
    ask_again,
    check_list_is_open,
    hallmarks_of,
    locked,
)
from partnerships.services.frameworks import corresponding
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write

UNFINISHED = (ActionProgress.TO_DO, ActionProgress.DOING)
#: What the members agree to, of a point: all but its progress.
WORDING = ("member", "who", "what", "why", "hallmark", "due_on")


class ChangedMeanwhile(NotAllowed):
    """Somebody changed it since the page was shown; nothing was written."""


@transaction.atomic
def add(
    part: ChecklistMember,
    *,
    member: Member,
    what: str,
    who: str = "",
    why: str = "",
    hallmark: Hallmark | None = None,
    due_on: date | None = None,
) -> ActionPoint:
    """Note something to do, by one of the members. The same point sent twice is one point.

    Members that have agreed already did not agree to this: they are asked again.
    """
    part = _acting(part)
    check_list_is_open(part.checklist)
    values = {
        "member": member,
        "who": who,
        "what": what,
        "why": why,
        "hallmark": hallmark,
        "due_on": due_on,
    }
    same = ActionPoint.objects.filter(checklist=part.checklist, progress__in=UNFINISHED, **values)
    if (found := same.first()) is not None:
        return found
    return _write_new(part, ActionPoint(checklist=part.checklist, **values))


@transaction.atomic
def change(action: ActionPoint, *, part: ChecklistMember, seen: str, **values: Any) -> bool:
    """Change what the members agree to; False where it says all that already.

    `seen` is `version_of` the point that the person looked at. Refuses (ChangedMeanwhile) where it
    is another now.
    """
    part = _acting(part)
    action = _stored(action, part)
    check_list_is_open(part.checklist)
    if unknown := values.keys() - set(WORDING):
        raise TypeError(f"No wording of an action point: {', '.join(sorted(unknown))}")
    changed = [name for name, value in values.items() if getattr(action, name) != value]
    if not changed:
        return False
    _check_seen(action, seen)
    for name in changed:
        setattr(action, name, values[name])
    _check_belongs(action)
    write(action, by=None, reason=BY_THE_SIDE)
    ask_again(part.checklist, reason="An action point has changed.")
    return True


@transaction.atomic
def set_progress(
    action: ActionPoint,
    *,
    part: ChecklistMember,
    progress: str,
    seen: str,
    at: datetime | None = None,
) -> bool:
    """Say how far it is, at any time, also once all is agreed; False where that is so already.

    Done dates itself. `seen` is the progress that the person looked at.
    """
    part = _acting(part)
    action = _stored(action, part)
    if part.checklist.state not in (ChecklistState.COMPARED, ChecklistState.AGREED):
        raise NotAllowed("This round is over. Its points change no more.")
    if progress not in ActionProgress.values:
        raise ValidationError({"progress": "Choose one of these."})
    if action.progress == progress:
        return False
    if action.progress != seen:
        raise ChangedMeanwhile(
            f"Somebody said meanwhile: {action.get_progress_display().lower()}. Nothing was saved."
        )
    action.progress = ActionProgress(progress)
    action.done_on = timezone.localdate(at) if progress == ActionProgress.DONE else None
    return write(action, by=None, reason=BY_THE_SIDE)


@transaction.atomic
def carry(
    action: ActionPoint, *, part: ChecklistMember, member: Member | None = None
) -> ActionPoint:
    """Go on with an unfinished point of an earlier round in this one. Twice is once.

    The earlier point stays as it was agreed. Its hallmark is the one that corresponds to it in
    this round's framework, if any. `member` takes it over, where whose it was cannot go on; who
    there does it is then for it to say. Raises ActionPoint.DoesNotExist where it is not `offered`.
    """
    part = _acting(part)
    check_list_is_open(part.checklist)
    if (found := part.checklist.actions.filter(carried_from=action.pk).first()) is not None:
        return found
    action = offered(part).get(pk=action.pk)
    member = member or action.member
    hallmark = None
    if action.hallmark_id is not None:
        same = corresponding(action.checklist.framework, part.checklist.framework)
        hallmark = Hallmark.objects.filter(pk__in=[same.get(action.hallmark_id)]).first()
    made = ActionPoint(
        checklist=part.checklist,
        member=member,
        who=action.who if member == action.member else "",
        what=action.what,
        why=action.why,
        hallmark=hallmark,
        due_on=action.due_on,
        progress=action.progress,
        carried_from=action,
    )
    return _write_new(part, made)


def offered(part: ChecklistMember) -> QuerySet[ActionPoint]:
    """Unfinished points of agreed rounds that were opened before this one, which a member of both
    may carry into this round. Not those that this or another round goes on with."""
    return (
        ActionPoint.objects.filter(
            checklist__partnership=part.checklist.partnership_id,
            checklist__state=ChecklistState.AGREED,
            checklist__opened_at__lt=part.checklist.opened_at,
            checklist__parts__in=ChecklistMember.objects.filter(
                member=part.member_id, submitted_at__isnull=False
            ),
            progress__in=UNFINISHED,
        )
        .exclude(pk__in=carried())
        .select_related("checklist__framework", "member__institution__country", "hallmark")
        .order_by("due_on", "pk")
    )


def carried() -> QuerySet[ActionPoint, Any]:
    """Keys of the points that a round goes on with which was not abandoned."""
    going_on = ActionPoint.objects.filter(carried_from__isnull=False)
    return going_on.exclude(checklist__state=ChecklistState.ABANDONED).values("carried_from")


def version_of(action: ActionPoint) -> str:
    """Stands for all that the members agree to of a point; changes when that does."""
    told = [
        action.member_id,
        action.hallmark_id,
        action.who,
        action.what,
        action.why,
        action.due_on,
    ]
    return sha256(repr(told).encode()).hexdigest()[:16]


def _acting(part: ChecklistMember) -> ChecklistMember:
    part = locked(part)
    if part.submitted_at is None:
        raise NotAllowed(
            f"{part.member} submits its own ratings before it says what is to be done."
        )
    return part


def _stored(action: ActionPoint, part: ChecklistMember) -> ActionPoint:
    """The point as it is now, under the lock of its round."""
    return ActionPoint.objects.get(pk=action.pk, checklist=part.checklist)


def _check_seen(action: ActionPoint, seen: str) -> None:
    if version_of(action) != seen:
        raise ChangedMeanwhile(
            "Somebody changed this point while you wrote. See what it says now, then save again."
        )


def _write_new(part: ChecklistMember, action: ActionPoint) -> ActionPoint:
    _check_belongs(action)
    write(action, by=None, reason=BY_THE_SIDE)
    ask_again(part.checklist, reason="There is one more action point.")
    return action


def _check_belongs(action: ActionPoint) -> None:
    parts = action.checklist.parts.filter(submitted_at__isnull=False)
    if not parts.filter(member=action.member_id).exists():
        raise ValidationError(
            {"member": "Choose one of the members that take part and have answered."}
        )
    framework = action.checklist.framework
    if action.hallmark_id and not hallmarks_of(framework).filter(pk=action.hallmark_id).exists():
        raise ValidationError({"hallmark": f"This hallmark is not one of {framework}."})
