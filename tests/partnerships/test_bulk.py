"""The files of the whole dataset: what is in them, when they are made, and what never stays."""

from __future__ import annotations

import csv
import fcntl
import gzip
import io
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from partnerships import bulk as module
from partnerships.bulk import Bulk, NotMade, Snapshot, taken_out_since
from partnerships.choices import Moderation
from partnerships.models import Partnership
from partnerships.services import institutions, partnerships
from partnerships.tables import TABLES
from tests.factories import records

NAMES = {
    "partnerships.csv",
    "partnerships.jsonl",
    "partnerships.geojson",
    "members.csv",
    "institutions.csv",
    "institutions.jsonl",
    "institutions.geojson",
    "countries.csv",
    "vocabularies.csv",
}


@pytest.fixture
def bulk(tmp_path: Path) -> Bulk:
    return Bulk(tmp_path / "bulk", "https://map.example.org", "1")


def rows(found: Snapshot, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(found, name))))


def text(found: Snapshot, name: str) -> str:
    with found.open(name) as file:
        return file.read().decode()


def lines(found: Snapshot, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text(found, name).splitlines()]


@pytest.mark.django_db
def test_all_files_hold_the_same_public_records(bulk):
    board = records.make_board("NHS Borders")
    away = records.make_institution("Clinic", country="MW", latitude=-15.8, longitude=35.0)
    shown = records.make_partnership("=Shown", members=[board.institution, away])
    records.make_partnership("Draft", moderation=Moderation.DRAFT)
    records.make_partnership("Withdrawn", moderation=Moderation.WITHDRAWN)
    long_ago = timezone.localdate() - timedelta(days=2000)
    Partnership.objects.filter(pk=shown.pk).update(
        uk_confirmed_on=long_ago, last_confirmed_on=long_ago
    )

    found = bulk.present()

    assert set(found.files) == NAMES
    (row,) = rows(found, "partnerships.csv")
    (record,) = lines(found, "partnerships.jsonl")
    (feature,) = json.loads(text(found, "partnerships.geojson"))["features"]
    assert (row["name"], record["name"]) == ("'=Shown", "=Shown")
    assert row["id"] == record["id"] == feature["id"] == str(shown.public_id)
    assert feature["geometry"]["coordinates"] == [[35.0, -15.8]]
    members = rows(found, "members.csv")
    assert {each["partnership_id"] for each in members} == {record["id"]}
    known = rows(found, "institutions.csv")
    assert {each["institution_id"] for each in members} <= {each["permanent_id"] for each in known}
    assert [each["latitude"] for each in known if each["id"] == "clinic"] == ["-15.8"]
    places = json.loads(text(found, "institutions.geojson"))["features"]
    assert len(places) == len(known) == len(lines(found, "institutions.jsonl"))
    assert {"GB", "MW"} <= {each["code"] for each in rows(found, "countries.csv")}
    assert {each["list"] for each in rows(found, "vocabularies.csv")} >= {"kinds", "stages"}


@pytest.mark.django_db
def test_sizes_rows_and_sums_are_those_of_the_files(bulk):
    records.make_partnership("One")
    records.make_partnership("Two")

    found = bulk.present()

    for name, file in found.files.items():
        plain, packed = ((found.folder / n).read_bytes() for n in (name, f"{name}.gz"))
        assert (file.bytes, file.gzip_bytes) == (len(plain), len(packed))
        assert file.sha256 == sha256(plain).hexdigest()
        assert file.gzip_sha256 == sha256(packed).hexdigest()
        assert gzip.decompress(packed) == plain
    assert found.files["partnerships.csv"].rows == 2
    assert found.files["partnerships.geojson"].rows == 2
    again = bulk.make()
    assert {n: (f.sha256, f.gzip_sha256) for n, f in again.files.items()} == {
        n: (f.sha256, f.gzip_sha256) for n, f in found.files.items()
    }


@pytest.mark.django_db
def test_every_table_has_its_columns(bulk):
    found = bulk.present()

    for name, table in TABLES.items():
        heading = text(found, f"{name}.csv").split("\r\n")[0]
        assert heading.split(",") == table.headings


