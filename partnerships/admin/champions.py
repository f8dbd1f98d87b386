"""Champions' tenures in the admin: opened and ended by the unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from partnerships.admin.forms import RecordForm
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, tell
from partnerships.models import Champion, User
from partnerships.policies.permissions import Viewer
from partnerships.services import champions, users


class AppointForm(RecordForm):
    """A new tenure: the person is found by the e-mail address, or an account is made."""

    email = forms.EmailField(label="E-mail address", help_text="Used to sign in.")
    person = forms.CharField(
        label="Name", required=False, max_length=150, help_text="For a new account."
    )


@admin.register(Champion)
class ChampionAdmin(RecordAdmin):
    """Champions read who else serves their Board. A tenure is ended, never deleted."""

    for_champions = True
    list_display = ["user", "board", "role", "since", "until"]
    list_filter = ["role", ("until", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "board__institution"]
    search_fields = [
        "user__email",
        "user__first_name",
        "user__last_name",
        "board__institution__name",
    ]
    ordering = ["board__institution__name", "-since"]
    actions = ["end_today"]

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if viewer.sees_everything or obj is None:
            return True
        return obj.board_id in viewer.boards

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return False

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        return self.may_see(viewer, obj)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        return rows if viewer.sees_everything else rows.filter(board__in=viewer.boards)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "board__institution")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(
            request, obj, change, **({} if obj else {"form": AppointForm}) | kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        who = ["user"] if obj else ["email", "person"]
        return [*who, "board", "role", "since", "until"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["user", "board"] if obj else []

    def store(
        self,
        obj: Champion,
        *,
        form: Any,
        formsets: Iterable[Any],
        by: User,
        reason: str,
    ) -> None:
        if obj._state.adding:
            email, name = form.cleaned_data["email"], form.cleaned_data["person"]
            obj.user = users.find(email) or users.make(email=email, name=name, by=by, reason=reason)
        champions.save(obj, by=by, reason=reason)

    def write(self, obj: Champion, *, by: User, reason: str) -> bool:
        return champions.save(obj, by=by, reason=reason)

    def response_add(
        self, request: HttpRequest, obj: Champion, post_url_continue: str | None = None
    ) -> Any:
        tell_sign_in_link(self, request, obj.user)
        return super().response_add(request, obj, post_url_continue)

    @admin.action(description="End from today", permissions=["change"])
    def end_today(self, request: HttpRequest, queryset: QuerySet[Champion]) -> None:
        done = 0
        for tenure in queryset:
            try:
                champions.end(tenure, by=acting(request), reason="Ended in the admin")
                done += 1
            except REFUSALS as refusal:
                self.message_user(request, f"{tenure}: {said(refusal).messages[0]}", "error")
        tell(self, request, done, "Ended")


def tell_sign_in_link(modeladmin: admin.ModelAdmin[Any], request: HttpRequest, user: User) -> None:
    """Show the one-time link of an account that never had a password.

    Never of another one: it would hand somebody's account to whoever asks.
    """
    if user.has_usable_password():
        return
    modeladmin.message_user(
        request,
        f"Send {user.email} this link. It sets a password, works once and expires in three days: "
        f"{users.sign_in_link(user)}",
        messages.INFO,
    )
