"""Verbs on records that are one and the same: one stays, and the other's addresses lead to it.

An institution gives what hangs on it to the one that stays, and goes. A partnership is withdrawn in
favour of the other; nothing of it is copied, because only people can say which words are right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.choices import AliasKind, Moderation, RecordType
from partnerships.indexing import deferred, reindex
from partnerships.models import (
    FormerInstitutionSlug,
    HealthBoard,
    Institution,
    InstitutionAlias,
    Invitation,
    Member,
    Partnership,
    RecordChange,
    Response,
    User,
    viewer_of,
)
from partnerships.policies.coordinates import coarser
from partnerships.policies.permissions import can_edit
from partnerships.policies.record_version import version_of
from partnerships.services import institutions, partnerships
from partnerships.services.institutions import board_above
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write
from partnerships.versions import changed

#: What the one that stays takes over, where it says nothing itself.
FILLED = ("local_name", "city", "website", "source_url")
PLACE = ("latitude", "longitude", "precision", "location_source")
STALE = "Somebody has changed one of the two since you looked. Nothing was done: look again."


@dataclass(frozen=True, slots=True)
class Moves:
    """What would follow an institution to the one that stays."""

    #: Partnerships that name it, and those of them that name both: there the two become one.
    records: list[Partnership] = field(default_factory=list)
    shared: list[Partnership] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    #: Institutions that stand below it, and that it succeeded.
    below: list[Institution] = field(default_factory=list)
    succeeded: list[Institution] = field(default_factory=list)
    #: Fields of the one that stays which are empty there.
    filled: list[str] = field(default_factory=list)


def foreseen(gone: Institution, into: Institution) -> Moves:
    """What merging would move, for whoever is to confirm it. Seven queries."""
    records = list(Partnership.objects.filter(members__institution=gone).order_by("name_key"))
    both = set(into.memberships.values_list("partnership_id", flat=True))
    return Moves(
        records=records,
        shared=[record for record in records if record.pk in both],
        names=[name for name, _ in _new_names(gone, into)],
        numbers=[str(row) for row in gone.identifiers.all()],
        addresses=[gone.slug, *gone.former_slugs.values_list("slug", flat=True)],
        below=list(gone.children.all()),
        succeeded=list(gone.predecessors.exclude(pk=into.pk)),
        filled=[_label(name) for name in _taken(gone, into)],
    )


def _label(name: str) -> str:
    return str(getattr(Institution._meta.get_field(name), "verbose_name", name))


def refusal(gone: Institution, into: Institution) -> str:
    """Why the two cannot be one, whoever asks; "" where they may be."""
    boards = {board_above(gone.pk), board_above(into.pk)} - {None}
    reasons = {
        "Choose another institution: this is the same record.": gone.pk == into.pk,
        "The two are in different countries, so they are not the same.": (
            gone.country_id != into.country_id
        ),
        "A Health Board stays: merge the other one into it.": (
            HealthBoard.objects.filter(pk=gone.pk).exists()
        ),
        f"{into} has become {gone}: keep {gone}, or say that it has not.": (
            into.successor_id == gone.pk
        ),
        f"{gone} has become another institution. Say first that it has not.": (
            gone.successor_id not in (None, into.pk)
        ),
        "The two stand below different Health Boards. Move one of them first.": len(boards) > 1,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


@transaction.atomic
def merge_institutions(
    gone: Institution,
    *,
    into: Institution,
    by: User,
    reason: str,
    seen: tuple[str, str] | None = None,
    at: datetime | None = None,
) -> Institution:
    """Give everything of one institution to another, and remove it. Returns the one that stays.

    Its partnerships, names, numbers, addresses, and the institutions below and before it follow;
    empty fields are filled, and the stricter location level holds. Refuses people who may not
    change both (NotAllowed), pairs that `refusal` names, versions other than those `seen` (of
    `gone`, `into`), and what a rule forbids (ValidationError); then nothing is written.
    """
    now = at or timezone.now()
    locked = Institution.objects.select_for_update(of=("self",)).order_by("pk")
    both = {row.pk: row for row in locked.filter(pk__in=[gone.pk, into.pk])}
    if len(both) != 2 and gone.pk != into.pk:
        raise ValidationError(STALE)
    gone, into = both[gone.pk], both[into.pk]
    if seen and seen != (version_of(gone.modified_at), version_of(into.modified_at)):
        raise ValidationError(STALE)
    if why := refusal(gone, into):
        raise ValidationError(why)
    _check_may_merge(gone, into, by, now)
    if not reason.strip():
        raise ValidationError({"reason": "Say why: the history needs to know."})
    told = f"Merged {gone.name} ({gone.slug}) into {into.name} ({into.slug}): {reason}"
    touched = {*_touched(gone), *_touched(into)}
    with deferred():
        _move_names(gone, into, by, told)
        _move_members(gone, into, by, told, now)
        _move_related(gone, into, by, told, now)
        _take_over(gone, into)
        gone_id, gone_slug = gone.pk, gone.slug
        gone.former_slugs.update(institution=into)
        credit(gone, by=by, reason=told)
        changed(institutions=[gone_id, into.pk])
        gone.delete()
        FormerInstitutionSlug.objects.create(slug=gone_slug, institution=into)
        _point(RecordType.INSTITUTION, gone_id, into.public_id)
        into.modified_at = now
        write(into, by=by, reason=told)
        institutions.settle(into, by=by, reason=told)
        reindex(sorted(touched))
    return into


def _check_may_merge(gone: Institution, into: Institution, by: User, at: datetime) -> None:
    viewer = viewer_of(by, on=timezone.localdate(at))
    if not all(institutions.may_change(viewer, each) for each in (gone, into)):
        raise NotAllowed(
            "Records of another Board, or of the unit, name one of these. Ask the coordination "
            "unit to merge them."
        )


def _touched(institution: Institution) -> list[int]:
    return institutions.affected_partnerships(institution)


def _new_names(gone: Institution, into: Institution) -> list[tuple[str, InstitutionAlias | None]]:
    """Names that the one that stays does not have yet, each with its row where it has one."""
    known = {into.name, into.local_name, *into.aliases.values_list("name", flat=True), ""}
    rows: Iterable[tuple[str, InstitutionAlias | None]] = [
        (gone.name, None),
        (gone.local_name if into.local_name else "", None),
        *((alias.name, alias) for alias in gone.aliases.order_by("pk")),
    ]
    found: dict[str, InstitutionAlias | None] = {}
    for name, row in rows:
        if name not in known:
            found.setdefault(name, row)
    return list(found.items())


def _move_names(gone: Institution, into: Institution, by: User, told: str) -> None:
    for name, row in _new_names(gone, into):
        alias = row or InstitutionAlias(name=name, kind=AliasKind.SPELLING)
        alias.institution = into
        write(alias, by=by, reason=told)
    for rest in gone.aliases.all():
        credit(rest, by=by, reason=told)
        rest.delete()
    for number in gone.identifiers.all():
        number.institution = into
        write(number, by=by, reason=told)


def _move_members(gone: Institution, into: Institution, by: User, told: str, at: datetime) -> None:
    staying = {row.partnership_id: row for row in into.memberships.all()}
    for member in gone.memberships.select_related("partnership").order_by("partnership_id"):
        record = member.partnership
        if same := staying.get(record.pk):
            _become(member, same, by, told)
            credit(member, by=by, reason=told)
            member.delete()
        else:
            member.institution = into
            write(member, by=by, reason=told)
        record.modified_at = at
        try:
            partnerships.settle(record, by=by, reason=told, at=at)
        except ValidationError as error:
            words = " ".join(error.messages)
            raise ValidationError(f"{record}: {words} Nothing was done.") from error


def _become(member: Member, same: Member, by: User, told: str) -> None:
    """Whoever coordinates for a member, or answered for it, does so for the other one."""
    for own in member.invitations.select_related("round"):
        if twin := same.invitations.select_related("round").filter(round=own.round_id).first():
            _drop_one(own, twin, by, told)
    for relation in Member._meta.related_objects:
        name = relation.field.name
        rows: Any = relation.related_model._default_manager
        for row in rows.filter(**{name: member}):
            setattr(row, name, same)
            try:
                write(row, by=by, reason=told)
            except ValidationError as error:
                raise ValidationError(
                    f"{member.partnership} names both, and both have taken part in the same "
                    "round. Nothing was done."
                ) from error


def _drop_one(own: Invitation, twin: Invitation, by: User, told: str) -> None:
    """Of two invitations to one round one can stay: one that was withdrawn goes, or else one to
    which nothing was answered."""
    both = (own, twin)
    answered = Response.objects.filter(invitation__in=both).exclude(answers={})
    kept = set(answered.values_list("invitation", flat=True))
    idle = [each for each in both if each.revoked_at is not None]
    idle += [each for each in both if each.pk not in kept]
    if not idle:
        raise ValidationError(
            f"{own.partnership} names both, and both have answered {own.round}. Withdraw one of "
            "the two invitations first. Nothing was done."
        )
    credit(idle[0], by=by, reason=told)
    idle[0].delete()


def _move_related(gone: Institution, into: Institution, by: User, told: str, at: datetime) -> None:
    for child in gone.children.exclude(pk=into.pk):
        child.parent = into
        institutions.save(child, by=by, reason=told, at=at)
    if into.parent_id == gone.pk:
        into.parent = gone.parent
    for before in gone.predecessors.exclude(pk=into.pk):
        before.successor = into
        institutions.save(before, by=by, reason=told, at=at)


def _taken(gone: Institution, into: Institution) -> list[str]:
    """Fields that are filled from the one that goes."""
    found = [name for name in FILLED if getattr(gone, name) and not getattr(into, name)]
    if into.latitude is None and gone.latitude is not None:
        found += PLACE
    if into.parent_id is None and gone.parent_id not in (None, into.pk):
        found.append("parent")
    return found


def _take_over(gone: Institution, into: Institution) -> None:
    for name in _taken(gone, into):
        setattr(into, name, getattr(gone, name))
    into.location_level = coarser(gone.location_level, into.location_level)


def _point(record_type: str, key: int, successor: Any) -> None:
    """Let whatever follows the changes, and the old addresses, know which record it is now."""
    RecordChange.objects.filter(record_type=record_type, record_id=key).update(successor=successor)


# --------------------------------------------------------------------------------- partnerships


@transaction.atomic
def withdraw_for(
    gone: Partnership, *, same_as: Partnership, by: User, at: datetime | None = None
) -> str:
    """Withdraw a record because another is the same; its addresses lead there from now on. Returns
    what it was before.

    Refuses (NotAllowed) whoever may not edit both, and (ValidationError) a record that stays and
    is not public while the other is: its address would lead nowhere.
    """
    now = at or timezone.now()
    locked = Partnership.objects.select_for_update(of=("self",)).order_by("pk")
    both = {row.pk: row for row in locked.filter(pk__in=[gone.pk, same_as.pk])}
    if len(both) != 2:
        raise ValidationError("Choose two records.")
    gone, same_as = both[gone.pk], both[same_as.pk]
    viewer = viewer_of(by, on=timezone.localdate(now))
    if not all(can_edit(viewer, board_id=each.health_board_id) for each in both.values()):
        raise NotAllowed(
            "One of these is another Board's. Suggest it to them, or ask the coordination unit."
        )
    before = gone.moderation
    was_public = RecordChange.objects.filter(
        record_type=RecordType.PARTNERSHIP, record_id=gone.pk
    ).exists()
    if (was_public or before == Moderation.LISTED) and same_as.moderation != Moderation.LISTED:
        raise ValidationError("The one that stays is not public yet. List it first.")
    if before == Moderation.WITHDRAWN:
        raise ValidationError("This one is withdrawn already.")
    why = f"The same as {same_as.name} ({same_as.slug})"
    partnerships.moderate(gone, to=Moderation.WITHDRAWN, by=by, reason=why, at=now)
    _point(RecordType.PARTNERSHIP, gone.pk, same_as.public_id)
    same_as.modified_at = now
    write(same_as, by=by, reason=f"{gone.name} ({gone.slug}) was the same")
    changed(partnerships=[gone.pk, same_as.pk])
    return before


@transaction.atomic
def take_back(gone: Partnership, *, before: str, by: User, at: datetime | None = None) -> None:
    """They are two after all: what was public is public again, anything else is a draft."""
    to = Moderation.LISTED if before == Moderation.LISTED else Moderation.DRAFT
    why = "Took back that it is the same as another"
    partnerships.moderate(gone, to=to, by=by, reason=why, at=at)
    _point(RecordType.PARTNERSHIP, gone.pk, None)
