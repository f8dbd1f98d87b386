"""A warning while somebody types: others that may be the same record, with links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from partnerships.admin.scoping import viewer_for
from partnerships.models import Institution, Partnership
from partnerships.similar import Similar, similar_institutions, similar_partnerships

#: More institutions or topics than these are not looked at.
MOST_KEYS = 20


class SimilarRecords(admin.options.BaseModelAdmin[Any]):
    """For admins of records that are easily entered twice. `find_similar` says how."""

    def find_similar(self, request: HttpRequest, asked: Any, without: int | None) -> list[Similar]:
        raise NotImplementedError

    def asked_of(self, obj: Any) -> Any:
        """What a record that has been saved would ask."""
        raise NotImplementedError

    def get_urls(self) -> Any:
        name = f"{self.opts.app_label}_{self.opts.model_name}_similar"
        view = self.admin_site.admin_view(self.similar_view)
        return [path("similar.json", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def similar_view(self, request: HttpRequest) -> JsonResponse:
        """What the form's script asks; nothing that the person could not look up."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        own = _numbers(request.GET.getlist("without"))
        without = own[0] if own else None
        found = self.find_similar(request, request.GET, without)
        return JsonResponse(
            {
                "similar": [
                    {
                        "words": one.words,
                        "records": [
                            {"name": row.name, "url": self._address(row)} for row in one.records
                        ],
                    }
                    for one in found
                ]
            }
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        if self.has_change_permission(request, obj):
            name = f"{self.opts.app_label}_{self.opts.model_name}_similar"
            context |= {
                "similar_url": reverse(f"{self.admin_site.name}:{name}"),
                "similar_without": obj.pk if obj else "",
            }
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Said after saving too, for whoever has no script."""
        for one in self.find_similar(request, self.asked_of(obj), obj.pk):
            links = format_html_join(
                ", ", '<a href="{}">{}</a>', ((self._address(row), row.name) for row in one.records)
            )
            warning = format_html("{}: {}. Is this the same one?", one.words, links)
            self.message_user(request, warning, messages.WARNING)  # type: ignore[attr-defined]
        return super().response_add(request, obj, *args, **kwargs)  # type: ignore[misc]

    def _address(self, row: Any) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=[row.pk])


class SimilarPartnerships(SimilarRecords):
    def find_similar(self, request: HttpRequest, asked: Any, without: int | None) -> list[Similar]:
        return similar_partnerships(
            viewer_for(request),
            name=_text(asked.get("name")),
            institutions=_numbers(asked.getlist("institution")),
            topics=_numbers(asked.getlist("topic")),
            without=without,
        )

    def asked_of(self, obj: Partnership) -> Any:
        return _Asked(
            name=[obj.name],
            institution=obj.members.values_list("institution", flat=True),
            topic=obj.topic_links.values_list("topic", flat=True),
        )


class SimilarInstitutions(SimilarRecords):
    def find_similar(self, request: HttpRequest, asked: Any, without: int | None) -> list[Similar]:
        return similar_institutions(
            name=_text(asked.get("name")),
            country=_text(asked.get("country"))[:2].upper(),
            without=without,
        )

    def asked_of(self, obj: Institution) -> Any:
        return _Asked(name=[obj.name], country=[obj.country_id])


class _Asked:
    """Values of a saved record, as an address would hold them."""

    def __init__(self, **values: Iterable[Any]) -> None:
        self._values = {name: [str(one) for one in found] for name, found in values.items()}

    def get(self, name: str) -> str:
        return (self._values.get(name) or [""])[0]

    def getlist(self, name: str) -> list[str]:
        return self._values.get(name, [])


def _text(value: str | None) -> str:
    return (value or "").replace("\x00", "")[:200]


def _numbers(values: Iterable[str]) -> list[int]:
    return [int(v) for v in list(values)[:MOST_KEYS] if v.isascii() and v.isdigit() and len(v) < 10]
