"""Partnerships: those of a question, one record, and its history."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, rendering, schema
from mapapp.api.describing import REMOVABLE, described
from mapapp.api.fields import Shape, refuse, shape_from
from mapapp.api.links import asking, moved
from mapapp.api.pagination import cursor, page_size, paged
from mapapp.querystring import search_for, search_from
from partnerships import expansions
from partnerships.detail import detail_record, related_questions
from partnerships.lookup import Moved, partnership_for, partnership_key_for
from partnerships.public_history import public_history
from partnerships.records import public_records
from partnerships.versions import once

EXPANSIONS = {
    "members.institution": expansions.with_institutions,
    "health_board": expansions.with_boards,
}


class PartnershipList(APIView):
    renderer_classes = rendering.PARTNERSHIPS

    @described(
        "partnerships_list",
        "Partnerships that answer a question",
        schema.PartnershipPage,
        parameters=parameters.QUESTION + parameters.PAGE,
        formats=("geojson", "csv", "jsonl"),
        shapes=True,
        expand=EXPANSIONS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        form = request.accepted_renderer.format
        is_fixed = form == "csv"
        shape = shape_from(request, schema.Partnership, expandable=EXPANSIONS, is_fixed=is_fixed)
        search, size = search_from(request), page_size(request)
        refuse(search.errors)
        if form == "json":
            page = search.for_api(size, cursor(request))
            return paged(request, page, map(shape.cut, _records(page.rows, shape)))
        needed = {"locations"} if form == "geojson" else set()
        records = _records(search.for_export(), shape, needed)
        return rendering.streamed(request, records, "partnerships", shape.cut)


def _records(
    partnerships: Any, shape: Shape, needed: Collection[str] = ()
) -> Iterable[dict[str, Any]]:
    """The records with what the shape, and the form of the answer, ask for."""
    fields = shape.top and {*shape.top, *needed}
    records = public_records(partnerships, site_url=settings.SITE_URL, fields=fields)
    return shape.expanded(records, EXPANSIONS, site_url=settings.SITE_URL)


class PartnershipDetail(APIView):
    @described(
        "partnerships_retrieve",
        "One partnership, by permanent id or slug, with everything that its page tells",
        schema.PartnershipDetail,
        shapes=True,
        expand=EXPANSIONS,
        may=REMOVABLE,
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        shape = shape_from(request, schema.PartnershipDetail, expandable=EXPANSIONS)
        make = partial(_detail, request, name, shape)
        is_usual = shape == Shape() and not request.user.is_authenticated
        try:
            record = once(f"{settings.SITE_URL} {name}", make) if is_usual else make()
        except Moved as now:
            return moved(request, "partnership", name=now.slug)
        return Response(shape.cut(record))


def _detail(request: Request, name: str, shape: Shape) -> dict[str, Any]:
    """The whole record, or what the shape needs of it. Raises Moved, NotFound and Removed."""
    key = partnership_key_for(name, viewer=request.user)
    needed = ("members", "topics", "countries") if shape.has("related") else ()
    (record,) = _records([key], shape, needed)
    record |= detail_record(record, key, timezone.localdate(), shape.has)
    if shape.has("related"):
        record["related"] = _related(request, record, key)
    record["history_url"] = asking("partnership_history", name=record["slug"])
    return record


def _related(request: Request, record: dict[str, Any], key: int) -> list[dict[str, Any]]:
    questions = related_questions(record)
    counts = search_for(request).others([asked for _, asked in questions], than=key)
    return [
        {
            "about": about,
            "partnerships": count,
            "parameters": asked,
            "url": asking("partnerships", asked),
        }
        for count, (about, asked) in zip(counts, questions, strict=True)
        if count
    ]


class PartnershipHistory(APIView):
    @described(
        "partnerships_history",
        "What has changed of one partnership since it was public: days and fields, nobody",
        schema.History,
        may=REMOVABLE,
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        try:
            found = partnership_for(name, viewer=request.user)
        except Moved as now:
            return moved(request, "partnership_history", name=now.slug)
        history = public_history(found)
        return Response(
            {
                "id": str(found.public_id),
                "slug": found.slug,
                "is_whole": history.is_whole,
                "days": [{"on": day.on.isoformat(), "changes": day.lines} for day in history.days],
            }
        )
