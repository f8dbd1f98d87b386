"""A small register to walk through, and a page that notices every error and every stray request."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from partnerships.choices import Moderation
from partnerships.models import Framework, Partnership, TwinningStep
from partnerships.services import checklists, frameworks, twinning
from partnerships.services.mailboxes import mailbox_of
from tests.factories import records
from tests.factories.evaluations import plant_evaluation
from tests.factories.mailed import plant_link
from tests.factories.rounds import NOW, Round


@pytest.fixture(scope="session")
def kept_register() -> Iterator[sqlite3.Connection]:
    """Where the register waits between tests: bringing it back takes a hundredth of making it."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as kept:
        yield kept


@pytest.fixture
def register(transactional_db: None, kept_register: sqlite3.Connection) -> None:
    """The small register: made once, and copied back for each test, as SQLite can."""
    connection.ensure_connection()
    if connection.vendor != "sqlite":
        make_register()
    elif kept_register.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        make_register()
        connection.connection.backup(kept_register)
    else:
        kept_register.backup(connection.connection)


def make_register() -> None:
    """Both ends placed, several at one site, one that cannot be placed, one declared country."""
    board = records.make_board("NHS Tayside")
    ninewells = records.make_institution(
        "Ninewells Hospital",
        country="GB",
        city="Dundee",
        parent=board.institution,
        latitude=56.462,
        longitude=-3.035,
    )
    queens = records.make_institution(
        "Queen Elizabeth Central Hospital",
        country="MW",
        city="Blantyre",
        latitude=-15.802,
        longitude=35.021,
    )
    francis = records.make_institution(
        "St Francis Hospital",
        country="ZM",
        city="Katete",
        latitude=-14.1,
        longitude=31.9,
        precision="district",
    )
    surgery, eyes = records.make_topic("Surgery"), records.make_topic("Eye health")
    records.make_partnership(
        "Emergency care in Blantyre",
        members=[ninewells, queens],
        topics=[surgery],
        health_board=board,
        summary="Emergency staff of both hospitals train each other.",
        began_on=date(2010, 1, 1),
        began_precision="year",
    )
    plant_link(
        "a-link-in-a-mail",
        purpose="confirmation",
        partnership=Partnership.objects.get(slug="emergency-care-in-blantyre"),
        side="partner",
    )
    plant_link("no-more-mail", purpose="unsubscribe", mailbox=mailbox_of("somebody@example.org"))
    checklist = checklists.open_round(
        partnership=Partnership.objects.get(slug="emergency-care-in-blantyre"),
        framework=versions_of_a_framework(),
        by=records.make_unit(),
    )
    plant_link("a-checklist", purpose="checklist", part=checklist.parts.order_by("-pk")[0])
    plant_evaluation(
        checklist.partnership, by=checklist.opened_by, uk="for-the-uk", partner="an-evaluation"
    )
    eyes_of = records.make_partnership(
        "Eyes of Blantyre", members=[ninewells, queens], topics=[eyes]
    )
    compared(eyes_of)
    records.make_partnership("Tayside and Katete", members=[ninewells, francis], topics=[eyes])
    records.make_partnership("Nowhere in particular")
    many = records.make_partnership(
        "Many countries",
        kind="government_twinning",
        members=[board.institution],
        countries=["NP"],
        gap_note="Only the country.",
    )
    cycle = twinning.open_cycle(partnership=many, by=records.make_unit())
    reached = TwinningStep(cycle=cycle, number=2, began_on=date(2026, 1, 1), began_precision="year")
    twinning.save(cycle, by=records.make_unit(), written=[reached])
    records.make_partnership(
        "Taken off", members=[ninewells, francis], moderation=Moderation.WITHDRAWN
    )


def compared(partnership: Partnership) -> None:
    """A round that both sides compare, a year after another."""
    told: Any = {"partnership": partnership, "framework": records.make_framework(principles=3)}
    first = Round(["2", "3"], ["1", "2"], **told)
    first.point("Share the hospital's plan", at=1)
    first.agree()
    now = Round(["4", "2"], ["2", "3"], at=NOW + timedelta(days=200), **told)
    now.point("Meet in May", due_on=date(2026, 1, 1))
    now.write(now.hallmarks[0], "3", "We looked at the minutes.")
    plant_link("a-comparison", purpose="checklist", part=now.parts[0])


def versions_of_a_framework() -> Framework:
    """`ours` in the versions 1 and 2, which differ, and the steps of `cycle`."""
    first, steps = records.make_framework(), records.make_framework(principles=6, hallmarks=1)
    Framework.objects.filter(pk=first.pk).update(code="ours")
    Framework.objects.filter(pk=steps.pk).update(code="cycle", shape="steps")
    first.refresh_from_db()
    second = frameworks.make_version(first, version="2", by=records.make_unit())
    hallmark = frameworks.hallmarks_in(second).first()
    assert hallmark
    hallmark.text = "Said better"
    frameworks.save_wording(hallmark, by=records.make_unit())
    frameworks.publish(second, by=records.make_unit())
    records.make_resource("Guide for ours", principles=["ours"])
    return first


class Watched:
    """What went wrong on a page: console errors, exceptions, and requests that leave the site."""

    def __init__(self, page: Any, host: str) -> None:
        self.errors: list[str] = []
        self.strays: list[str] = []
        self.host = host
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.strays.append(request.url)

    def check(self) -> None:
        assert self.errors == []
        assert self.strays == []


@pytest.fixture
def watched(page: Any, base_url: str, register: None) -> Iterator[Any]:
    """The page; whatever it did wrong until the end of the test fails the test."""
    watch = Watched(page, urlsplit(base_url).netloc)
    page.watch = watch
    yield page
    if not page.is_closed():
        watch.check()
