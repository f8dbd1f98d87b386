"""Where everything is, and that elsewhere there is nothing."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import schema
from mapapp.api.errors import problem

ADDRESSES = (
    "partnerships",
    "institutions",
    "countries",
    "health_boards",
    "vocabularies",
    "frameworks",
    "facets",
    "bulk",
    "schema",
    "docs",
)


class Index(APIView):
    @extend_schema(
        operation_id="index", summary="Where everything is", responses={200: schema.Addresses}
    )
    def get(self, request: Request) -> Response:
        return Response({name: settings.SITE_URL + reverse(f"api:{name}") for name in ADDRESSES})


class Nothing(APIView):
    """Whatever address is not there answers in JSON too."""

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> Response:
        return problem(404, detail="There is nothing at this address. See /api/v1/schema/.")
