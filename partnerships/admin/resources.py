"""Toolkits and guides in the admin: kept by the unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from partnerships.admin.records import REFUSALS, RecordAdmin, RowInline, acting, said, tell
from partnerships.models import Resource, ResourcePrinciple, User
from partnerships.policies.permissions import Viewer
from partnerships.resource_search import guides
from partnerships.services import resources


class PrincipleInline(RowInline, admin.TabularInline[Any, Any]):
    model = ResourcePrinciple
    fields = ["code"]
    ordering = ["code"]
    verbose_name = "principle"
    verbose_name_plural = "principles that it helps with"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "code":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.ChoiceField(label="Principle", choices=_principles())


def _principles() -> list[tuple[str, Any]]:
    """Frameworks as groups: each as a whole, then its principles."""
    return [
        ("", "Choose one"),
        *(
            (guide.title, [(guide.code, "All of it"), *guide.principles.items()])
            for guide in guides()
        ),
    ]


@admin.register(Resource)
class ResourceAdmin(RecordAdmin):
    fieldsets = [
        (None, {"fields": ["title", "slug", "publisher", "summary", "link"]}),
        ("What it is about", {"fields": ["audience", "topics", "language", "published_year"]}),
        (
            "This record",
            {
                "fields": [
                    "public_id",
                    "last_checked",
                    "unreachable_on",
                    "link_problem",
                    "retired_on",
                    "modified_at",
                ]
            },
        ),
    ]
    autocomplete_fields = ["topics"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PrincipleInline]
    list_display = [
        "title",
        "publisher",
        "audience",
        "language",
        "last_checked",
        "unreachable_on",
        "retired_on",
    ]
    list_filter = [
        "audience",
        "language",
        ("unreachable_on", admin.EmptyFieldListFilter),
        ("last_checked", admin.EmptyFieldListFilter),
        ("retired_on", admin.EmptyFieldListFilter),
    ]
    search_fields = ["title", "publisher", "summary", "slug"]
    ordering = ["title_key"]
    actions = ["retire"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False  # its address is permanent: it is retired instead

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [
            "public_id",
            "unreachable_on",
            "link_problem",
            "modified_at",
            *(["slug"] if obj else []),
        ]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        can_write = obj is None and self.has_add_permission(request)
        return self.prepopulated_fields if can_write else {}

    def store(
        self, obj: Resource, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        resources.save(obj, by=by, reason=reason, topics=form.cleaned_data.get("topics"))
        changed = [self.write_rows(formset, by=by, reason=reason) for formset in formsets]
        if any(changed):
            resources.touch(obj)

    @admin.action(description="Retire from today", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = 0
        for resource in queryset:
            try:
                done += resources.retire(
                    resource, by=acting(request), reason="Retired in the admin"
                )
            except REFUSALS as refusal:
                self.message_user(request, f"{resource}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Retired")
