"""Signing in for the first time."""

from __future__ import annotations

from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import reverse_lazy


class SetPassword(PasswordResetConfirmView):
    """Behind a one-time link: the owner of an account chooses a password and is signed in.

    Django's view moves the token into the session at once, so that it leaks in no referrer.
    """

    template_name = "accounts/set_password.html"
    success_url = reverse_lazy("admin:index")
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"
