"""One form for every error of the API: problem details (RFC 9457), and `errors` by parameter."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.views import exception_handler

from partnerships.lookup import Gone, NotFound
from partnerships.search import InvalidQuestion

MEDIA_TYPE = "application/problem+json"
ADVICE = {
    400: "Mend the parameters named in errors, or leave them out.",
    401: "This key is not known, or no longer valid. Ask for another, or send none.",
    403: "This may not be done with what was sent to prove who asks.",
    404: "There is no such record, or it is not public. Look for it in the list.",
    405: "This address does not know that method. Allow names those that it knows.",
    406: "This address has no answer of a type that Accept names. Ask for application/json.",
    409: "The record has changed since. Look at it, and propose anew.",
    410: "This record was public once, and is no longer. Drop your copy of it.",
    413: "What was sent is too large. Send less at once.",
    412: "It is another by now than If-Match or If-Unmodified-Since says. Read it again.",
    415: "Send JSON, and say so: Content-Type: application/json.",
    422: "What was sent fits together with nothing. Mend what is named in errors.",
    416: "The file has no such bytes. Content-Range tells how many there are.",
    429: "Too many requests. Wait for the number of seconds in Retry-After.",
    500: "Something went wrong here; it is noted. Nothing was changed. Try again later.",
    503: "The data cannot be read just now. Try again after the seconds in Retry-After.",
}
#: Seconds after which to try again where the database did not answer.
PAUSE = 10
UNREADABLE = "This request cannot be read: it is too large, or holds what no question does."


def problem(
    status: int, errors: dict[str, list[str]] | None = None, detail: str = "", **more: Any
) -> HttpResponse:
    """An error answer. `errors` names parameters; `detail` says what to do; `more` are further
    members. It is JSON whatever type was asked for, and is not to be kept."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or ADVICE.get(status, ""),
        "errors": errors or {},
        **more,
    }
    headers = {"Cache-Control": "no-store"}
    return JsonResponse(content, status=status, content_type=MEDIA_TYPE, headers=headers)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Turn what views raise into problems; anything unknown stays an error and is logged."""
    if isinstance(error, InvalidQuestion):
        return problem(400, error.errors)
    if isinstance(error, Gone):
        return problem(410, removed_at=error.removed_at.isoformat(), why=error.why)
    if isinstance(error, (NotFound, Http404)):
        return problem(404)
    if isinstance(error, SuspiciousOperation):
        return unreadable(error)
    standard = exception_handler(error, context)
    if standard is None or not isinstance(error, exceptions.APIException):
        return None
    status = standard.status_code
    if isinstance(error, (exceptions.AuthenticationFailed, exceptions.PermissionDenied)):
        detail = str(error.detail)
    else:
        detail = ADVICE.get(status, str(error.detail))
    answer = problem(status, _errors(error), detail)
    for name, value in standard.headers.items():
        if name.lower() != "content-type":
            answer[name] = value
    return answer


def _errors(error: exceptions.APIException) -> dict[str, list[str]]:
    """By parameter where the error says so; what cannot be read at all is the body's fault."""
    if isinstance(error, exceptions.ParseError):
        return {"body": ["This is not JSON. Send an object in UTF-8."]}
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        return {name: [str(line) for line in lines] for name, lines in error.detail.items()}
    return {}


def unreadable(error: Exception) -> HttpResponse:
    """For what Django refuses before any view could look at it."""
    if isinstance(error, RequestDataTooBig):
        return problem(413)
    return problem(400, {"request": [UNREADABLE]})


def failed(error: BaseException | None) -> HttpResponse:
    """For what nobody expected: 503 where the database is away or gives up, else 500."""
    if isinstance(error, (OperationalError, InterfaceError)):
        answer = problem(503)
        answer["Retry-After"] = str(PAUSE)
        return answer
    return problem(500)


def is_for_machines(request: HttpRequest) -> bool:
    """Whether an address is the API's, and its errors are problems."""
    return f"{request.path_info}/".startswith("/api/")
