"""Addresses under /accounts/: those of allauth that are in use, under the names it knows them by.

What it has besides (signing up, more than one address, connected accounts) is closed here.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.socialaccount import views as provider
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from mapapp.views import accounts

_to_account = RedirectView.as_view(pattern_name="account")
_pages: list[tuple[str, Any, str]] = [
    ("", accounts.account, "account"),
    ("login/", account.login, "account_login"),
    ("login/code/", account.request_login_code, "account_request_login_code"),
    ("login/code/confirm/", account.confirm_login_code, "account_confirm_login_code"),
    ("logout/", account.logout, "account_logout"),
    ("logout/everywhere/", accounts.sign_out_everywhere, "sign_out_everywhere"),
    ("signup/", account.signup, "account_signup"),
    ("inactive/", account.account_inactive, "account_inactive"),
    ("email/", _to_account, "account_email"),
    ("reauthenticate/", account.reauthenticate, "account_reauthenticate"),
    ("password/change/", account.password_change, "account_change_password"),
    ("password/set/", account.password_set, "account_set_password"),
    ("password/reset/", account.password_reset, "account_reset_password"),
    ("password/reset/sent/", account.password_reset_done, "account_reset_password_done"),
    (
        "password/reset/done/",
        account.password_reset_from_key_done,
        "account_reset_password_from_key_done",
    ),
    ("2fa/", _to_account, "mfa_index"),
    ("2fa/authenticate/", mfa.authenticate, "mfa_authenticate"),
    ("2fa/reauthenticate/", mfa.reauthenticate, "mfa_reauthenticate"),
    ("2fa/app/", accounts.set_up_app, "mfa_activate_totp"),
    ("2fa/app/off/", accounts.turn_app_off, "mfa_deactivate_totp"),
    ("2fa/recovery-codes/", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes"),
    (
        "2fa/recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
    ),
    (
        "2fa/recovery-codes/recovery-codes.txt",
        recovery_codes.download_recovery_codes,
        "mfa_download_recovery_codes",
    ),
    ("provider/", _to_account, "socialaccount_connections"),
    ("provider/signup/", provider.signup, "socialaccount_signup"),
    ("provider/cancelled/", provider.login_cancelled, "socialaccount_login_cancelled"),
    ("provider/error/", provider.login_error, "socialaccount_login_error"),
    ("<str:provider_id>/login/", accounts.go_to_provider, "openid_connect_login"),
    (
        "<str:provider_id>/login/callback/",
        accounts.come_from_provider,
        "openid_connect_callback",
    ),
]

urlpatterns = [
    *(path(route, never_cache(view), name=name) for route, view, name in _pages),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        never_cache(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("set-password/<uidb64>/<token>/", accounts.SetPassword.as_view(), name="set_password"),
]
