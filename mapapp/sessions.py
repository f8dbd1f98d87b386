"""How long somebody stays signed in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone


def limit_session(request: HttpRequest) -> None:
    """A session ends so long after signing in, whatever is done meanwhile. Django and allauth would
    count from its last change."""
    if request.user.is_authenticated:
        request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
