"""The envelope of lists: count, next, previous, results; and the same in `Link` headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from rest_framework.response import Response

from partnerships.filters import NUMBER
from partnerships.paging import DEEPEST, InvalidQuestion, Page

DEFAULT_SIZE, MOST = 50, 200


def page_size(request: HttpRequest) -> int:
    """The `page_size` parameter, 50 if it is missing. Raises InvalidQuestion."""
    text = request.GET.get("page_size", "").strip() or str(DEFAULT_SIZE)
    if not (NUMBER.fullmatch(text) and 1 <= int(text) <= MOST):
        raise InvalidQuestion({"page_size": [f"Write a whole number from 1 to {MOST}."]})
    size, number = int(text), request.GET.get("page", "").strip()
    if NUMBER.fullmatch(number) and int(number) * size > DEEPEST:
        most = f"Pages by number end at record {DEEPEST:,}."
        raise InvalidQuestion({"page": [f"{most} Leave `page` out and follow `next`."]})
    return size


def cursor(request: HttpRequest) -> str:
    """The `cursor` parameter, "" if it is missing. Raises InvalidQuestion."""
    given = [text for text in request.GET.getlist("cursor") if text.strip()]
    if len(given) > 1:
        raise InvalidQuestion({"cursor": ["Give this once."]})
    if given and request.GET.get("page", "").strip():
        raise InvalidQuestion({"cursor": ["Give either `cursor` or `page`, not both."]})
    return given[0] if given else ""


def envelope(request: HttpRequest, page: Page, results: Iterable[Any]) -> dict[str, Any]:
    """One page as JSON-ready values; `next` and `previous` are whole addresses or null."""
    return {
        "count": page.count,
        "next": _address(request, page.next),
        "previous": _address(request, page.previous),
        "results": list(results),
    }


def paged(request: HttpRequest, page: Page, results: Iterable[Any]) -> Response:
    """The answer that is one page of a list."""
    body = envelope(request, page, results)
    links = {"first": _address(request, {}), "prev": body["previous"], "next": body["next"]}
    return Response(body, headers={"Link": link_header(links)})


def link_header(links: dict[str, str | None]) -> str:
    """RFC 8288: relation → address, those that are there."""
    return ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items() if address)


def whole(results: list[Any]) -> dict[str, Any]:
    """The envelope of a list that always fits on one page."""
    return {"count": len(results), "next": None, "previous": None, "results": results}


def _address(request: HttpRequest, at: dict[str, str] | None) -> str | None:
    if at is None:
        return None
    query = request.GET.copy()
    for name in ("cursor", "page"):
        query.pop(name, None)
    query.update(at)
    suffix = f"?{query.urlencode()}" if query else ""
    return request.build_absolute_uri(request.path + suffix)
