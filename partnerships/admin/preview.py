"""A record as the public would see it, from a form that nobody has saved."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.urls import resolve

PREVIEW = "_preview"


class PublicPreview(admin.options.BaseModelAdmin[Any]):
    """For admins whose records have a page. Leftmost of what answers after saving.

    The form is saved as by any other button, the page is made, and all of it is undone: what the
    preview shows is what saving would give, and what saving refuses is refused here too.
    """

    def public_address(self, obj: Any) -> str:
        raise NotImplementedError

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> Any:
        if PREVIEW in request.POST:
            return self._previewed(request, obj)
        return super().response_add(request, obj, *args, **kwargs)  # type: ignore[misc]

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        if PREVIEW in request.POST:
            return self._previewed(request, obj)
        return super().response_change(request, obj)  # type: ignore[misc]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["may_preview"] = self.has_change_permission(request, kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _previewed(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The page that the site would give, asked inside the transaction that is undone."""
        address = self.public_address(obj)
        view, args, kwargs = resolve(address)
        request.method, request.path, request.path_info = "GET", address, address
        request.GET, request.POST = QueryDict(), QueryDict()
        request.is_preview = True  # type: ignore[attr-defined]
        answer: HttpResponse = view(request, *args, **kwargs)
        transaction.set_rollback(True)
        answer["X-Robots-Tag"] = "noindex"
        answer["Cache-Control"] = "no-store"
        return answer
