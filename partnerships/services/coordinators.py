"""Verbs on coordinators and their consents. Nothing that identifies a person enters the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from partnerships.choices import ConsentPurpose
from partnerships.models import Consent, Coordinator, LinkAnswer, Member, User, viewer_of
from partnerships.policies.permissions import can_see_contacts
from partnerships.services import answerers, links
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write


@transaction.atomic
def add(
    *,
    member: Member,
    by: User,
    values: Mapping[str, Any],
    reason: str = "",
    at: datetime | None = None,
) -> Coordinator:
    """Name a person for a member. Without a consent nothing of them is public."""
    coordinator = Coordinator(member=member, **values)
    save(coordinator, by=by, reason=reason, at=at)
    return coordinator


@transaction.atomic
def change(
    coordinator: Coordinator,
    *,
    by: User,
    values: Mapping[str, Any],
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Change what is known of a person; False where it says all that already."""
    for name, value in values.items():
        setattr(coordinator, name, value)
    return save(coordinator, by=by, reason=reason, at=at)


@transaction.atomic
def save(
    coordinator: Coordinator, *, by: User, reason: str = "", at: datetime | None = None
) -> bool:
    """Write a coordinator; False where nothing changed. Refuses people of other Boards, for the
    member that it belongs to now and for the one that it would belong to.

    Where the address or the member is another now, links that went out are closed: whoever has
    them may be a stranger, or would answer for others than the person does. Where the name is
    another too, so is the person, who does not go on with what the one before had begun.
    """
    check_may_contact(coordinator.member, by, at=at)
    if coordinator.pk:
        stored = Coordinator.objects.select_related("member__partnership").get(pk=coordinator.pk)
        check_may_contact(stored.member, by, at=at)
        addresses = {each.email.strip().lower() for each in (stored, coordinator)}
        if len(addresses) > 1 or stored.member_id != coordinator.member_id:
            links.revoke(coordinator=coordinator, at=at or timezone.now())
        if len(addresses) > 1 and stored.name != coordinator.name:
            answerers.drop_drafts(stored)
    return write(coordinator, by=by, reason=reason)


@transaction.atomic
def remove(coordinator: Coordinator, *, by: User, reason: str, at: datetime | None = None) -> None:
    """Delete a person, their consents, their links and what they wrote through these: a person
    may ask for that at any time."""
    now = at or timezone.now()
    check_may_contact(coordinator.member, by, at=now)
    answerers.forget(coordinator, at=now)
    LinkAnswer.objects.filter(link__coordinator=coordinator).update(words="")
    links.revoke(coordinator=coordinator, at=now)
    for consent in coordinator.consents.all():
        credit(consent, by=by, reason=reason)
        consent.delete()
    credit(coordinator, by=by, reason=reason)
    coordinator.delete()


@transaction.atomic
def give_consent(
    coordinator: Coordinator,
    *,
    purpose: str,
    notice_version: str,
    how: str,
    by: User,
    reason: str = "",
    at: datetime | None = None,
) -> Consent:
    """Record that a person agreed to one purpose. Raises ValidationError while it stands."""
    now = at or timezone.now()
    check_may_contact(coordinator.member, by, at=now)
    consent = Consent(
        coordinator=coordinator,
        purpose=ConsentPurpose(purpose),
        notice_version=notice_version,
        how=how,
        given_at=now,
        recorded_by=by,
    )
    write(consent, by=by, reason=reason)
    return consent


@transaction.atomic
def withdraw_consent(
    coordinator: Coordinator,
    *,
    purpose: str,
    by: User,
    reason: str = "",
    at: datetime | None = None,
) -> Consent:
    """Record that a person took a consent back. The row stays, as proof of both."""
    now = at or timezone.now()
    check_may_contact(coordinator.member, by, at=now)
    consent = coordinator.consents.filter(purpose=purpose, withdrawn_at__isnull=True).first()
    if consent is None:
        raise NotAllowed("This consent does not stand: there is nothing to withdraw.")
    consent.withdrawn_at = now
    write(consent, by=by, reason=reason)
    return consent


def check_may_contact(member: Member, by: User, *, at: datetime | None = None) -> None:
    """Contact details are for the owning Board's champions and the unit. Raises NotAllowed."""
    viewer = viewer_of(by, on=timezone.localdate(at))
    if not can_see_contacts(viewer, board_id=member.partnership.health_board_id):
        raise NotAllowed("Only the owning Board's champions and the unit keep its coordinators.")
