"""The records of a list as a file, in the columns of an import: those that a person may change."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.urls import path

from partnerships import exports
from partnerships.admin.scoping import viewer_for
from partnerships.policies.permissions import can_import
from partnerships.records import public_records

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportPages(admin.options.BaseModelAdmin[Any]):
    """For PartnershipAdmin: beside the list stand its files. Contacts are in no column."""

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.export_view)
        return [
            path(f"export.{ending}", view, {"ending": ending}, f"partnerships_partnership_{ending}")
            for ending in ("csv", "xlsx")
        ] + super().get_urls()  # type: ignore[misc]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {"may_import": can_import(viewer_for(request))}
        return super().changelist_view(  # type: ignore[misc]
            request, context | (extra_context or {})
        )

    def export_view(
        self, request: HttpRequest, ending: str
    ) -> StreamingHttpResponse | FileResponse:
        """What the filters and words of the address find, drafts too, among the person's own."""
        viewer = viewer_for(request)
        if not can_import(viewer):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request)  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            raise BadRequest("The list has no such filter.") from None
        rows = self.choosable(found.queryset, viewer)  # type: ignore[attr-defined]
        records = public_records(rows, site_url=settings.SITE_URL.rstrip("/"))
        if ending == "csv":
            answer = StreamingHttpResponse(
                exports.as_csv(records), content_type="text/csv; charset=utf-8"
            )
            answer["Content-Disposition"] = 'attachment; filename="partnerships.csv"'
            return answer
        file = TemporaryFile()  # noqa: SIM115  # FileResponse closes it
        exports.write_xlsx(records, file)
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename="partnerships.xlsx", content_type=XLSX
        )
