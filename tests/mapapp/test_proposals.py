"""Proposals over HTTP: every status, requests that are sent twice, and what stays private."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from mapapp.api import schema
from partnerships import proposed
from partnerships.models import Partnership, Suggestion
from partnerships.services import api_keys, partnerships
from partnerships.services.decisions import accept, decline
from partnerships.services.users import system_user
from tests.factories.records import (
    make_api_key,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
)
from tests.mapapp.test_api import check_shape

ADDRESS = "/api/v1/proposals/"
CANARY = "Zebrafinch"


@pytest.fixture
def record(db) -> Partnership:
    return make_partnership("Borders and Zomba", summary="Before", topics=[make_topic("Surgery")])


@pytest.fixture
def token(db) -> str:
    return make_api_key("Nightly copy", may_propose=True)[1]


def version_of(record: Partnership) -> str:
    version: str = Client().get(f"/api/v1/partnerships/{record.slug}/").json()["version"]
    return version


def post(token: str | None, body: Any, *, kind: str = "application/json", **headers: str) -> Any:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client().post(ADDRESS, content, content_type=kind, headers=headers)


def get(token: str | None, address: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().get(address.removeprefix("http://127.0.0.1:8000"), headers=headers)


def body_for(record: Partnership, **changes: Any) -> dict[str, Any]:
    return {
        "partnership": record.slug,
        "base_version": version_of(record),
        "changes": changes or {"summary": "After", "learning": {"uk": "Patience"}},
        "why": "Our report says so.",
        "source": "https://example.org/report",
    }


def test_a_change_is_proposed_and_followed(record, token):
    answer = post(token, body_for(record))
    assert answer.status_code == 201
    told = answer.json()
    check_shape(told, schema.Proposal(), "proposal")
    assert answer["Location"] == told["url"]
    assert answer["Cache-Control"] == "no-store"
    assert told["kind"] == "change"
    assert told["partnership"] == str(record.public_id)
    assert told["state"] == {"code": "waiting", "label": "Waiting for a decision"}
    assert told["changes"] == {"summary": "After", "learning": {"uk": "Patience"}}
    assert list(told["changes"]) == ["summary", "learning"]
    assert get(token, told["url"]).json() == told
    suggestion = Suggestion.objects.get(public_id=told["id"])
    accept(suggestion, by=make_unit(), fields=["learning.uk"], answer="In part", reason=CANARY)
    after = get(token, told["url"])
    assert CANARY not in after.text
    assert {name: after.json()[name] for name in ("accepted", "answer")} == {
        "accepted": ["learning.uk"],
        "answer": "In part",
    }
    assert after.json()["state"]["code"] == "partly_accepted"
    assert after.json()["decided"]
    detail = Client().get(f"/api/v1/partnerships/{record.slug}/").json()
    assert (detail["learning"]["uk"], detail["summary"]) == ("Patience", "Before")


def test_a_new_partnership_is_proposed_and_named_when_it_is_public(token, db):
    new = {"name": "New", "kind": "network", "countries": [], "gap_note": "Not known yet."}
    answer = post(token, {"changes": new, "why": "It began."})
    assert answer.status_code == 201, answer.text
    url = answer.json()["url"]
    made = accept(Suggestion.objects.get(), by=make_unit()).partnership
    assert get(token, url).json()["partnership"] is None
    assert Client().get(f"/api/v1/partnerships/{made.slug}/").status_code == 404
    partnerships.moderate(made, to="listed", by=make_unit())
    assert get(token, url).json()["partnership"] == str(made.public_id)


def test_the_same_request_is_answered_as_it_was(record, token):
    body = body_for(record)
    name = {"Idempotency-Key": str(uuid4())}
    first = post(token, body, **name)
    partnerships.update(record, by=system_user(), values={"goals": "Safe birth"})
    decline(Suggestion.objects.get(), by=make_unit(), answer="No")
    again = post(token, json.dumps(body, indent=2), **name)
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (
        201, first.json(),
    )  # fmt: skip
    assert again["Location"] == first["Location"]
    partnerships.moderate(record, to="withdrawn", by=make_unit(), reason="Asked to")
    withdrawn = post(token, body, **name)
    assert (withdrawn.status_code, withdrawn.json()) == (201, first.json())
    other = post(token, body | {"why": "Another reason."}, **name)
    assert other.status_code == 422
    check_shape(other.json(), schema.Problem(), "problem")
    assert list(other.json()["errors"]) == ["Idempotency-Key"]
    assert Suggestion.objects.count() == 1


def test_what_waits_already_is_recognised(record, token):
    first = post(token, body_for(record))
    again = post(token, body_for(record) | {"why": "I said so."})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    elsewhere = make_api_key(may_propose=True)[1]
    assert post(elsewhere, body_for(record)).status_code == 201


def test_a_stale_version_is_a_conflict_that_tells_what_is_there(record, token):
    body = body_for(record)
    partnerships.update(record, by=system_user(), values={"summary": "Meanwhile"})
    answer = post(token, body)
    assert answer.status_code == 409
    told = answer.json()
    check_shape(told, schema.Conflict(), "conflict")
    assert told["version"] == version_of(record)
    assert told["changed"] == ["summary"]
    assert told["present"]["summary"] == "Meanwhile"
    assert post(token, body | {"base_version": told["version"]}).status_code == 201


def test_a_former_address_is_the_record(record, token):
    body = body_for(record)
    partnerships.update(record, by=system_user(), values={"slug": "moved"})
    answer = post(token, body)
    assert answer.status_code == 409  # found, and changed: its address is another
    assert post(token, body | {"base_version": answer.json()["version"]}).status_code == 201


def test_who_has_no_key_or_another_is_told_so(record, token):
    body = body_for(record)
    without = post(None, body)
    assert without.status_code == 401
    assert without["WWW-Authenticate"].startswith("Bearer")
    assert "Bearer hp_" in without.json()["detail"]
    assert post("hp_00000000_" + "0" * 64, body).status_code == 401
    reader = make_api_key()[1]
    assert post(reader, body).status_code == 403
    key, revoked = make_api_key(may_propose=True)
    api_keys.revoke_key(key, by=system_user())
    assert post(revoked, body).status_code == 401
    assert not Suggestion.objects.exists()
    client = Client()
    client.force_login(make_unit())
    assert client.post(ADDRESS, body, content_type="application/json").status_code == 401


def test_a_proposal_is_there_for_its_key_alone(record, token):
    url = post(token, body_for(record, summary=CANARY)).json()["url"]
    elsewhere = make_api_key(may_propose=True)[1]
    for who, status in ((elsewhere, 404), (None, 401)):
        answer = get(who, url)
        assert answer.status_code == status
        assert CANARY not in answer.text
    for name in (str(uuid4()), "x", "1" * 400):
        assert get(token, f"{ADDRESS}{name}/").status_code == 404
    key = api_keys.ApiKey.objects.get(name="Nightly copy")
    key.may_propose = False
    api_keys.save(key, by=system_user())
    assert get(token, url).status_code == 200


BAD: dict[str, tuple[Any, set[str]]] = {
    "no object": ([], {"body"}),
    "nothing": ({}, {"changes"}),
    "another member": ({"changes": {}, "why": "x", "id": 1}, {"id"}),
    "types": ({"partnership": 1, "base_version": [], "changes": {}, "why": {}, "source": 2},
              {"partnership", "base_version", "why", "source"}),
    "no such record": ({"partnership": "nothing", "changes": {}, "why": "x"}, {"partnership"}),
    "no record's name": ({"partnership": "a/b?", "changes": {}, "why": "x"}, {"partnership"}),
    "no reason, no address": ({"changes": {"name": "N", "kind": "network"}, "source": "x y"},
                              {"why", "source"}),
    "fields": ({"changes": {"nmae": 1, "kind": "x", "members": [{"institution": "y"}]}, "why": "x"},
               {"changes.nmae", "changes.kind", "changes.members.0.institution"}),
    "a NUL": ({"changes": {"name": "a\x00"}, "why": "x"}, {"body"}),
    "half a character": ({"changes": {"\ud800": "\ud800"}, "why": "\ud800"}, {"body"}),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_errors_are_named_by_path(token, case):
    body, where = BAD[case]
    answer = post(token, body)
    assert answer.status_code == 400, answer.text
    check_shape(answer.json(), schema.Problem(), "problem")
    assert set(answer.json()["errors"]) == where
    assert not Suggestion.objects.exists()


def test_a_record_that_is_not_public_cannot_be_proposed_about(token):
    draft = make_partnership(moderation="draft")
    body = {"partnership": str(draft.public_id), "base_version": "a", "changes": {"name": "x"}}
    assert set(post(token, body | {"why": "x"}).json()["errors"]) == {"partnership"}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 400),
        (b"\xff", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('{"a": NaN}', "application/json", 400),
        ('{"a": ' + "1" * 6000 + "}", "application/json", 400),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("a,b", "text/csv", 415),
        ('"' + "x" * 300_000 + '"', "application/json", 413),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_read_is_refused(token, content, kind, status):
    answer = post(token, content, kind=kind)
    assert answer.status_code == status
    check_shape(answer.json(), schema.Problem(), "problem")


@pytest.mark.parametrize("name", ["a b", "x" * 101, "é"])
def test_a_name_of_a_request_is_short_and_plain(record, token, name):
    answer = post(token, body_for(record), **{"Idempotency-Key": name})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


def test_other_methods_are_refused(record, token):
    headers = {"Authorization": f"Bearer {token}"}
    for method in ("get", "put", "patch", "delete"):
        assert getattr(Client(), method)(ADDRESS, headers=headers).status_code == 405


def test_a_key_has_fewer_proposals_than_questions(record, token, settings):
    settings.API_PROPOSAL_RATE, settings.API_KEY_RATE = "2/hour", "50/min"
    name = {"Idempotency-Key": str(uuid4())}
    sent = [
        post(token, body_for(record), **name),
        post(token, {}),
        post(token, body_for(record), **name),
        post(token, body_for(record)),
        post(token, body_for(record, summary="Other words")),
    ]
    late = post(token, body_for(record, goals="Too much"))
    assert [each.status_code for each in (*sent, late)] == [201, 400, 201, 200, 201, 429]
    told = [re.search(r'^"key";r=\d+;t=\d+, "proposals";r=(\d);t=\d+$', each["RateLimit"])
            for each in (*sent, late)]  # fmt: skip
    assert [each and each[1] for each in told] == list("111100")
    assert late["RateLimit-Policy"].endswith(', "proposals";q=2;w=3600')
    assert late["RateLimit"].endswith(f";t={late['Retry-After']}")
    assert 0 < int(late["Retry-After"]) <= 3600
    check_shape(late.json(), schema.Problem(), "problem")
    assert post(make_api_key(may_propose=True)[1], body_for(record)).status_code == 201


def test_nothing_of_a_suggestion_is_in_any_anonymous_byte(record, token):
    """The walk of test_privacy.py reads every address; this one what it could leak through."""
    answer = post(token, body_for(record, summary=CANARY, goals=CANARY) | {"why": CANARY})
    accept(Suggestion.objects.get(), by=make_unit(), fields=["goals"], reason=CANARY)
    read = [f"/partnerships/{record.slug}/history/", "/partnerships/feed/", ADDRESS]
    read += ["/api/v1/changes/?since=2020-01-01", answer.json()["url"].removeprefix(
        "http://127.0.0.1:8000")]  # fmt: skip
    assert [path for path in read if CANARY in Client().get(path).text] == []
    shown = Client().get(f"/partnerships/{record.slug}/").text
    assert shown.count(CANARY) == 1  # what was accepted, where the record says it


def test_the_example_of_the_docs_runs(token, db):
    """As it stands there, but for the version of the record and the key."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    section = text.split("## Proposing a change\n")[1].split("\n## ")[0]
    sent = re.search(r"-d '(.*?)'\n```", section, re.DOTALL)
    told = re.search(r"```jsonc\n(.*?)```", section, re.DOTALL)
    headers = dict(re.findall(r"-H '([\w-]+): ([^']*)'", section))
    assert sent
    assert told
    members = [make_institution("Friends of Chitambo", country="GB")]
    members += [make_institution("Chitambo Hospital", country="ZM")]
    make_topic("Nursing")
    make_topic("Surgery")
    record = make_partnership("Friends of Chitambo", members=members)
    body = json.loads(sent[1]) | {"base_version": version_of(record)}
    assert headers.pop("Authorization").startswith("Bearer hp_")
    answer = post(token, body, kind=headers.pop("Content-Type"), **headers)
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == list(json.loads(told[1]))
    assert get(token, answer["Location"]).json()["state"]["code"] == "waiting"
    named = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert named == list(schema.ProposedChange().fields)
    unwritten = section.split("**Fields**")[1].split(" and `health_board`")[0]
    assert set(re.findall(r"`(\w+)`", unwritten)) == proposed.READ_ONLY


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("same", "same"), ("", "")])
def test_two_requests_at_once_are_one_proposal(names):
    record = make_partnership("Borders and Zomba")
    token = make_api_key(may_propose=True)[1]
    body = body_for(record, summary="After")

    def send(name: str) -> Any:
        try:
            return post(token, body, **({"Idempotency-Key": name} if name else {}))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, names * 4))
    assert Suggestion.objects.count() == 1
    assert len({answer.json()["id"] for answer in answers}) == 1
    expected = [201] * 8 if names[0] else [200] * 7 + [201]
    assert sorted(answer.status_code for answer in answers) == expected
