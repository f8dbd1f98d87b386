"""Topics, activities, professions, funders and the SDGs in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from partnerships.admin.records import REFUSALS, RecordAdmin, ServiceAdmin, acting, said, tell
from partnerships.admin.scoping import ReadOnly
from partnerships.models import Activity, DevelopmentGoal, Funder, Profession, Term, Topic, User
from partnerships.policies.permissions import Viewer
from partnerships.services import vocabularies


@admin.register(Topic, Activity, Profession, Funder)
class TermAdmin(RecordAdmin):
    """One coded list. Terms in use are retired, never deleted."""

    fieldsets = [
        (None, {"fields": ["label", "code", "description", "synonyms", "position"]}),
        ("Validity", {"fields": ["valid_from", "retired_on"]}),
    ]
    list_display = ["label", "code", "position", "retired_on"]
    list_filter = [("retired_on", admin.EmptyFieldListFilter)]
    search_fields = ["label", "code"]
    ordering = ["position", "label"]
    actions = ["retire"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []  # permanent: others' software knows it

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        if is_autocomplete(request):
            queryset = queryset.filter(retired_on__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def write(self, obj: Term, *, by: User, reason: str) -> bool:
        return vocabularies.save(obj, by=by, reason=reason)

    def remove(self, obj: Term, *, by: User, reason: str) -> None:
        vocabularies.delete(obj, by=by, reason=reason)

    @admin.action(description="Retire from today", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = 0
        for term in queryset:
            try:
                done += vocabularies.retire(term, by=acting(request), reason="Retired in the admin")
            except REFUSALS as refusal:
                self.message_user(request, f"{term}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Retired")


@admin.register(DevelopmentGoal)
class DevelopmentGoalAdmin(ReadOnly, ServiceAdmin):
    fieldsets = [(None, {"fields": ["number", "label"]})]
    list_display = ["number", "label"]
    search_fields = ["label"]
    ordering = ["number"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True


def is_autocomplete(request: HttpRequest) -> bool:
    """Whether a form's field asks, not somebody who looks at the list."""
    match = request.resolver_match
    return match is not None and match.url_name == "autocomplete"
