"""Champions' tenures in the admin: kept by the unit, and those of deputies by their lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from partnerships.admin.forms import RecordForm
from partnerships.admin.records import REFUSALS, RecordAdmin, acting, said, tell
from partnerships.admin.scoping import viewer_for
from partnerships.admin.tenure_pages import CoverForm, HandOverForm, tenure_page
from partnerships.choices import ChampionRole
from partnerships.models import Champion, HealthBoard, User
from partnerships.policies.permissions import (
    Viewer,
    can_appoint,
    can_have_link,
    can_keep_tenure,
)
from partnerships.services import champions, users


class AppointForm(RecordForm):
    """A new tenure: the person is found by the e-mail address, or an account is made."""

    email = forms.EmailField(label="E-mail address", help_text="Used to sign in.")
    person = forms.CharField(
        label="Name", required=False, max_length=150, help_text="For a new account."
    )


@admin.register(Champion)
class ChampionAdmin(RecordAdmin):
    """Champions read who else serves their Board, and leads keep its deputies. A tenure is ended,
    never deleted."""

    for_champions = True
    change_form_template = "admin/champion_form.html"
    change_list_template = "admin/champion_list.html"
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

    def may_add(self, viewer: Viewer) -> bool:
        return can_appoint(viewer)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return can_appoint(viewer)
        return can_keep_tenure(viewer, board_id=obj.board_id, role=obj.role)

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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        viewer = viewer_for(request)
        if db_field.name == "board" and not viewer.edits_everything:
            kwargs["queryset"] = HealthBoard.objects.for_list().filter(pk__in=viewer.leads)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and not viewer_for(request).edits_everything:
            kwargs["choices"] = [(ChampionRole.DEPUTY.value, ChampionRole.DEPUTY.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        may_cover = {"may_cover": viewer_for(request).edits_everything}
        return super().changelist_view(request, may_cover | (extra_context or {}))

    # Pages of their own: handing over, and covering a vacancy.

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("cover/", wrap(self.cover_view), name="partnerships_champion_cover"),
            path(
                "<path:object_id>/hand-over/",
                wrap(self.hand_over_view),
                name="partnerships_champion_hand_over",
            ),
        ]
        return [*own, *super().get_urls()]

    def hand_over_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        tenure = self.get_object(request, unquote(object_id))
        if tenure is None:
            raise Http404
        if not self.has_change_permission(request, tenure):
            raise PermissionDenied
        form = HandOverForm(request.POST or None)
        context = self._page(request, form, f"Hand over: {tenure}, {tenure.board}", tenure)
        if request.method == "POST" and form.is_valid():
            return self._act(
                request,
                form,
                context,
                lambda values: champions.hand_over(tenure, by=acting(request), **values),
            )
        return tenure_page(request, context)

    def cover_view(self, request: HttpRequest) -> HttpResponse:
        viewer = viewer_for(request)
        if not viewer.edits_everything:
            raise PermissionDenied
        asked = {"board": request.GET.get("board", "")}
        form = CoverForm(request.POST or None, initial=asked)
        context = self._page(request, form, "Cover a vacancy", None)
        if request.method == "POST" and form.is_valid():
            return self._act(
                request,
                form,
                context,
                lambda values: champions.cover_vacancy(by=acting(request), **values),
            )
        return tenure_page(request, context)

    def _page(self, request: HttpRequest, form: Any, title: str, obj: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "opts": self.opts,
            "original": obj,
            "media": self.media + form.media,
        }

    def _act(self, request: HttpRequest, form: Any, context: Any, act: Any) -> HttpResponse:
        """What a page's button does; what is refused stays on the page, as typed."""
        try:
            tenure = act(form.cleaned_data)
        except REFUSALS as refusal:
            form.refuse(said(refusal))
            return tenure_page(request, context)
        self.log_change(request, tenure, context["title"])
        self.message_user(request, f"{tenure}, from {tenure.since:%-d %B %Y}.", messages.SUCCESS)
        tell_sign_in_link(self, request, tenure.user)
        return HttpResponseRedirect(self.url_of("change", tenure.pk))

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
    """Show the one-time link of an account that nobody has signed in to yet.

    Never of one in use, by whatever way in, nor of one that may do more than who asks: it would
    hand it to them.
    """
    allowed = can_have_link(
        viewer_for(request),
        is_superuser=user.is_superuser,
        role=user.role,
        boards=user.tenures.values_list("board_id", flat=True),
    )
    if user.last_login or user.has_usable_password() or not allowed:
        return
    modeladmin.message_user(
        request,
        f"Send {user.email} this link. It sets a password, works once and expires in three days: "
        f"{users.sign_in_link(user)}",
        messages.INFO,
    )
