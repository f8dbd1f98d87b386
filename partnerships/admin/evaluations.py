"""Rounds of evaluation and questionnaires in the admin: the unit's; champions see who answered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from partnerships.admin.questionnaire_pages import QuestionnairePages
from partnerships.admin.records import RecordAdmin
from partnerships.admin.round_pages import RoundPages
from partnerships.choices import QuestionnaireState, RoundState
from partnerships.models import Questionnaire, Round, User
from partnerships.policies.permissions import Viewer, can_keep_rounds, can_see_progress
from partnerships.services import evaluations, questionnaires


@admin.register(Questionnaire)
class QuestionnaireAdmin(QuestionnairePages, RecordAdmin):  # type: ignore[misc]
    """Its questions come from a file and stand on a preview: adding one means sending a file."""

    change_form_template = "admin/questionnaire_form.html"
    fieldsets = [(None, {"fields": ["title", ("code", "version"), "state", "source_note", "asks"]})]
    readonly_fields = ["code", "version", "asks"]
    list_display = ["title", "code", "version", "state"]
    list_filter = ["state"]
    search_fields = ["title", "code"]
    ordering = ["code", "version"]

    @admin.display(description="what it asks")
    def asks(self, obj: Questionnaire) -> SafeString:
        form = obj.form
        return format_html(
            "{} questions in {} parts, {} minutes.",
            len(list(form.questions())),
            len(form.sections),
            form.minutes,
        )

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def write(self, obj: Questionnaire, *, by: User, reason: str) -> bool:
        return questionnaires.save(obj, by=by, reason=reason)

    def remove(self, obj: Questionnaire, *, by: User, reason: str) -> None:
        questionnaires.delete(obj, by=by, reason=reason)


@admin.register(Round)
class RoundAdmin(RoundPages, RecordAdmin):  # type: ignore[misc]
    for_champions = True
    change_form_template = "admin/round_form.html"
    fieldsets = [
        (None, {"fields": ["name", "slug", "questionnaire", "question", "closes_on", "follows"]})
    ]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "state", "questionnaire", "opened_at", "closes_on", "closed_at"]
    list_filter = ["state"]
    list_select_related = ["questionnaire"]
    search_fields = ["name"]
    ordering = ["-opened_at", "-pk"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None or can_keep_rounds(viewer):
            return can_see_progress(viewer)
        return bool(self.visible(Round.objects.filter(pk=obj.pk), viewer).exists())

    def may_add(self, viewer: Viewer) -> bool:
        return can_keep_rounds(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return can_keep_rounds(viewer)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return can_keep_rounds(viewer) and (obj is None or obj.state == RoundState.DRAFT)

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return can_keep_rounds(viewer)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        """Champions those in which their own Board's partnerships are asked."""
        if can_keep_rounds(viewer):
            return rows
        if not can_see_progress(viewer):
            return rows.none()
        return rows.exclude(state=RoundState.DRAFT).filter(
            pk__in=Round.objects.filter(
                invitations__partnership__health_board__in=viewer.boards
            ).values("pk")
        )

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_draft = obj is None or obj.state == RoundState.DRAFT
        return [] if is_draft else ["slug", "questionnaire", "question"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "questionnaire" and field is not None:
            field.queryset = field.queryset.filter(state=QuestionnaireState.PUBLISHED)
        return field

    def write(self, obj: Round, *, by: User, reason: str) -> bool:
        return evaluations.save(obj, by=by, reason=reason)

    def remove(self, obj: Round, *, by: User, reason: str) -> None:
        evaluations.delete(obj, by=by, reason=reason)
