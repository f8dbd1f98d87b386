"""Keys of the API in the admin: made, renamed and revoked by the unit, and shown once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from partnerships.admin.forms import RecordForm
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, tell, why
from partnerships.models import ApiKey, User
from partnerships.policies.permissions import Viewer, can_keep_keys
from partnerships.services import api_keys

#: Days that a key is good for unless told otherwise.
_USUAL = 365


class KeyForm(RecordForm):
    last_day = forms.DateField(
        label="Last day",
        widget=AdminDateWidget,
        help_text="The key is refused from the day after. A key that is no longer needed is soon "
        "forgotten, so every one has a last day; it can be put off here.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = timezone.localdate() + timedelta(days=_USUAL)
        self.initial["last_day"] = self.instance.last_day if self.instance.pk else usual

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if last_day := cleaned.get("last_day"):
            self.instance.expires_at = _end_of(last_day)
        return cleaned

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if "last_day" in self.changed_data and day < timezone.localdate():
            raise forms.ValidationError("This day is over. To end a key today, revoke it.")
        if day.year > timezone.localdate().year + 10:
            raise forms.ValidationError("Choose a day in the next ten years.")
        return day


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", "Valid"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        now = timezone.now()
        if self.value() == "revoked":
            return queryset.filter(revoked_at__isnull=False)
        if self.value() == "expired":
            return queryset.filter(revoked_at__isnull=True, expires_at__lte=now)
        if self.value() == "valid":
            return queryset.filter(revoked_at__isnull=True, expires_at__gt=now)
        return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(RecordAdmin):
    """The secret is on the page that answers the making of a key, and nowhere again."""

    form = KeyForm
    fieldsets = [
        ("Who", {"fields": ["name", "organisation", "contact"]}),
        ("What it may", {"fields": ["last_day", "may_propose", "rate"]}),
    ]
    list_display = [
        "name",
        "organisation",
        "shown_prefix",
        "state",
        "shown_last_day",
        "last_used_on",
        "may_propose",
    ]
    list_filter = [StateFilter, "may_propose"]
    search_fields = ["name", "organisation", "prefix", "contact"]
    ordering = ["-created_at"]
    actions = ["revoke"]
    #: What people read of a key and services write.
    facts = (
        "shown_prefix",
        "state",
        "created_at",
        "created_by",
        "last_used_on",
        "revoked_at",
        "revoked_by",
    )

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        return can_keep_keys(viewer)

    def may_add(self, viewer: Viewer) -> bool:
        return can_keep_keys(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return can_keep_keys(viewer) and (obj is None or obj.revoked_at is None)

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return can_keep_keys(viewer)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False  # proposals and histories name it

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a key was allowed once is allowed again openly, not by going back."""
        return True

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        stated = super().get_fieldsets(request, obj)
        return [("This key", {"fields": self.facts}), *stated] if obj else stated

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.facts) if obj else []

    @admin.display(description="Key")
    def shown_prefix(self, obj: ApiKey) -> str:
        return f"hp_{obj.prefix}_…"

    @admin.display(description="Last day", ordering="expires_at")
    def shown_last_day(self, obj: ApiKey) -> date:
        return obj.last_day

    @admin.display(description="State")
    def state(self, obj: ApiKey) -> str:
        return obj.state(timezone.now()).capitalize()

    def store(
        self, obj: ApiKey, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        if obj._state.adding:
            form.issued = api_keys.issue_key(obj, by=by, reason=reason)
        else:
            api_keys.save(obj, by=by, reason=reason)

    def write(self, obj: ApiKey, *, by: User, reason: str) -> bool:
        return api_keys.save(obj, by=by, reason=reason)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        request.issued_key = getattr(form, "issued", "")  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> Any:
        """The answer itself shows the key: it is put into no message, session or address."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"The key for {obj.name}",
            "opts": self.opts,
            "object": obj,
            "token": request.issued_key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/partnerships/apikey/issued.html", context)

    def response_change(self, request: HttpRequest, obj: ApiKey) -> Any:
        if "_revoke" in request.POST:
            self._revoke(request, [obj])
        return super().response_change(request, obj)

    @admin.action(description="Revoke for good", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self._revoke(request, queryset)

    def _revoke(self, request: HttpRequest, keys: Iterable[ApiKey]) -> None:
        reason = why(request)
        done = 0
        for key in keys:
            try:
                done += api_keys.revoke_key(
                    key, by=acting(request), reason=reason or "Revoked in the admin"
                )
            except REFUSALS as refusal:
                self.message_user(request, f"{key}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Revoked")
