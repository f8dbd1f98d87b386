"""An account's own pages: the one-time link, what there is to set up, signing out everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from partnerships.models import role_of
from partnerships.policies.permissions import needs_second_factor
from partnerships.services import signing_in

_TOKEN = "_password_reset_token"  # noqa: S105  # where Django's view keeps it in the session


class SetPassword(PasswordResetConfirmView):
    """Behind a one-time link: the owner of an account chooses a password and is signed in.

    Django's view moves the token into the session at once, so that it leaks in no referrer. Signing
    in is allauth's: whoever has a second factor is asked for it here too.
    """

    template_name = "accounts/set_password.html"
    success_url = reverse_lazy("admin:index")

    def form_valid(self, form: Any) -> HttpResponse:
        assert self.user is not None  # noqa: S101  # the token was good
        signing_in.choose_password(self.user, form.cleaned_data["new_password1"])
        self.request.session.pop(_TOKEN, None)
        record_authentication(self.request, self.user, method="password")
        answer: HttpResponse = perform_login(
            self.request, self.user, redirect_url=reverse("admin:index")
        )
        return answer


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """What there is of somebody's own account to look at and to change."""
    role = role_of(request.user, on=timezone.localdate())
    context = {
        "needs_second_factor": needs_second_factor(role),
        "has_second_factor": signing_in.has_second_factor(request.user),  # type: ignore[arg-type]
    }
    return render(request, "account/account.html", context)


@require_POST
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    signing_in.end_sessions(request.user, by=request.user, reason="Signed out everywhere")  # type: ignore[arg-type]
    logout(request)
    messages.success(request, "You are signed out on every device.")
    return redirect("account_login")


def _end_other_sessions(request: HttpRequest, why: str) -> None:
    """What was signed in with less than is asked now does not stay."""
    signing_in.end_sessions(request.user, by=request.user, reason=why)  # type: ignore[arg-type]
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]


class _SetUpApp(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _end_other_sessions(self.request, "Set up a second factor")
        return response


class _TurnAppOff(DeactivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _end_other_sessions(self.request, "Turned the second factor off")
        return response


set_up_app = _SetUpApp.as_view()
turn_app_off = _TurnAppOff.as_view()


def _or_say_so(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A provider that is away, or answers nonsense, is told; allauth would be a 500."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (OSError, ValueError, KeyError):  # requests' errors are OSErrors
            return render(request, "socialaccount/provider_away.html", status=503)

    return wrapped


@_or_say_so
def go_to_provider(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To sign in, and for nothing else: `?process=connect` would tie any identity of the provider
    to whoever is signed in."""
    asked = request.GET.copy()
    asked["process"] = AuthProcess.LOGIN
    request.GET = asked  # type: ignore[assignment]
    response: HttpResponseBase = openid_connect.login(request, provider_id)
    return response


come_from_provider = _or_say_so(openid_connect.callback)
