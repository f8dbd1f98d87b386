"""Coming in as people do: by the one-time link, by password, by a code from a mail."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from django.test import Client

from partnerships.models import User
from partnerships.services import users
from tests.factories.records import PASSWORD

NEW = {"new_password1": PASSWORD, "new_password2": PASSWORD}
LOGIN, DESK = "/accounts/login/", "/admin/"


def path_of(user: User) -> str:
    """Of the one-time link."""
    return urlsplit(users.sign_in_link(user)).path


def sign_in(client: Client, email: str, password: str = PASSWORD, to: str = "") -> Any:
    return client.post(
        LOGIN + (f"?next={to}" if to else ""), {"login": email, "password": password}
    )


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def problems(response: Any) -> str:
    return BeautifulSoup(response.content, "html.parser").select_one("[role=alert]").text


def code_in(message: Any) -> str:
    """The same in plain text and in HTML."""
    bodies = (message.body, message.alternatives[0].content)
    (code,) = {re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", body)[0] for body in bodies}
    return code
