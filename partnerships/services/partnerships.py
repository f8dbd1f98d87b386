"""Verbs on partnerships: create, change, list, withdraw, confirm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.choices import Moderation, Side
from partnerships.indexing import reindex
from partnerships.models import (
    ChecklistMember,
    Confirmation,
    Decision,
    FormerPartnershipSlug,
    Institution,
    Member,
    Partnership,
    Response,
    User,
    viewer_of,
)
from partnerships.policies import lifecycle, permissions
from partnerships.policies.contacts import contact_in
from partnerships.policies.normalise import key
from partnerships.services.parts import NOTHING, Parts, set_parts, without_history
from partnerships.services.telling import tell_listed
from partnerships.services.writing import changed_fields, credit, write
from partnerships.versions import changed


class NotAllowed(Exception):
    """The actor may not do this; the message says who may."""


#: What the registry itself writes: by moderation, by confirming, by counting. Never by values.
_OWN = frozenset(
    field.name for field in Partnership._meta.concrete_fields if not field.editable
) | {"id"}
#: Kept from the stored row by whoever saves a copy that may be stale.
_KEPT = (
    "moderation",
    "uk_confirmed_on",
    "partner_confirmed_on",
    "last_confirmed_on",
    "twinning_step",
    "created_at",
    "created_by_id",
)
#: Free text that the public reads.
_PROSE = (
    "name",
    "summary",
    "goals",
    "uk_learning",
    "partner_learning",
    "project_origin",
    "evidence_of_need",
    "stage_reason",
    "source_note",
    "gap_note",
)
#: Addresses under /partnerships/ that are pages of the site.
RESERVED = frozenset(["at", "feed", "map", "suggest"])


@transaction.atomic
def create(
    *,
    by: User,
    values: Mapping[str, Any],
    parts: Parts = NOTHING,
    reason: str = "",
    at: datetime | None = None,
    moderation: str = Moderation.DRAFT,
) -> Partnership:
    """A new record, by anybody, as a draft. Raises ValidationError; then nothing is written.

    Only `services.imports.create_listed` passes another `moderation`, and says for whom.
    """
    _check_editable(values)
    partnership = Partnership(**values, created_by=by, moderation=moderation)
    _foresee_counts(partnership, parts)
    save(partnership, by=by, reason=reason, at=at, index=False)
    set_parts(partnership, parts, by=by, reason=reason)
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
    _check_editable(values)
    for name, value in values.items():
        setattr(partnership, name, value)
    _foresee_counts(partnership, parts)
    is_changed = save(partnership, by=by, reason=reason, at=at, index=False)
    if set_parts(partnership, parts, by=by, reason=reason):
        is_changed = True
        partnership.modified_at = at or timezone.now()
    if is_changed:
        settle(partnership, by=by, reason=reason, at=at)
    return is_changed


def check(partnership: Partnership, *, values: Mapping[str, Any], parts: Parts = NOTHING) -> None:
    """Raises the ValidationError that writing these would raise. Writes nothing, asks nobody, and
    changes only the copy that it is given."""
    _check_editable(values)
    for name, value in values.items():
        setattr(partnership, name, value)
    if partnership._state.adding:
        partnership.created_at = partnership.modified_at = timezone.now()
    _foresee_counts(partnership, parts)
    partnership.name_key = key(partnership.name)[:200]
    errors: dict[str, Any] = {}
    for rule in (_check_no_contacts, Partnership.full_clean):
        try:
            rule(partnership)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


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
    _keep_own_columns(partnership)
    _check_may_write(partnership, by, now)
    partnership.name_key = key(partnership.name)[:200]
    if partnership._state.adding:
        partnership.created_at = partnership.modified_at = now
    elif changed_fields(partnership):
        partnership.modified_at = now
    else:
        return False
    _check_no_contacts(partnership)
    if partnership.slug in RESERVED:
        raise ValidationError({"slug": f"“{partnership.slug}” is a page of this site. Add a word."})
    taken = FormerPartnershipSlug.objects.filter(slug=partnership.slug)
    if taken.exclude(partnership=partnership.pk).exists():
        raise ValidationError(
            {"slug": "Another partnership had this address once. Choose a different one."}
        )
    stored = Partnership.objects.filter(pk=partnership.pk).values("slug", "health_board_id").first()
    written = write(partnership, by=by, reason=reason)
    if stored and stored["slug"] != partnership.slug:
        taken.delete()
        FormerPartnershipSlug.objects.create(slug=stored["slug"], partnership=partnership)
    if stored and stored["health_board_id"] != partnership.health_board_id:
        _end_consents(partnership, by=by)
    if written and index:
        reindex([partnership.pk])
    return written


def _end_consents(partnership: Partnership, *, by: User | None) -> None:
    """Members let one Board's champions read their answers. Those of the next have to ask."""
    reason = "Another Board keeps the record: consent to show answers ended."
    for part in ChecklistMember.objects.filter(
        checklist__partnership=partnership, shares_at__isnull=False
    ).select_for_update(of=("self",)):
        part.shares_at = None
        write(part, by=by, reason=reason)
    for response in Response.objects.filter(
        invitation__partnership=partnership, shares_with_board=True
    ).select_for_update(of=("self",)):
        response.shares_with_board = False
        write(response, by=by, reason=reason)


