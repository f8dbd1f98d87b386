"""Numbers of a question."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, schema
from mapapp.querystring import search_from
from partnerships.search import InvalidQuestion


class Facets(APIView):
    @extend_schema(
        operation_id="facets_retrieve",
        summary="How many results each value would give under the other filters",
        parameters=parameters.QUESTION,
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
