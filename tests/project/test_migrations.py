"""The squashed migration makes what the files that it replaces make."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

SQUASHED = "0001_squashed_0030_planned_import_encoding"
# Waits for allauth's migrations, which wait for the accounts: squashed, it would wait for itself.
BESIDE = "0020_email_addresses"

pytestmark = pytest.mark.once


def module(name: str) -> Any:
    return import_module(f"partnerships.migrations.{name}")


def state_after(name: str, *, replacing: bool) -> ProjectState:
    loader = MigrationLoader(None, replace_migrations=replacing)
    state: ProjectState = loader.project_state(("partnerships", name))
    return state


def test_every_older_file_is_replaced() -> None:
    disk = MigrationLoader(None).disk_migrations
    older = {
        (app, name)
        for app, name in disk
        if app == "partnerships" and name <= "0030_planned_import_encoding"
    }
    kept = {("partnerships", SQUASHED), ("partnerships", BESIDE)}

    assert set(module(SQUASHED).Migration.replaces) == older - kept


def test_both_ways_lead_to_the_same_models() -> None:
    one_by_one = state_after("0030_planned_import_encoding", replacing=False)
    assert len(one_by_one.models) > 90
    assert state_after(SQUASHED, replacing=True) == one_by_one


def test_both_ways_write_the_same_statements() -> None:
    def told(statements: list[str]) -> list[str]:
        return [" ".join(statement.split()) for statement in statements]

    text, facets = module("0002_full_text_search"), module("0008_facet_statistics")
    short = module(SQUASHED).FORWARDS

    assert told(short["sqlite"]) == told(text.SQLITE)
    assert told(short["postgresql"]) == told(text.POSTGRESQL + facets.STATEMENTS)
