"""The queue of suggestions: what waits, one beside the record, and the decision on it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from partnerships import proposed
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, why
from partnerships.admin.scoping import ReadOnly, viewer_for
from partnerships.choices import SuggestionKind
from partnerships.models import HealthBoard, Suggestion
from partnerships.models.suggestions import QUEUE_ORDER
from partnerships.policies.permissions import Viewer, can_edit, can_see_contacts, can_see_suggestion
from partnerships.proposed_words import differences
from partnerships.services import decisions
from partnerships.services.decisions import CHANGED_SINCE, conflicts, may_decide
from partnerships.services.suggestions import MOST_WORDS

DONE = {
    "accept": "Accepted. The record says so now.",
    "return": "Returned with your words.",
    "decline": "Declined.",
}


class BoardFilter(admin.SimpleListFilter):
    """Whose records: only those of the person's own Boards, unless every one is theirs."""

    title = "Health Board"
    parameter_name = "board"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        viewer = viewer_for(request)
        boards = HealthBoard.objects.order_by("institution__name")
        if not viewer.sees_everything:
            boards = boards.filter(pk__in=viewer.boards)
        known = [(str(pk), name) for pk, name in boards.values_list("pk", "institution__name")]
        if viewer.sees_everything:
            return [("unit", "The unit's"), *known]
        return known if len(known) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in {key for key, _ in self.lookup_choices}:
            return queryset
        found: QuerySet[Any] = queryset.of_board(None if value == "unit" else int(value))  # type: ignore[attr-defined]
        return found


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnly, RecordAdmin):  # type: ignore[misc]
    """Suggestions are made elsewhere and decided here; nobody edits what somebody else said."""

    for_champions = True
    list_display = ["subject", "kind", "changed", "owner", "since", "state"]
    list_filter = ["state", "kind", BoardFilter]
    search_fields = ["partnership__name"]
    list_display_links = ["subject"]

    @admin.display(description="about")
    def subject(self, obj: Suggestion) -> str:
        return obj.subject

    @admin.display(description="what")
    def changed(self, obj: Suggestion) -> str:
        return ", ".join(proposed.FIELDS[name].label for name in proposed.in_order(obj.changes))

    @admin.display(description="Health Board")
    def owner(self, obj: Suggestion) -> str:
        board = obj.partnership.health_board if obj.partnership else obj.health_board
        return board.institution.name if board else "The unit"

    @admin.display(description="since")
    def since(self, obj: Suggestion) -> str:
        return f"{timezone.localtime(obj.created_at):%-d %B %Y}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        title = {"title": "Suggestions: what has waited longest comes first"}
        return super().changelist_view(request, title | (extra_context or {}))

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return obj is None or can_see_suggestion(viewer, board_id=obj.board_id)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        return rows.visible_to(viewer).for_queue()

    def get_ordering(self, request: HttpRequest) -> Any:
        return QUEUE_ORDER

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return self.may_see(viewer, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """One suggestion beside the record, and what was decided or can be."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        refused: dict[str, list[str]] = {}
        if request.method == "POST":
            if not can_edit(viewer_for(request), board_id=obj.board_id):
                raise PermissionDenied  # auditors read
            refused = self._decide(request, obj)
            if not refused:
                return HttpResponseRedirect(request.path)
        return TemplateResponse(
            request, "admin/suggestion.html", self._context(request, obj, refused)
        )

    def _decide(self, request: HttpRequest, obj: Suggestion) -> dict[str, list[str]]:
        """Take the decision of the button; what stands in its way, by field."""
        decision = request.POST.get("decision", "")
        told: dict[str, Any] = {
            "by": acting(request),
            "answer": _answer(request),
            "reason": why(request),
        }
        try:
            if decision == "accept":
                decisions.accept(obj, fields=request.POST.getlist("fields"), **told)
            elif decision == "return":
                decisions.return_with_words(obj, **told)
            elif decision == "decline":
                decisions.decline(obj, **told)
            else:
                raise ValidationError("Choose one of the decisions.")
        except REFUSALS as refusal:
            return _by_field(said(refusal))
        self.message_user(request, DONE[decision], messages.SUCCESS)
        return {}

    def _context(
        self, request: HttpRequest, obj: Suggestion, refused: dict[str, list[str]]
    ) -> dict[str, Any]:
        obj.refresh_from_db()
        stale = conflicts(obj) if obj.is_waiting else {}
        rows = differences(obj, stale)
        for row in rows:
            row.errors = [line for line in refused.get(row.name, ()) if line != CHANGED_SINCE]
        shown = {row.name for row in rows} | {"answer"}
        viewer = viewer_for(request)
        return {
            **self.admin_site.each_context(request),
            "title": obj.subject,
            "opts": self.opts,
            "object": obj,
            "owner": self.owner(obj),
            "is_new": obj.kind == SuggestionKind.NEW,
            "rows": rows,
            "may_decide": obj.is_waiting and may_decide(obj, acting(request)),
            "sees_suggester": can_see_contacts(viewer, board_id=obj.board_id),
            "sees_key": viewer.edits_everything,
            "errors": [
                line for name, lines in refused.items() if name not in shown for line in lines
            ],
            "answer_errors": refused.get("answer", []),
            "is_stale": any(CHANGED_SINCE in lines for lines in refused.values()),
            "chosen": request.POST.getlist("fields") if refused else list(obj.changes),
            "answer": _answer(request),
            "reason": why(request),
            "most_words": MOST_WORDS,
        }


def _answer(request: HttpRequest) -> str:
    return request.POST.get("answer", "").replace("\x00", "").replace("\r\n", "\n").strip()


def _by_field(refusal: ValidationError) -> dict[str, list[str]]:
    if hasattr(refusal, "error_dict"):
        return refusal.message_dict
    return {NON_FIELD_ERRORS: refusal.messages}
