"""Accounts in the admin: kept by the unit; a superuser's only by a superuser."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from partnerships.admin.champions import tell_sign_in_link
from partnerships.admin.forms import RecordForm
from partnerships.admin.health_boards import TenureInline
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, tell
from partnerships.admin.scoping import ReadOnlyInline, viewer_for
from partnerships.models import User
from partnerships.policies.permissions import Viewer, can_keep_account
from partnerships.services import signing_in, users


class OwnTenureInline(TenureInline):
    fields = ["board", "role", "since", "until"]
    verbose_name_plural = "tenures as champion"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = ReadOnlyInline.get_queryset(self, request)
        return rows.select_related("user", "board__institution")


class UserForm(RecordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields and (self.instance._state.adding or self.instance.email):
            self.fields["email"].required = True


@admin.register(User)
class UserAdmin(RecordAdmin):
    """Accounts are closed, never deleted: histories and decisions name them."""

    form = UserForm
    fieldsets = [
        ("Who", {"fields": ["email", "first_name", "last_name"]}),
        ("What they may do", {"fields": ["role", "is_active", "is_superuser"]}),
        ("This account", {"fields": ["username", "date_joined", "last_login"]}),
    ]
    readonly_fields = ["username", "date_joined", "last_login"]
    list_display = [
        "email",
        "first_name",
        "last_name",
        "role",
        "is_active",
        "has_app",
        "last_login",
    ]
    list_filter = ["role", "is_active", "is_superuser"]
    actions = ["reset_second_factor", "sign_out_everywhere"]
    search_fields = ["email", "first_name", "last_name", "username"]
    ordering = ["email", "username"]

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return viewer.edits_everything
        if obj.username == users.SYSTEM_USERNAME:
            return False
        return can_keep_account(viewer, is_superuser=obj.is_superuser)

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """A role that was taken away is given again openly, not by going back."""
        return True

    def get_queryset(self, request: HttpRequest) -> Any:
        return signing_in.with_second_factor(super().get_queryset(request))

    @admin.display(boolean=True, description="second factor")
    def has_app(self, obj: Any) -> bool:
        return bool(obj.second_factor)

    @admin.action(description="Reset the second factor (a lost telephone)", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, signing_in.reset_second_factor, "Second factor reset")

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, signing_in.end_sessions, "Signed out everywhere")

    def _each(self, request: HttpRequest, queryset: Any, verb: Any, what: str) -> None:
        done = 0
        for user in queryset:
            try:
                verb(user, by=acting(request), reason=f"{what} in the admin")
                done += 1
            except REFUSALS as refusal:
                message = f"{user}: {' '.join(said(refusal).messages)}"
                self.message_user(request, message, messages.ERROR)
        tell(self, request, done, what)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [OwnTenureInline] if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Only a superuser makes superusers; nobody takes their own way in away."""
        fixed = list(super().get_readonly_fields(request, obj))
        viewer = viewer_for(request)
        if not viewer.is_superuser:
            fixed.append("is_superuser")
        if obj is not None and obj.pk == viewer.user_id:
            fixed += ["role", "is_active", "is_superuser"]
        return fixed

    def write(self, obj: User, *, by: User, reason: str) -> bool:
        if obj._state.adding:
            obj.set_unusable_password()
        return users.save(obj, by=by, reason=reason)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> Any:
        tell_sign_in_link(self, request, obj)
        return super().response_add(request, obj, post_url_continue)