@pytest.mark.django_db(transaction=True)
def test_files_are_made_anew_when_the_data_the_site_or_the_code_changed(bulk):
    unit = records.make_unit()
    record = records.make_partnership("One")
    first = bulk.present()
    assert bulk.present() == first

    partnerships.update(record, by=unit, values={"summary": "Better."})
    second = bulk.present()

    assert second.folder != first.folder
    assert "Better." in text(second, "partnerships.csv")
    assert replace(bulk, release="2").present().folder != second.folder
    moved = replace(bulk, site_url="https://other.example.org").present()
    assert "https://other.example.org/partnerships/" in text(moved, "partnerships.csv")


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_withdrawn_record_stays_on_the_disk(bulk):
    unit = records.make_unit()
    record = records.make_partnership("Zebrafinch")
    stranger = bulk.folder / "notes"
    bulk.present()
    stranger.mkdir()

    partnerships.moderate(record, to=Moderation.WITHDRAWN, by=unit, reason="asked")
    bulk.present()

    kept = [path for path in bulk.folder.iterdir() if path.is_dir()]
    assert len(kept) == 2
    assert stranger in kept, "only its own folders are deleted"
    assert [path for path in bulk.folder.rglob("*") if holds(path, b"Zebrafinch")] == []


def holds(path: Path, word: bytes) -> bool:
    if not path.is_file():
        return False
    data = path.read_bytes()
    return word in (gzip.decompress(data) if path.suffix == ".gz" else data)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every registry is too large to be written while a visitor waits."""
    monkeypatch.setattr(module, "MOST_AT_ONCE", 0)


@pytest.mark.usefixtures("large")
@pytest.mark.django_db(transaction=True)
def test_a_large_registry_waits_for_the_command_and_gives_what_it_has(bulk):
    unit = records.make_unit()
    record = records.make_partnership("One")
    with pytest.raises(NotMade, match="not made yet") as none:
        bulk.present()
    assert none.value.pause > 0
    made = bulk.make()

    partnerships.update(record, by=unit, values={"summary": "Better."})

    assert bulk.present().folder == made.folder
    assert "Better." not in text(made, "partnerships.csv")


@pytest.mark.usefixtures("large")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["withdrawn", "deleted", "hidden", "sensitive", "place hidden"])
def test_a_large_registry_gives_nothing_while_something_was_taken_out(bulk, what):
    unit = records.make_unit()
    hospital = records.make_institution("Clinic", country="MW")
    record = records.make_partnership(
        "One", members=[records.make_institution(country="GB"), hospital]
    )
    spare = records.make_institution("Spare")
    bulk.make()

    if what == "withdrawn":
        partnerships.moderate(record, to=Moderation.WITHDRAWN, by=unit, reason="asked")
    elif what == "deleted":
        institutions.delete(spare, by=unit, reason="never existed")
    elif what == "place hidden":
        hospital.location_level = "hidden"
        institutions.save(hospital, by=unit)
    else:
        value = {"location_level": "country"} if what == "hidden" else {"is_sensitive": True}
        partnerships.update(record, by=unit, values=value)

    with pytest.raises(NotMade, match="taken out"):
        bulk.present()
    bulk.make()
    assert bulk.present()


@pytest.mark.django_db
def test_only_what_was_taken_out_counts():
    unit = records.make_unit()
    record = records.make_partnership("One")
    since = timezone.now() + timedelta(minutes=1)
    partnerships.update(record, by=unit, values={"summary": "Better."})
    partnerships.confirm(record, side="uk", by=unit, how="by e-mail")
    assert not taken_out_since(since)
    partnerships.update(record, by=unit, values={"location_level": "city"})
    assert taken_out_since(since)


@pytest.mark.django_db
def test_whoever_comes_while_files_are_made_waits_and_then_hears_so(bulk, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    bulk.folder.mkdir()
    with (bulk.folder / module.LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(NotMade, match="being made"):
            bulk.present()
    assert bulk.present()


@pytest.mark.django_db
def test_a_failed_attempt_leaves_what_was_there(bulk, monkeypatch):
    records.make_partnership("One")
    made = bulk.make()

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise OSError("No space left on device")

    monkeypatch.setattr(module, "public_records", fail)
    with pytest.raises(NotMade, match="cannot be written"):
        bulk.present()
    assert bulk.latest() == made
    assert [path for path in bulk.folder.iterdir() if path.is_dir()] == [made.folder]


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["", "{", "{}", '{"files": [{"name": "x"}]}'])
def test_a_manifest_that_is_not_whole_counts_as_none(bulk, damage):
    made = bulk.make()
    (made.folder / module.MANIFEST).write_text(damage)
    assert bulk.latest() is None
    assert bulk.present()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_it_did(settings, tmp_path):
    settings.BULK_DIR = tmp_path
    records.make_partnership("One")

    def said(*arguments: str) -> str:
        out = io.StringIO()
        call_command("make_bulk", *arguments, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    assert said().startswith("9 files, ")
    assert said() == "The files are up to date.\n"
    assert said("--force").startswith("9 files, ")
