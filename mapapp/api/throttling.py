"""How much may be asked: by address without a key, by key with one; told on every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10 (RateLimit-Policy and RateLimit).
Windows are fixed, one counter each, so that counting is one atomic step in the shared cache; they
begin at another moment for everybody, so that not all come back at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mapapp.api import rendering
from mapapp.api.addresses import address_of
from mapapp.api.ceilings import refusal
from mapapp.api.errors import problem
from mapapp.api.keys import REFUSED, said_of, token_of
from mapapp.caches import count
from partnerships import versions
from partnerships.keyring import UnknownKey, UnusableKey, is_familiar, key_of
from partnerships.models import ApiKey
from partnerships.policies.rates import Rate, rate
from partnerships.services import api_keys

#: Files of the site that are counted like the API: see `FILE_COST`.
FILES = frozenset(
    {"/partnerships.csv", "/partnerships.xlsx", "/partnerships.geojson", "/statistics.csv"}
)
#: An answer that is not cut into pages counts as so many requests.
FILE_COST = 10
_WHOLE_FORMATS = ("csv", "geojson", "jsonl")
_OFFERED = {
    "/api/v1/partnerships/": rendering.PARTNERSHIPS,
    "/api/v1/institutions/": rendering.INSTITUTIONS,
}
#: Wrong keys from one address, before even asking whether another one is known.
FAILING = Rate(20, 60)

_SAFE = ("GET", "HEAD")


def is_counted(path: str) -> bool:
    return path.startswith("/api/") or path in FILES


def cost_of(request: HttpRequest) -> int:
    """In requests: the whole of an answer at once costs the database more than a page of it."""
    if request.path in FILES:
        return FILE_COST
    if request.path.startswith("/api/v1/bulk/") and not request.path.endswith("/"):
        return FILE_COST
    offered = _OFFERED.get(request.path)
    asked = [text for text in map(str.strip, request.GET.getlist("format")) if text]
    if offered is None or asked:
        return FILE_COST if any(text in _WHOLE_FORMATS for text in asked) else 1
    # As it will be chosen, so that no way of writing Accept is cheaper than another.
    return 1 if rendering.of_accept(request, offered) in (rendering.Json, None) else FILE_COST


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of one limit for one caller, after a request was counted."""

    policy: str
    limit: Rate
    used: int
    #: Seconds until the window ends and all is there again.
    wait: int

    @property
    def is_over(self) -> bool:
        return self.used > self.limit.number

    @property
    def is_spent(self) -> bool:
        """Whether nothing more fits in, asked before anything is counted."""
        return self.used >= self.limit.number

    def tell(self, response: HttpResponseBase) -> None:
        number, window = self.limit
        left = max(0, number - self.used)
        _put_first(response, "RateLimit-Policy", f'"{self.policy}";q={number};w={window}')
        _put_first(response, "RateLimit", f'"{self.policy}";r={left};t={self.wait}')
        if self.is_over:
            response["Retry-After"] = str(self.wait)


def _put_first(response: HttpResponseBase, name: str, item: str) -> None:
    """Before the items that a limit further inside has told."""
    response[name] = f"{item}, {response[name]}" if name in response else item


def spend(policy: str, who: str, limit: Rate, cost: int) -> Budget:
    """Count a request. One round trip to the cache, which learns nobody's address."""
    now = time.time() + crc32(who.encode()) % limit.window
    number, passed = divmod(now, limit.window)
    wait = max(1, int(limit.window - passed + 0.999))
    whose = salted_hmac("mapapp.api.throttling", who).hexdigest()[:24]
    used = count(cache, f"limit:{policy}:{whose}:{limit.window}:{int(number)}", cost, wait + 5)
    return Budget(policy, limit, used, wait)


