"""Verbs on how people sign in: address, password, second factor, sessions."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from partnerships.models import User
from partnerships.policies.permissions import can_end_sessions, can_reset_second_factor
from partnerships.services import outbox
from partnerships.services.asking import check
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write


def with_second_factor(rows: QuerySet[User]) -> QuerySet[User]:
    """Each account with `second_factor`: whether an authenticator app is set up. Recovery codes
    alone are none."""
    apps = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return rows.annotate(second_factor=Exists(apps))  # type: ignore[no-redef]  # what it fills


def has_second_factor(user: User) -> bool:
    """The same of one account, now."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def keep_address(user: User) -> None:
    """The one address that allauth knows of an account is the account's own, and verified: the
    unit has written it down, and a link or a code that was sent there proves it each time."""
    address = user.email.lower()
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    if address:
        EmailAddress.objects.update_or_create(
            user=user, email=address, defaults={"verified": True, "primary": True}
        )


@transaction.atomic
def choose_password(user: User, password: str) -> None:
    """By its owner. Ends every session; who asks keeps the own one going."""
    user.set_password(password)
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.password = user.password
    write(stored, by=stored, reason="Chose a password")


@transaction.atomic
def end_sessions(user: User, *, by: User, reason: str = "") -> None:
    """Whatever is signed in to an account, anywhere, is not from the next request on."""
    is_own = by.pk == user.pk
    stored = User.objects.select_for_update().get(pk=user.pk)
    check(
        by,
        lambda viewer: can_end_sessions(viewer, is_own=is_own, is_superuser=stored.is_superuser),
        "Only the coordination unit signs somebody else out.",
    )
    stored.session_number += 1
    write(stored, by=by, reason=reason)
    user.session_number = stored.session_number


@transaction.atomic
def reset_second_factor(
    user: User, *, by: User, reason: str = "", at: datetime | None = None
) -> None:
    """Take away an authenticator app that is lost, with its recovery codes, and end all sessions.

    The password stays: whoever needs a second factor is led to set up another one. Its owner hears
    of it by mail. Refuses (NotAllowed) one's own, a superuser's for everybody but superusers, and
    where there is none.
    """
    is_own = by.pk == user.pk
    stored = User.objects.get(pk=user.pk)
    check(
        by,
        lambda viewer: can_reset_second_factor(
            viewer, is_own=is_own, is_superuser=stored.is_superuser
        ),
        "A second factor is reset by somebody else, of the coordination unit; a superuser’s by "
        "another superuser.",
    )
    gone, _ = Authenticator.objects.filter(user=user).delete()
    if not gone:
        raise NotAllowed(f"{stored} has no second factor.")
    end_sessions(user, by=by, reason=reason or "Second factor reset")
    if stored.email:
        outbox.put(
            to=stored.email,
            kind="second_factor_reset",
            context={},
            at=at or timezone.now(),
            once=f"second_factor_reset:{user.pk}:{user.session_number}",
        )
