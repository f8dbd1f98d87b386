"""A key in a request: who it is refused, in which words, and that it widens nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from partnerships.services import api_keys
from tests.factories import records

pytestmark = pytest.mark.django_db
PATH = "/api/v1/partnerships/"


def ask(token: str | None, client: Client | None = None, path: str = PATH, **more: Any) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return (client or Client()).get(path, headers=headers, **more)


def test_a_good_key_reads_what_everybody_reads() -> None:
    records.make_partnership("Public")
    records.make_partnership("Not yet", moderation="draft")
    _, token = records.make_api_key()
    assert ask(token).json() == ask(None).json()
    signed_in = Client()
    signed_in.force_login(records.make_unit())
    assert ask(None, signed_in).json()["count"] == 2
    assert ask(token, signed_in).json()["count"] == 1


def test_a_refused_key_says_why_only_to_who_has_its_secret() -> None:
    key, token = records.make_api_key()
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    old, old_token = records.make_api_key()
    old.expires_at = timezone.now() + timedelta(microseconds=1)
    api_keys.save(old, by=records.make_unit())
    api_keys.revoke_key(key, by=records.make_unit())
    said = {
        name: ask(text)
        for name, text in {
            "revoked": token,
            "wrong": wrong,
            "no": "",
            "expired": old_token,
            "other": "eyJhbGciOiJIUzI1NiJ9.e30.x",
        }.items()
    }
    for name, answer in said.items():
        assert answer.status_code == 401, name
        assert answer.json()["status"] == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="API", error="invalid_token"'
    words = {name: answer.json()["detail"] for name, answer in said.items()}
    assert "revoked" in words["revoked"]
    assert "expired" in words["expired"]
    assert words["wrong"] == words["no"] == words["other"]
    assert "not known" in words["wrong"]


def test_another_scheme_is_not_ours() -> None:
    assert Client().get(PATH, headers={"Authorization": "Basic dXNlcjpwYXNz"}).status_code == 200
    assert Client().get(PATH, headers={"Authorization": "bearer x"}).status_code == 401


def test_the_schema_tells_of_keys(client) -> None:
    document = client.get("/api/v1/schema/?format=json").json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    told = document["paths"][PATH]["get"]["responses"]["200"]["headers"]
    assert {"RateLimit", "RateLimit-Policy"} <= set(told)
    assert set(document["components"]["headers"]) == {"RateLimit", "RateLimit-Policy"}
