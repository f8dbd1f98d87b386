"""What of the API will go: one declaration gives headers, OpenAPI and a line of docs/api.md.

`Deprecation` is RFC 9745 (since when), `Sunset` is RFC 8594 (from when it may be gone).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils.http import http_date


@dataclass(frozen=True, slots=True)
class Notice:
    """An address will go, or one of its parameters, or a field of what it answers."""

    #: As OpenAPI writes it: /api/v1/partnerships/{name}/.
    address: str
    since: date
    #: A sentence: what to use from now on.
    instead: str
    #: Not sooner than the notice period of docs/api.md.
    sunset: date
    parameter: str = ""
    #: Component and property of OpenAPI: Partnership.gap_note.
    field: str = ""

    def concerns(self, request: HttpRequest) -> bool:
        """Parameters only whoever sends them; fields whoever may be reading them."""
        match = request.resolver_match
        if match is None or self.address != _as_openapi(match.route):
            return False
        return not self.parameter or self.parameter in request.GET

    @property
    def line(self) -> str:
        """Its row of the table in docs/api.md."""
        what = f"`{self.parameter or self.field or self.address}`"
        where = f" of `{self.address}`" if self.parameter or self.field else ""
        return f"| {what}{where} | {self.since} | {self.sunset} | {self.instead} |"


#: All there are. A test compares them with docs/api.md.
NOTICES: list[Notice] = []


class DeprecationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if NOTICES and request.resolver_match is None:  # answered before any view: 304, 429
            with suppress(Resolver404):
                request.resolver_match = resolve(request.path_info)
        found = [notice for notice in NOTICES if notice.concerns(request)]
        if found:
            since, sunset = min(n.since for n in found), min(n.sunset for n in found)
            response["Deprecation"] = f"@{int(_midnight(since).timestamp())}"
            response["Sunset"] = http_date(_midnight(sunset).timestamp())
            page = f'<{settings.SITE_URL}{reverse("for_partners")}>; rel="deprecation"'
            stated = response.get("Link", "")
            response["Link"] = f"{stated}, {page}" if stated else page
        return response


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: `deprecated` and what to use instead."""
    for notice in NOTICES:
        operations = result["paths"][notice.address].values()
        if notice.field:
            component, _dot, name = notice.field.partition(".")
            _mark([result["components"]["schemas"][component]["properties"][name]], notice)
        elif notice.parameter:
            stated = [p for operation in operations for p in operation.get("parameters", ())]
            _mark([each for each in stated if each["name"] == notice.parameter], notice)
        else:
            _mark(operations, notice)
    return result


def _mark(described: Iterable[dict[str, Any]], notice: Notice) -> None:
    words = f"Deprecated since {notice.since}, gone after {notice.sunset}. {notice.instead}"
    for each in described:
        each["deprecated"] = True
        each["description"] = f"{each.get('description', '')} {words}".strip()


def _as_openapi(route: str) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
