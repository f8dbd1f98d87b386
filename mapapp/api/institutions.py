"""Institutions: on every side, and one of them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import redirect
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, schema
from mapapp.api.pagination import cursor, page_size, paged
from partnerships.institution_search import InstitutionSearch
from partnerships.lookup import Moved, institution_for
from partnerships.public_lists import institution_record


class InstitutionList(APIView):
    @extend_schema(
        operation_id="institutions_list",
        summary="Institutions on every side",
        parameters=parameters.INSTITUTION_QUESTION + parameters.PAGE,
        responses={200: schema.InstitutionPage, 400: schema.Problem},
    )
    def get(self, request: Request) -> Response:
        page = InstitutionSearch(request.GET).for_api(page_size(request), cursor(request))
        records = (institution_record(row, site_url=settings.SITE_URL) for row in page)
        return paged(request, page, records)


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
