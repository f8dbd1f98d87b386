"""The table of who may do what in the admin, and everybody and every record of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from partnerships.choices import ChampionRole
from partnerships.models import TwinningCycle
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
    "framework": ("ldouas", "us", "us", "uas"),
    "own cycle": ("lduas", "ldus", "", "lduas"),
    "other cycle": ("ouas", "ous", "", "ouas"),
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
    "Framework": ("ldouas", "us"),
    "TwinningCycle": ("ldouas", "ldous"),
    "Round": ("ldous", "us"),
    "Questionnaire": ("uas", "us"),
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


def make_cycle(record: Any) -> TwinningCycle:
    return TwinningCycle.objects.create(partnership=record, number=1)


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
            "framework": make_framework(state="draft"),
            "own cycle": make_cycle(ours),
            "other cycle": make_cycle(others),
            "resource": make_resource(),
        }
