"""An institution that stands in the register twice: which the other is, and what would move."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path

from partnerships.admin.records import REFUSALS, acting, said, why
from partnerships.admin.scoping import viewer_for
from partnerships.lookalikes import institutions_alike
from partnerships.models import Institution
from partnerships.policies.normalise import query_words
from partnerships.policies.record_version import version_of
from partnerships.services import institutions, merging
from partnerships.textsearch import MAX_LENGTH

#: Candidates that a page offers, and pairs that the list shows.
MOST, MOST_PAIRS = 20, 200


class DuplicatePages:
    """For InstitutionAdmin: a list of look-alikes, and a page to merge one into another."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> Any:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("alike/", view(self.alike_view), name=f"{name}_alike"),
            path("<int:key>/merge/", view(self.merge_view), name=f"{name}_merge"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def alike_view(self, request: HttpRequest) -> HttpResponse:
        """Pairs of which the viewer may change both, the first ones."""
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        viewer = viewer_for(request)
        pairs = institutions_alike()
        rows = self._rows().in_bulk({key for pair in pairs[:MOST_PAIRS] for key in pair})
        found = [
            (rows[older], rows[newer])
            for older, newer in pairs[:MOST_PAIRS]
            if older in rows
            and newer in rows
            and all(institutions.may_change(viewer, rows[key]) for key in (older, newer))
        ]
        context = self._context(request, "Institutions that look alike", pairs=found)
        return TemplateResponse(request, "admin/institutions_alike.html", context)

    def merge_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Choose the one that stays, see what would move, and confirm it."""
        gone = get_object_or_404(self._rows(), pk=key)
        if not self.has_change_permission(request, gone):  # type: ignore[attr-defined]
            raise PermissionDenied
        into = self._chosen(request, gone)
        if request.method == "POST" and into is not None:
            return self._merge_into(request, gone, into)
        context = self._context(request, f"Merge {gone} into another", gone=gone, into=into)
        if into is None:
            words = request.GET.get("q", "")[:MAX_LENGTH]
            context |= {"q": words, "candidates": self._candidates(gone, words)}
        else:
            viewer = viewer_for(request)
            context |= {
                "refusal": merging.refusal(gone, into),
                "may": institutions.may_change(viewer, into),
                "moves": merging.foreseen(gone, into),
                "seen": [version_of(each.modified_at) for each in (gone, into)],
            }
        return TemplateResponse(request, "admin/institution_merge.html", context)

    def _merge_into(
        self, request: HttpRequest, gone: Institution, into: Institution
    ) -> HttpResponse:
        seen = (request.POST.get("gone", ""), request.POST.get("stays", ""))
        try:
            merging.merge_institutions(
                gone, into=into, by=acting(request), reason=why(request), seen=seen
            )
        except REFUSALS as refusal:
            for line in said(refusal).messages:
                messages.error(request, line)
            return HttpResponseRedirect(f"{request.path}?into={into.pk}")
        messages.success(request, f"Merged: {gone} is {into} now. Its old addresses lead there.")
        return HttpResponseRedirect(self.url_of("change", into.pk))  # type: ignore[attr-defined]

    def _chosen(self, request: HttpRequest, gone: Institution) -> Institution | None:
        given = request.POST.get("into") or request.GET.get("into", "")
        if not given:
            return None
        if not given.isdecimal() or len(given) > 12 or int(given) == gone.pk:
            raise Http404("There is no such institution to merge into.")
        found: Institution = get_object_or_404(self._rows(), pk=int(given))
        return found

    def _candidates(self, gone: Institution, words: str) -> list[Institution]:
        """Those that look like it, or that are found by words; of its own country."""
        rows = self._rows().filter(country=gone.country_id).exclude(pk=gone.pk)
        if words.strip():
            return list(rows.matching_words(query_words(words)).order_by("name_key")[:MOST])
        keys = {key for pair in institutions_alike() if gone.pk in pair for key in pair}
        return list(rows.filter(pk__in=keys).order_by("name_key")[:MOST])

    def _rows(self) -> Any:
        return Institution.objects.select_related("country", "parent")

    def _context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            **more,
        }
