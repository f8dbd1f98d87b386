"""Where everything is, and that elsewhere there is nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import schema
from mapapp.api.describing import described
from mapapp.api.errors import problem

ADDRESSES = (
    "partnerships",
    "institutions",
    "countries",
    "health_boards",
    "topics",
    "vocabularies",
    "frameworks",
    "resources",
    "statistics",
    "facets",
    "bulk",
    "proposals",
    "changes",
    "schema",
    "docs",
)


class Index(APIView):
    @described("index", "Where everything is", schema.Addresses)
    def get(self, request: Request) -> Response:
        return Response({name: settings.SITE_URL + reverse(f"api:{name}") for name in ADDRESSES})


class Nothing(APIView):
    """Whatever address is not there answers in JSON too, and one without its slash moves."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)  # 404 before 406

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> HttpResponse:
        if not rest.endswith("/") and resolve(f"{request.path_info}/").kwargs != {
            "rest": f"{rest}/"
        }:
            return redirect(request.get_full_path(force_append_slash=True), permanent=True)
        return _nothing()

    def http_method_not_allowed(self, request: Request, rest: str) -> HttpResponse:  # type: ignore[override]
        return _nothing()

    options = http_method_not_allowed  # type: ignore[assignment]


def _nothing() -> HttpResponse:
    return problem(
        404,
        detail="There is nothing at this address. Those that there are, each with a slash at its "
        "end, stand in /api/v1/.",
    )
