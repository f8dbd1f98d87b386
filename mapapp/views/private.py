"""What every page behind a signed link is: for whoever has the token, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from partnerships.services.links import LinkRefused


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that takes a request, a token, and whatever else its address says.

    Kept nowhere, and told to no other site: see mapapp/behind_links.py. A refused token is a page
    that says why. No cookie says who it is, so there is no request to forge: whoever can make one
    has the token. And browsers send no origin under this referrer policy, by which forgeries would
    be known.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str, **told: Any) -> HttpResponse:
        try:
            return view(request, token, **told)
        except LinkRefused as refusal:
            context = {"refusal": str(refusal)}
            return render(request, "links/refused.html", context, status=404)

    return guarded
