"""Pages of other sites may read the API and the files in a browser (CORS), and nothing else.

Any origin may, so the answer is the same for all and needs no Vary. Without cookies: what somebody
sees signed in stays here. Without Authorization: a key in a page would be everybody's.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from mapapp.api.throttling import is_counted

#: What scripts may read besides the body.
EXPOSED = (
    "Content-Disposition, Deprecation, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, Sunset"
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class CrossOriginMiddleware:
    """Outside of the limits, so that a script can read of a 429 when to come back. What browsers
    ask beforehand costs nothing and is not counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_counted(request.path):
            return self.get_response(request)
        is_preflight = "Access-Control-Request-Method" in request.headers
        if request.method == "OPTIONS" and is_preflight:
            response: HttpResponseBase = HttpResponse(status=204, headers=_PREFLIGHT)
        else:
            response = self.get_response(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
        return response
