"""Verbs on partnerships: create, change, list, withdraw, confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.choices import FundingBand, MemberRole, Moderation, Side
from partnerships.indexing import reindex
from partnerships.models import (
    Activity,
    Confirmation,
    Country,
    Decision,
    DevelopmentGoal,
    FormerPartnershipSlug,
    Funder,
    Funding,
    Institution,
    Member,
    Partnership,
    PartnershipTopic,
    Profession,
    Topic,
    User,
    viewer_of,
)
from partnerships.policies import lifecycle, permissions
from partnerships.policies.normalise import key
from partnerships.services.writing import changed_fields, credit, write


class NotAllowed(Exception):
    """The actor may not do this; the message says who may."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What hangs on a partnership. None leaves a part as it is; a list replaces the whole part.

    `topics` names the primary one first. `members` are institutions in their order; members
    that stay keep their roles and years. `funders` likewise.
    """

    members: Sequence[Institution] | None = None
    topics: Sequence[Topic] | None = None
    activities: Sequence[Activity] | None = None
    professions: Sequence[Profession] | None = None
    professions_wanted: Sequence[Profession] | None = None
    sdgs: Sequence[DevelopmentGoal] | None = None
    declared_countries: Sequence[Country] | None = None
    funders: Sequence[Funder] | None = None


NOTHING = Parts()


@transaction.atomic
def create(
    *,
    by: User,
    values: Mapping[str, Any],
    parts: Parts = NOTHING,
    reason: str = "",
    at: datetime | None = None,
) -> Partnership:
    """A new record, as a draft. Raises ValidationError; then nothing is written."""
    partnership = Partnership(**values, created_by=by)
    _foresee_counts(partnership, parts)
    save(partnership, by=by, reason=reason, at=at, index=False)
    _set_parts(partnership, parts, by=by, reason=reason)
    settle(partnership, by=by, reason=reason, at=at)
    return partnership


@transaction.atomic
def update(
    partnership: Partnership,
    *,
    by: User,
    values: Mapping[str, Any],
    parts: Parts = NOTHING,
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Change a record; False, and nothing written, where it says all that already."""
    for name, value in values.items():
        setattr(partnership, name, value)
    _foresee_counts(partnership, parts)
    changed = save(partnership, by=by, reason=reason, at=at, index=False)
    if _set_parts(partnership, parts, by=by, reason=reason):
        changed = True
        partnership.modified_at = at or timezone.now()
    if changed:
        settle(partnership, by=by, reason=reason, at=at)
    return changed


@transaction.atomic
def save(
    partnership: Partnership,
    *,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
    index: bool = True,
) -> bool:
    """Write the record's own columns; False where nothing changed.

    A slug that changes stays behind as a redirect; a former slug of another record is refused.
    Raises NotAllowed for people who may not change the record as it is, or may not give it away
    to the Board that it names now. `by` is None only where the registry itself acts.
    """
    now = at or timezone.now()
    _check_may_write(partnership, by, now)
    partnership.name_key = key(partnership.name)[:200]
    if partnership._state.adding:
        partnership.created_at = partnership.modified_at = now
    elif changed_fields(partnership):
        partnership.modified_at = now
    else:
        return False
    taken = FormerPartnershipSlug.objects.filter(slug=partnership.slug)
    if taken.exclude(partnership=partnership.pk).exists():
        raise ValidationError(
            {"slug": "Another partnership had this address once. Choose a different one."}
        )
    before = Partnership.objects.filter(pk=partnership.pk).values_list("slug", flat=True).first()
    written = write(partnership, by=by, reason=reason)
    if before and before != partnership.slug:
        taken.delete()
        FormerPartnershipSlug.objects.create(slug=before, partnership=partnership)
    if written and index:
        reindex([partnership.pk])
    return written


def _foresee_counts(partnership: Partnership, parts: Parts) -> None:
    """Count members and countries as they will be, before the record is checked as a whole: one
    that gains its second member and loses the note about it must not be refused on the way."""
    if parts.members is None and parts.declared_countries is None:
        return
    members, declared = parts.members, parts.declared_countries
    if members is None:
        found = Institution.objects.filter(memberships__partnership=partnership.pk)
        members = list(found) if partnership.pk else []
    if declared is None:
        declared = list(partnership.declared_countries.all()) if partnership.pk else []
    countries = {row.country_id for row in members} | {row.pk for row in declared}
    partnership.member_count, partnership.country_count = len(members), len(countries)


