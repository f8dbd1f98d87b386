"""Checklists in the admin: opened, followed and abandoned here; rated by each side elsewhere.

Ratings belong to the two sides. They are shown here only once every side has agreed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partnerships.admin.records import REFUSALS, RecordAdmin, RowInline, acting, said, tell
from partnerships.admin.scoping import ReadOnlyInline, viewer_for
from partnerships.choices import ChecklistState, FrameworkState
from partnerships.models import ActionPoint, Checklist, ChecklistMember, Rating, User
from partnerships.policies.permissions import Viewer, can_edit
from partnerships.services import checklists


class PartInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    model = ChecklistMember
    fields = ["member", "submitted_at", "agreed_at"]
    verbose_name_plural = "members that take part"
    ordering = ["pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("member__institution", "checklist__partnership")


class ActionInline(RowInline, admin.TabularInline[Any, Any]):
    model = ActionPoint
    fields = ["member", "what", "hallmark", "due_on", "progress", "done_on"]
    readonly_fields = ["done_on"]
    ordering = ["due_on", "pk"]
    can_delete = False
    verbose_name_plural = "what was agreed to do"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("member__institution", "hallmark")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Choices are few: the members that take part, the hallmarks of the framework."""
        formset = super().get_formset(request, obj, **kwargs)
        fields: Any = formset.form.base_fields
        if obj is not None and "member" in fields:
            fields["member"].queryset = fields["member"].queryset.filter(
                checklist_parts__checklist=obj
            )
            fields["hallmark"].queryset = checklists.hallmarks_of(obj.framework)
        return formset

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        obj = args[0] if args else None
        open_list = obj is not None and obj.state == ChecklistState.COMPARED
        return open_list and super().has_add_permission(request, *args)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The checklist itself cannot be edited; its list of things to do can."""
        if obj is None or obj.state in (ChecklistState.OPEN, ChecklistState.ABANDONED):
            return False
        return can_edit(viewer_for(request), board_id=obj.partnership.health_board_id)


@admin.register(Checklist)
class ChecklistAdmin(RecordAdmin):
    for_champions = True
    list_display = ["partnership", "framework", "state", "opened_at", "agreed_at"]
    list_filter = ["state", "framework"]
    list_select_related = ["partnership", "framework"]
    search_fields = ["partnership__name"]
    ordering = ["-opened_at"]
    autocomplete_fields = ["partnership"]
    actions = ["abandon"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return viewer.edits_everything or bool(viewer.boards)
        return can_edit(viewer, board_id=obj.partnership.health_board_id)

    def may_add(self, viewer: Viewer) -> bool:
        return self.may_see(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return self.may_see(viewer, obj)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return self.may_see(viewer, obj)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        if viewer.edits_everything:
            return rows
        return rows.filter(partnership__health_board__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("partnership", "framework")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["partnership", "framework"]
        now = ["state", "opened_at", "opened_by", "agreed_at", "compared"]
        return ["partnership", "framework", *now]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [PartInline, ActionInline] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "framework":
            field.queryset = field.queryset.filter(state=FrameworkState.PUBLISHED)
        return field

    @admin.display(description="the sides beside each other")
    def compared(self, obj: Checklist) -> SafeString | str:
        """Every rating of every member, hallmark by hallmark: never one averaged number."""
        if obj.state != ChecklistState.AGREED:
            return "Shown once every side has agreed."
        ratings = Rating.objects.filter(part__checklist=obj).select_related("hallmark__principle")
        ratings = ratings.order_by("hallmark__principle__number", "hallmark__number", "part")
        rows: dict[Any, dict[int, str]] = defaultdict(dict)
        for rating in ratings:
            rows[rating.hallmark][rating.part_id] = rating.get_level_display()
        parts = list(obj.parts.select_related("member__institution").order_by("pk"))
        head = format_html_join("", '<th scope="col">{}</th>', ((p.member,) for p in parts))
        body = format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (
                    hallmark.text,
                    format_html_join("", "<td>{}</td>", ((levels.get(p.pk, "–"),) for p in parts)),
                )
                for hallmark, levels in rows.items()
            ),
        )
        return format_html(
            '<table><thead><tr><th scope="col">Hallmark</th>{}</tr></thead>'
            "<tbody>{}</tbody></table>",
            head,
            body,
        )

    def store(
        self, obj: Checklist, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        if obj._state.adding:
            made = checklists.open_round(
                partnership=obj.partnership, framework=obj.framework, by=by, reason=reason
            )
            obj.pk = made.pk
            obj.refresh_from_db()
        for formset in formsets:
            self.write_rows(formset, by=by, reason=reason)

    def write_rows(self, formset: Any, *, by: User, reason: str) -> bool:
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.model is not ActionPoint:
            return False
        changed = False
        for form in formset.forms:
            if not form.has_changed():
                continue
            values = {name: form.cleaned_data[name] for name in form.changed_data}
            if form.instance.pk:
                stored = ActionPoint.objects.get(pk=form.instance.pk)
                changed |= checklists.update_action(stored, by=by, reason=reason, **values)
            else:
                progress = values.pop("progress", None)
                made = checklists.add_action(formset.instance, by=by, reason=reason, **values)
                if progress:
                    checklists.update_action(made, by=by, reason=reason, progress=progress)
                changed = True
        return changed

    @admin.action(description="Abandon", permissions=["change"])
    def abandon(self, request: HttpRequest, queryset: QuerySet[Checklist]) -> None:
        done = 0
        for checklist in queryset:
            try:
                checklists.abandon(checklist, by=acting(request), reason="Abandoned in the admin")
                done += 1
            except REFUSALS as refusal:
                self.message_user(request, f"{checklist}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Abandoned")
