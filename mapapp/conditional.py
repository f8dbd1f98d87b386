"""A visitor whose copy is of the same data, day and release gets a 304 for one query.

Without it each repeat would be worked out in full before its bytes were compared.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags

from mapapp.release import release
from partnerships import versions

#: Not of the data alone: these look at sessions, tokens, keys or the process.
_WITHOUT = ("/admin/", "/accounts/", "/healthz", "/readyz", "/api/v1/proposals/")
#: What an answer depends on besides its address; the views say so in Vary.
_HEADERS = ("Accept", "HX-Request")
#: Settings that pages print.
_SETTINGS = ("SITE_URL", "OPERATOR_NAME", "CONTACT_EMAIL", "LEAFLET_CONFIG")


class ConditionalMiddleware:
    """Tags the pages, data and downloads that everybody gets alike.

    Nothing is tagged for people with a session, where the answer sets a cookie or uses a nonce, or
    where it came from inside a transaction, whose changes are in no version yet.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if settings.DEBUG:
            raise MiddlewareNotUsed  # templates are being edited
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_for_everybody(request) or not versions.may_keep():
            return self.get_response(request)
        with versions.reading(versions.current()) as version:
            tag = _tag(request, version)
            is_unchanged = _names(request, tag)
            response = HttpResponseNotModified() if is_unchanged else self.get_response(request)
        if is_unchanged or _may_be_tagged(request, response):
            response.headers.setdefault("ETag", tag)
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, no_cache=True)  # keep it, but ask whether it is right
        return response


def _is_for_everybody(request: HttpRequest) -> bool:
    """Who sends a good key reads what everybody reads."""
    return (
        request.method in ("GET", "HEAD")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and ("Authorization" not in request.headers or hasattr(request, "api_key"))
        and not request.path.startswith(_WITHOUT)
    )


def _names(request: HttpRequest, tag: str) -> bool:
    """Whether the visitor's copy is this one. "*" names none: whether there is such a page, and
    whether it may be seen, only the view knows."""
    held = parse_etags(request.headers.get("If-None-Match", ""))
    return tag in {each.removeprefix("W/") for each in held}


def _may_be_tagged(request: HttpRequest, response: HttpResponseBase) -> bool:
    uses_nonce = hasattr(request, "_csp_nonce")
    return response.status_code == 200 and not response.cookies and not uses_nonce


def _tag(request: HttpRequest, version: str) -> str:
    printed = repr([getattr(settings, name) for name in _SETTINGS])
    parts = [version, str(timezone.localdate()), release(settings.BASE_DIR), printed]
    parts.append(request.get_full_path())
    parts += [request.headers.get(name, "") for name in _HEADERS]
    return f'"{sha256(" ".join(parts).encode()).hexdigest()[:32]}"'


class PolicyMiddleware(CSPMiddleware):
    """The content security policy, but none on a 304: browsers put its headers into the page that
    they have, and the policy of a page that may be framed, or that has a nonce, is its own."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code == HttpResponseNotModified.status_code:
            return response
        return super().process_response(request, response)
