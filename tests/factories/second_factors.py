"""Authenticator apps for tests."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from mapapp.signing_in import SecondFactorAdapter
from partnerships.models import User

#: Of every app that `enrolled` sets up.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def enrolled(user: User) -> User:
    """With a second factor, so that the admin opens where the role asks for one."""
    secret = SecondFactorAdapter().encrypt(SECRET)
    Authenticator.objects.get_or_create(
        user=user, type="totp", defaults={"data": {"secret": secret}}
    )
    return user


def code_now(secret: str = SECRET, *, steps: int = 0) -> str:
    """What an app shows, now or so many half minutes later."""
    shown: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
    return shown
