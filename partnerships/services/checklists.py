"""Verbs on joint self-assessments: each side rates alone, then both compare, act and agree.

All refuse (NotAllowed) people who may not edit the partnership. `by` is None for a side that
answers without an account.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from partnerships.choices import (
    ActionProgress,
    ChecklistState,
    FrameworkState,
    RatingLevel,
)
from partnerships.models import (
    ActionPoint,
    Checklist,
    ChecklistMember,
    Framework,
    Hallmark,
    Member,
    Partnership,
    Rating,
    User,
)
from partnerships.policies.permissions import can_edit
from partnerships.services.asking import check
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write
from partnerships.versions import changed as note_change

UNFINISHED = (ChecklistState.OPEN, ChecklistState.COMPARED)


@transaction.atomic
def open_round(
    *,
    partnership: Partnership,
    framework: Framework,
    by: User,
    reason: str = "",
    at: datetime | None = None,
) -> Checklist:
    """Begin a round, with a part for each member that takes part now.

    Refuses people who may not edit the partnership, a framework that is not published or has
    nothing to rate, fewer than two members, and a second unfinished round of the framework.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    partnership = Partnership.objects.select_for_update(of=("self",)).get(pk=partnership.pk)
    _check_may_edit(partnership, by, "open a checklist", at=now)
    if framework.state != FrameworkState.PUBLISHED:
        raise NotAllowed(f"{framework} is not published. Choose a framework that is.")
    if not hallmarks_of(framework).exists():
        raise NotAllowed(f"{framework} has nothing to rate. Choose one with hallmarks.")
    members = partnership.members.filter(Q(until__isnull=True) | Q(until__gte=today.year))
    if members.count() < 2:
        raise NotAllowed("A joint self-assessment needs two members. Add the other side first.")
    if partnership.checklists.filter(framework=framework, state__in=UNFINISHED).exists():
        raise NotAllowed("A checklist of this framework is under way. Finish or abandon it first.")
    checklist = Checklist(partnership=partnership, framework=framework, opened_at=now, opened_by=by)
    write(checklist, by=by, reason=reason)
    for member in members.order_by("position", "pk"):
        write(ChecklistMember(checklist=checklist, member=member), by=by, reason=reason)
    return checklist


@transaction.atomic
def rate(
    part: ChecklistMember,
    *,
    hallmark: Hallmark,
    level: str,
    note: str = "",
    by: User | None,
    reason: str = "",
) -> Rating:
    """Set one member's rating of one hallmark, as often as it likes until it submits."""
    part = _locked(part)
    _check_may_edit(part.checklist.partnership, by, "rate for a member")
    if part.checklist.state != ChecklistState.OPEN or part.submitted_at is not None:
        raise NotAllowed(f"{part.member} has submitted its ratings. They stand as they are.")
    if not hallmarks_of(part.checklist.framework).filter(pk=hallmark.pk).exists():
        raise ValidationError(
            {"hallmark": f"This hallmark is not one of {part.checklist.framework}."}
        )
    if level not in RatingLevel.values:
        raise ValidationError({"level": "Choose one of the levels."})
    rating = Rating.objects.filter(part=part, hallmark=hallmark).first() or Rating(
        part=part, hallmark=hallmark
    )
    rating.level, rating.note = RatingLevel(level), note
    write(rating, by=by, reason=reason)
    return rating


@transaction.atomic
def submit(
    part: ChecklistMember, *, by: User | None, reason: str = "", at: datetime | None = None
) -> ChecklistMember:
    """Close one member's ratings. When the last one submits, every side sees the others'.

    Refuses while a hallmark is unrated, naming the first.
    """
    part = _locked(part)
    checklist = part.checklist
    _check_may_edit(checklist.partnership, by, "submit for a member", at=at)
    if checklist.state != ChecklistState.OPEN or part.submitted_at is not None:
        raise NotAllowed(f"{part.member} has submitted its ratings already.")
    unrated = hallmarks_of(checklist.framework).exclude(ratings__part=part)
    first = unrated.order_by("principle__number", "number").first()
    if first is not None:
        raise NotAllowed(
            f"{unrated.count()} of the hallmarks are not rated yet. The first is “{first}”. "
            "“Don't know” is an answer too."
        )
    part.submitted_at = at or timezone.now()
    write(part, by=by, reason=reason)
    if _everybody_has_submitted(checklist):
        checklist.state = ChecklistState.COMPARED
        write(checklist, by=by, reason=reason or "Every side has submitted its ratings.")
    return part


@transaction.atomic
def agree(
    part: ChecklistMember, *, by: User | None, reason: str = "", at: datetime | None = None
) -> ChecklistMember:
    """One member agrees to the comparison and the action points; with the last, all is frozen."""
    now = at or timezone.now()
    part = _locked(part)
    checklist = part.checklist
    _check_may_edit(checklist.partnership, by, "agree for a member", at=now)
    if checklist.state != ChecklistState.COMPARED:
        raise NotAllowed(
            "A checklist can be agreed once every side has submitted, and before it is agreed."
        )
    if part.agreed_at is not None:
        raise NotAllowed(f"{part.member} has agreed already.")
    part.agreed_at = now
    write(part, by=by, reason=reason)
    if not checklist.parts.filter(agreed_at__isnull=True).exists():
        checklist.state, checklist.agreed_at = ChecklistState.AGREED, now
        write(checklist, by=by, reason=reason or "Every side has agreed.")
        note_change(partnerships=[checklist.partnership_id])  # the month of it is public
    return part


