"""Keys of the API: the secret is told once, kept as its hash, and refused when its day is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnerships import keyring, versions
from partnerships.keyring import UnknownKey, UnusableKey, key_of
from partnerships.models import ApiKey, DataVersion, KeyState
from partnerships.policies.rates import rate
from partnerships.services import api_keys
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import make_api_key, make_auditor, make_champion, make_unit

pytestmark = pytest.mark.django_db


def now():
    return timezone.now()


def test_the_secret_is_told_once_and_kept_nowhere() -> None:
    key, token = make_api_key()
    _, prefix, secret = token.split("_")
    assert (len(prefix), len(secret)) == (8, 64)
    assert key_of(token, at=now()) == key
    api_keys.revoke_key(key, by=make_unit(), reason="Lost")
    rows = repr([*ApiKey.objects.values(), *ApiKey.history.values()])
    assert prefix in rows
    assert secret not in rows
    history = repr(list(ApiKey.history.values()))
    assert key.hash not in history
    assert key.contact not in history
    assert key.history.count() == 2
    assert key.history.first().history_change_reason == "Lost"


def test_no_two_keys_are_alike() -> None:
    tokens = {make_api_key()[1] for _ in range(20)}
    assert len(tokens) == len({token[:11] for token in tokens}) == 20


@pytest.mark.parametrize(
    "mangle",
    [
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token[:-1],
        lambda token: token.upper(),
        lambda token: token + "0",
        lambda token: "hp_00000000_" + token[12:],
        lambda token: token[12:],
        lambda token: "",
        lambda token: "hp_\x00",
        lambda token: "ä" * 10_000,
        lambda token: token + "\n",
    ],
)
def test_anything_else_is_not_known(mangle) -> None:
    _, token = make_api_key()
    with pytest.raises(UnknownKey):
        key_of(mangle(token), at=now())


def test_a_key_ends_by_its_day_or_by_being_revoked() -> None:
    key, token = make_api_key()
    key_of(token, at=key.expires_at - timedelta(microseconds=1))
    with pytest.raises(UnusableKey) as refused:
        key_of(token, at=key.expires_at)
    assert refused.value.state == KeyState.EXPIRED
    assert api_keys.revoke_key(key, by=make_unit())
    assert not api_keys.revoke_key(key, by=make_unit())
    with pytest.raises(UnusableKey) as refused:
        key_of(token, at=now())
    assert refused.value.state == KeyState.REVOKED
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    with pytest.raises(UnknownKey):
        key_of(wrong, at=now())


def test_only_the_unit_keeps_keys() -> None:
    key, _ = make_api_key()
    for by in (make_champion(), make_auditor()):
        with pytest.raises(NotAllowed):
            api_keys.revoke_key(key, by=by)
        with pytest.raises(NotAllowed):
            api_keys.save(key, by=by)
        with pytest.raises(NotAllowed):
            api_keys.issue_key(ApiKey(name="Mine"), by=by)
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize("text", ["lots", "0/min", "10", "5/week", "1/min ", "-1/min", "٣/min"])
def test_an_own_limit_is_a_rate(text: str) -> None:
    with pytest.raises(ValidationError):
        make_api_key(rate=text)


def test_rates() -> None:
    assert rate("300/min") == (300, 60)
    assert rate("1/s") == (1, 1)
    assert rate("5000/day") == (5000, 86400)


def test_the_day_of_the_last_use_is_written_once() -> None:
    key, _ = make_api_key()
    version = DataVersion.objects.values()
    today = timezone.localdate()
    api_keys.note_use(key, on=today)
    api_keys.note_use(key, on=today - timedelta(days=1))
    key.refresh_from_db()
    assert key.last_used_on == today
    assert key.history.count() == 1
    assert list(DataVersion.objects.values()) == list(version)


@pytest.mark.django_db(transaction=True)
def test_a_key_in_use_costs_no_query_and_is_refused_as_soon_as_it_is_revoked() -> None:
    key, token = make_api_key()
    assert not keyring.is_familiar(token)

    def queries() -> int:
        with versions.reading(versions.current()), CaptureQueriesContext(connection) as captured:
            key_of(token, at=now())
        return len(captured)

    assert [queries(), queries(), queries()] == [1, 0, 0]
    assert keyring.is_familiar(token)
    assert not keyring.is_familiar(token[:-1] + ("0" if token[-1] != "0" else "1"))
    make_api_key()  # any change makes a new version
    assert [queries(), queries()] == [1, 0]
    api_keys.revoke_key(key, by=make_unit())
    with versions.reading(versions.current()), pytest.raises(UnusableKey):
        key_of(token, at=now())
