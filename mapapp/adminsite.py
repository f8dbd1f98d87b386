"""The admin site: its name and titles, and who may enter."""

from __future__ import annotations

from functools import wraps
from itertools import chain
from typing import Any, cast

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import logout as signed_out
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

GROUPS = {
    "Partnerships": ["Partnership", "Suggestion", "Institution", "Coordinator", "Checklist"],
    "People": ["Champion", "HealthBoard", "User"],
    "Lists": ["Topic", "Activity", "Profession", "Funder", "DevelopmentGoal", "Country"],
    "Principles": ["Framework", "Principle"],
    "Evaluation": ["Round", "Questionnaire"],
    "API": ["ApiKey"],
    "Where data came from": ["ImportRun", "ImportRow"],
}


SET_UP_FIRST = (
    "Your role asks for a second factor, a code from an app on your telephone. "
    "Set it up once here, then the desk opens."
)


class LabelledChoices(AutocompleteJsonView):
    """Autocomplete whose choices read as their own admin says: names alone may not do."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        return result | {"text": self.model_admin.label_of(obj)}  # type: ignore[attr-defined]


class RegistryAdminSite(AdminSite):
    """Where champions and the coordination unit keep the records."""

    site_header = "Health Partnership Map: the registry"
    site_title = "Registry"
    index_title = "All records"
    enable_nav_sidebar = False  # forms and lists need the room; the header leads everywhere

    def has_permission(self, request: HttpRequest) -> bool:
        """A current tenure or a role, asked on each request: access ends the day either does. And
        the second factor that it asks for: without one, nobody has a role (`viewer_of`)."""
        from partnerships.admin.scoping import may_enter, viewer_for

        return super().has_permission(request) and may_enter(viewer_for(request))

    def get_urls(self) -> list[Any]:
        """The desk and its pages come before those of the records."""

        def behind_the_door(view: Any) -> Any:
            return self.admin_view(lambda request, **of: view(request, self, **of))

        from partnerships.admin import desk, evaluation_reports, report

        own = [
            path("desk/", self.admin_view(desk.act), name="desk_act"),
            path("all/", self.admin_view(self.all_records), name="all_records"),
            path(
                "compare/<int:first>/<int:second>/", behind_the_door(desk.compare), name="compare"
            ),
            path("report/<slug:slug>/", behind_the_door(report.page), name="board_report"),
            path("report/<slug:slug>.xlsx", behind_the_door(report.workbook), name="report_xlsx"),
            path("evaluations/", behind_the_door(evaluation_reports.rounds), name="round_reports"),
            path(
                "evaluations/<slug:slug>/",
                behind_the_door(evaluation_reports.page),
                name="round_report",
            ),
            path(
                "evaluations/<slug:slug>.csv",
                behind_the_door(evaluation_reports.csv_file),
                name="round_report_csv",
            ),
            path(
                "evaluations/<slug:slug>/<slug:record>/",
                behind_the_door(evaluation_reports.pair),
                name="evaluation_pair",
            ),
        ]
        return own + super().get_urls()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """What needs the viewer; the list of all kinds of records is one step away."""
        from partnerships.admin.desk import desk_page

        return desk_page(request, self)

    def all_records(self, request: HttpRequest) -> HttpResponse:
        """Every kind of record that the viewer may open."""
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "app_list": self.get_app_list(request),
        }
        return TemplateResponse(request, "admin/index.html", context)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where every address of the admin leads whom it does not let in: on to what is missing.

        There is no form here: the admin's own would walk round the second factor.
        """
        from partnerships.admin.scoping import lacks_second_factor

        if not request.user.is_authenticated:
            return redirect_to_login(get_next_redirect_url(request) or reverse("admin:index"))
        if lacks_second_factor(request):
            messages.info(request, SET_UP_FIRST)
            return redirect("mfa_activate_totp")
        if not self.has_permission(request):
            return render(request, "errors/403.html", status=403)
        return redirect(get_next_redirect_url(request) or "admin:index")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_logout") if request.method == "GET" else signed_out(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """A NUL in an address never reaches the database, which would stop at it (PostgreSQL)."""

        @wraps(view)
        def without_nul(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if any("\x00" in value for values in request.GET.lists() for value in values[1]):
                raise BadRequest("The address holds a character that nobody can look for.")
            return view(request, *args, **kwargs)

        return super().admin_view(without_nul, cacheable)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The index in the order in which people think, not of the alphabet."""
        found = {
            model["object_name"]: (app, model)
            for app in super().get_app_list(request, app_label)
            for model in app["models"]
        }
        groups = {
            **GROUPS,
            "More": [name for name in found if name not in chain(*GROUPS.values())],
        }
        return [
            {**found[present[0]][0], "name": title, "models": [found[name][1] for name in present]}
            for title, names in groups.items()
            if (present := [name for name in names if name in found])
        ]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, LabelledChoices.as_view(admin_site=self)(request))
