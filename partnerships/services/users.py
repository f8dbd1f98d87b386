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

    Raises ValidationError for what is no e-mail address, and for one that is taken.
    """
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
    save(user, by=by, reason=reason)
    return user


@transaction.atomic
def save(user: User, *, by: User, reason: str = "") -> bool:
    """Write an account; False where nothing changed. Its name for signing in is its address.

    `is_staff` only opens the door of the admin: what lies behind follows from the role and from
    tenures, on each request.
    """
    before = User.objects.filter(pk=user.pk).values_list("email", flat=True).first() or ""
    if user.email and user.username in ("", before.lower()):
        user.username = user.email.lower()
    user.is_staff = user.is_staff or bool(user.role)
    return write(user, by=by, reason=reason)


@transaction.atomic
def let_in(user: User, *, by: User, reason: str = "") -> None:
    """Open the door of the admin to somebody who has been given a tenure."""
    user.is_staff = True
    save(user, by=by, reason=reason)


def sign_in_link(user: User) -> str:
    """An address where the owner of an account sets a password and is signed in.

    It works once, and for PASSWORD_RESET_TIMEOUT (three days); a new password, a new address
    or a sign-in ends it sooner. Whoever has it has the account: give it to nobody else.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL.rstrip("/") + reverse("set_password", args=[uid, token])
