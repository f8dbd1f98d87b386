"""A champion sends a file with errors, mends it, applies its rows and undoes the import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from openpyxl import load_workbook
from playwright.sync_api import expect

from partnerships.models import Partnership
from tests.factories.imports import csv_of
from tests.factories.records import make_champion
from tests.journeys.test_accessibility import scrolls_sideways, violations

WIDTHS = (360, 768, 1280)


@pytest.fixture
def record(register: None) -> Partnership:
    return Partnership.objects.get(slug="emergency-care-in-blantyre")


@pytest.fixture
def champion(watched: Any, record: Partnership, base_url: str) -> Any:
    """The page, as a champion of the record's Board sees it."""
    client = Client()
    client.force_login(make_champion(record.health_board))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    watched.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    return watched


def look(page: Any) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert not scrolls_sideways(page), width


def test_an_import_with_errors_and_its_undo(
    champion: Any, record: Partnership, tmp_path: Path
) -> None:
    page = champion
    page.goto("/admin/partnerships/partnership/")
    page.get_by_role("link", name="Import", exact=True).click()
    look(page)
    new = {"slug": "new-ward", "name": "A new ward", "kind": "netwrk", "summary": ""}
    changed = {"slug": record.slug, "name": record.name, "kind": record.kind, "summary": "Shorter."}
    theirs = {"slug": "eyes-of-blantyre", "name": "Mine", "kind": "network", "summary": ""}
    file = tmp_path / "ours.csv"
    file.write_bytes(csv_of(changed, new, theirs))
    page.get_by_label("CSV (UTF-8) or XLSX file").set_input_files(str(file))
    page.get_by_role("button", name="See what it would change").press("Enter")

    expect(page.locator("ins")).to_have_text("Shorter.")
    expect(page.get_by_text("Did you mean “network”?")).to_be_visible()
    expect(page.get_by_text("Not yours").first).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("1 of 1 ticked")
    look(page)
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    page.emulate_media(color_scheme="light")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with what is wrong").click()
    mended = tmp_path / "mended.xlsx"
    download.value.save_as(mended)
    workbook = load_workbook(mended)
    sheet: Any = workbook.active
    assert "Did you mean" in sheet["A3"].value
    sheet["D3"] = "network"
    workbook.save(mended)

    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("CSV (UTF-8) or XLSX file").set_input_files(str(mended))
    page.get_by_role("button", name="See what it would change").click()
    page.get_by_role("checkbox", name="A new ward").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("1 of 2 ticked")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Apply the rows ticked on this page").first.press("Enter")
    expect(page.get_by_text("1 created, 1 changed")).to_be_visible()
    look(page)
    record.refresh_from_db()
    assert record.summary == "Shorter."

    page.get_by_role("button", name="Undo all of it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("2 rows taken back")
    assert violations(page) == []
    record.refresh_from_db()
    assert record.summary == "Emergency staff of both hospitals train each other."
    assert not Partnership.objects.filter(slug="new-ward").exists()