def _check_no_contacts(partnership: Partnership) -> None:
    found = {
        name: [f"“{contact}” would be public. Leave it out: coordinators are reached another way."]
        for name in _PROSE
        if (contact := contact_in(getattr(partnership, name)))
    }
    if found:
        raise ValidationError(found)


def _check_editable(values: Mapping[str, Any]) -> None:
    own = sorted(_OWN & {name.removesuffix("_id") for name in values})
    if own:
        raise TypeError(f"{', '.join(own)} cannot be given: another verb writes it.")


def _keep_own_columns(partnership: Partnership) -> None:
    """Lock the stored row, and keep what only other verbs write: a copy that was read before a
    withdrawal must not make the record public again."""
    locked = Partnership.objects.select_for_update(of=("self",)).filter(pk=partnership.pk)
    stored = locked.values(*_KEPT).first()
    for name, value in (stored or {}).items():
        setattr(partnership, name, value)


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
    if not states and partnership.moderation == Moderation.DRAFT:
        return  # anybody may write a new draft
    now = (partnership.health_board_id, partnership.moderation, partnership.created_by_id)
    for board_id, moderation, created_by_id in [*states, now]:
        if not permissions.can_write(
            viewer, board_id=board_id, moderation=moderation, created_by_id=created_by_id
        ):
            raise NotAllowed(
                "Only the owning Board's champions and the coordination unit can change this "
                "record. Suggest the change to them."
            )


@transaction.atomic
def settle(
    partnership: Partnership, *, by: User | None, reason: str = "", at: datetime | None = None
) -> None:
    """After members, countries or topics changed: recount, check what must hold, and index.

    Raises ValidationError where a listed record is left with too few members or countries and
    no note; the caller's transaction then undoes the change.
    """
    _keep_own_columns(partnership)
    members = Member.objects.filter(partnership=partnership)
    countries = set(members.values_list("institution__country", flat=True))
    countries |= set(partnership.declared_countries.values_list("pk", flat=True))
    counts = (members.count(), len(countries))
    if counts != (partnership.member_count, partnership.country_count):
        partnership.member_count, partnership.country_count = counts
        partnership.validate_constraints()
    if changed_fields(partnership):
        with without_history(partnership):
            partnership.save()
    reindex([partnership.pk])


@transaction.atomic
def delete(partnership: Partnership, *, by: User, reason: str) -> None:
    """Remove a record that was never public; anything once listed is withdrawn instead."""
    _check_may_write(partnership, by, timezone.now())
    if partnership.decisions.filter(after=Moderation.LISTED).exists():
        raise NotAllowed("This record has been public. Withdraw it; its history stays.")
    credit(partnership, by=by, reason=reason)
    changed(partnerships=[partnership.pk])
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
    if to in (Moderation.RETURNED, Moderation.WITHDRAWN) and not reason.strip():
        raise ValidationError({"reason": "Say why: the author and the history need to know."})
    partnership.moderation = to
    partnership.modified_at = now
    write(partnership, by=by, reason=reason)
    reindex([partnership.pk])
    if to == Moderation.LISTED:
        tell_listed(partnership, at=now)
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
    viewer = viewer_of(by, on=day)
    if by is not None and not permissions.can_edit(viewer, board_id=partnership.health_board_id):
        raise NotAllowed("Only the owning Board's champions and the unit can confirm a record.")
    column = "uk_confirmed_on" if side == Side.UK else "partner_confirmed_on"
    setattr(partnership, column, max(day, getattr(partnership, column) or day))
    latest = (partnership.uk_confirmed_on, partnership.partner_confirmed_on)
    partnership.last_confirmed_on = max(on for on in latest if on is not None)
    write(partnership, by=by, reason=f"Confirmed for the {side} side: {how}")
    changed(partnerships=[partnership.pk])
    return Confirmation.objects.create(
        partnership=partnership, side=Side(side), confirmed_at=now, confirmed_by=by, how=how
    )
