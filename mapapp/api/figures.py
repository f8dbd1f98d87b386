"""Numbers of a question."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, schema
from mapapp.api.describing import described
from mapapp.api.fields import refuse
from mapapp.api.links import asking
from mapapp.querystring import Question, search_from
from partnerships.stats import Chart


class Facets(APIView):
    @described(
        "facets_retrieve",
        "How many results each value would give under the other filters",
        schema.Facets,
        parameters=parameters.QUESTION,
    )
    def get(self, request: Request) -> Response:
        search = search_from(request)
        refuse(search.errors)
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


class Statistics(APIView):
    @described(
        "statistics_retrieve",
        "The figures of a question: how many of what, and since when",
        schema.Statistics,
        parameters=parameters.QUESTION,
    )
    def get(self, request: Request) -> Response:
        search = search_from(request)
        found = search.for_statistics()
        question = Question(request.GET, "")
        charts = [_chart(chart, question) for chart in found.charts]
        return Response({"count": found.count, "charts": charts})


def _chart(chart: Chart, question: Question) -> dict[str, Any]:
    return {
        "name": chart.name,
        "heading": chart.heading,
        "values": [
            {
                "value": bar.value,
                "label": bar.label,
                "count": bar.count,
                "parameters": bar.asks,
                "url": asking("partnerships") + question.replacing(**bar.asks),
            }
            for bar in chart.bars
        ],
        "absent": chart.absent,
        "unknown": chart.unknown,
        "unknown_label": chart.unknown_label,
    }
