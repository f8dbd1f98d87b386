"""Addresses of API v1."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from mapapp.api import views

app_name = "api"
urlpatterns = [
    path("", views.Index.as_view(), name="index"),
    path("partnerships/", views.PartnershipList.as_view(), name="partnerships"),
    path("partnerships/<str:name>/", views.PartnershipDetail.as_view(), name="partnership"),
    path("institutions/", views.InstitutionList.as_view(), name="institutions"),
    path("institutions/<str:name>/", views.InstitutionDetail.as_view(), name="institution"),
    path("countries/", views.CountryList.as_view(), name="countries"),
    path("health-boards/", views.HealthBoardList.as_view(), name="health_boards"),
    path("vocabularies/", views.Vocabularies.as_view(), name="vocabularies"),
    path("frameworks/", views.FrameworkList.as_view(), name="frameworks"),
    path("facets/", views.Facets.as_view(), name="facets"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    # With its slash: an address without one is sent to the one with it first.
    re_path(r"^(?P<rest>.+/)$", views.Nothing.as_view()),
]
