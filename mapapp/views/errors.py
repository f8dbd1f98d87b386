"""What people see when something cannot be answered: what is wrong, and what to do."""

from __future__ import annotations

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from mapapp.api import errors as api
from mapapp.querystring import Question
from partnerships.lookup import Gone
from partnerships.vocabulary import VOCABULARIES

_NAMES = {
    "q": "Words to search for",
    "began_from": "Began from",
    "began_to": "Began until",
    "bbox": "Area of the map",
    "on_map": "On the map",
    "sort": "Order",
    "page": "Page",
    "audience": "Who it is for",
    "principle": "Principle",
    "language": "Language",
    "page_size": "Results per page",
    "at": "Place on the map",
    "show": "Selected partnership",
}

logger = logging.getLogger(__name__)
#: Of what is needed to show a page, nothing.
_LAST_RESORT = """<!DOCTYPE html>
<html lang="en-GB">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Something went wrong</title>
  </head>
  <body>
    <h1>Something went wrong on our side</h1>
    <p>Please try again in a few minutes. If you were changing something, look first whether it was
    saved.</p>
    <p><a href="/">Start page</a></p>
  </body>
</html>
"""

#: Addresses that machines read: they get errors as JSON.
MACHINE_ENDINGS = (".csv", ".xlsx", ".geojson", ".json")


def invalid_question(
    request: HttpRequest,
    errors: dict[str, list[str]],
    *,
    again: str,
    last_page: int | None = None,
    question: Question | None = None,
) -> HttpResponse:
    """Status 400: what is wrong with each parameter, and a way out. `again` names an address;
    past the `last_page` the way out is there. `question` is what was asked, unless it was asked
    of partnerships."""
    question = question or Question(request.GET)
    problems = [
        {"parameter": name, "name": _name(name), "messages": messages}
        for name, messages in errors.items()
    ]
    without = question.replacing(**dict.fromkeys(errors, ""))
    context = {"problems": problems, "again": again, "without": without, "last_page": last_page}
    if last_page:
        page = str(last_page) if last_page > 1 else ""
        context["without"] = question.replacing(page=page)
    return render(request, "errors/invalid_question.html", context, status=400)


def _name(parameter: str) -> str:
    if parameter in VOCABULARIES:
        return VOCABULARIES[parameter].heading
    return _NAMES.get(parameter, parameter)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if api.is_for_machines(request):
        return api.unreadable(exception)
    if request.path.endswith(MACHINE_ENDINGS):
        return JsonResponse({"errors": {"request": [api.UNREADABLE]}}, status=400)
    return render(request, "errors/400.html", status=400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if api.is_for_machines(request):
        return api.problem(403)
    return render(request, "errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: opened long ago, or in a browser that keeps no cookies."""
    return render(request, "errors/403_csrf.html", status=403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if api.is_for_machines(request):
        return api.problem(404)
    return render(request, "errors/404.html", status=404)


def removed(request: HttpRequest, gone: Gone) -> HttpResponse:
    """Status 410: the record was public once."""
    return render(request, "errors/410.html", {"gone": gone}, status=410)


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """Of signing in: allauth's limits, which count in the shared cache."""
    response = render(request, "account/too_many.html", status=429)
    response["Retry-After"] = "300"
    return response


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without request or database: either may be what has failed."""
    if api.is_for_machines(request):
        return api.failed(sys.exc_info()[1])
    try:
        return render(None, "errors/500.html", status=500)
    except Exception:
        # Such as a static file that this release does not have: the site is half deployed.
        logger.exception("The page for errors cannot be shown")
        return HttpResponse(_LAST_RESORT, status=500)
