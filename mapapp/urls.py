"""Addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from mapapp.views import downloads, health

urlpatterns = [
    path("api/v1/", include("mapapp.api.urls")),
    path("partnerships.csv", downloads.as_csv, name="partnerships_csv"),
    path("partnerships.xlsx", downloads.as_xlsx, name="partnerships_xlsx"),
    path("partnerships.geojson", downloads.as_geojson, name="partnerships_geojson"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