def _check_may_write(partnership: Partnership, by: User | None, at: datetime) -> None:
    if by is None:
        return
    viewer = viewer_of(by, on=timezone.localdate(at))
    states = Partnership.objects.filter(pk=partnership.pk).values_list(
        "health_board_id", "moderation", "created_by_id"
    )
    now = (partnership.health_board_id, partnership.moderation, partnership.created_by_id)
    for board_id, moderation, created_by_id in [*states, now]:
        if not permissions.can_write(
            viewer, board_id=board_id, moderation=moderation, created_by_id=created_by_id
        ):
            raise NotAllowed(
                "Only the owning Board's champions and the coordination unit can change this "
                "record. Suggest the change to them."
            )


def _set_parts(partnership: Partnership, parts: Parts, *, by: User, reason: str) -> bool:
    """Make the parts what is asked; True if any of them changed."""
    changed = False
    plain: dict[str, Sequence[Any]] = {}
    for field in fields(parts):
        wanted = getattr(parts, field.name)
        if wanted is None:
            continue
        if field.name in _SETTERS:
            changed |= _SETTERS[field.name](partnership, wanted, by, reason)
        elif _differs(partnership, field.name, wanted):
            plain[field.name] = wanted
    _set_many(partnership, plain, by, reason)
    return changed or bool(plain)


def _set_members(
    partnership: Partnership, wanted: Sequence[Institution], by: User, reason: str
) -> bool:
    present = {member.institution_id: member for member in partnership.members.all()}
    changed = False
    for position, institution in enumerate(wanted):
        member = present.pop(institution.pk, None) or Member(
            partnership=partnership, institution=institution, role=MemberRole.PARTNER
        )
        member.position = position
        changed |= write(member, by=by, reason=reason)
    return _remove(present.values(), by, reason) or changed


def _set_topics(partnership: Partnership, wanted: Sequence[Topic], by: User, reason: str) -> bool:
    present = {link.topic_id: link for link in partnership.topic_links.all()}
    gone = [link for topic, link in present.items() if topic not in {t.pk for t in wanted}]
    changed = _remove(gone, by, reason)
    ordered = list(enumerate(wanted))
    for position, topic in reversed(ordered):  # the old primary gives way before the new takes it
        link = present.get(topic.pk) or PartnershipTopic(partnership=partnership, topic=topic)
        link.is_primary = position == 0
        changed |= write(link, by=by, reason=reason)
    return changed


def _set_funders(partnership: Partnership, wanted: Sequence[Funder], by: User, reason: str) -> bool:
    present = list(partnership.funding.all())
    wanted_keys = {funder.pk for funder in wanted}
    changed = _remove([row for row in present if row.funder_id not in wanted_keys], by, reason)
    known = {row.funder_id for row in present}
    for funder in wanted:
        if funder.pk not in known:
            row = Funding(partnership=partnership, funder=funder, band=FundingBand.UNDISCLOSED)
            changed |= write(row, by=by, reason=reason)
    return changed


def _differs(partnership: Partnership, name: str, wanted: Sequence[Any]) -> bool:
    present = getattr(partnership, name).values_list("pk", flat=True)
    return {row.pk for row in wanted} != set(present)


def _set_many(
    partnership: Partnership, wanted: Mapping[str, Sequence[Any]], by: User, reason: str
) -> None:
    """Set plain lists, with one history row for all of them: that of the last, which sees all."""
    credit(partnership, by=by, reason=reason)
    names = list(wanted)
    for name in names[:-1]:
        with _without_history(partnership):
            getattr(partnership, name).set(wanted[name])
    for name in names[-1:]:
        getattr(partnership, name).set(wanted[name])


@contextmanager
def _without_history(partnership: Partnership) -> Iterator[None]:
    partnership.skip_history_when_saving = True  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del partnership.skip_history_when_saving  # type: ignore[attr-defined]


_SETTERS: dict[str, Callable[[Partnership, Any, User, str], bool]] = {
    "members": _set_members,
    "topics": _set_topics,
    "funders": _set_funders,
}


