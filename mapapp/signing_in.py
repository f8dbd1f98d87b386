"""How allauth signs people in here: closed sign-up, our words and mails, sessions with an end.

Its adapters are the only place where its behaviour is changed; settings.py names them.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from mapapp.api.addresses import address_of
from mapapp.sessions import limit_session
from partnerships.models import User, role_of
from partnerships.policies.permissions import needs_second_factor
from partnerships.services import signing_in

log = logging.getLogger(__name__)

#: Seconds for which signing in is proof enough for changing how one signs in.
RECENT = 10 * 60
#: What the owner of an account hears when something of it was changed.
NOTICES = {
    "account/email/password_changed": "The password of your account was changed.",
    "account/email/password_set": "A password was chosen for your account.",
    "account/email/password_reset": "The password of your account was changed by a link that was "
    "sent to you.",
    "mfa/email/totp_activated": "A second factor was set up for your account.",
    "mfa/email/totp_deactivated": "The second factor of your account was turned off.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made for your account. The old "
    "ones do not work any more.",
}
#: What the page after it says of something that was done.
SAID = {
    "account/messages/logged_out.txt": "You are signed out.",
    "account/messages/password_changed.txt": "Your password is changed.",
    "account/messages/password_set.txt": "Your password is set.",
    "mfa/messages/totp_activated.txt": "The second factor is set up.",
    "mfa/messages/totp_deactivated.txt": "The second factor is turned off.",
}
WRONG_CODE = "This code is not right. Codes of an app change every 30 seconds: type the newest one."
TOO_MANY = "Too many attempts. Wait five minutes, then try again."


class Backend(AuthenticationBackend):
    """allauth's; whoever it brings along says at once whether there is a second factor."""

    def get_user(self, user_id: int) -> User | None:
        user = signing_in.with_second_factor(User.objects.all()).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "incorrect_code": "This code is not right. Look at the newest mail.",
        "incorrect_password": "The password is not right.",
        "enter_current_password": "This is not your present password.",
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The unit makes accounts; open is allauth's default."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        limit_session(request)

    def set_password(self, user: User, password: str) -> None:
        signing_in.choose_password(user, password)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As all our limits count: see NUM_PROXIES."""
        return address_of(request, settings.NUM_PROXIES)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of whoever has only just signed in, by whatever means."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        records = get_authentication_records(context.request, context.request.user)
        return not records or time.time() - records[-1]["at"] > RECENT

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse(
            "account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}
        ).replace("UID-KEY", key)
        return f"{settings.SITE_URL}{path}"

    def add_message(  # noqa: PLR0917  # allauth's
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """What went wrong, and what was changed; not that every step was a success."""
        said = message or SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, said, extra_tags=extra_tags)

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        """One mail for all notices: it tells what was done, and nothing of who asked from where."""
        if user.email and template_prefix in NOTICES:
            self.send_mail("account/email/notice", user.email, {"what": NOTICES[template_prefix]})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away is no error of whoever waits for the mail: the page says what
        to do if none comes, and says the same to addresses that nobody has."""
        said = {
            "site_url": settings.SITE_URL,
            "operator": settings.OPERATOR_NAME,
            "mailbox": settings.CONTACT_EMAIL,
            "at": timezone.now(),
        }
        name = template_prefix.removeprefix("account/email/")
        message = self.render_mail(f"mail/account_{name}", email, said | context)
        try:
            message.send()
        except OSError as error:  # what smtplib raises is one too
            log.error("A mail about signing in was not sent: %s", type(error).__name__)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": (
            "Your role asks for a second factor, so it stays on. For another telephone, ask the "
            "coordination unit to reset it."
        ),
    }

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not needs_second_factor(role_of(authenticator.user, on=timezone.localdate()))

    def build_totp_svg(self, url: str) -> str:
        """For the page itself, as an element with a name: a picture in a data: address needs none
        of the script that the policy forbids, but would be the only one of its kind."""
        svg: str = super().build_totp_svg(url)
        return svg[svg.index("<svg") :].replace(
            "<svg ", '<svg role="img" aria-label="QR code for the app" ', 1
        )

    def encrypt(self, text: str) -> str:
        """Whoever reads a backup of the database has no second factors."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """With another SECRET_KEY no code is right any more, and the unit resets them."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()


class ProviderAdapter(DefaultSocialAccountAdapter):
    """An OpenID Connect provider tells who somebody is; only the unit makes accounts."""


def _cipher() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"second factors:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
