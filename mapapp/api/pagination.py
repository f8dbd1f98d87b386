"""The envelope of lists: count, next, previous, results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from partnerships.filters import NUMBER
from partnerships.search import InvalidQuestion

DEFAULT_SIZE, MOST = 50, 200


def page_size(request: HttpRequest) -> int:
    """The `page_size` parameter, 50 if it is missing. Raises InvalidQuestion."""
    text = request.GET.get("page_size", "").strip() or str(DEFAULT_SIZE)
    if not (NUMBER.fullmatch(text) and 1 <= int(text) <= MOST):
        raise InvalidQuestion({"page_size": [f"Write a whole number from 1 to {MOST}."]})
    return int(text)


def envelope(request: HttpRequest, page: Any, results: Iterable[Any]) -> dict[str, Any]:
    """One page as JSON-ready values; `next` and `previous` are whole addresses or null."""
    return {
        "count": page.paginator.count,
        "next": _address(request, page.number + 1) if page.has_next() else None,
        "previous": _address(request, page.number - 1) if page.has_previous() else None,
        "results": list(results),
    }


def whole(results: list[Any]) -> dict[str, Any]:
    """The envelope of a list that always fits on one page."""
    return {"count": len(results), "next": None, "previous": None, "results": results}


def _address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
