"""Reads of people without a session go to the replica, if there is one.

A signed-in person must read what they have just written, and so must every request that writes;
an anonymous page, download or API answer may be a moment old.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

#: Behind links in mails: whoever comes back to one must find what they have just saved.
_FRESH = ("/l/", "/unsubscribe/", "/checklists/", "/evaluations/")

may_be_old: ContextVar[bool] = ContextVar("may_be_old", default=False)


class ReplicaMiddleware:
    """Notes for each request whether its reads may be a moment old.

    The note is made anew at the start of each request and never taken back at its end, because
    downloads are still being read from the database while they are sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        is_fresh = is_signed_in or request.path.startswith(_FRESH)
        may_be_old.set(request.method in ("GET", "HEAD") and not is_fresh)
        return self.get_response(request)


class ReplicaRouter:
    """Sends the reads that may be a moment old to the alias `replica`; everything else stays."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        return "replica" if may_be_old.get() else None

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True  # the same rows, in two places
