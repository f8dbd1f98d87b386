"""Addresses of API v1."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from mapapp.api import bulk, figures, index, institutions, lists, partnerships

app_name = "api"
urlpatterns = [
    path("", index.Index.as_view(), name="index"),
    path("partnerships/", partnerships.PartnershipList.as_view(), name="partnerships"),
    path("partnerships/<str:name>/", partnerships.PartnershipDetail.as_view(), name="partnership"),
    path("institutions/", institutions.InstitutionList.as_view(), name="institutions"),
    path("institutions/<str:name>/", institutions.InstitutionDetail.as_view(), name="institution"),
    path("countries/", lists.CountryList.as_view(), name="countries"),
    path("health-boards/", lists.HealthBoardList.as_view(), name="health_boards"),
    path("vocabularies/", lists.Vocabularies.as_view(), name="vocabularies"),
    path("frameworks/", lists.FrameworkList.as_view(), name="frameworks"),
    path("facets/", figures.Facets.as_view(), name="facets"),
    path("bulk/", bulk.BulkList.as_view(), name="bulk"),
    path("bulk/<str:name>", bulk.BulkFile.as_view(), name="bulk_file"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    # With its slash: an address without one is sent to the one with it first.
    re_path(r"^(?P<rest>.+/)$", index.Nothing.as_view()),
]
