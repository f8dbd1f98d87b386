"""Who may do what with which record, through every door: a table, and a request for each cell.

A cell that says no is tried too: the request is refused, and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partnerships import models as registry
from partnerships.choices import ChampionRole
from partnerships.services import checklists
from tests.factories.records import (
    make_api_key,
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_framework,
    make_institution,
    make_partnership,
    make_resource,
    make_suggestion,
    make_topic,
    make_unit,
    make_user,
)
from tests.mapapp.admin.pages import entries, page, url
from tests.mapapp.admin.test_pages import make_import_row, make_import_run

#: l: lead, d: deputy, o: champion of another Board, u: unit, a: auditor, s: superuser; and those
#: who may nothing: a visitor, a closed account, an account without a role, a tenure that ended
#: today, and one that begins tomorrow.
ROLES = {
    "l": "lead",
    "d": "deputy",
    "o": "other Board's",
    "u": "unit",
    "a": "auditor",
    "s": "superuser",
    "v": "visitor",
    "i": "closed account",
    "n": "no role",
    "e": "ended today",
    "f": "begins tomorrow",
}

REFUSED = (302, 403, 404)
pytestmark = pytest.mark.django_db

# -------------------------------------------------------------------------------- the table
# record: who reads it, who edits it, who can delete it, who reads its history.

READ, EDIT, DELETE, HISTORY = range(4)
RECORDS: dict[str, tuple[str, str, str, str]] = {
    "own listed": ("ldouas", "ldus", "", "lduas"),
    "own draft": ("lduas", "ldus", "ldus", "lduas"),
    "own submitted": ("lduas", "ldus", "ldus", "lduas"),
    "other listed": ("ldouas", "ous", "", "ouas"),
    "other draft": ("ouas", "ous", "ous", "ouas"),
    "unit's listed": ("ldouas", "us", "", "uas"),
    "unit's draft": ("uas", "us", "us", "uas"),
    "own member": ("ldus", "", "", "ldus"),
    "own institution": ("ldouas", "ldus", "", "lduas"),
    "shared institution": ("ldouas", "us", "", "uas"),
    "unused institution": ("ldouas", "ldous", "us", "ldouas"),
    "own coordinator": ("ldus", "ldus", "ldus", "ldus"),
    "other coordinator": ("ous", "ous", "ous", "ous"),
    "own suggestion": ("lduas", "ldus", "", "lduas"),
    "other suggestion": ("ouas", "ous", "", "ouas"),
    "own checklist": ("ldus", "ldus", "", "ldus"),
    "other checklist": ("ous", "ous", "", "ous"),
    "deputy's tenure": ("lduas", "lus", "", "lduas"),
    "lead's tenure": ("lduas", "us", "", "lduas"),
    "other tenure": ("ouas", "us", "", "ouas"),
    "board": ("ldouas", "us", "", "uas"),
    "champion's account": ("uas", "us", "", "uas"),
    "superuser's account": ("uas", "s", "", "uas"),
    "own import": ("luas", "lus", "", "luas"),
    "unit's import": ("uas", "us", "", "uas"),
    "API key": ("us", "us", "", "us"),
    "topic": ("ldouas", "us", "us", "uas"),
    "resource": ("ldouas", "us", "", "uas"),
}
# Whose page with a list opens, and who adds one.
LISTS: dict[str, tuple[str, str]] = {
    "Partnership": ("ldouas", "ldous"),
    "Institution": ("ldouas", "ldous"),
    "Coordinator": ("ldous", "ldous"),
    "Suggestion": ("ldouas", ""),
    "Checklist": ("ldous", "ldous"),
    "Champion": ("ldouas", "lous"),
    "HealthBoard": ("ldouas", "us"),
    "User": ("uas", "us"),
    "Topic": ("ldouas", "us"),
    "ImportRun": ("ldouas", "ldous"),
    "OutgoingMail": ("us", ""),
    "ApiKey": ("us", "us"),
    "Resource": ("ldouas", "us"),
}
# Who is offered which records by an autocomplete: model and field of the form, then by role.
NOBODY: set[str] = set()
CHOICES: dict[tuple[str, str], dict[str, Any]] = {
    ("coordinator", "member"): {
        "ld": {"own listed", "own draft", "own submitted"},
        "o": {"other listed", "other draft"},
        "us": "all partnerships",
        "a": 403,
    },
    ("checklist", "partnership"): {
        "ld": {"own listed", "own draft", "own submitted"},
        "o": {"other listed", "other draft"},
        "us": "all partnerships",
        "a": NOBODY,
    },
    ("member", "institution"): {"ldouas": "all institutions"},
    ("institution", "parent"): {"ldouas": "all institutions"},
    ("partnershiptopic", "topic"): {"ldouas": {"topic"}},
}
# Actions on a list, the records that they are tried on together, and whose they change.
ACTIONS: dict[tuple[str, str], dict[str, set[str]]] = {
    ("Partnership", "submit"): {"ldus": {"own draft"}, "ous": {"other draft"}},
    ("Partnership", "list_publicly"): {"ldus": {"own draft", "own submitted"}},
    ("Partnership", "confirm_uk_side"): {"ldus": {"own listed"}, "ous": {"other listed"}},
    ("Partnership", "delete_selected"): {},
    ("Champion", "end_today"): {"lus": {"deputy's tenure"}, "us": {"lead's tenure"}},
    ("Champion", "delete_selected"): {},
    ("Topic", "retire"): {"us": {"topic"}},
    ("Resource", "retire"): {"us": {"resource"}},
    ("ApiKey", "revoke"): {"us": {"API key"}},
    ("Checklist", "abandon"): {"ldus": {"own checklist"}, "ous": {"other checklist"}},
}
# Pages beside the records' own.
PAGES: dict[str, str] = {
    "/admin/": "ldouas",
    "/admin/partnerships/": "ldouas",
    "/admin/partnerships/champion/cover/": "us",
    "/admin/partnerships/partnership/export.csv": "ldous",
    "/admin/report/nhs-ours/": "lduas",
    "/admin/report/nhs-theirs/": "ouas",
    "hand over deputy's tenure": "lus",
    "hand over lead's tenure": "us",
    "hand over other tenure": "us",
    "old version of own listed": "lduas",
    "old version of other listed": "ouas",
    "old version of own coordinator": "ldus",
    "old version of lead's tenure": "lduas",
    "log of somebody else": "",
    "password of champion's account": "",
}
CELLS = len(ROLES) * (4 * len(RECORDS) + 2 * len(LISTS) + len(CHOICES) + len(ACTIONS) + len(PAGES))


def test_the_table_is_large_enough() -> None:
    assert CELLS >= 600, CELLS


# -------------------------------------------------------------------------------- the world


class Cast:
    """Everybody of the table and every record of it, made once for this module."""

    def __init__(self) -> None:
        board, other = make_board("NHS Ours"), make_board("NHS Theirs")
        today = timezone.localdate()
        self.people: dict[str, Any] = {
            "l": make_champion(board, role=ChampionRole.LEAD),
            "d": make_champion(board),
            "o": make_champion(other, role=ChampionRole.LEAD),
            "u": make_unit(),
            "a": make_auditor(),
            "s": make_user(is_superuser=True, is_staff=True),
            "v": None,
            "i": make_champion(board),
            "n": make_user(is_staff=True),
            "e": make_champion(board, until=today),
            "f": make_champion(board, since=today + timedelta(days=1)),
        }
        closed = self.people["i"]
        closed.is_active = False
        closed.save()
        self.clients = {role: self._client(user) for role, user in self.people.items()}
        self.records = self._records(board, other)
        self.names = {(type(row), row.pk): name for name, row in self.records.items()}

    def _import(self, role: str, record: Any) -> Any:
        run = make_import_run(by=self.people[role])
        make_import_row(run, partnership=record)
        return run

    @staticmethod
    def _client(user: Any) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    def _records(self, board: Any, other: Any) -> dict[str, Any]:
        own, shared, theirs = (make_institution(country="GB") for _ in range(3))
        abroad, topic, framework = make_institution(country="MW"), make_topic(), make_framework()

        def record(name: str, owner: Any, moderation: str, *first: Any) -> Any:
            members = [*first, abroad]
            return make_partnership(
                name, health_board=owner, moderation=moderation, members=members
            )

        made = {
            "own listed": record("own listed", board, "listed", own, shared),
            "own draft": record("own draft", board, "draft", own),
            "own submitted": record("own submitted", board, "submitted", own),
            "other listed": record("other listed", other, "listed", theirs, shared),
            "other draft": record("other draft", other, "draft", theirs),
            "unit's listed": record("unit's listed", None, "listed", shared),
            "unit's draft": record("unit's draft", None, "draft"),
        }
        ours, others = made["own listed"], made["other listed"]
        members = {"own": ours.members.first(), "other": others.members.first()}
        return made | {
            "own member": members["own"],
            "own institution": own,
            "shared institution": shared,
            "unused institution": make_institution("Unused"),
            "own coordinator": make_coordinator(members["own"], "Canary Ours"),
            "other coordinator": make_coordinator(members["other"], "Canary Theirs"),
            "own suggestion": make_suggestion(ours),
            "other suggestion": make_suggestion(others),
            "own checklist": checklists.open_round(
                partnership=ours, framework=framework, by=self.people["u"]
            ),
            "other checklist": checklists.open_round(
                partnership=others, framework=framework, by=self.people["u"]
            ),
            "deputy's tenure": self.people["d"].tenures.get(),
            "lead's tenure": self.people["l"].tenures.get(),
            "other tenure": self.people["o"].tenures.get(),
            "board": board,
            "champion's account": self.people["d"],
            "superuser's account": self.people["s"],
            "own import": self._import("l", ours),
            "unit's import": self._import("u", ours),
            "API key": make_api_key()[0],
            "topic": topic,
            "resource": make_resource(),
        }


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
    has_button = b'name="_save"' in text or b'name="decision"' in text or b'value="undo"' in text
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
