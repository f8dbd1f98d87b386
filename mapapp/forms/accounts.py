"""allauth's forms in our words, and without words inside of the fields."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp import forms as totp
from django.http import HttpRequest, HttpResponseBase

from mapapp.sessions import limit_session

RULES = (
    "At least 12 characters; not one that many people use, and not like your name or address. "
    "Three or four unconnected words are good."
)
#: Label and hint of a field, by its name.
WORDS = {
    "login": ("E-mail address", ""),
    "email": ("E-mail address", ""),
    "password": ("Password", ""),
    "oldpassword": ("Your present password", ""),
    "password1": ("New password", RULES),
    "password2": ("The same again", ""),
    "code": ("Code", ""),
}


class InOurWords:
    """Left of one of allauth's forms."""

    #: What is said of `code`, which has several meanings.
    code_hint = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label, field.help_text = WORDS.get(name, (field.label, ""))
            if name == "code":
                field.help_text = self.code_hint
                field.widget.attrs |= {"autocapitalize": "characters", "spellcheck": "false"}


class LoginForm(InOurWords, account.LoginForm):
    def _login_with_password(
        self, request: HttpRequest, redirect_url: str | None, credentials: dict[str, Any]
    ) -> HttpResponseBase:
        """allauth counts the age of a session from its last change; we from signing in."""
        response: HttpResponseBase = super()._login_with_password(
            request, redirect_url, credentials
        )
        limit_session(request)
        return response


class RequestCodeForm(InOurWords, account.RequestLoginCodeForm):
    pass


class CodeForm(InOurWords, account.ConfirmLoginCodeForm):
    code_hint = "Capital or small letters, with or without the dash: both work."


class ResetForm(InOurWords, account.ResetPasswordForm):
    pass


class NewPasswordForm(InOurWords, account.ResetPasswordKeyForm):
    pass


class ChangeForm(InOurWords, account.ChangePasswordForm):
    pass


class SetForm(InOurWords, account.SetPasswordForm):
    pass


class PasswordAgainForm(InOurWords, account.ReauthenticateForm):
    pass


class SecondFactorForm(InOurWords, second_factor.AuthenticateForm):
    code_hint = "The six digits that the app shows now, or one of your recovery codes."


class SecondFactorAgainForm(InOurWords, second_factor.ReauthenticateForm):
    code_hint = SecondFactorForm.code_hint


class ActivateForm(InOurWords, totp.ActivateTOTPForm):
    code_hint = "The six digits that the app shows now."
