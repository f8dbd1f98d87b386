"""Files to import, a small registry that they name, and the commands' output."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from openpyxl import Workbook

from partnerships.exports import HEADINGS
from partnerships.imports.institutions import COLUMNS as INSTITUTION_COLUMNS
from partnerships.imports.institutions import REQUIRED as INSTITUTION_REQUIRED
from partnerships.imports.institutions import plan_institutions
from partnerships.imports.matching import load_known
from partnerships.imports.partnerships import REQUIRED, plan_partnerships
from partnerships.imports.plan import Plan
from partnerships.imports.readers import read_table
from partnerships.models import (
    Activity,
    Funder,
    ImportRun,
    Profession,
    Topic,
    User,
)
from partnerships.services import imports
from partnerships.services.users import system_user
from tests.factories.records import (
    make_board,
    make_country,
    make_institution,
)

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROW = {
    "slug": "borders-katete",
    "name": "Borders and Katete",
    "summary": "Nurses learn from each other.",
    "kind": "institutional_link",
    "status": "active",
    "start_year": "2008",
    "end_year": "",
    "uk_institutions": "borders-general",
    "overseas_institutions": "st-francis",
    "countries": "ZM",
    "focus_areas": "Nursing|Surgery",
    "activity_types": "Training",
    "professions": "Nurses",
    "funders": "THET",
    "website": "https://example.org/",
    "source_url": "https://example.org/source",
    "checked_fact_note": "Year from the page.",
}


PLACE = {
    "id": "new-hospital",
    "name": "New Hospital",
    "kind": "hospital",
    "country": "GB",
    "uk_nation": "GB-SCT",
    "parent": "nhs-borders",
    "city": "Melrose",
    "latitude": "55.6",
    "longitude": "-2.7",
    "coordinate_precision": "city",
    "coordinate_source": "GeoNames",
    "website": "",
    "source_url": "https://example.org/",
}


def make_small_registry() -> None:
    """Two UK institutions, one under a Board; two overseas; a term of each vocabulary or two."""
    board = make_board("NHS Borders")
    make_institution("Borders General", country="GB", parent=board.institution)
    make_institution("Ninewells", country="GB")
    make_institution("St Francis", country="ZM")
    make_institution("Queen Elizabeth", country="MW")
    make_country("RW")
    for label in ("Nursing", "Surgery", "Eye health"):
        Topic.objects.create(code=label.lower().replace(" ", "_"), label=label)
    Activity.objects.create(code="training", label="Training")
    Profession.objects.create(code="nurses", label="Nurses")
    for label in ("THET", "Scottish Government"):
        Funder.objects.create(code=label.lower().replace(" ", "_"), label=label)


def csv_of(*rows: dict[str, str]) -> bytes:
    """A file with the columns of the first row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def xlsx_of(*rows: list[Any]) -> bytes:
    workbook = Workbook()
    sheet: Any = workbook.active
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def planned(content: bytes, name: str = "file.csv") -> Plan:
    table = read_table(content, name=name, columns=HEADINGS, required=REQUIRED)
    return plan_partnerships(table, load_known())


def applied(content: bytes, by: User | None = None) -> ImportRun:
    return imports.apply(planned(content), by=by or system_user(), at=AT)


def verdicts(plan: Plan) -> list[str]:
    return [row.verdict.value for row in plan.rows]


def planned_institutions(content: bytes) -> Plan:
    table = read_table(
        content, name="places.csv", columns=INSTITUTION_COLUMNS, required=INSTITUTION_REQUIRED
    )
    return plan_institutions(table, load_known())


def command(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_partnerships", *args, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def saved(tmp_path: Path, content: bytes, name: str = "file.csv") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


def exported(**options: Any) -> bytes:
    """What export_partnerships writes."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    call_command("export_partnerships", stdout=out, **options)
    out.flush()
    return bytes(out.buffer.getvalue())
