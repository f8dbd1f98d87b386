"""Verbs on champions' tenures: appoint, change, end, hand over, cover a vacancy."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from partnerships.choices import ChampionRole, UserRole
from partnerships.models import Champion, HealthBoard, User
from partnerships.policies.permissions import can_keep_tenure
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
    account and for people who may not appoint: the unit does, and a lead the own Board's deputies.
    """
    now = at or timezone.now()
    tenure = Champion(
        board=board,
        role=ChampionRole(role),
        since=since or timezone.localdate(now),
        until=until,
    )
    _check_may_keep(tenure, by, at=now)
    tenure.user = users.find(email) or users.make(email=email, name=name, by=by, reason=reason)
    save(tenure, by=by, reason=reason, at=now)
    return tenure


@transaction.atomic
def save(tenure: Champion, *, by: User, reason: str = "", at: datetime | None = None) -> bool:
    """Write a tenure; False where nothing changed. Refuses what `appoint` refuses.

    A cover that is made longer or shorter takes the deputy's tenure after it along, so that there
    is no day without access.
    """
    now = at or timezone.now()
    _check_may_keep(tenure, by, at=now)
    after = _deputy_after(tenure)
    if after is not None and after.since < tenure.until:  # type: ignore[operator]
        _begin_at_end_of(tenure, after, by=by, reason=reason, at=now)
    if tenure._state.adding and tenure.user_id and not tenure.user.is_active:
        raise NotAllowed(f"The account of {tenure.user.email} is closed. Open it again first.")
    if tenure.board_id:
        # One at a time for a Board: two appointments must each see the other.
        HealthBoard.objects.select_for_update().get(pk=tenure.board_id)
        _check_overlaps(tenure)
    written = write(tenure, by=by, reason=reason)
    if after is not None:
        _begin_at_end_of(tenure, after, by=by, reason=reason, at=now)
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
    """End a tenure: `on` is the first day without access. Unless said otherwise that is today, or
    the first day of a tenure that is still to begin, which so never does.

    Refuses a tenure that ends by then already, and an end before its beginning.
    """
    now = at or timezone.now()
    day = on or max(timezone.localdate(now), tenure.since)
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
    name: str = "",
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
        name=name,
        board=tenure.board,
        role=tenure.role,
        since=day,
        by=by,
        reason=reason,
        at=now,
    )


@transaction.atomic
def cover_vacancy(
    *,
    email: str,
    board: HealthBoard,
    until: date,
    by: User,
    since: date | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Champion:
    """A deputy of the Board, or somebody of the unit, acts as its lead from `since` (today) until
    the day before `until`.

    A deputy's own tenure stops for that time and goes on afterwards, so access has no gap. Refuses
    (NotAllowed) everybody else, and where somebody else than the unit asks; ValidationError where
    the Board has a lead on one of these days. Returns the tenure as lead.
    """
    now = at or timezone.now()
    first = since or timezone.localdate(now)
    acting = Champion(board=board, role=ChampionRole.LEAD, since=first, until=until)
    _check_may_keep(acting, by, at=now)
    if until <= first:
        raise ValidationError({"until": "A cover ends after it began. Give a later day."})
    user = users.find(email)
    own = Champion.objects.filter(user=user, board=board).on(first).first() if user else None
    if user is None or (own is None and user.role != UserRole.UNIT):
        raise NotAllowed(
            "A deputy of this Board, or somebody of the coordination unit, covers a vacancy. "
            "Appoint anybody else as a champion."
        )
    acting.user = user
    goes_on_until = own.until if own else None
    if own is not None and own.role == ChampionRole.DEPUTY:
        end(own, by=by, on=first, reason=reason, at=now)
    save(acting, by=by, reason=reason, at=now)
    if own is not None and (goes_on_until is None or goes_on_until > until):
        after = Champion(
            user=user, board=board, role=ChampionRole.DEPUTY, since=until, until=goes_on_until
        )
        save(after, by=by, reason=reason, at=now)
    return acting


def _deputy_after(tenure: Champion) -> Champion | None:
    """What somebody who covers a vacancy is afterwards, where the end of the cover changes."""
    stored = Champion.objects.filter(pk=tenure.pk).values_list("until", flat=True).first()
    if tenure.role != ChampionRole.LEAD or stored is None or tenure.until in (None, stored):
        return None
    return (
        Champion.objects.filter(
            user=tenure.user_id, board=tenure.board_id, role=ChampionRole.DEPUTY, since=stored
        )
        .filter(Q(until__isnull=True) | Q(until__gt=tenure.until))
        .first()
    )


def _begin_at_end_of(
    cover: Champion, after: Champion, *, by: User, reason: str, at: datetime
) -> None:
    if cover.until is not None and after.since != cover.until:
        after.since = cover.until
        save(after, by=by, reason=reason, at=at)


def _check_may_keep(tenure: Champion, by: User, *, at: datetime) -> None:
    """As the tenure is stored, and as it shall be. Raises NotAllowed."""
    stored = Champion.objects.filter(pk=tenure.pk).values_list("board_id", "role")
    states = [*stored, (tenure.board_id, tenure.role)]
    check(
        by,
        lambda viewer: all(
            can_keep_tenure(viewer, board_id=board, role=role) for board, role in states
        ),
        "Only the coordination unit appoints champions and ends their tenures, and a lead champion "
        "those of the own Board's deputies.",
        at=at,
    )


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
