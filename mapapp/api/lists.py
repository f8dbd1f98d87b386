"""Lists that fit on one page: countries, Boards, vocabularies, frameworks."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import schema
from mapapp.api.pagination import whole
from partnerships.models import Country, Framework, HealthBoard
from partnerships.public_lists import (
    board_record,
    country_record,
    framework_record,
    vocabulary_records,
)


class CountryList(APIView):
    @extend_schema(
        operation_id="countries_list",
        summary="Countries and territories, all on one page",
        responses={200: schema.CountryPage},
    )
    def get(self, request: Request) -> Response:
        rows = Country.objects.order_by("alpha2")
        return Response(whole([country_record(row, site_url=settings.SITE_URL) for row in rows]))


class HealthBoardList(APIView):
    @extend_schema(
        operation_id="health_boards_list",
        summary="Scottish Health Boards, all on one page",
        responses={200: schema.HealthBoardPage},
    )
    def get(self, request: Request) -> Response:
        rows = HealthBoard.objects.for_list()
        return Response(whole([board_record(row, site_url=settings.SITE_URL) for row in rows]))


class Vocabularies(APIView):
    @extend_schema(
        operation_id="vocabularies_retrieve",
        summary="Every coded list, with labels",
        responses={200: schema.Vocabularies},
    )
    def get(self, request: Request) -> Response:
        return Response(vocabulary_records())


class FrameworkList(APIView):
    @extend_schema(
        operation_id="frameworks_list",
        summary="Published frameworks with principles and hallmarks",
        responses={200: schema.FrameworkPage},
    )
    def get(self, request: Request) -> Response:
        rows = Framework.objects.published().with_wording().order_by("code", "version")
        return Response(whole([framework_record(row) for row in rows]))