@transaction.atomic
def abandon(checklist: Checklist, *, by: User, reason: str) -> Checklist:
    """Stop an unfinished round. What was not submitted by every side stays unseen."""
    checklist = _locked_checklist(checklist.pk)
    _check_may_edit(checklist.partnership, by, "abandon a checklist")
    if checklist.state not in UNFINISHED:
        raise NotAllowed("Only an unfinished checklist can be abandoned.")
    checklist.state = ChecklistState.ABANDONED
    write(checklist, by=by, reason=reason)
    return checklist


@transaction.atomic
def add_action(
    checklist: Checklist,
    *,
    member: Member,
    what: str,
    by: User | None,
    hallmark: Hallmark | None = None,
    due_on: date | None = None,
    reason: str = "",
) -> ActionPoint:
    """Note something to do, by one of the members, while the sides compare.

    Members that have agreed already did not agree to this: they are asked again.
    """
    checklist = _locked_checklist(checklist.pk)
    _check_may_edit(checklist.partnership, by, "say what is to be done")
    _check_list_is_open(checklist)
    action = ActionPoint(
        checklist=checklist, member=member, what=what, hallmark=hallmark, due_on=due_on
    )
    _check_belongs(action)
    write(action, by=by, reason=reason)
    _ask_again(checklist, by=by, reason=reason)
    return action


@transaction.atomic
def update_action(
    action: ActionPoint,
    *,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
    **values: Any,
) -> bool:
    """Change an action point; False where it says all that already.

    Progress may change at any time and dates itself. Who does what by when is part of what the
    members agreed to: it changes only while they compare, and they are asked again.
    """
    checklist = _locked_checklist(action.checklist_id)
    _check_may_edit(checklist.partnership, by, "say what is to be done", at=at)
    agreed_to = {"member", "what", "hallmark", "due_on"} & values.keys()
    agreed_to = {name for name in agreed_to if getattr(action, name) != values[name]}
    if agreed_to:
        _check_list_is_open(checklist)
    for name, value in values.items():
        setattr(action, name, value)
    if action.progress != ActionProgress.DONE:
        action.done_on = None
    elif action.done_on is None:
        action.done_on = timezone.localdate(at)
    _check_belongs(action)
    changed = write(action, by=by, reason=reason)
    if agreed_to:
        _ask_again(checklist, by=by, reason=reason)
    return changed


def ratings_visible_to(part: ChecklistMember) -> QuerySet[Rating]:
    """What one member may see: its own ratings; everybody's once every member has submitted.

    Of a round abandoned before that, its own for ever.
    """
    ratings = Rating.objects.filter(part__checklist=part.checklist_id)
    if not _everybody_has_submitted(part.checklist):
        ratings = ratings.filter(part=part)
    return ratings.select_related("part__member__institution", "hallmark__principle").order_by(
        "hallmark__principle__number", "hallmark__number", "part"
    )


def hallmarks_of(framework: Framework) -> QuerySet[Hallmark]:
    """Everything in a framework that a member rates."""
    return Hallmark.objects.filter(principle__framework=framework)


def _check_may_edit(
    partnership: Partnership, by: User | None, what: str, *, at: datetime | None = None
) -> None:
    check(
        by,
        lambda viewer: can_edit(viewer, board_id=partnership.health_board_id),
        f"Only the owning Board's champions and the unit {what}.",
        at=at,
    )


def _everybody_has_submitted(checklist: Checklist) -> bool:
    return not checklist.parts.filter(submitted_at__isnull=True).exists()


def _locked(part: ChecklistMember) -> ChecklistMember:
    """The stored part, its round locked: the last two sides to submit must see each other."""
    checklist = _locked_checklist(part.checklist_id)
    stored = ChecklistMember.objects.select_related("member__institution").get(pk=part.pk)
    stored.checklist = checklist
    return stored


def _locked_checklist(pk: int) -> Checklist:
    found = Checklist.objects.select_related("partnership", "framework")
    return found.select_for_update(of=("self",)).get(pk=pk)


def _check_list_is_open(checklist: Checklist) -> None:
    if checklist.state == ChecklistState.AGREED:
        raise NotAllowed("Every side has agreed to this list. Only progress can still change.")
    if checklist.state != ChecklistState.COMPARED:
        raise NotAllowed("What to do is agreed when every side has submitted its ratings.")


def _check_belongs(action: ActionPoint) -> None:
    if not action.checklist.parts.filter(member=action.member_id).exists():
        raise ValidationError({"member": "Choose one of the members that took part."})
    framework = action.checklist.framework
    if action.hallmark_id and not hallmarks_of(framework).filter(pk=action.hallmark_id).exists():
        raise ValidationError({"hallmark": f"This hallmark is not one of {framework}."})


def _ask_again(checklist: Checklist, *, by: User | None, reason: str) -> None:
    for part in checklist.parts.filter(agreed_at__isnull=False):
        part.agreed_at = None
        write(part, by=by, reason=reason)
