"""The import command, and the real dataset through it."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import transaction

from partnerships.models import (
    Institution,
    Partnership,
    SearchDocument,
    User,
)
from partnerships.services.reference import FOLDER, load
from partnerships.services.users import system_user
from tests.factories.imports import (
    AT,
    PLACE,
    ROW,
    applied,
    command,
    csv_of,
    exported,
    make_small_registry,
    saved,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(db: None) -> None:
    make_small_registry()


def test_without_apply_the_command_only_shows_the_plan(small, tmp_path):
    users = User.objects.count()
    out = command(saved(tmp_path, csv_of(ROW)))

    assert out.splitlines() == [
        "file.csv:2: create borders-katete: new record",
        "file.csv: 1 rows: 1 create, 0 update, 0 unchanged, 0 conflict, 0 error",
    ]
    assert (Partnership.objects.count(), User.objects.count()) == (0, users)


def test_the_command_fails_on_errors_and_with_apply_on_conflicts_too(small, tmp_path):
    bad = saved(tmp_path, csv_of(ROW, ROW | {"slug": "bad", "kind": "x"}), "bad.csv")
    double = saved(tmp_path, csv_of(ROW, ROW), "double.csv")

    with pytest.raises(CommandError, match="in error"):
        command(bad)
    with pytest.raises(CommandError, match=r"bad\.csv has rows in error"):
        command(bad, apply=True)
    assert "2 conflict" in command(double)
    with pytest.raises(CommandError, match=r"double\.csv has rows in error or conflict"):
        command(double, apply=True)
    assert Partnership.objects.count() == 0


def test_a_bad_row_of_partnerships_keeps_institutions_out_too(small, tmp_path):
    places = saved(tmp_path, csv_of(PLACE), "places.csv")
    bad = saved(tmp_path, csv_of(ROW | {"uk_institutions": "new-hospital", "kind": "x"}))

    with pytest.raises(CommandError):
        command(bad, institutions=places, apply=True)
    assert not Institution.objects.filter(slug="new-hospital").exists()


def test_the_report_is_a_guarded_table(small, tmp_path):
    applied(csv_of(ROW))
    report = tmp_path / "report.csv"
    command(saved(tmp_path, csv_of(ROW | {"summary": "=1+1"})), report=str(report))
    with report.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [(row["row"], row["verdict"], row["column"], row["new"]) for row in rows] == [
        ("2", "update", "summary", "'=1+1")
    ]


def test_a_file_cannot_write_escapes_to_the_terminal(small, tmp_path):
    out = command(saved(tmp_path, csv_of(ROW | {"slug": "a", "name": "x\x1b[2J\ny"})))

    assert "\x1b" not in out
    assert len(out.splitlines()) == 2


@pytest.fixture(scope="module")
def real(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The dataset of public sources, loaded as `make run` loads it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(by=system_user(), at=AT)
        command(
            str(FOLDER / "partnerships.csv"),
            institutions=str(FOLDER / "institutions.csv"),
            apply=True,
        )
        yield
        transaction.set_rollback(True)


def read_csv(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_dataset_is_loaded_whole(real):
    rows = read_csv("partnerships.csv")

    assert set(Partnership.objects.listed().values_list("slug", flat=True)) == {
        row["slug"] for row in rows
    }
    assert Institution.objects.count() == len(read_csv("institutions.csv"))
    stages = Counter(row["status"].replace("unknown", "not_known") for row in rows)
    assert Counter(Partnership.objects.values_list("stage", flat=True)) == stages
    assert SearchDocument.objects.count() == len(rows)


def test_the_dataset_again_changes_nothing(real):
    out = command(str(FOLDER / "partnerships.csv"), institutions=str(FOLDER / "institutions.csv"))

    assert out.splitlines()[-2:] == [
        "institutions.csv: 329 rows: 0 create, 0 update, 329 unchanged, 0 conflict, 0 error",
        "partnerships.csv: 146 rows: 0 create, 0 update, 146 unchanged, 0 conflict, 0 error",
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_of_the_dataset_plans_no_change(real, tmp_path, kind):
    path = saved(tmp_path, exported(format=kind), f"export.{kind}")

    assert command(path).splitlines()[-1] == (
        f"export.{kind}: 146 rows: 0 create, 0 update, 146 unchanged, 0 conflict, 0 error"
    )


def test_loading_reference_data_after_the_import_changes_nothing(real):
    tallies = load(by=system_user(), at=AT)

    assert {name for name, tally in tallies.items() if tally.has_changed} == set()
    assert tallies["aliases"].unchanged == len(read_csv("institution_aliases.csv"))
