"""The current question as a file: CSV, XLSX or GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from mapapp.querystring import search_from
from partnerships import exports, geojson
from partnerships.records import public_records
from partnerships.search import PartnershipSearch

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    return _streamed(search_from(request), exports.as_csv, "text/csv; charset=utf-8", "csv")


@require_safe
def as_geojson(request: HttpRequest) -> HttpResponseBase:
    return _streamed(search_from(request), geojson.collection, geojson.CONTENT_TYPE, "geojson")


@require_safe
def as_xlsx(request: HttpRequest) -> HttpResponseBase:
    search = search_from(request)
    if search.errors:
        return JsonResponse({"errors": search.errors}, status=400)
    if request.method == "HEAD":
        return HttpResponse(content_type=XLSX)
    # A workbook is a zip file, finished only at its end: written to disk, then sent from there.
    file = TemporaryFile()  # noqa: SIM115  # FileResponse closes it
    exports.write_xlsx(_records(search), file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="partnerships.xlsx", content_type=XLSX)


def _streamed(
    search: PartnershipSearch, write: Any, content_type: str, ending: str
) -> HttpResponseBase:
    if search.errors:
        return JsonResponse({"errors": search.errors}, status=400)
    response = StreamingHttpResponse(write(_records(search)), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="partnerships.{ending}"'
    return response


def _records(search: PartnershipSearch) -> Iterator[dict[str, Any]]:
    return public_records(search.for_export(), site_url=settings.SITE_URL)
