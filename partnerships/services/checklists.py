"""Verbs on joint self-assessments: each side rates alone, then both compare, act and agree.

Those with `by` refuse (NotAllowed) people who may not edit the partnership. Those without are the
sides' alone, who come with a signed link: nobody rates, submits or agrees for them. What they say
together is in `agreeing`, what they do about it in `actions`.
"""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from partnerships.choices import (
    ChecklistState,
    FrameworkShape,
    FrameworkState,
    RatingLevel,
    Side,
)
from partnerships.models import (
    Checklist,
    ChecklistMember,
    Framework,
    Hallmark,
    Partnership,
    Rating,
    User,
)
from partnerships.policies.permissions import can_edit
from partnerships.services import links
from partnerships.services.asking import check
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write
from partnerships.versions import changed as note_change

BY_THE_SIDE = "Through the member's own link."
UNFINISHED = (ChecklistState.OPEN, ChecklistState.COMPARED)
#: Of which one member at least takes part, and agrees.
BOTH_SIDES = {Side.UK.value, Side.PARTNER.value}


@transaction.atomic
def open_round(
    *,
    partnership: Partnership,
    framework: Framework,
    by: User,
    due_on: date | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Checklist:
    """Begin a round, with a part for each member that takes part now.

    `due_on` is the day by which answers are wanted; later ones are taken too. Refuses people who
    may not edit the partnership, a framework that is not published, is of steps or has nothing to
    rate, a day that has passed, members of one side only, and a second unfinished round of the
    framework.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    partnership = Partnership.objects.select_for_update(of=("self",)).get(pk=partnership.pk)
    check_may_edit(partnership, by, "open a checklist", at=now)
    if framework.state != FrameworkState.PUBLISHED:
        raise NotAllowed(f"{framework} is not published. Choose a framework that is.")
    if framework.shape != FrameworkShape.PRINCIPLES:
        raise NotAllowed(
            f"{framework} is a cycle of steps with dates: there is nothing in it to rate. "
            "Choose a framework of principles."
        )
    if due_on is not None and due_on < today:
        raise NotAllowed("The day to answer by has passed. Choose one that is to come.")
    if not hallmarks_of(framework).exists():
        raise NotAllowed(f"{framework} has nothing to rate. Choose one with hallmarks.")
    members = partnership.members.filter(Q(until__isnull=True) | Q(until__gte=today.year))
    if {member.side for member in members.select_related("institution")} != BOTH_SIDES:
        raise NotAllowed(
            "A joint self-assessment needs a member in the UK and one in another country, "
            "both still taking part. Add the other side to the record first."
        )
    if partnership.checklists.filter(framework=framework, state__in=UNFINISHED).exists():
        raise NotAllowed("A checklist of this framework is under way. Finish or abandon it first.")
    checklist = Checklist(
        partnership=partnership, framework=framework, opened_at=now, opened_by=by, due_on=due_on
    )
    write(checklist, by=by, reason=reason)
    for member in members.order_by("position", "pk"):
        write(ChecklistMember(checklist=checklist, member=member), by=by, reason=reason)
    return checklist


@transaction.atomic
def rate(part: ChecklistMember, *, hallmark: Hallmark, level: str, note: str = "") -> Rating:
    """Set one member's rating of one hallmark, as often as it likes until it submits.

    An empty level leaves the hallmark unanswered, with a note perhaps.
    """
    part = locked(part)
    check_may_answer(part)
    if not hallmarks_of(part.checklist.framework).filter(pk=hallmark.pk).exists():
        raise ValidationError(
            {"hallmark": f"This hallmark is not one of {part.checklist.framework}."}
        )
    if level and level not in RatingLevel.values:
        raise ValidationError({"level": "Choose one of the levels."})
    rating = Rating.objects.filter(part=part, hallmark=hallmark).first() or Rating(
        part=part, hallmark=hallmark
    )
    rating.level, rating.note = level, note
    write(rating, by=None, reason=BY_THE_SIDE)
    return rating


@transaction.atomic
def submit(part: ChecklistMember, *, at: datetime | None = None) -> ChecklistMember:
    """Close one member's ratings. When the last one submits, every side sees the others'.

    Refuses while a hallmark is unrated, naming the first. Submitted after the others compared
    without it, those that agreed meanwhile are asked again.
    """
    part = locked(part)
    checklist = part.checklist
    if part.submitted_at is not None:
        raise NotAllowed(f"{part.member} has submitted its ratings already.")
    check_may_answer(part)
    unrated = unrated_by(part)
    if unrated:
        raise NotAllowed(
            f"{len(unrated)} of the hallmarks are not rated yet. The first is “{unrated[0]}”. "
            "“Don’t know” is an answer too."
        )
    part.submitted_at = at or timezone.now()
    write(part, by=None, reason=BY_THE_SIDE)
    if checklist.state == ChecklistState.COMPARED:
        ask_again(checklist, reason="A member has submitted its ratings late.")
    elif _everybody_has_submitted(checklist):
        checklist.state = ChecklistState.COMPARED
        write(checklist, by=None, reason="Every side has submitted its ratings.")
    return part


@transaction.atomic
def leave_out(
    part: ChecklistMember, *, by: User, reason: str = "", at: datetime | None = None
) -> None:
    """Go on without a member, which nobody can be asked for or which has no part in the work.

    Only while nobody has submitted, so that nobody is left out for being slow, and never one that
    has begun to answer or the last one of a side. Its links are withdrawn.
    """
    now = at or timezone.now()
    try:
        part = locked(part)
    except links.LinkRefused:
        raise NotAllowed("This member has been left out already.") from None
    parts = list(part.checklist.parts.select_related("member__institution"))
    check_may_edit(part.checklist.partnership, by, "leave a member out", at=now)
    if any(each.submitted_at for each in parts) or part.checklist.state != ChecklistState.OPEN:
        raise NotAllowed("Members are left out only while nobody has submitted.")
    if part.saved_at is not None or part.ratings.exists():
        raise NotAllowed(f"{part.member} has begun to answer, so it cannot be left out.")
    if all(each.pk == part.pk or each.member.side != part.member.side for each in parts):
        raise NotAllowed(f"{part.member} is the only one of its side. A checklist needs both.")
    links.revoke(part=part, at=now)
    credit(part, by=by, reason=reason)
    part.delete()


@transaction.atomic
def compare_early(
    part: ChecklistMember, *, is_willing: bool, at: datetime | None = None
) -> ChecklistMember:
    """One member agrees, or no more, to compare without those that have not answered.

    Repeating changes nothing. Champions close the round early once every member that has
    submitted agrees: see `close_early`.
    """
    part = locked(part)
    if part.checklist.state != ChecklistState.OPEN:
        raise NotAllowed("Only an open checklist can be compared early.")
    if part.submitted_at is None:
        raise NotAllowed(f"{part.member} submits its own ratings before it compares.")
    if is_willing != (part.compares_early_at is not None):
        part.compares_early_at = (at or timezone.now()) if is_willing else None
        write(part, by=None, reason=BY_THE_SIDE)
    return part


@transaction.atomic
def close_early(
    checklist: Checklist, *, by: User, reason: str = "", at: datetime | None = None
) -> Checklist:
    """Let those that have submitted compare, without waiting for the rest.

    Refuses unless somebody has submitted and each that has agrees. The others may still answer
    until the checklist is agreed, and see the others' ratings only when they have.
    """
    checklist = _locked_checklist(checklist.pk)
    check_may_edit(checklist.partnership, by, "close a checklist early", at=at)
    if checklist.state != ChecklistState.OPEN:
        raise NotAllowed("Only an open checklist can be closed early.")
    submitted = checklist.parts.filter(submitted_at__isnull=False).order_by("pk")
    if not submitted:
        raise NotAllowed("Nobody has submitted yet, so there is nothing to compare.")
    if unwilling := [str(p.member) for p in submitted if p.compares_early_at is None]:
        raise NotAllowed(
            f"{' and '.join(unwilling)} has to agree first, on the page of its own link."
        )
    checklist.state = ChecklistState.COMPARED
    checklist.closed_early_at = at or timezone.now()
    write(checklist, by=by, reason=reason or "Closed early, as those that submitted agreed.")
    return checklist


@transaction.atomic
def agree(part: ChecklistMember, *, at: datetime | None = None) -> ChecklistMember:
    """One member agrees to the comparison and the action points; with the last, all is frozen.

    The last of those that have submitted, of which one is on each side.
    """
    now = at or timezone.now()
    part = locked(part)
    checklist = part.checklist
    if checklist.state != ChecklistState.COMPARED:
        raise NotAllowed(
            "A checklist can be agreed once every side has submitted, and before it is agreed."
        )
    if part.submitted_at is None:
        raise NotAllowed(f"{part.member} submits its own ratings before it agrees.")
    if part.agreed_at is not None:
        raise NotAllowed(f"{part.member} has agreed already.")
    part.agreed_at = now
    write(part, by=None, reason=BY_THE_SIDE)
    if _everybody_has_agreed(checklist):
        checklist.state, checklist.agreed_at = ChecklistState.AGREED, now
        write(checklist, by=None, reason="Every side has agreed.")
        note_change(partnerships=[checklist.partnership_id])  # the month of it is public
    return part


@transaction.atomic
def abandon(
    checklist: Checklist, *, by: User, reason: str, at: datetime | None = None
) -> Checklist:
    """Stop an unfinished round, and withdraw its links. What was not submitted stays unseen.

    Members that compare already keep theirs, to read: what they wrote together is not the Board's
    to take away. See `inviting.tell_abandoned`.
    """
    now = at or timezone.now()
    checklist = _locked_checklist(checklist.pk)
    check_may_edit(checklist.partnership, by, "abandon a checklist", at=now)
    if checklist.state not in UNFINISHED:
        raise NotAllowed("Only an unfinished checklist can be abandoned.")
    parts = checklist.parts.all()
    if checklist.state == ChecklistState.COMPARED:
        parts = parts.filter(submitted_at__isnull=True)
    checklist.state = ChecklistState.ABANDONED
    write(checklist, by=by, reason=reason)
    links.revoke(at=now, part__in=parts)
    return checklist


def ratings_visible_to(*parts: ChecklistMember) -> QuerySet[Rating]:
    """What one member may see, in each round in which it has one of these parts: its own ratings;
    once they compare, and it has submitted, those of every member that has.

    Of a round abandoned before that, its own for ever.
    """
    beside = [
        part.checklist_id
        for part in parts
        if part.submitted_at is not None and is_compared(part.checklist)
    ]
    others = Q(part__checklist__in=beside, part__submitted_at__isnull=False)
    ratings = Rating.objects.filter(Q(part__in=parts) | others)
    return ratings.select_related("part__member__institution", "hallmark__principle").order_by(
        "hallmark__principle__number", "hallmark__number", "part"
    )


def hallmarks_of(framework: Framework) -> QuerySet[Hallmark]:
    """Everything in a framework that a member rates."""
    return Hallmark.objects.filter(principle__framework=framework)


def check_may_edit(
    partnership: Partnership, by: User | None, what: str, *, at: datetime | None = None
) -> None:
    check(
        by,
        lambda viewer: can_edit(viewer, board_id=partnership.health_board_id),
        f"Only the owning Board's champions and the unit {what}.",
        at=at,
    )


def unrated_by(part: ChecklistMember) -> list[Hallmark]:
    """What a member has still to rate, in order, with its principle."""
    rated = Rating.objects.filter(part=part).exclude(level="").values("hallmark")
    unrated = hallmarks_of(part.checklist.framework).exclude(pk__in=rated)
    return list(unrated.select_related("principle").order_by("principle__number", "number"))


def check_may_answer(part: ChecklistMember) -> None:
    """Raises NotAllowed unless the part can still be answered. Lock it first: see `locked`."""
    checklist = part.checklist
    if part.submitted_at is not None:
        raise NotAllowed(f"{part.member} has submitted its ratings. They stand as they are.")
    if checklist.state == ChecklistState.ABANDONED:
        raise NotAllowed("This checklist was abandoned. Nothing in it changes any more.")
    if checklist.state == ChecklistState.AGREED:
        raise NotAllowed("The others have agreed this checklist. It takes no answers any more.")


def is_compared(checklist: Checklist) -> bool:
    """Whether members that have answered may look at each other's answers."""
    if checklist.state == ChecklistState.ABANDONED and checklist.closed_early_at is None:
        return _everybody_has_submitted(checklist)
    return checklist.state != ChecklistState.OPEN


def _everybody_has_agreed(checklist: Checklist) -> bool:
    """Each member that has submitted, and one at least on each side."""
    parts = list(checklist.parts.select_related("member__institution"))
    submitted = [part for part in parts if part.submitted_at]
    sides = {part.member.side for part in submitted}
    return all(part.agreed_at for part in submitted) and sides == BOTH_SIDES


def _everybody_has_submitted(checklist: Checklist) -> bool:
    return not checklist.parts.filter(submitted_at__isnull=True).exists()


def locked(part: ChecklistMember) -> ChecklistMember:
    """The stored part, its round locked: the last two sides to submit must see each other.

    Raises LinkRefused for one that was left out meanwhile.
    """
    checklist = _locked_checklist(part.checklist_id)
    found = ChecklistMember.objects.select_related("member__institution").filter(pk=part.pk)
    stored = found.first()
    if stored is None:
        raise links.LinkRefused(links.WITHDRAWN)
    stored.checklist = checklist
    return stored


def _locked_checklist(pk: int) -> Checklist:
    found = Checklist.objects.select_related("partnership", "framework")
    return found.select_for_update(of=("self",)).get(pk=pk)


def check_list_is_open(checklist: Checklist) -> None:
    """Raises NotAllowed unless members are comparing. Lock the round first: see `locked`."""
    if checklist.state == ChecklistState.AGREED:
        raise NotAllowed("Every side has agreed to this list. Only progress can still change.")
    if checklist.state != ChecklistState.COMPARED:
        raise NotAllowed("What to do is agreed when every side has submitted its ratings.")


def ask_again(checklist: Checklist, *, reason: str) -> None:
    """Take back every member's agreement: something that they agreed to is not so any more."""
    for part in checklist.parts.filter(agreed_at__isnull=False):
        part.agreed_at = None
        write(part, by=None, reason=reason)
