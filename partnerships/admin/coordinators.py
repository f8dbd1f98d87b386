"""Coordinators and consents in the admin: for their own Board's champions and the unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from partnerships.admin.forms import RecordForm, RowForm
from partnerships.admin.records import RecordAdmin, RowInline, ServiceAdmin
from partnerships.admin.scoping import ReadOnly
from partnerships.models import Consent, Coordinator, Member, User
from partnerships.policies.permissions import Viewer, can_see_contacts
from partnerships.services import coordinators


@admin.register(Member)
class MemberAdmin(ReadOnly, ServiceAdmin):
    """Not a page of its own: lets forms choose a member. Members stand on their partnership."""

    search_fields = ["partnership__name", "institution__name"]
    ordering = ["partnership__name_key", "position", "pk"]
    fieldsets = [(None, {"fields": ["partnership", "institution", "role", "since", "until"]})]
    list_select_related = ["partnership", "institution"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return viewer.edits_everything or bool(viewer.boards)
        return can_see_contacts(viewer, board_id=obj.partnership.health_board_id)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        if viewer.edits_everything:
            return rows
        return rows.filter(partnership__health_board__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("partnership", "institution__country")

    def label_of(self, obj: Member) -> str:
        return f"{obj.institution.name}, in {obj.partnership.name}"


class ConsentForm(RowForm):
    """A new consent, or the withdrawal of one that stands."""

    withdraw = forms.BooleanField(
        required=False, help_text="The person has taken this consent back, as of now."
    )

    class Meta:
        fields = ["purpose", "notice_version", "how"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in self.fields.keys() & {"purpose", "notice_version", "how"}:
                self.fields[name].disabled = True
        stands = self.instance.pk and self.instance.withdrawn_at is None
        if not stands and "withdraw" in self.fields:
            self.fields["withdraw"].disabled = True


class ConsentInline(RowInline, admin.TabularInline[Any, Any]):
    """Consents are recorded and withdrawn, never rewritten or deleted."""

    model = Consent
    form = ConsentForm
    fields = ["purpose", "notice_version", "how", "given_at", "withdrawn_at", "withdraw"]
    readonly_fields = ["given_at", "withdrawn_at"]
    ordering = ["purpose", "-given_at"]
    can_delete = False


class CoordinatorForm(RecordForm):
    class Meta:
        help_texts = {
            "member": "The institution that this person speaks for, in one partnership.",
            "until": "The last day. From the next on, their links open nothing.",
        }


@admin.register(Coordinator)
class CoordinatorAdmin(RecordAdmin):
    form = CoordinatorForm
    for_champions = True
    fieldsets = [
        ("Who", {"fields": ["member", "name", "job_title", "purposes", ("since", "until")]}),
        ("How to reach this person: never published", {"fields": ["email", "telephone"]}),
    ]
    autocomplete_fields = ["member"]
    inlines = [ConsentInline]
    list_display = ["name", "job_title", "institution", "partnership", "until"]
    list_select_related = ["member__institution", "member__partnership"]
    search_fields = ["name", "email", "member__institution__name", "member__partnership__name"]
    ordering = ["name", "pk"]

    @admin.display(ordering="member__institution__name")
    def institution(self, obj: Coordinator) -> str:
        return obj.member.institution.name

    @admin.display(ordering="member__partnership__name_key")
    def partnership(self, obj: Coordinator) -> str:
        return obj.member.partnership.name

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return viewer.edits_everything or bool(viewer.boards)
        return can_see_contacts(viewer, board_id=obj.member.partnership.health_board_id)

    def may_add(self, viewer: Viewer) -> bool:
        return self.may_see(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return self.may_see(viewer, obj)

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return self.may_see(viewer, obj)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        if viewer.edits_everything:
            return rows
        return rows.filter(member__partnership__health_board__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("member__partnership", "member__institution__country")

    def write(self, obj: Coordinator, *, by: User, reason: str) -> bool:
        return coordinators.save(obj, by=by, reason=reason)

    def write_rows(self, formset: Any, *, by: User, reason: str) -> bool:
        changed = False
        for form in formset.forms:
            values = getattr(form, "cleaned_data", {})
            if not form.has_changed() or not values:
                continue
            changed = True
            if values.get("withdraw"):
                coordinators.withdraw_consent(
                    formset.instance, purpose=form.instance.purpose, by=by, reason=reason
                )
            elif form.instance.pk is None:
                coordinators.give_consent(
                    formset.instance,
                    purpose=values["purpose"],
                    notice_version=values["notice_version"],
                    how=values["how"],
                    by=by,
                    reason=reason,
                )
        # What Django's page reads after saving; consents are not saved by the formset.
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        return changed

    def remove(self, obj: Coordinator, *, by: User, reason: str) -> None:
        coordinators.remove(obj, by=by, reason=reason)

    # Django's own log would keep the person's name for ever. The history says who and why.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        return None
