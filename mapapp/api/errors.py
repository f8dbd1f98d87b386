"""One form for every error of the API: RFC 9457 fields, and `errors` by parameter."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from partnerships.lookup import NotFound
from partnerships.search import InvalidQuestion

ADVICE = {
    404: "There is no such record, or it is not public. Look for it in the list.",
    405: "This API is read only: use GET.",
    406: "This API answers in JSON. Ask for application/json.",
    429: "Too many requests. Wait for the number of seconds in Retry-After.",
}


def problem(status: int, errors: dict[str, list[str]] | None = None, detail: str = "") -> Response:
    """An error answer. `errors` names parameters; `detail` says what to do."""
    return Response(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail or ADVICE.get(status, ""),
            "errors": errors or {},
        },
        status=status,
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what views raise into problems; anything unknown stays an error and is logged."""
    if isinstance(error, InvalidQuestion):
        return problem(400, error.errors, "Mend the parameters named in errors, or leave them out.")
    if isinstance(error, (NotFound, Http404)):
        return problem(404)
    standard = exception_handler(error, context)
    if standard is None or not isinstance(error, exceptions.APIException):
        return standard
    answer = problem(
        standard.status_code, detail=ADVICE.get(standard.status_code, str(error.detail))
    )
    for name, value in standard.headers.items():
        answer[name] = value
    return answer
