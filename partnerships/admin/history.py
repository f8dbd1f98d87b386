"""A record's history in the admin: who changed what and why, and the way back.

simple_history's own pages look at the permission of the old version, which may have belonged to
another Board; these always ask about the record as it is now.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin

from partnerships.admin.scoping import viewer_for


class HistoryPages(SimpleHistoryAdmin):
    """The list of versions, and one version beside the record of today."""

    object_history_template = "admin/history.html"
    object_history_list_template = "admin/history_versions.html"

    #: Columns that going back leaves as they are, because another verb than saving changes them.
    not_reverted: frozenset[str] = frozenset()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._current(request, object_id)
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        return answer

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.has_change_permission(request, obj)

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version: what differs from today, and a button that makes it so again."""
        obj = self._current(request, object_id)
        versions = self.model.history.model
        if not (version_id.isascii() and version_id.isdigit()):
            raise Http404
        key = {self.opts.pk.attname: obj.pk, "history_id": version_id}
        version = get_object_or_404(versions, **key)
        may_change = not self.revert_disabled(request, obj)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            return self._go_back(request, obj, version)
        fields = self._reverted_fields(request, obj)
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": f"Version of {version.history_date:%d %B %Y}: {obj}",
            "opts": self.opts,
            "object": obj,
            "version": version,
            "may_change": may_change,
            "rows": [row for row in (_compared(field, version, obj) for field in fields) if row],
        }
        return TemplateResponse(request, "admin/history_version.html", context)

    def _current(self, request: HttpRequest, object_id: str) -> Any:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.may_see_history(viewer_for(request), obj):
            raise PermissionDenied
        return obj

    def _reverted_fields(self, request: HttpRequest, obj: Any) -> list[models.Field[Any, Any]]:
        kept = {field.name for field in self.model.history.model.tracked_fields}
        return [
            field
            for field in self.opts.concrete_fields
            if field.editable
            and not field.primary_key
            and field.name in kept
            and field.name not in self.not_reverted
        ]

    def _go_back(self, request: HttpRequest, obj: Any, version: Any) -> HttpResponse:
        from partnerships.admin.records import REFUSALS, acting, said, why

        for field in self._reverted_fields(request, obj):
            setattr(obj, field.attname, getattr(version, field.attname))
        then = f"Back to the version of {version.history_date:%d %B %Y, %H:%M}."
        reason = f"{then} {why(request)}".strip()
        try:
            with transaction.atomic():
                changed = self.write(obj, by=acting(request), reason=reason)
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(request, message, messages.ERROR)
            return HttpResponseRedirect(request.path)
        said_so = "The record is as it was then." if changed else "The record says that already."
        self.message_user(request, said_so, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", obj.pk))


def _compared(field: models.Field[Any, Any], version: Any, obj: Any) -> tuple[str, str, str] | None:
    """A column that differs: its name, what it said then, what it says now."""
    then, now = getattr(version, field.attname), getattr(obj, field.attname)
    if then == now:
        return None
    return capfirst(str(field.verbose_name)), _in_words(field, then), _in_words(field, now)


def _in_words(field: models.Field[Any, Any], value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(field, models.ForeignKey):
        found = field.remote_field.model._default_manager.filter(pk=value).first()
        return str(found) if found else f"{value} (gone)"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(dict(field.flatchoices).get(value, value)) if field.choices else str(value)
