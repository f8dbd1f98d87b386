"""An organisation's own sign-in: by settings, for accounts that are there, and when it is away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from partnerships.models import User
from tests.factories.records import make_champion, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GO, BACK = "/accounts/oidc/login/", "/accounts/oidc/login/callback/"


class Provider(BaseHTTPRequestHandler):
    """As much of OpenID Connect as signing in needs; says who `person` is, as Entra does."""

    person: dict[str, Any] = {}

    def answer(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_port}"
        said = {
            "/.well-known/openid-configuration": {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/token": {"access_token": "t", "token_type": "Bearer"},
            "/userinfo": self.person,
        }[self.path]
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    do_GET = do_POST = answer  # noqa: N815  # the names that the server calls

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests have no use for it."""


def name(settings: Any, url: str) -> None:
    app = {
        "provider_id": "oidc",
        "name": "Example Health Board",
        "client_id": "map",
        "secret": "s",
        "settings": {"server_url": url, "verified_email": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


@pytest.fixture
def provider(settings: Any) -> Iterator[type[Provider]]:
    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    name(settings, f"http://127.0.0.1:{server.server_port}")
    yield Provider
    server.shutdown()
    thread.join()
    server.server_close()


def come_back(client: Client) -> Any:
    there = client.get(GO)
    assert there.status_code == 302
    state = parse_qs(urlsplit(there["Location"]).query)["state"][0]
    return client.get(BACK, {"code": "c", "state": state})


def test_without_a_setting_there_is_none(client: Client) -> None:
    assert "Sign in with" not in client.get("/accounts/login/").text
    assert client.get(GO).status_code == 404


def test_an_account_that_is_there_is_signed_in(client: Client, provider: type[Provider]) -> None:
    make_champion(user=make_user("ada@example.org"))
    assert "Sign in with Example Health Board" in client.get("/accounts/login/").text
    provider.person = {"sub": "1", "email": "Ada@example.org"}
    assert come_back(client)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_second_factor_is_asked_for_here_too(client: Client, provider: type[Provider]) -> None:
    make_champion(user=make_user("ada@example.org"), role="lead")
    provider.person = {"sub": "1", "email": "ada@example.org"}
    assert come_back(client)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/accounts/").status_code == 302


@pytest.mark.parametrize("email", ["stranger@example.org", ""])
def test_a_stranger_gets_no_account(client: Client, provider: type[Provider], email: str) -> None:
    provider.person = {"sub": "2", "email": email}
    before = User.objects.count()
    answer = come_back(client)
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    assert "Accounts are made by the coordination unit" in answer.text
    assert User.objects.count() == before
    assert client.get("/accounts/").status_code == 302


def test_no_second_identity_is_tied_to_an_account(client: Client, provider: type[Provider]) -> None:
    make_champion(user=make_user("ada@example.org"))
    make_champion(user=make_user("ben@example.org"))
    provider.person = {"sub": "1", "email": "ada@example.org"}
    come_back(client)
    provider.person = {"sub": "2", "email": "stranger@example.org"}
    there = client.get(f"{GO}?process=connect")
    state = parse_qs(urlsplit(there["Location"]).query)["state"][0]
    client.get(BACK, {"code": "c", "state": state})
    assert set(SocialAccount.objects.values_list("user__email", "uid")) <= {
        ("ada@example.org", "1")
    }


def test_a_provider_that_is_away_is_told_readably(client: Client, settings: Any) -> None:
    name(settings, "http://127.0.0.1:1")
    answer = client.get(GO)
    assert answer.status_code == 503
    assert "Your organisation’s sign-in does not answer" in answer.text
    assert "/accounts/login/" in answer.text


def test_a_provider_that_goes_away_half_way_is_too(
    client: Client, provider: type[Provider], settings: Any
) -> None:
    state = parse_qs(urlsplit(client.get(GO)["Location"]).query)["state"][0]
    name(settings, "http://127.0.0.1:1")
    answer = client.get(BACK, {"code": "c", "state": state})
    assert answer.status_code == 503
    assert "Your organisation’s sign-in does not answer" in answer.text


def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    client: Client, provider: type[Provider]
) -> None:
    make_champion(user=make_user("ada@example.org"))
    provider.person = {"sub": "1", "email": "ada@example.org"}
    answer = client.get(BACK, {"code": "c", "state": "made up"})
    assert answer.status_code == 401
    assert "You are not signed in" in answer.text
    assert client.get("/accounts/").status_code == 302
