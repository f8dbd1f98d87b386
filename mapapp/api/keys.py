"""`Authorization: Bearer hp_<prefix>_<secret>`: which key a request carries.

A key raises the limit, and may be allowed to propose. It never widens what may be read: who sends
one reads as everybody does, whoever is signed in beside it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from partnerships.keyring import UnknownKey, UnusableKey, key_of
from partnerships.models import ApiKey, KeyState

CHALLENGE = 'Bearer realm="API"'
REFUSED = f'{CHALLENGE}, error="invalid_token"'
#: What to do; only who has the right secret is told what has become of a key.
UNKNOWN = (
    "This key is not known. Send the whole key, as in “Authorization: Bearer hp_…”, or no "
    "Authorization header: reading needs no key."
)
_BECAME = {
    KeyState.EXPIRED: "This key has expired. Ask those who run this site for a new one; reading "
    "needs no key.",
    KeyState.REVOKED: "This key was revoked. Ask those who run this site why; reading needs no "
    "key.",
}


def token_of(request: HttpRequest | Request) -> str | None:
    """What a request sends as its key; None where it sends none, or another kind of thing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def said_of(error: UnknownKey | UnusableKey) -> str:
    return _BECAME[error.state] if isinstance(error, UnusableKey) else UNKNOWN


class KeyAuthentication(BaseAuthentication):
    """Gives `request.auth`, an ApiKey, and an anonymous user."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        token = token_of(request)
        if token is None:
            return None
        known: ApiKey | None = getattr(request, "api_key", None)  # the limits have asked already
        try:
            return AnonymousUser(), known or key_of(token, at=timezone.now())
        except (UnknownKey, UnusableKey) as error:
            raise AuthenticationFailed(said_of(error)) from None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE if token_of(request) is None else REFUSED


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "hp_<prefix>_<secret>",
            "description": "Optional for reading: raises the limit. Made by those who run the "
            "site.",
        }
