"""Institutions: on every side, and one of them with everybody who works with it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, rendering, schema
from mapapp.api.describing import REMOVABLE, described
from mapapp.api.fields import refuse, shape_from
from mapapp.api.links import moved
from mapapp.api.pagination import cursor, page_size, paged
from mapapp.api.subjects import about
from mapapp.views.subjects import Subject
from partnerships.institution_search import InstitutionSearch
from partnerships.lookup import Moved, institution_for
from partnerships.neighbours import near
from partnerships.public_lists import institution_record, reference


class InstitutionList(APIView):
    renderer_classes = rendering.INSTITUTIONS

    @described(
        "institutions_list",
        "Institutions on every side",
        schema.InstitutionPage,
        parameters=parameters.INSTITUTION_QUESTION + parameters.PAGE,
        formats=("csv", "jsonl"),
        shapes=True,
    )
    def get(self, request: Request) -> HttpResponseBase:
        form = request.accepted_renderer.format
        shape = shape_from(request, schema.Institution, is_fixed=form == "csv")
        search, size, site = InstitutionSearch(request.GET), page_size(request), settings.SITE_URL
        refuse(search.errors)
        if form == "json":
            page = search.for_api(size, cursor(request))
            records = (shape.cut(institution_record(row, site_url=site)) for row in page)
            return paged(request, page, records)
        records = (institution_record(row, site_url=site) for row in search.for_export())
        return rendering.streamed(request, records, "institutions", shape.cut)


class InstitutionDetail(APIView):
    @described(
        "institutions_retrieve",
        "One institution, by permanent id or slug, with everything that its page tells",
        schema.InstitutionDetail,
        shapes=True,
        may=REMOVABLE,
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        shape = shape_from(request, schema.InstitutionDetail)
        try:
            found = institution_for(name)
        except Moved as now:
            return moved(request, "institution", name=now.slug)
        site = settings.SITE_URL
        record = institution_record(found, site_url=site)
        is_board = getattr(found, "health_board", None) is not None
        record["board_url"] = f"{site}/health-boards/{found.slug}/" if is_board else None
        if any(map(shape.has, ("figures", "topics", "colleagues", "partnerships_url"))):
            subject = Subject(request, "institution", found.slug, found.name)
            record |= about(subject, topics="topic", without=found.pk)
        if any(map(shape.has, ("parts", "predecessors", "in_town"))):
            around = near(found)
            record["parts"] = list(map(reference, around.children))
            record["predecessors"] = list(map(reference, around.predecessors))
            record["in_town"] = list(map(reference, around.in_town))
        return Response(shape.cut(record))
