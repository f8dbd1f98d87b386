"""Read-only views: each asks one question and hands the answer over as records."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import schema
from mapapp.api.errors import problem
from mapapp.api.pagination import envelope, page_size
from mapapp.querystring import search_from
from partnerships.institution_search import InstitutionSearch
from partnerships.lookup import Moved, institution_for, partnership_for
from partnerships.models import Country, Framework, HealthBoard
from partnerships.public_lists import (
    board_record,
    country_record,
    framework_record,
    institution_record,
    vocabulary_records,
)
from partnerships.records import public_records
from partnerships.search import InvalidQuestion

ADDRESSES = (
    "partnerships",
    "institutions",
    "countries",
    "health_boards",
    "vocabularies",
    "frameworks",
    "facets",
    "schema",
    "docs",
)


class Index(APIView):
    @extend_schema(
        operation_id="index", summary="Where everything is", responses={200: schema.Addresses}
    )
    def get(self, request: Request) -> Response:
        return Response({name: settings.SITE_URL + reverse(f"api:{name}") for name in ADDRESSES})


class PartnershipList(APIView):
    @extend_schema(
        operation_id="partnerships_list",
        summary="Partnerships that answer a question",
        parameters=schema.QUESTION + schema.PAGE,
        responses={200: schema.PartnershipPage, 400: schema.Problem},
    )
    def get(self, request: Request) -> Response:
        search = search_from(request)
        page = search.for_api(page_size(request))
        records = public_records(list(page), site_url=settings.SITE_URL)
        return Response(envelope(request, page, records))


class PartnershipDetail(APIView):
    @extend_schema(
        operation_id="partnerships_retrieve",
        summary="One partnership, by permanent id or slug",
        responses={200: schema.Partnership, 404: schema.Problem},
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        try:
            found = partnership_for(name, viewer=request.user)
        except Moved as moved:
            return redirect("api:partnership", name=moved.slug, permanent=True)
        return Response(next(public_records([found.pk], site_url=settings.SITE_URL)))


class InstitutionList(APIView):
    @extend_schema(
        operation_id="institutions_list",
        summary="Institutions on every side",
        parameters=schema.INSTITUTION_QUESTION + schema.PAGE,
        responses={200: schema.InstitutionPage, 400: schema.Problem},
    )
    def get(self, request: Request) -> Response:
        page = InstitutionSearch(request.GET).page(page_size(request))
        records = (institution_record(row, site_url=settings.SITE_URL) for row in page)
        return Response(envelope(request, page, records))


class InstitutionDetail(APIView):
    @extend_schema(
        operation_id="institutions_retrieve",
        summary="One institution, by permanent id or slug",
        responses={200: schema.Institution, 404: schema.Problem},
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        try:
            found = institution_for(name)
        except Moved as moved:
            return redirect("api:institution", name=moved.slug, permanent=True)
        return Response(institution_record(found, site_url=settings.SITE_URL))


class CountryList(APIView):
    @extend_schema(
        operation_id="countries_list",
        summary="Countries and territories, all on one page",
        responses={200: schema.CountryPage},
    )
    def get(self, request: Request) -> Response:
        rows = Country.objects.order_by("alpha2")
        return Response(_whole([country_record(row, site_url=settings.SITE_URL) for row in rows]))


class HealthBoardList(APIView):
    @extend_schema(
        operation_id="health_boards_list",
        summary="Scottish Health Boards, all on one page",
        responses={200: schema.HealthBoardPage},
    )
    def get(self, request: Request) -> Response:
        rows = HealthBoard.objects.for_list()
        return Response(_whole([board_record(row, site_url=settings.SITE_URL) for row in rows]))


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
        return Response(_whole([framework_record(row) for row in rows]))


class Facets(APIView):
    @extend_schema(
        operation_id="facets_retrieve",
        summary="How many results each value would give under the other filters",
        parameters=schema.QUESTION,
        responses={200: schema.Facets, 400: schema.Problem},
    )
    def get(self, request: Request) -> Response:
        search = search_from(request)
        if search.errors:
            raise InvalidQuestion(search.errors)
        return Response(
            {
                "count": search.count,
                "facets": [
                    {
                        "parameter": facet.parameter,
                        "heading": facet.heading,
                        "options": [
                            {
                                "value": option.value,
                                "label": option.label,
                                "count": option.count,
                                "selected": option.is_selected,
                            }
                            for option in facet.options
                        ],
                    }
                    for facet in search.facets()
                ],
            }
        )


class Nothing(APIView):
    """Whatever address is not there answers in JSON too."""

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> Response:
        return problem(404, detail="There is nothing at this address. See /api/v1/schema/.")


def _whole(results: list[Any]) -> dict[str, Any]:
    """The envelope of a list that always fits on one page."""
    return {"count": len(results), "next": None, "previous": None, "results": results}