def _remove(rows: Any, by: User, reason: str) -> bool:
    rows = list(rows)
    for row in rows:
        credit(row, by=by, reason=reason)
        row.delete()
    return bool(rows)


@transaction.atomic
def settle(
    partnership: Partnership, *, by: User | None, reason: str = "", at: datetime | None = None
) -> None:
    """After members, countries or topics changed: recount, check what must hold, and index.

    Raises ValidationError where a listed record is left with too few members or countries and
    no note; the caller's transaction then undoes the change.
    """
    members = Member.objects.filter(partnership=partnership)
    countries = set(members.values_list("institution__country", flat=True))
    countries |= set(partnership.declared_countries.values_list("pk", flat=True))
    counts = (members.count(), len(countries))
    if counts != (partnership.member_count, partnership.country_count):
        partnership.member_count, partnership.country_count = counts
        partnership.validate_constraints()
    if changed_fields(partnership):
        with _without_history(partnership):
            partnership.save()
    reindex([partnership.pk])


@transaction.atomic
def delete(partnership: Partnership, *, by: User, reason: str) -> None:
    """Remove a record that was never public; anything once listed is withdrawn instead."""
    _check_may_write(partnership, by, timezone.now())
    if partnership.decisions.filter(after=Moderation.LISTED).exists():
        raise NotAllowed("This record has been public. Withdraw it; its history stays.")
    credit(partnership, by=by, reason=reason)
    partnership.delete()


@transaction.atomic
def moderate(
    partnership: Partnership,
    *,
    to: str,
    by: User,
    reason: str = "",
    at: datetime | None = None,
) -> Decision:
    """Take one step of moderation: submit, list, return, withdraw or reopen.

    Refuses (NotAllowed) steps that `policies.lifecycle` does not know, listing by the author of
    a record that was never listed, and people who may not edit the record. Raises
    ValidationError where a record to be listed lacks members or countries and a note.
    """
    now = at or timezone.now()
    partnership = Partnership.objects.select_for_update(of=("self",)).get(pk=partnership.pk)
    viewer = viewer_of(by, on=timezone.localdate(now))
    before = partnership.moderation
    if not lifecycle.can_move(before, to):
        raise NotAllowed(f"A {before} record cannot become {to}.")
    _check_may_moderate(partnership, to, viewer)
    partnership.moderation = to
    partnership.modified_at = now
    write(partnership, by=by, reason=reason)
    reindex([partnership.pk])
    return Decision.objects.create(
        partnership=partnership,
        before=before,
        after=to,
        decided_at=now,
        decided_by=by,
        reason=reason,
    )


def _check_may_moderate(partnership: Partnership, to: str, viewer: permissions.Viewer) -> None:
    board_id, author = partnership.health_board_id, partnership.created_by_id
    if to == Moderation.SUBMITTED and viewer.user_id is not None and viewer.user_id == author:
        return
    if not permissions.can_edit(viewer, board_id=board_id):
        raise NotAllowed("Only the owning Board's champions and the unit can do this.")
    first = not partnership.decisions.filter(after=Moderation.LISTED).exists()
    may_list = permissions.can_list(viewer, board_id=board_id, created_by_id=author)
    if to == Moderation.LISTED and first and not may_list:
        raise NotAllowed(
            "Nobody approves their own first listing: ask a deputy or the coordination unit."
        )


@transaction.atomic
def confirm(
    partnership: Partnership,
    *,
    side: str,
    by: User | None,
    how: str,
    at: datetime | None = None,
) -> Confirmation:
    """Record that one side says the record is right. Changes no other column but the latest day."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    partnership = Partnership.objects.select_for_update(of=("self",)).get(pk=partnership.pk)
    _check_may_write(partnership, by, now)
    column = "uk_confirmed_on" if side == Side.UK else "partner_confirmed_on"
    setattr(partnership, column, max(day, getattr(partnership, column) or day))
    latest = (partnership.uk_confirmed_on, partnership.partner_confirmed_on)
    partnership.last_confirmed_on = max(on for on in latest if on is not None)
    write(partnership, by=by, reason=f"Confirmed for the {side} side: {how}")
    return Confirmation.objects.create(
        partnership=partnership, side=Side(side), confirmed_at=now, confirmed_by=by, how=how
    )
