"""Keeping in step with the registry: nothing is skipped, nothing private is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mapapp.api import schema
from partnerships import versions
from partnerships.indexing import rebuild
from partnerships.models import (
    ChangeNote,
    ChangeRun,
    DataVersion,
    Institution,
    Partnership,
    RecordChange,
)
from partnerships.services import institutions, partnerships
from partnerships.services.users import system_user
from tests.factories import records
from tests.mapapp.test_api import check_shape

pytestmark = pytest.mark.django_db(transaction=True)
CHANGES = "/api/v1/changes/"


def make(name: str, **values: Any) -> Partnership:
    """A record without members, so that no institution comes along."""
    return records.make_partnership(name, members=[], gap_note="None named.", **values)


def ask(**query: Any) -> Any:
    answer = Client().get(CHANGES, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def since(token: str) -> list[tuple[str, str]]:
    """(kind, slug) of everything after a token, in order."""
    return [(entry["kind"], entry["slug"]) for entry in ask(since=token)["results"]]


def now() -> str:
    """The token of one who has everything."""
    page = ask()
    while page["next"]:
        page = Client().get(page["next"]).json()
    return str(page["resume"])


def test_the_beginning_is_everything_in_pages() -> None:
    made = [records.make_partnership(f"Link {number}") for number in range(3)]
    page = ask(page_size=2)
    check_shape(ask(expand="record"), schema.ChangePage(), "changes")
    found = page["results"]
    while page["next"]:
        page = Client().get(page["next"]).json()
        assert len(page["results"]) <= 2
        found += page["results"]
    assert {entry["kind"] for entry in found} == {"created"}
    assert [e["slug"] for e in found if e["type"] == "partnership"] == [r.slug for r in made]
    assert len(found) == 3 + Institution.objects.count()
    assert [entry["at"] for entry in found] == sorted(entry["at"] for entry in found)
    assert ask(since=page["resume"]) == {"next": None, "resume": page["resume"], "results": []}


def test_the_life_of_a_record() -> None:
    unit = records.make_unit()
    record = make("One")
    start = now()
    partnerships.update(record, by=unit, values={"summary": "New"})
    partnerships.confirm(record, side="uk", by=unit, how="by telephone")
    assert since(start) == [("changed", "one")]
    partnerships.update(record, by=unit, values={"slug": "two"})
    assert since(start) == [("changed", "two")]
    partnerships.moderate(record, to="withdrawn", by=unit, reason="Canary rang")
    (entry,) = ask(since=start, expand="record")["results"]
    assert (entry["kind"], entry["slug"], entry["why"]) == ("removed", "two", "withdrawn")
    assert entry["record"] is None
    assert "Canary" not in str(entry)
    gone = now()
    record.refresh_from_db()
    partnerships.update(record, by=unit, values={"name": "Secret", "slug": "secret"})
    partnerships.moderate(record, to="draft", by=unit)
    assert since(gone) == []  # what is not public has no changes
    assert since(start) == [("removed", "two")]
    partnerships.moderate(record, to="listed", by=unit)
    (entry,) = ask(since=gone, expand="record")["results"]
    assert (entry["kind"], entry["slug"], entry["why"]) == ("created", "secret", None)
    detail = Client().get("/" + entry["url"].split("/", 3)[-1]).json()
    assert detail.items() >= entry["record"].items()


def test_a_draft_that_was_never_listed_leaves_no_trace() -> None:
    start = now()
    draft = make("Draft", moderation="draft")
    submitted = make("Also", moderation="submitted")
    partnerships.delete(draft, by=records.make_unit(), reason="A trial")
    partnerships.moderate(submitted, to="withdrawn", by=records.make_unit(), reason="No")
    assert since(start) == []
    assert not RecordChange.objects.filter(record_type="partnership").exists()
    assert Client().get(f"/api/v1/partnerships/{draft.public_id}/").status_code == 404


def test_a_new_name_changes_whatever_shows_it() -> None:
    unit = records.make_unit()
    board = records.make_board("NHS Borders")
    ward = records.make_institution("Ward", country="GB", parent=board.institution)
    owned = make("Owned", health_board=board)
    joined = records.make_partnership("Joined", members=[ward, records.make_institution("Far")])
    start = now()
    board.institution.name = "NHS Scottish Borders"
    institutions.save(board.institution, by=unit)
    names = {"nhs-borders", "ward", owned.slug, joined.slug}
    assert {slug for _, slug in since(start)} == names
    start = now()
    with transaction.atomic():
        ward.name = "Ward 2"
        institutions.save(ward, by=unit)
        transaction.set_rollback(True)
    assert since(start) == []


def test_what_was_done_by_hand_is_found_by_a_rebuild() -> None:
    first = make("First")
    second = make("Second", moderation="draft")
    start = now()
    Partnership.objects.filter(pk=first.pk).update(moderation="withdrawn")
    Partnership.objects.filter(pk=second.pk).update(moderation="listed")
    rebuild()
    assert since(start) == [("created", "second"), ("removed", "first")]


@pytest.mark.parametrize("token", ["x", "a.b", "é", "\x00", "x" * 5_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    records.make_institution()
    for query in ({"since": token}, {"since": now()[:-1]}, {"since": [now(), now()]}):
        answer = Client().get(CHANGES, query)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == ["since"]
    assert Client().get(CHANGES, {"expand": "all"}).status_code == 400
    assert Client().get(CHANGES, {"page_size": "201"}).status_code == 400


def test_after_a_backup_was_restored_a_later_token_starts_anew() -> None:
    records.make_institution("Before")
    early = now()
    held = list(RecordChange.objects.values()), list(ChangeRun.objects.values())
    records.make_institution("Lost")
    late = now()
    for model, rows in zip((RecordChange, ChangeRun), held, strict=True):
        model.objects.all().delete()
        model.objects.bulk_create(model(**row) for row in rows)
    Institution.objects.filter(slug="lost").delete()
    assert Client().get(CHANGES, {"since": late}).status_code == 410
    records.make_institution("After")
    records.make_institution("Later")
    answer = Client().get(CHANGES, {"since": late})
    assert answer.status_code == 410
    assert "Start anew" in answer.json()["errors"]["since"][0]
    assert since(early) == [("created", "after"), ("created", "later")]


def test_what_a_dead_process_left_is_numbered_by_the_next_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records.make_institution("Before")
    start = now()
    with monkeypatch.context() as dying:
        dying.setattr(versions, "settle", lambda: None)
        records.make_institution("After")
    assert ChangeNote.objects.exists()
    token = DataVersion.objects.get().token
    assert since(start) == [("created", "after")]
    assert not ChangeNote.objects.exists()
    assert DataVersion.objects.get().token != token


def test_queries_do_not_grow() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(expand="record")
        return len(queries)

    records.make_partnership(topics=[records.make_topic()])
    one = cost()
    for _ in range(3):
        records.make_partnership(topics=[records.make_topic()])
    assert cost() == one
    assert one <= 18


def test_the_migration_fills_what_is_there() -> None:
    unit = records.make_unit()
    listed = make("Listed")
    gone = make("Gone", moderation="withdrawn")
    partnerships.update(gone, by=unit, values={"slug": "not-public"})
    make("Draft", moderation="draft")
    records.make_institution("Place")
    start = now()
    RecordChange.objects.all().delete()
    ChangeRun.objects.all().delete()
    migration = import_module("partnerships.migrations.0011_record_changes")
    migration.fill(apps, SimpleNamespace(connection=connection))
    assert Client().get(CHANGES, {"since": start}).status_code == 410
    assert since("") == [("created", "place"), ("created", listed.slug), ("removed", "gone")]
    assert ChangeRun.objects.get().position == 3
    records.make_institution("Next")
    assert since(now()) == []


# --------------------------------------------------------------------------------- permanence


def test_a_removed_record_is_gone_and_says_since_when() -> None:
    unit = records.make_unit()
    record = make("One")
    partnerships.update(record, by=unit, values={"slug": "two"})
    partnerships.moderate(record, to="withdrawn", by=unit, reason="Canary")
    record.refresh_from_db()
    partnerships.update(record, by=unit, values={"slug": "hidden"})
    for name in ("one", "two", record.public_id):
        answer = Client().get(f"/api/v1/partnerships/{name}/")
        assert answer.status_code == 410, name
        check_shape(answer.json(), schema.Removed(), "removed")
        assert answer.json()["why"] == "withdrawn"
        page = Client().get(f"/partnerships/{name}/")
        assert page.status_code == 410
        assert "taken off the list" in page.text
        assert "Canary" not in page.text + answer.text
    assert Client().get("/api/v1/partnerships/hidden/").status_code == 404
    client = Client()
    client.force_login(unit)
    assert client.get("/api/v1/partnerships/hidden/").status_code == 200
    partnerships.moderate(record, to="listed", by=unit)
    assert Client().get(f"/api/v1/partnerships/{record.public_id}/").status_code == 200
    assert Client().get("/api/v1/partnerships/two/").status_code == 301


def test_a_merged_institution_leads_to_the_one_that_follows() -> None:
    unit = records.make_unit()
    new = records.make_institution("New")
    middle = records.make_institution("Middle", succession_kind="merged", successor=new)
    old = records.make_institution("Old", succession_kind="merged", successor=middle)
    closed = records.make_institution("Closed")
    assert Client().get("/api/v1/institutions/old/").status_code == 200
    start = now()
    for place in (old, middle, closed):
        institutions.delete(place, by=unit, reason="A double")
    entries = ask(since=start)["results"]
    assert [(e["slug"], e["why"]) for e in entries] == [
        ("old", "merged"), ("middle", "merged"), ("closed", "deleted"),
    ]  # fmt: skip
    assert entries[1]["successor"] == str(new.public_id)
    for name in ("old", "middle", entries[0]["id"]):
        answer = Client().get(f"/api/v1/institutions/{name}/")
        assert (answer.status_code, answer["Location"]) == (301, "/api/v1/institutions/new/")
        answer = Client().get(f"/institutions/{name}/")
        assert (answer.status_code, answer["Location"]) == (301, "/institutions/new/")
    for path in (f"/api/v1/institutions/{entries[2]['id']}/", "/institutions/closed/"):
        assert Client().get(path).status_code == 410
    again = records.make_institution("Closed")
    assert str(again.public_id) != entries[2]["id"]
    assert Client().get("/api/v1/institutions/closed/").json()["id"] == str(again.public_id)


# ------------------------------------------------------------------------- two at the same time


@pytest.mark.postgres
def test_what_is_committed_late_is_not_skipped() -> None:
    """A begins before B and commits after it; clients read in between."""
    slow = make("Slow")
    quick = make("Quick")
    start, by = now(), system_user()
    written, may_commit = threading.Event(), threading.Event()

    def a() -> None:
        with transaction.atomic():
            partnerships.update(slow, by=by, values={"summary": "A"})
            written.set()
            assert may_commit.wait(30)

    errors: list[BaseException] = []
    thread = started(a, errors)
    assert written.wait(30)
    partnerships.update(quick, by=by, values={"summary": "B"})  # does not wait for A
    between = ask(since=start)
    assert [entry["slug"] for entry in between["results"]] == ["quick"]
    may_commit.set()
    thread.join(30)
    assert errors == []
    assert since(between["resume"]) == [("changed", "slow")]
    assert since(start) == [("changed", "quick"), ("changed", "slow")]


def started(work: Callable[[], None], errors: list[BaseException]) -> threading.Thread:
    """A thread with a connection of its own."""

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # shown by the test
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.postgres
def test_many_writers_and_readers_at_once_skip_nothing() -> None:
    made = [make(f"Link {number}") for number in range(4)]
    by, start = system_user(), now()
    errors: list[BaseException] = []
    seen: list[dict[str, str]] = []
    done = threading.Event()

    def write(record: Partnership) -> None:
        for number in range(5):
            partnerships.update(record, by=by, values={"summary": f"{number}"})

    def follow() -> None:
        copy: dict[str, str] = {}
        token, is_last, page = start, False, {"next": ""}
        while not is_last or page["next"]:
            is_last = done.is_set()
            page = ask(since=token, page_size=2, expand="record")
            copy |= {e["slug"]: e["record"]["summary"] for e in page["results"]}
            token = page["resume"]
        seen.append(copy)

    followers = [started(follow, errors) for _ in range(2)]
    for writer in [started(partial(write, record), errors) for record in made]:
        writer.join(60)
    done.set()
    for follower in followers:
        follower.join(60)
    assert errors == []
    assert seen == [dict.fromkeys((record.slug for record in made), "4")] * 2
