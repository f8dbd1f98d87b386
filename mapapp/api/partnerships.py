"""Partnerships: the pages of a question, and one record."""

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
from mapapp.querystring import search_from
from partnerships.lookup import Moved, partnership_for
from partnerships.records import public_records


class PartnershipList(APIView):
    @extend_schema(
        operation_id="partnerships_list",
        summary="Partnerships that answer a question",
        parameters=parameters.QUESTION + parameters.PAGE,
        responses={200: schema.PartnershipPage, 400: schema.Problem},
    )
    def get(self, request: Request) -> Response:
        search = search_from(request)
        page = search.for_api(page_size(request), cursor(request))
        records = public_records(page.rows, site_url=settings.SITE_URL)
        return paged(request, page, records)


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
