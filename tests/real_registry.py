"""The public-sources data, loaded once for a module of tests and rolled back after it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

REFERENCE = "partnerships/reference"


@pytest.fixture(scope="module")
def real_registry(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What `make run` puts into an empty registry."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


def load() -> None:
    silent = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    call_command("load_reference_data", **silent)
    call_command(
        "import_partnerships",
        f"{REFERENCE}/partnerships.csv",
        institutions=f"{REFERENCE}/institutions.csv",
        apply=True,
        **silent,
    )
