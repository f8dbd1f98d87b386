"""What every answer behind a signed link says of itself, whoever gives it: refusals, errors and
redirects too."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

#: Where addresses hold a token and forms no other proof: see views/private.py. Not those of
#: accounts, whose forms need browsers to say where they come from.
_PATH = re.compile(r"/(?:l|checklists|evaluations|unsubscribe)/.")
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


class BehindLinksMiddleware:
    """Kept nowhere, listed nowhere, told to no other site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if _PATH.match(request.path):
            for name, value in HEADERS.items():
                response[name] = value
        return response
