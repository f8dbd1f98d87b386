"""Frameworks of principles in the admin: their wording stands once it has been answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from partnerships.admin.forms import RowForm, RowFormSet
from partnerships.admin.framework_pages import FrameworkPages
from partnerships.admin.records import RecordAdmin, RowInline
from partnerships.choices import FrameworkState
from partnerships.models import Framework, Hallmark, Principle, User
from partnerships.policies.permissions import Viewer
from partnerships.services import frameworks


class PlaceForm(RowForm):
    class Meta:
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3, "cols": 40}),
            "text": forms.Textarea(attrs={"rows": 2, "cols": 60}),
        }

    def _get_validation_exclusions(self) -> set[str]:
        """Rows may change places in one go; the rows check together that none is taken twice."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | {"number"}


class PlaceFormSet(RowFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms]
        numbers = [getattr(form, "cleaned_data", {}).get("number") for form in kept]
        twice = {n for n in numbers if n is not None and numbers.count(n) > 1}
        if twice:
            raise ValidationError(f"Two rows have the number {min(twice)}. Give each its own.")


def _may_be_typed(request: HttpRequest, obj: Framework | Principle | Hallmark | None) -> bool:
    """Wording may be typed into a draft, and into what is not there yet. A form that was opened
    when it was a draft still is one: the services refuse it, and what was typed is kept."""
    if obj is None or obj._state.adding or request.method == "POST":
        return True
    if isinstance(obj, Hallmark):
        obj = obj.principle
    framework = obj.framework if isinstance(obj, Principle) else obj
    return framework.state == FrameworkState.DRAFT


class WordingInline(RowInline, admin.TabularInline[Any, Any]):
    """Rows of a draft; of anything else they are read."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_be_typed(request, obj) and super().has_change_permission(request, obj)


class PrincipleInline(WordingInline):
    model = Principle
    form = PlaceForm
    formset = PlaceFormSet
    fields = ["number", "code", "title", "description"]
    ordering = ["number"]
    show_change_link = True


class HallmarkInline(WordingInline):
    model = Hallmark
    form = PlaceForm
    formset = PlaceFormSet
    fields = ["number", "code", "text"]
    ordering = ["number"]


class WordingAdmin(RecordAdmin):
    """Rows are wording: written one by one, refused once a checklist uses them."""

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return True

    def write_rows(self, formset: Any, *, by: User, reason: str) -> bool:
        rows = formset.save(commit=False)
        removed = formset.deleted_objects
        return frameworks.save_rows(rows, removed, by=by, reason=reason)


@admin.register(Framework)
class FrameworkAdmin(FrameworkPages, WordingAdmin):  # type: ignore[misc]
    change_form_template = "admin/framework_form.html"
    change_list_template = "admin/framework_list.html"
    fieldsets = [
        (None, {"fields": ["title", ("code", "version"), "shape", "state"]}),
        ("Where it comes from", {"fields": ["source_name", "source_url", "wording_note"]}),
    ]
    inlines = [PrincipleInline]
    list_display = ["title", "version", "shape", "state", "source_name"]
    list_filter = ["shape", "state"]
    search_fields = ["title", "code", "source_name"]
    ordering = ["title", "version"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        stands = [] if _may_be_typed(request, obj) else ["title", "code", "version", "shape"]
        return [*stands, "state"]

    def write(self, obj: Framework, *, by: User, reason: str) -> bool:
        return frameworks.save(obj, by=by, reason=reason)

    def remove(self, obj: Framework, *, by: User, reason: str) -> None:
        frameworks.delete(obj, by=by, reason=reason)


@admin.register(Principle)
class PrincipleAdmin(WordingAdmin):
    fieldsets = [(None, {"fields": ["framework", "number", "code", "title", "description"]})]
    inlines = [HallmarkInline]
    list_display = ["title", "number", "framework"]
    list_filter = ["framework"]
    list_select_related = ["framework"]
    search_fields = ["title", "framework__title"]
    ordering = ["framework__title", "framework__version", "number"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("framework")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        stands = [] if _may_be_typed(request, obj) else ["number", "code", "title", "description"]
        return ["framework", *stands] if obj else []

    def write(self, obj: Principle, *, by: User, reason: str) -> bool:
        return frameworks.save_wording(obj, by=by, reason=reason)

    def remove(self, obj: Principle, *, by: User, reason: str) -> None:
        frameworks.remove_wording(obj, by=by, reason=reason)


@admin.register(Hallmark)
class HallmarkAdmin(WordingAdmin):
    """Not a list of its own: hallmarks stand on their principle, and forms choose them."""

    fieldsets = [(None, {"fields": ["principle", "number", "code", "text"]})]
    list_display = ["text", "principle"]
    list_select_related = ["principle"]
    search_fields = ["text", "principle__title"]
    ordering = ["principle__framework", "principle__number", "number"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("principle__framework")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        stands = [] if _may_be_typed(request, obj) else ["number", "code", "text"]
        return ["principle", *stands] if obj else []

    def write(self, obj: Hallmark, *, by: User, reason: str) -> bool:
        return frameworks.save_wording(obj, by=by, reason=reason)

    def remove(self, obj: Hallmark, *, by: User, reason: str) -> None:
        frameworks.remove_wording(obj, by=by, reason=reason)
