"""Addresses of API v1."""

from __future__ import annotations

from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter
from drf_spectacular.views import SpectacularAPIView

from mapapp.api import (
    bulk,
    changes,
    figures,
    index,
    institutions,
    lists,
    partnerships,
    proposals,
    reference,
    resources,
)


class NameConverter(StringConverter):
    """Whatever may name a thing: no name holds a NUL, with which PostgreSQL cannot be asked."""

    regex = r"[^/\0]+"


register_converter(NameConverter, "name")

app_name = "api"
urlpatterns = [
    path("", index.Index.as_view(), name="index"),
    path("partnerships/", partnerships.PartnershipList.as_view(), name="partnerships"),
    path("partnerships/<name:name>/", partnerships.PartnershipDetail.as_view(), name="partnership"),
    path(
        "partnerships/<name:name>/history/",
        partnerships.PartnershipHistory.as_view(),
        name="partnership_history",
    ),
    path("institutions/", institutions.InstitutionList.as_view(), name="institutions"),
    path("institutions/<name:name>/", institutions.InstitutionDetail.as_view(), name="institution"),
    path("countries/", lists.CountryList.as_view(), name="countries"),
    path("countries/<name:code>/", lists.CountryDetail.as_view(), name="country"),
    path("health-boards/", lists.HealthBoardList.as_view(), name="health_boards"),
    path("health-boards/<name:slug>/", lists.HealthBoardDetail.as_view(), name="health_board"),
    path("topics/", lists.TopicList.as_view(), name="topics"),
    path("topics/<name:code>/", lists.TopicDetail.as_view(), name="topic"),
    path("vocabularies/", lists.Vocabularies.as_view(), name="vocabularies"),
    path("vocabularies/<name:name>/", lists.Vocabulary.as_view(), name="vocabulary"),
    path("frameworks/", lists.FrameworkList.as_view(), name="frameworks"),
    path("frameworks/<name:code>/", lists.FrameworkDetail.as_view(), name="framework"),
    path("resources/", resources.ResourceList.as_view(), name="resources"),
    path("resources/<name:name>/", resources.ResourceDetail.as_view(), name="resource"),
    path("statistics/", figures.Statistics.as_view(), name="statistics"),
    path("facets/", figures.Facets.as_view(), name="facets"),
    path("bulk/", bulk.BulkList.as_view(), name="bulk"),
    path("bulk/<name:name>", bulk.BulkFile.as_view(), name="bulk_file"),
    path("proposals/", proposals.ProposalList.as_view(), name="proposals"),
    path("proposals/<name:id>/", proposals.ProposalDetail.as_view(), name="proposal"),
    path("changes/", changes.ChangeList.as_view(), name="changes"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", reference.docs, name="docs"),
    re_path(r"^(?P<rest>.*)$", index.Nothing.as_view()),
]