_HEADERS = {
    "RateLimit-Policy": (
        "The limits: q requests in w seconds, by address, by key, for wrong keys, for proposals.",
        '"address";q=300;w=60',
    ),
    "RateLimit": (
        "What is left of it: r requests; in t seconds all are there again.",
        '"address";r=274;t=41',
    ),
}


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: the headers of every answer, said once."""
    result["components"]["headers"] = {
        name: {"description": meaning, "schema": {"type": "string"}, "example": example}
        for name, (meaning, example) in _HEADERS.items()
    }
    operations = (each for methods in result["paths"].values() for each in methods.values())
    for operation in operations:
        for response in operation["responses"].values():
            headers = response.setdefault("headers", {})
            headers |= {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    return result


class FairMiddleware:
    """Outside of what makes 304s, so that these are counted and told too. What is longer than any
    question is refused here as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_counted(request.path):
            return self.get_response(request)
        token = token_of(request)
        if token is None:
            return self._within(request, _budget_of_address(request))
        if request.method not in _SAFE or not versions.may_keep():
            return self._with_key(request, token)
        # Read once here, for the key and for whatever makes the answer.
        with versions.reading(versions.current()):
            return self._with_key(request, token)

    def _with_key(self, request: HttpRequest, token: str) -> HttpResponseBase:
        address = address_of(request, settings.NUM_PROXIES)
        if not is_familiar(token):
            failed = spend("failing", address, FAILING, 0)
            if failed.used >= FAILING.number:
                return _refuse_failing(request, failed)
        try:
            key = key_of(token, at=timezone.now())
        except (UnknownKey, UnusableKey) as error:
            failed = spend("failing", address, FAILING, 1)
            response = _refused(request, 401, said_of(error))
            response["WWW-Authenticate"] = REFUSED
            failed.tell(response)
            return response
        request.api_key = key  # type: ignore[attr-defined]
        response = self._within(request, _budget_of_key(request, key))
        _note_use(key, response)
        return response

    def _within(self, request: HttpRequest, budget: Budget | None) -> HttpResponseBase:
        if budget is None:
            return self._answer(request)
        response = _too_many(request, budget) if budget.is_over else self._answer(request)
        budget.tell(response)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        refused = refusal(request)
        return problem(*refused) if refused else self.get_response(request)


def _budget_of_address(request: HttpRequest) -> Budget | None:
    if not settings.API_RATE:
        return None
    who = address_of(request, settings.NUM_PROXIES)
    return spend("address", who, rate(settings.API_RATE), cost_of(request))


def _budget_of_key(request: HttpRequest, key: ApiKey) -> Budget | None:
    text = key.rate or settings.API_KEY_RATE
    return spend("key", key.prefix, rate(text), cost_of(request)) if text else None


def _note_use(key: ApiKey, response: HttpResponseBase) -> None:
    """Once a day, and after the answer has gone out: a database that is busy delays nobody."""
    today = timezone.localdate()
    if key.last_used_on == today:
        return
    key.last_used_on = today

    def note() -> None:
        with suppress(DatabaseError):
            api_keys.note_use(key, on=today)

    # The only hook after the last byte; its types leave it out.
    response._resource_closers.append(note)  # type: ignore[attr-defined]  # noqa: SLF001


def _too_many(request: HttpRequest, budget: Budget) -> HttpResponseBase:
    number, window = budget.limit
    words = (
        f"At most {number} requests in {window} seconds, of which a file counts as {FILE_COST}. "
        f"Wait {budget.wait} seconds."
    )
    if budget.policy == "address":
        words += " Software that needs more can have a key: see the page for partners."
    return _refused(request, 429, words, wait=budget.wait)


def _refuse_failing(request: HttpRequest, failed: Budget) -> HttpResponseBase:
    words = f"Too many wrong keys came from this address. Wait {failed.wait} seconds."
    response = _refused(request, 429, words, wait=failed.wait)
    failed.tell(response)
    response["Retry-After"] = str(failed.wait)
    return response


def _refused(
    request: HttpRequest, status: int, words: str, wait: int | None = None
) -> HttpResponseBase:
    """A problem for machines; a page for people who followed a link to a file."""
    if request.path in FILES and "text/html" in request.headers.get("Accept", "") and wait:
        return render(request, "errors/429.html", {"wait": wait}, status=status)
    return problem(status, detail=words)
