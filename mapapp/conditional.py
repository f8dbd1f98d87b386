"""A visitor whose copy is of the same data, day and release gets a 304 for one query.

Without it each repeat would be worked out in full before its bytes were compared.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control

from partnerships import versions

#: Not of the data alone: these look at sessions, tokens or the process.
_WITHOUT = ("/admin/", "/accounts/", "/healthz", "/readyz")
#: What an answer depends on besides its address; the views say so in Vary.
_HEADERS = ("Accept", "HX-Request")
_SOURCES = ("templates/**/*", "static/**/*", "mapapp/**/*.py", "partnerships/**/*.py")


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
            unchanged = get_conditional_response(request, etag=tag)
            response = unchanged or self.get_response(request)
        if unchanged or _may_be_tagged(request, response):
            response.headers.setdefault("ETag", tag)
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, no_cache=True)  # keep it, but ask whether it is right
        return response


def _is_for_everybody(request: HttpRequest) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "Authorization" not in request.headers
        and not request.path.startswith(_WITHOUT)
    )


def _may_be_tagged(request: HttpRequest, response: HttpResponseBase) -> bool:
    uses_nonce = hasattr(request, "_csp_nonce")
    return response.status_code == 200 and not response.cookies and not uses_nonce


def _tag(request: HttpRequest, version: str) -> str:
    parts = [version, str(timezone.localdate()), release(), request.get_full_path()]
    parts += [request.headers.get(name, "") for name in _HEADERS]
    return f'"{sha256(" ".join(parts).encode()).hexdigest()[:32]}"'


@cache
def release() -> str:
    """What this code and these templates are: the same on every machine that runs them."""
    digest = sha256()
    for pattern in _SOURCES:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()
