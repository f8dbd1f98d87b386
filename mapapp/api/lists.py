"""Countries, Boards, topics, vocabularies and frameworks: all of each, and one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import schema
from mapapp.api.describing import MOVABLE, NAMED, REMOVABLE, described
from mapapp.api.fields import shape_from
from mapapp.api.links import moved
from mapapp.api.pagination import whole
from mapapp.api.subjects import about
from mapapp.querystring import search_for
from mapapp.views.countries import region_counts
from mapapp.views.subjects import Subject
from partnerships.lookup import Moved, institution_for
from partnerships.models import Country, Framework, HealthBoard, Topic
from partnerships.neighbours import owned_by, region_of
from partnerships.public_lists import (
    ASKED_BY,
    VOCABULARY_NAMES,
    board_record,
    country_record,
    framework_record,
    safeguards_note,
    vocabulary_record,
    vocabulary_records,
)

Record = dict[str, Any]


def _counts(request: Request, parameter: str) -> dict[str, int]:
    """Value of a facet → how many partnerships have it."""
    return search_for(request).tally((parameter,))[parameter]


class CountryList(APIView):
    @described(
        "countries_list",
        "Countries and territories, all on one page",
        schema.CountryPage,
        shapes=True,
    )
    def get(self, request: Request) -> Response:
        shape = shape_from(request, schema.Country)
        counts = _counts(request, "country") if shape.has("partnerships") else {}
        records = [
            country_record(row, site_url=settings.SITE_URL)
            | {"partnerships": counts.get(row.alpha2, 0)}
            for row in Country.objects.order_by("alpha2")
        ]
        return Response(whole([shape.cut(record) for record in records]))


class CountryDetail(APIView):
    @described(
        "countries_retrieve",
        "One country, by ISO 3166-1 alpha-2 code, with everything that its page tells",
        schema.CountryDetail,
        shapes=True,
        may=MOVABLE,
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        shape = shape_from(request, schema.CountryDetail)
        if code != code.upper() and len(code) == 2:
            return moved(request, "country", code=code.upper())
        region = region_of(code[:3])
        country = region.pop(code, None)
        if country is None:
            raise Http404
        subject = Subject(request, "country", country.pk, country.common_name)
        around = region_counts(request, region) if country.who_region else []
        record = country_record(country, site_url=settings.SITE_URL)
        record |= {"partnerships": subject.count, "safeguards_note": safeguards_note(country)}
        record |= about(subject, topics="topic", boards="board")
        record["neighbours"] = [
            {"code": other.pk, "label": other.common_name, "partnerships": count}
            for other, count in around
        ]
        return Response(shape.cut(record))


class HealthBoardList(APIView):
    @described(
        "health_boards_list",
        "Scottish Health Boards, all on one page",
        schema.HealthBoardPage,
        shapes=True,
    )
    def get(self, request: Request) -> Response:
        shape = shape_from(request, schema.HealthBoard)
        counts = _counts(request, "board") if shape.has("partnerships") else {}
        rows = HealthBoard.objects.for_list().with_lead(timezone.localdate())
        return Response(whole([shape.cut(_board(row, counts)) for row in rows]))


def _board(board: HealthBoard, counts: dict[str, int]) -> Record:
    return board_record(board, site_url=settings.SITE_URL) | {
        "partnerships": counts.get(board.institution.slug, 0),
        "has_lead_champion": board.has_lead,  # type: ignore[attr-defined]  # an annotation
    }


class HealthBoardDetail(APIView):
    @described(
        "health_boards_retrieve",
        "One Health Board, by slug, with everything that its page tells",
        schema.HealthBoardDetail,
        shapes=True,
        may=REMOVABLE,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        shape = shape_from(request, schema.HealthBoardDetail)
        try:
            key = institution_for(slug).pk
        except Moved as now:
            get_object_or_404(HealthBoard, institution__slug=now.slug)  # not any institution
            return moved(request, "health_board", slug=now.slug)
        rows = HealthBoard.objects.for_list().with_lead(timezone.localdate())
        board = rows.filter(pk=key).first()
        if board is None:
            raise Http404
        slug = board.institution.slug
        subject = Subject(request, "board", slug, board.institution.name)
        at = subject.tally["institution"]
        record = _board(board, {slug: subject.count})
        record |= about(subject, without=board.pk, countries="country", topics="topic")
        record["owned"] = owned_by(subject.search.results(), board.pk)
        record["institutions"] = [
            {"slug": part.slug, "name": part.name, "partnerships": at.get(part.slug, 0)}
            for part in board.institution.children.for_list()
        ]
        return Response(shape.cut(record))


class TopicList(APIView):
    @described(
        "topics_list", "Topics of public partnerships, all on one page", schema.TopicPage,
        shapes=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        shape = shape_from(request, schema.Topic)
        counts = _counts(request, "topic")
        topics = Topic.objects.filter(code__in=counts).order_by("label")
        return Response(whole([shape.cut(_topic(row, counts[row.code])) for row in topics]))


class TopicDetail(APIView):
    @described(
        "topics_retrieve",
        "One topic, by code, with everything that its page tells",
        schema.TopicDetail,
        shapes=True,
        may=NAMED,
    )
    def get(self, request: Request, code: str) -> Response:
        shape = shape_from(request, schema.TopicDetail)
        topic = Topic.objects.filter(code=code).first()
        if topic is None:
            raise Http404
        subject = Subject(request, "topic", topic.code, topic.label)
        record = _topic(topic, subject.count)
        record |= about(subject, countries="country", topics="topic", boards="board")
        return Response(shape.cut(record))


def _topic(topic: Topic, count: int) -> Record:
    return {
        "code": topic.code,
        "label": topic.label,
        "partnerships": count,
        "url": f"{settings.SITE_URL}/topics/{topic.code}/",
        "description": topic.description,
    }


class Vocabularies(APIView):
    @described("vocabularies_list", "Every coded list, with labels", schema.Vocabularies)
    def get(self, request: Request) -> Response:
        return Response(vocabulary_records())


class Vocabulary(APIView):
    @described(
        "vocabularies_retrieve",
        "One coded list, by its name, with how many partnerships each term has",
        schema.VocabularyPage,
        may=NAMED,
    )
    def get(self, request: Request, name: str) -> Response:
        if name not in VOCABULARY_NAMES:
            raise Http404
        counts = _counts(request, ASKED_BY[name]) if name in ASKED_BY else None
        terms: list[Record] = [
            {"description": "", "retired": None, "partnerships": None} | term
            for term in vocabulary_record(name)
        ]
        if counts is not None:
            for term in terms:
                term["partnerships"] = counts.get(str(term["code"]), 0)
        return Response(whole(terms))


class FrameworkList(APIView):
    @described(
        "frameworks_list",
        "Published frameworks with principles and hallmarks",
        schema.FrameworkPage,
    )
    def get(self, request: Request) -> Response:
        rows = Framework.objects.published().with_wording().order_by("code", "version")
        return Response(whole([framework_record(row) for row in rows]))


class FrameworkDetail(APIView):
    @described(
        "frameworks_retrieve",
        "Each published version of one framework, with principles and hallmarks",
        schema.FrameworkVersions,
        may=NAMED,
    )
    def get(self, request: Request, code: str) -> Response:
        rows = Framework.objects.published().with_wording().filter(code=code).order_by("version")
        versions = [framework_record(row) for row in rows]
        if not versions:
            raise Http404
        return Response({"code": code, "versions": versions})
