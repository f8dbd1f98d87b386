"""Toolkits and guides: those that answer a question, and one."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, schema
from mapapp.api.describing import NAMED, described
from mapapp.api.fields import refuse, shape_from
from mapapp.api.pagination import cursor, page_size, paged
from partnerships.lookup import NotFound, resource_for
from partnerships.public_lists import resource_record
from partnerships.resource_search import ResourceSearch, guides, titles


class ResourceList(APIView):
    @described(
        "resources_list",
        "Toolkits and guides of others, by title",
        schema.ResourcePage,
        parameters=parameters.RESOURCE_QUESTION + parameters.PAGE,
        shapes=True,
    )
    def get(self, request: Request) -> Response:
        shape = shape_from(request, schema.Resource)
        search, size = ResourceSearch(request.GET), page_size(request)
        refuse(search.errors)
        page = search.for_api(size, cursor(request))
        return paged(
            request, page, (shape.cut(resource_record(row, search.titles)) for row in page)
        )


class ResourceDetail(APIView):
    @described(
        "resources_retrieve",
        "One toolkit or guide, by permanent id or slug; retired ones too",
        schema.Resource,
        shapes=True,
        may=NAMED,
    )
    def get(self, request: Request, name: str) -> Response:
        shape = shape_from(request, schema.Resource)
        try:
            found = resource_for(name)
        except NotFound:
            raise Http404 from None
        return Response(shape.cut(resource_record(found, titles(guides()))))
