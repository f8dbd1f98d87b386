"""How long somebody stays signed in, and how long with nothing done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from partnerships.models import role_of
from partnerships.policies.permissions import needs_second_factor

#: Seconds without a request after which whoever needs a second factor is asked to sign in again.
IDLE = 60 * 60
#: The last request is written down no more often than this: each note is a write.
NOTED_EVERY = 5 * 60
SEEN_AT = "seen_at"
SAID = "You were signed out, because nothing was done for an hour. Sign in again to go on."


def limit_session(request: HttpRequest) -> None:
    """A session ends so long after signing in, whatever is done meanwhile. Django and allauth would
    count from its last change."""
    if request.user.is_authenticated:
        request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def note_signing_in(*, request: HttpRequest, **_: Any) -> None:
    """Of `user_logged_in`: from here on it counts."""
    request.session[SEEN_AT] = int(time())


class IdleMiddleware:
    """Signs out whom a ward's computer has forgotten. Needs the session, the user and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self._look(request)
        return self.get_response(request)

    def _look(self, request: HttpRequest) -> None:
        now, seen = int(time()), request.session.get(SEEN_AT)
        if seen is not None and now - seen > IDLE and _is_limited(request):
            logout(request)
            messages.info(request, SAID)
        elif seen is None or now - seen > NOTED_EVERY:
            request.session[SEEN_AT] = now


def _is_limited(request: HttpRequest) -> bool:
    return needs_second_factor(role_of(request.user, on=timezone.localdate()))
