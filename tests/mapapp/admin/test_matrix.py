"""Who may do what with which record, through every door: a table, and a request for each cell.

A cell that says no is tried too: the request is refused, and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from partnerships import models as registry
from tests.mapapp.admin.matrix import (
    ACTIONS,
    CELLS,
    CHOICES,
    DELETE,
    EDIT,
    HISTORY,
    LISTS,
    PAGES,
    READ,
    RECORDS,
    ROLES,
    Cast,
)
from tests.mapapp.admin.pages import entries, page, url

REFUSED = (302, 403, 404)
pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_the_table_is_large_enough() -> None:
    assert CELLS >= 600, CELLS


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Cast()
        transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever a request writes is gone again afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b(?!.*django_session)", re.IGNORECASE | re.DOTALL)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is written meanwhile."""
    written: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql):
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield written


def refusal(send: Callable[[], Any]) -> str:
    """Nothing where a request is refused and writes nothing; else what it did instead."""
    with undone(), watched() as written:
        status = send().status_code
    if status not in REFUSED:
        return f"answered {status}"
    return f"wrote {written[0][:60]}" if written else ""


def wrong(cells: Iterator[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    """Cells that are not as the table says."""
    return [cell for cell in cells if cell[-1]]


def address(record: Any, name: str) -> str:
    return url(type(record), name, record.pk)


# --------------------------------------------------------------------------------- the doors


def test_who_reads_and_who_edits(cast: Cast) -> None:
    def cells() -> Iterator[tuple[str, str, str]]:
        for name, row in RECORDS.items():
            record, sent = cast.records[name], None
            for role in ("s", *(r for r in ROLES if r != "s")):
                client, here = cast.clients[role], address(record, "change")
                answer = client.get(here)
                if role == "s" and answer.status_code == 200:
                    sent = a_change(answer)
                yield name, role, read_wrongly(answer, role in row[READ], role in row[EDIT])
                if role not in row[EDIT]:
                    body = sent or {}
                    yield name, role, refusal(lambda c=client, h=here, b=body: c.post(h, b))

    assert wrong(cells()) == []


def read_wrongly(answer: Any, reads: bool, edits: bool) -> str:
    if (answer.status_code == 200) != reads:
        return f"GET answered {answer.status_code}"
    if not reads:
        return "" if answer.status_code in REFUSED else f"GET answered {answer.status_code}"
    text = answer.content
    buttons = (b'name="_save"', b'name="decision"', b'value="undo"', b'name="_abandon"')
    has_button = any(button in text for button in buttons)
    return "" if has_button == edits else f"button to save: {has_button}"


def a_change(answer: Any) -> dict[str, Any]:
    """A change of a page that would be taken from whoever may, rows included."""
    shown = page(answer)
    if shown.select_one("#content form[method=post]") is None:
        return {}
    sent = entries(shown)
    for name in ("name", "summary", "title", "label", "first_name", "reason", "until"):
        if name in sent:
            sent[name] = "2026-11-01" if name == "until" else "Not mine to say"
    if "members-TOTAL_FORMS" in sent:
        sent["members-0-role"] = "host"
        sent["members-0-DELETE"] = "on"
    if shown.select_one("[name=decision]"):
        sent |= {"decision": "decline", "answer": "No."}
    if shown.select_one("[value=undo]"):
        sent |= {"act": "undo"}
    return sent


def test_who_deletes(cast: Cast) -> None:
    sent = {"post": "yes", "reason": "Not mine to say"}

    def cells() -> Iterator[tuple[str, str, str]]:
        for name, row in RECORDS.items():
            record = cast.records[name]
            for role, client in cast.clients.items():
                here = address(record, "delete")
                if role not in row[EDIT] + row[DELETE]:
                    yield name, role, refusal(lambda c=client, h=here: c.post(h, sent))
                    continue
                with undone():
                    status = client.post(here, sent).status_code
                    is_gone = not type(record).objects.filter(pk=record.pk).exists()
                as_told = is_gone == (role in row[DELETE])
                yield name, role, "" if as_told else f"{status}, gone: {is_gone}"

    assert wrong(cells()) == []


def test_who_reads_a_history(cast: Cast) -> None:
    def cells() -> Iterator[tuple[str, str, str]]:
        for name, row in RECORDS.items():
            here = address(cast.records[name], "history")
            for role, client in cast.clients.items():
                status = client.get(here).status_code
                opens = role in row[HISTORY]
                as_told = status == 200 if opens else status in REFUSED
                yield name, role, "" if as_told else str(status)

    assert wrong(cells()) == []


def test_what_lists_show_and_who_adds(cast: Cast) -> None:
    def cells() -> Iterator[tuple[str, str, str]]:
        for name, (listed, adds) in LISTS.items():
            model = getattr(registry, name)
            for role, client in cast.clients.items():
                answer = client.get(url(model, "changelist"))
                yield name, role, listed_wrongly(cast, model, role, answer, role in listed)
                here = url(model, "add")
                if role in adds:
                    status = client.get(here).status_code
                    yield name, role, "" if status == 200 else f"adding answered {status}"
                else:
                    yield name, role, refusal(lambda c=client, h=here: c.post(h, {"name": "X"}))

    assert wrong(cells()) == []


def listed_wrongly(cast: Cast, model: Any, role: str, answer: Any, opens: bool) -> str:
    """A list shows, of the records of the table, those that the role reads, and no other one."""
    if not opens:
        return "" if answer.status_code in REFUSED else f"list answered {answer.status_code}"
    if answer.status_code != 200:
        return f"list answered {answer.status_code}"
    rows = answer.context["cl"].result_list
    shown = {cast.names[model, row.pk] for row in rows if (model, row.pk) in cast.names}
    told = {name for (kind, _), name in cast.names.items() if kind is model}
    told = {name for name in told if role in RECORDS[name][READ]}
    return "" if shown == told else f"list shows {sorted(shown ^ told)}"


def test_what_autocompletes_offer(cast: Cast) -> None:
    def cells() -> Iterator[tuple[str, str, str]]:
        for (model, field), offers in CHOICES.items():
            asked = {"app_label": "partnerships", "model_name": model, "field_name": field}
            for role, client in cast.clients.items():
                answer = client.get(reverse("admin:autocomplete"), asked | {"term": ""})
                told = next((what for roles, what in offers.items() if role in roles), 302)
                yield f"{model}.{field}", role, offered_wrongly(answer, told)

    def offered_wrongly(answer: Any, told: Any) -> str:
        if isinstance(told, int) or answer.status_code != 200:
            return "" if answer.status_code == told else f"answered {answer.status_code}"
        texts = {row["text"].split(", in ")[-1] for row in answer.json()["results"]}
        if told == "all partnerships":
            told = {name for name, record in cast.records.items() if is_partnership(record)}
            return "" if texts >= told - {"own draft"} else f"offers {texts}"
        if told == "all institutions":
            return "" if len(texts) >= 5 else f"offers {texts}"
        if told == {"topic"}:
            told = {cast.records["topic"].label}
        return "" if texts == told else f"offers {texts}"

    assert wrong(cells()) == []


def is_partnership(record: Any) -> bool:
    return isinstance(record, registry.Partnership)


def test_what_actions_change(cast: Cast) -> None:
    def cells() -> Iterator[tuple[str, str, str]]:
        for (name, action), changes in ACTIONS.items():
            model = getattr(registry, name)
            of_kind = {n: r for n, r in cast.records.items() if type(r) is model}
            tried = {n for names in changes.values() for n in names} or set(of_kind)
            keys = [of_kind[n].pk for n in tried]
            for role, client in cast.clients.items():
                told = {n for roles, names in changes.items() if role in roles for n in names}
                with undone(), watched() as written:
                    before = {n: state(of_kind[n]) for n in tried}
                    client.post(
                        url(model, "changelist"), {"action": action, "_selected_action": keys}
                    )
                    did = {n for n in tried if state(of_kind[n]) != before[n]}
                yield f"{name} {action}", role, "" if did == told else f"changed {sorted(did)}"
                if not told and written and not is_told_only(written):
                    yield f"{name} {action}", role, f"wrote {written[0][:60]}"

    assert wrong(cells()) == []


def is_told_only(written: list[str]) -> bool:
    return all("django_admin_log" in sql for sql in written)


def state(record: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = type(record).objects.filter(pk=record.pk).values().first()
    return found


def test_what_exports_hold(cast: Cast) -> None:
    def cells() -> Iterator[tuple[str, str, str]]:
        for role in "ldous":
            answer = cast.clients[role].get("/admin/partnerships/partnership/export.csv")
            lines = b"".join(answer).decode("utf-8-sig").splitlines()
            for name, row in RECORDS.items():
                if is_partnership(cast.records[name]):
                    is_there = any(cast.records[name].slug in line for line in lines)
                    as_told = is_there == (role in row[EDIT])
                    yield name, role, "" if as_told else f"in the file: {is_there}"

    assert wrong(cells()) == []


def test_pages_beside_the_records(cast: Cast) -> None:
    LogEntry.objects.create(
        user=cast.people["u"], action_flag=2, object_repr="Canary in the log", change_message=""
    )

    def cells() -> Iterator[tuple[str, str, str]]:
        for name, opens in PAGES.items():
            for role, client in cast.clients.items():
                yield name, role, page_wrongly(cast, name, client, role in opens)

    assert wrong(cells()) == []


def page_wrongly(cast: Cast, name: str, client: Client, opens: bool) -> str:
    _, _, record_name = name.partition(" of " if " of " in name else "hand over ")
    record = cast.records.get(record_name)
    if name.startswith("log"):
        shown = client.get("/admin/", follow=True)
        mine = shown.wsgi_request.user == cast.people["u"]
        return "" if mine or "Canary in the log" not in shown.text else "somebody else's log"
    if record is None:
        here = name
    elif name.startswith("hand over"):
        here = address(record, "hand_over")
    elif name.startswith("password"):
        here = f"/admin/partnerships/user/{record.pk}/password/"
    else:
        version = record.history.order_by("history_id").first().history_id
        here = url(type(record), "simple_history", record.pk, version)
    answer = client.get(here)
    answer.close()
    if opens:
        return "" if answer.status_code == 200 else f"answered {answer.status_code}"
    if answer.status_code not in REFUSED:
        return f"GET answered {answer.status_code}"
    return refusal(lambda: client.post(here, {"email": "x@example.org", "reason": ""}))
