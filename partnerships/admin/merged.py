"""Record pages that two people can have open at once: nobody overwrites the other unseen."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from partnerships.admin.entries import blank_page
from partnerships.admin.merging import OPENED, STARTED, Merge, merge, page_from, page_now
from partnerships.admin.records import RecordAdmin
from partnerships.policies.record_version import moment_of, version_of

REFUSAL = (
    "Somebody saved this record after you had opened it, so nothing was saved yet. What you "
    "entered is still here, beside what they changed. Look at both, and save again."
)
#: Buttons that do more than save what was typed.
STEPS = ("_step", "_confirm")


class MergedAdmin(RecordAdmin):
    """For records with a history. Leftmost of what handles a change form."""

    change_form_template = "admin/record_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            self._merge(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _merge(self, request: HttpRequest, object_id: str) -> None:
        """Compare with the record of this moment, which nobody else can change meanwhile."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_change_permission(request, obj):
            return  # Django's page says so
        rows = self.model._default_manager.select_for_update(of=("self",)).filter(pk=obj.pk)
        if rows.first() is None:
            return
        obj = self.get_object(request, unquote(object_id))
        form, formsets = blank_page(self, request, obj)
        started = page_from(request.POST.get(STARTED, ""), self._record(obj))
        found = merge(form, formsets, request.POST, started)
        request.merge = found  # type: ignore[attr-defined]
        takes_step = any(name in request.POST for name in STEPS)
        request.is_stale = found.is_refused(takes_step=takes_step)  # type: ignore[attr-defined]
        if request.is_stale:  # type: ignore[attr-defined]
            request.faster = self._faster(request, obj)  # type: ignore[attr-defined]
        request.POST = found.data  # type: ignore[assignment]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if getattr(request, "is_stale", False) and form.refusal is None:
            form.refusal = ValidationError(REFUSAL)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the stamp that other records' forms carry."""
        stated = super().get_fieldsets(request, obj)
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f != "seen"]})
            for name, options in stated
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        if obj is not None and self.has_change_permission(request, obj):
            context |= self._carried(request, context, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _carried(self, request: HttpRequest, context: dict[str, Any], obj: Any) -> dict[str, Any]:
        """What the form brings back, and, where somebody was faster, what each of both typed."""
        found: Merge | None = getattr(request, "merge", None)
        if found is not None:
            started = found.started
        else:
            shown = [inline.formset for inline in context["inline_admin_formsets"]]
            started = page_now(
                context["adminform"].form, [rows for rows in shown if hasattr(rows, "same_by")]
            )
        carried = {
            "started": started.signed(self._record(obj)),
            "opened": version_of(timezone.now()),
        }
        if getattr(request, "is_stale", False):
            carried |= {"merge": found, "faster": request.faster}  # type: ignore[attr-defined, dict-item]
        return carried

    def _faster(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Who saved since the form was opened, and when last."""
        opened = moment_of(request.POST.get(OPENED, ""))
        rows = [self.model.history.filter(**{obj._meta.pk.name: obj.pk})]
        for inline in self.get_inline_instances(request, obj):
            if hasattr(inline.model, "history"):
                name = _parent_field(inline.model, self.model)
                rows.append(inline.model.history.filter(**{name: obj.pk}))
        since = [
            row
            for found in rows
            for row in found.filter(history_date__gt=opened or timezone.now())
            .select_related("history_user")
            .order_by("-history_date")[:5]
        ]
        names = {str(row.history_user): None for row in since if row.history_user}
        at = max((row.history_date for row in since), default=getattr(obj, "modified_at", None))
        return {"names": ", ".join(names), "at": at}

    def _record(self, obj: Any) -> str:
        return f"{self.opts.model_name}:{obj.pk}"


def _parent_field(model: Any, parent: Any) -> str:
    name: str = next(
        field.name
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is parent
    )
    return name
