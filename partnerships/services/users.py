"""Verbs on accounts: make one, change one, and the account that the registry itself acts as."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from partnerships.choices import UserRole
from partnerships.models import User
from partnerships.policies.permissions import can_appoint, can_keep_account
from partnerships.services.asking import check
from partnerships.services.signing_in import keep_address
from partnerships.services.writing import write

#: Who loads reference data and runs commands. Has no password and no address, so cannot sign in.
SYSTEM_USERNAME = "system"


def system_user() -> User:
    """The account that commands and imports act as; made when it is first asked for.

    It has the unit's role, because what it does is done for the unit.
    """
    user, made = User.objects.get_or_create(
        username=SYSTEM_USERNAME, defaults={"last_name": "The registry", "role": UserRole.UNIT}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def find(email: str) -> User | None:
    """The account with an e-mail address, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).exclude(email="").first()


@transaction.atomic
def make(
    *, email: str, by: User, name: str = "", role: str = UserRole.NONE, reason: str = ""
) -> User:
    """A new account without a password: its owner sets one through a one-time link.

    Raises ValidationError for what is no e-mail address, and for one that is taken; NotAllowed
    for people who appoint nobody, and for a role that somebody else than the unit gives.
    """
    _check_may_open(by, role=role)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError(
            {"email": f"“{email}” is not an e-mail address. Write it as name@example.org."}
        ) from None
    if find(email):
        raise ValidationError({"email": "Another account has this e-mail address."})
    first, _, last = name.strip().rpartition(" ")
    user = User(email=email, first_name=first, last_name=last, role=role)
    user.set_unusable_password()
    _write(user, by=by, reason=reason)
    return user


@transaction.atomic
def save(user: User, *, by: User, reason: str = "") -> bool:
    """Write an account; False where nothing changed. Its name for signing in is its address.

    `is_staff` only opens the door of the admin: what lies behind follows from the role and from
    tenures, on each request. Refuses (NotAllowed) everybody but the unit, and the unit where the
    account is or becomes a superuser's.
    """
    _check_may_keep(by, user)
    return _write(user, by=by, reason=reason)


def _write(user: User, *, by: User, reason: str) -> bool:
    before = User.objects.filter(pk=user.pk).values_list("email", flat=True).first() or ""
    if user.email and user.username in ("", before.lower()):
        user.username = user.email.lower()
    user.is_staff = user.is_staff or bool(user.role)
    written = write(user, by=by, reason=reason)
    keep_address(user)
    return written


@transaction.atomic
def let_in(user: User, *, by: User, reason: str = "") -> None:
    """Open the door of the admin to somebody who has been given a tenure."""
    _check_may_open(by)
    stored = User.objects.get(pk=user.pk)  # nothing else of the account is written along
    stored.is_staff = user.is_staff = True
    write(stored, by=by, reason=reason)


def sign_in_link(user: User) -> str:
    """An address where the owner of an account sets a password and is signed in.

    It works once, and for PASSWORD_RESET_TIMEOUT (three days); a new password, a new address
    or a sign-in ends it sooner. Whoever has it has the account: give it to nobody else.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL.rstrip("/") + reverse("set_password", args=[uid, token])


def _check_may_open(by: User, *, role: str = UserRole.NONE) -> None:
    """The unit, and a lead for somebody who becomes a deputy."""
    check(
        User.objects.filter(pk=by.pk).first() or User(),
        lambda viewer: viewer.edits_everything or (can_appoint(viewer) and not role),
        "Only the coordination unit makes accounts, and a lead champion those of deputies.",
    )


def _check_may_keep(by: User, user: User | None = None) -> None:
    """Asks about both as they are stored: the actor may have changed the own role in memory."""
    stored = User.objects.filter(pk__in=[by.pk, user.pk if user else None]).in_bulk()
    before = stored.get(user.pk) if user else None
    is_superuser = any(account.is_superuser for account in (user, before) if account)
    check(
        stored.get(by.pk, User()),
        lambda viewer: can_keep_account(viewer, is_superuser=is_superuser),
        "Only the coordination unit keeps accounts, and only a superuser those of superusers.",
    )
