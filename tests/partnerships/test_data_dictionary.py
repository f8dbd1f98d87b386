"""docs/data-dictionary.md names what there is: every column, and every field of every record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from partnerships.exports import COLUMNS
from partnerships.imports.institutions import COLUMNS as INSTITUTION_COLUMNS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"
#: Derived from the records, so described with the index, and accounts, which are Django's.
LEFT_OUT = {
    "ChangeMark",
    "ChangeNote",
    "ChangeRun",
    "DataVersion",
    "FacetSheet",
    "FacetValue",
    "PublicLocation",
    "SearchDocument",
    "User",
}


def section(title: str) -> str:
    """What stands between the heading that begins so or names it, and the next."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(
        rf"^##+ (?:[^\n]*\b)?{re.escape(title)}\b[^\n]*\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.M
    )
    assert found, f"no section on {title}"
    return found[1]


def named(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \| [^|\s][^|]*\|", text, re.MULTILINE))


def records() -> list[type[models.Model]]:
    every = apps.get_app_config("partnerships").get_models()
    return [m for m in every if not m.__name__.startswith("Historical")]


def test_every_column_of_the_tables_has_its_meaning():
    assert named(section("The table of partnerships")) == {column.name for column in COLUMNS}
    assert named(section("The table of institutions")) == set(INSTITUTION_COLUMNS)
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.meaning} |" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("model", records(), ids=lambda model: model.__name__)
def test_every_field_of_a_record_has_its_meaning(model: type[models.Model]):
    if model.__name__ in LEFT_OUT:
        return
    fields = [*model._meta.fields, *model._meta.many_to_many]

    assert named(section(model.__name__)) == {field.name for field in fields} - {"id"}
