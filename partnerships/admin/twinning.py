"""Twinning cycles in the admin: a page for each cycle, with the steps that it has reached."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partnerships.admin.forms import PartialDateField, RecordForm, RowForm, shown
from partnerships.admin.merged import MergedAdmin
from partnerships.admin.records import RowInline
from partnerships.models import Partnership, TwinningCycle, TwinningDocument, TwinningStep, User
from partnerships.policies.partial_dates import PartialDate
from partnerships.policies.permissions import Viewer, can_edit
from partnerships.services import twinning
from partnerships.twinning import may_twin


class StepForm(RowForm):
    began = PartialDateField(label="Began")
    completed = PartialDateField(label="Completed", end=True)
    dates = {
        "began": ("began_on", "began_precision"),
        "completed": ("completed_on", "completed_precision"),
    }

    class Meta:
        fields = ["number", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 2, "cols": 40})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (day, precision) in self.dates.items():
            self.initial[name] = shown(
                getattr(self.instance, day), getattr(self.instance, precision)
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, (day, precision) in self.dates.items():
            if name not in self.errors:
                value: PartialDate | None = cleaned.get(name)
                setattr(self.instance, day, value.day if value else None)
                setattr(self.instance, precision, value.precision if value else "")
        return cleaned


class StepInline(RowInline, admin.TabularInline[Any, Any]):
    model = TwinningStep
    form = StepForm
    fields = ["number", "began", "completed", "note"]
    ordering = ["number"]
    same_by = ("number",)
    max_num = 6
    verbose_name = "step"
    verbose_name_plural = "steps that this cycle has reached"


class DocumentInline(RowInline, admin.TabularInline[Any, Any]):
    model = TwinningDocument
    fields = ["step", "title", "link"]
    ordering = ["step", "title"]
    same_by = ("step", "link")
    max_num = 60
    verbose_name = "document"
    verbose_name_plural = "documents: published elsewhere, linked here"


class CycleForm(RecordForm):
    class Meta:
        widgets = {"note": forms.Textarea(attrs={"rows": 3, "cols": 80})}
        help_texts = {"partnership": "Government twinning, or three members or more."}


@admin.register(TwinningCycle)
class TwinningCycleAdmin(MergedAdmin):
    form = CycleForm
    for_champions = True
    list_display = ["partnership", "number", "reached", "closed_on"]
    list_display_links = ["partnership", "number"]
    list_filter = [("closed_on", admin.EmptyFieldListFilter)]
    list_select_related = ["partnership"]
    search_fields = ["partnership__name"]
    ordering = ["partnership__name_key", "-number"]
    autocomplete_fields = ["partnership"]
    inlines = [StepInline, DocumentInline]

    @admin.display(description="step")
    def reached(self, obj: TwinningCycle) -> str:
        steps = [step.number for step in obj.steps.all()]
        return str(max(steps)) if steps else "–"

    # Who: whoever edits the partnership. A partnership is public, and so are its cycles.

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return viewer.sees_everything or bool(viewer.boards)
        return viewer.sees_everything or self.may_change(viewer, obj)

    def may_add(self, viewer: Viewer) -> bool:
        return viewer.edits_everything or bool(viewer.boards)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return self.may_add(viewer)
        return can_edit(viewer, board_id=obj.partnership.health_board_id)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        if viewer.sees_everything:
            return rows
        return rows.filter(partnership__health_board__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("partnership")
        return rows.prefetch_related("steps")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["partnership", "note"] if obj is None else ["partnership", "note", "closed_on"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partnership"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return list(super().get_inlines(request, obj)) if obj else []

    def store(
        self, obj: TwinningCycle, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        if obj._state.adding:
            made = twinning.open_cycle(
                partnership=obj.partnership, by=by, note=obj.note, reason=reason
            )
            obj.pk, obj._state.adding = made.pk, False
            obj.refresh_from_db()
            return
        written: list[Any] = []
        removed: list[Any] = []
        for formset in formsets:
            written += formset.save(commit=False)
            removed += formset.deleted_objects
        twinning.save(obj, by=by, written=written, removed=removed, reason=reason)


def cycles_of(partnership: Partnership, site: str) -> SafeString | str:
    """Links to a partnership's cycles, and to the form that opens the next."""
    if partnership._state.adding:
        return "Save the partnership first."
    pages = f"{site}:partnerships_twinningcycle"
    cycles = partnership.twinning_cycles.prefetch_related("steps").order_by("number")
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((reverse(f"{pages}_change", args=[cycle.pk]), _told(cycle)) for cycle in cycles),
    )
    if any(cycle.closed_on is None for cycle in cycles) or not may_twin(partnership):
        return links or "For government twinning, or three members or more."
    add = format_html(
        '<a class="addlink" href="{}?partnership={}">Open a twinning cycle</a>',
        reverse(f"{pages}_add"),
        partnership.pk,
    )
    return format_html("{} {}", links, add)


def _told(cycle: TwinningCycle) -> str:
    steps = [step.number for step in cycle.steps.all()]
    if cycle.closed_on:
        return f"{cycle}, closed"
    return f"{cycle}, step {max(steps)}" if steps else f"{cycle}, no step yet"
