"""Keys of the API in the admin: the unit makes and revokes them, and sees a secret once."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partnerships.models import ApiKey
from tests.factories.records import make_api_key
from tests.mapapp.admin.cast import REFUSED, change, may_open
from tests.mapapp.admin.pages import errors, page, said, signed_in, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WHO = {"name": "Nightly copy", "organisation": "A partner", "contact": "copy@example.org"}
TOKEN = re.compile(r"hp_[0-9a-f]{8}_[0-9a-f]{64}")


def made(client: Client, **values: str):
    address = url(ApiKey, "add")
    return client.post(address, submitted(client, address, **WHO | values))


def test_a_key_is_made_and_shown_once(client) -> None:
    answer = made(client, reason="They asked", rate="3000/min", may_propose="on")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    shown = page(answer)
    token = shown.select_one("#key").text
    assert TOKEN.fullmatch(token)
    key = ApiKey.objects.get()
    assert (key.rate, key.may_propose) == ("3000/min", True)
    assert key.history.get().history_change_reason == "They asked"
    end = timezone.localtime(key.expires_at)
    assert (end.date() - timezone.localdate(), end.hour) == (timedelta(days=366), 0)
    api = Client().get("/api/v1/", headers={"Authorization": f"Bearer {token}"})
    assert api.status_code == 200
    secret, digest = token[12:], key.hash
    for name in ("changelist", "change", "history"):
        args = [] if name == "changelist" else [key.pk]
        text = client.get(url(ApiKey, name, *args)).text
        assert f"hp_{key.prefix}_…" in text or name == "history"
        assert secret not in text
        assert digest not in text
    assert secret not in client.get(reverse("admin:index")).text


def test_what_is_wrong_is_said_and_no_key_is_made(client) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    for values in ({"name": ""}, {"rate": "lots"}, {"last_day": yesterday},
                   {"last_day": "9999-12-31"}, {"contact": "nobody"}):  # fmt: skip
        answer = made(client, **values)
        assert answer.status_code == 200
        assert errors(answer), values
        assert not TOKEN.search(answer.text)
    assert not ApiKey.objects.exists()


def test_a_key_is_changed_and_revoked(client, unit) -> None:
    key, token = make_api_key()
    sent = submitted(client, change(key), name="Weekly copy", last_day="2031-03-05")
    assert client.post(change(key), sent).status_code == 302
    key.refresh_from_db()
    assert key.name == "Weekly copy"
    assert timezone.localtime(key.expires_at).date() == date(2031, 3, 6)
    assert page(client.get(change(key))).select_one("[name=last_day]")["value"] == "05/03/2031"
    sent = submitted(client, change(key), reason="Shared by mistake")
    answer = client.post(change(key), sent | {"_revoke": "1"}, follow=True)
    assert said(answer)[0] == "Revoked: 1 record."
    key.refresh_from_db()
    assert key.revoked_by == unit
    assert key.history.first().history_change_reason == "Shared by mistake"
    assert not page(client.get(change(key))).select(".submit-row [type=submit]")
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/", headers=headers).status_code == 401


def test_keys_are_revoked_from_the_list(client) -> None:
    first, second = make_api_key()[0], make_api_key()[0]
    sent = {"action": "revoke", "_selected_action": [first.pk, second.pk]}
    client.post(url(ApiKey, "changelist"), sent)
    assert not ApiKey.objects.filter(revoked_at=None).exists()
    listed = page(client.get(url(ApiKey, "changelist") + "?state=revoked"))
    assert [cell.text for cell in listed.select("td.field-state")] == ["Revoked", "Revoked"]
    for state in ("valid", "expired"):
        found = page(client.get(url(ApiKey, "changelist") + f"?state={state}"))
        assert not found.select("td.field-state")


def test_keys_are_the_units(world) -> None:
    key, _ = make_api_key()
    pages = [url(ApiKey, "changelist"), url(ApiKey, "add"), change(key)]
    pages.append(url(ApiKey, "history", key.pk))
    for name, may in {"unit": True, "superuser": True, "champion": False, "auditor": False}.items():
        assert {may_open(getattr(world, name), address) for address in pages} == {may}, name
    for name in ("unit", "superuser"):
        assert not may_open(getattr(world, name), url(ApiKey, "delete", key.pk))
    for name in ("champion", "auditor"):
        client = signed_in(getattr(world, name))
        sent = {"action": "revoke", "_selected_action": [key.pk]}
        assert client.post(url(ApiKey, "changelist"), sent).status_code in REFUSED
        assert client.post(url(ApiKey, "add"), WHO).status_code in REFUSED
        assert "API keys" not in client.get(reverse("admin:index")).text
    assert ApiKey.objects.get().revoked_at is None
