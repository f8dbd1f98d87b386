"""A visitor whose copy is of the same data, day and release gets a 304 for one query.

Without it each repeat would be worked out in full before its bytes were compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from math import ceil
from time import time

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.middleware.http import ConditionalGetMiddleware
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from mapapp.api.errors import is_for_machines, problem
from mapapp.release import release
from partnerships import versions

#: Not of the data alone: these look at sessions, tokens, keys or the process.
_WITHOUT = (
    "/admin/",
    "/accounts/",
    "/l/",
    "/unsubscribe/",
    "/checklists/",
    "/evaluations/",
    "/healthz",
    "/readyz",
    "/api/v1/proposals/",
    "/suggest/",
)
#: A form belongs to whoever opened it. The suggestions for the search box are another page.
_FORM = re.compile(r"/partnerships/[^/]+/suggest/\Z")
#: Answers that carry a date too: they are the same whoever asks, and how.
_DATED = ("/api/", "/partnerships.")
#: Seconds since 1970. A new release may say something else; its processes are younger.
_STARTED = time()
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
            return _for_one(request, self.get_response(request))
        with versions.reading(versions.current()) as version:
            tag = _tag(request, version)
            date = _date(request, version)
            is_unchanged = _names(request, tag) or _is_since(request, date, tag)
            response = HttpResponseNotModified() if is_unchanged else self.get_response(request)
        if is_unchanged or _may_be_tagged(request, response):
            has_its_own = response.has_header("ETag")  # then not of the data's version alone
            response.headers.setdefault("ETag", tag)
            if date is not None and not has_its_own:
                response["Last-Modified"] = http_date(date)
                if "If-Modified-Since" in request.headers:
                    cache.set(_known(tag), True, versions.KEPT_FOR)
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, no_cache=True)  # keep it, but ask whether it is right
            if _is_dated(request):
                patch_vary_headers(response, ["Accept", "Cookie"])
        return response


def _is_for_everybody(request: HttpRequest) -> bool:
    """Who sends a good key reads what everybody reads."""
    return (
        request.method in ("GET", "HEAD")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and ("Authorization" not in request.headers or hasattr(request, "api_key"))
        and not request.path.startswith(_WITHOUT)
        and not _FORM.match(request.path)
    )


def _names(request: HttpRequest, tag: str) -> bool:
    """Whether the visitor's copy is this one. "*" names none: whether there is such a page, and
    whether it may be seen, only the view knows."""
    held = parse_etags(request.headers.get("If-None-Match", ""))
    return tag in {each.removeprefix("W/") for each in held}


def _is_dated(request: HttpRequest) -> bool:
    """Pages have tags only: fragments of them stand at the same addresses."""
    return request.path.startswith(_DATED)


def _date(request: HttpRequest, version: str) -> int | None:
    """The second from which on the answer is what it is: the data, the day or the release is not
    older. None where that second is not over, in which more may change."""
    made = versions.made_at(version) if _is_dated(request) else None
    if made is None:
        return None
    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    date = ceil(max(made, day.timestamp(), _STARTED))
    return date if date <= time() else None


def _is_since(request: HttpRequest, date: int | None, tag: str) -> bool:
    """Whether the visitor's copy is as new, by its date alone. Any date can be made up for an
    address that is not there, so only where this answer has been made before."""
    if date is None or "If-None-Match" in request.headers:
        return False
    held = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return held is not None and held >= date and cache.get(_known(tag)) is True


def _known(tag: str) -> str:
    return f"dated:{tag[1:-1]}"


def _for_one(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What somebody with a session reads is for nobody else's cache."""
    is_theirs = settings.SESSION_COOKIE_NAME in request.COOKIES and request.path.startswith("/api/")
    if is_theirs and not response.has_header("Cache-Control"):
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _may_be_tagged(request: HttpRequest, response: HttpResponseBase) -> bool:
    uses_nonce = hasattr(request, "_csp_nonce")
    return response.status_code == 200 and not response.cookies and not uses_nonce


def _tag(request: HttpRequest, version: str) -> str:
    printed = repr([getattr(settings, name) for name in _SETTINGS])
    parts = [version, str(timezone.localdate()), release(settings.BASE_DIR), printed]
    parts.append(request.get_full_path())
    parts += [request.headers.get(name, "") for name in _HEADERS]
    return f'"{sha256(" ".join(parts).encode()).hexdigest()[:32]}"'


class PreconditionMiddleware(ConditionalGetMiddleware):
    """Django's, whose 412 has no words: under /api/ it is a problem like every other error."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        answer: HttpResponseBase = super().process_response(request, response)
        is_refused = answer.status_code == 412 and answer is not response
        return problem(412) if is_refused and is_for_machines(request) else answer


class PolicyMiddleware(CSPMiddleware):
    """The content security policy, but none on a 304: browsers put its headers into the page that
    they have, and the policy of a page that may be framed, or that has a nonce, is its own."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code == HttpResponseNotModified.status_code:
            return response
        return super().process_response(request, response)
