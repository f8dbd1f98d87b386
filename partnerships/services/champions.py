"""Verbs on champions' tenures: appoint, change, end, hand over."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from partnerships.choices import ChampionRole
from partnerships.models import Champion, HealthBoard, User
from partnerships.policies.permissions import can_keep_lists
from partnerships.services import users
from partnerships.services.asking import check
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write


@transaction.atomic
def appoint(
    *,
    email: str,
    board: HealthBoard,
    by: User,
    role: str = ChampionRole.DEPUTY,
    since: date | None = None,
    until: date | None = None,
    name: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> Champion:
    """Open a tenure, from today unless `since` says otherwise; makes the account if needed.

    `until` is the first day without access. Raises ValidationError for a tenure that overlaps
    another one of the same person at the Board, or of another lead; NotAllowed for a closed
    account and for people who are not of the unit.
    """
    now = at or timezone.now()
    check_may_appoint(by, at=now)
    user = users.find(email) or users.make(email=email, name=name, by=by, reason=reason)
    tenure = Champion(
        user=user,
        board=board,
        role=ChampionRole(role),
        since=since or timezone.localdate(now),
        until=until,
    )
    save(tenure, by=by, reason=reason, at=now)
    return tenure


@transaction.atomic
def save(tenure: Champion, *, by: User, reason: str = "", at: datetime | None = None) -> bool:
    """Write a tenure; False where nothing changed. Refuses what `appoint` refuses."""
    check_may_appoint(by, at=at or timezone.now())
    if tenure._state.adding and tenure.user_id and not tenure.user.is_active:
        raise NotAllowed(f"The account of {tenure.user} is closed. Open it again first.")
    if tenure.board_id:
        # One at a time for a Board: two appointments must each see the other.
        HealthBoard.objects.select_for_update().get(pk=tenure.board_id)
        _check_overlaps(tenure)
    written = write(tenure, by=by, reason=reason)
    users.let_in(tenure.user, by=by, reason=reason)
    return written


@transaction.atomic
def end(
    tenure: Champion,
    *,
    by: User,
    on: date | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Champion:
    """End a tenure: `on` is the first day without access, today unless said otherwise.

    Refuses a tenure that ends by then already, and an end before its beginning.
    """
    now = at or timezone.now()
    day = on or timezone.localdate(now)
    if tenure.until is not None and tenure.until <= day:
        raise NotAllowed(f"This tenure ends on {tenure.until:%d %B %Y} already.")
    tenure.until = day
    save(tenure, by=by, reason=reason, at=now)
    return tenure


@transaction.atomic
def hand_over(
    tenure: Champion,
    *,
    email: str,
    by: User,
    on: date | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Champion:
    """End a tenure and open the same one for somebody else, without a day between.

    A successor's own running tenure at the Board (a deputy who becomes lead) ends that day too.
    Returns the new tenure.
    """
    now = at or timezone.now()
    day = on or timezone.localdate(now)
    successor = users.find(email)
    if successor is not None and successor.pk == tenure.user_id:
        raise NotAllowed("A tenure is handed over to somebody else: give another e-mail address.")
    end(tenure, by=by, on=day, reason=reason, at=now)
    if successor is not None:
        for own in Champion.objects.filter(user=successor, board=tenure.board).on(day):
            end(own, by=by, on=day, reason=reason, at=now)
    return appoint(
        email=email,
        board=tenure.board,
        role=tenure.role,
        since=day,
        by=by,
        reason=reason,
        at=now,
    )


def check_may_appoint(by: User, *, at: datetime) -> None:
    """Champions are appointed by the coordination unit. Raises NotAllowed."""
    refusal = "Only the coordination unit appoints champions and ends their tenures."
    check(by, can_keep_lists, refusal, at=at)


def _check_overlaps(tenure: Champion) -> None:
    others = _overlapping(tenure)
    own = others.filter(user=tenure.user_id).first()
    if own:
        raise ValidationError(
            f"{own.user} is a champion of this Board already, {_span(own)}. "
            "End that tenure first, or choose days outside it."
        )
    lead = others.filter(role=ChampionRole.LEAD).first()
    if tenure.role == ChampionRole.LEAD and lead:
        raise ValidationError(
            f"This Board has a lead champion, {lead.user}, {_span(lead)}. "
            "End that tenure first, hand it over, or appoint a deputy."
        )


def _overlapping(tenure: Champion) -> QuerySet[Champion]:
    """Other tenures at the Board that share a day with this one."""
    others = Champion.objects.filter(board=tenure.board_id).exclude(pk=tenure.pk)
    others = others.filter(Q(until__isnull=True) | Q(until__gt=tenure.since))
    if tenure.until is not None:
        others = others.filter(since__lt=tenure.until)
    return others.select_related("user").order_by("since")


def _span(tenure: Champion) -> str:
    since = f"since {tenure.since:%d %B %Y}"
    return since if tenure.until is None else f"{since}, until {tenure.until:%d %B %Y}"
