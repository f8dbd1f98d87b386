"""A champion saves what a colleague has changed meanwhile: nothing is lost, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from partnerships.models import Partnership
from partnerships.services import partnerships
from tests.factories.records import make_champion
from tests.journeys.test_accessibility import scrolls_sideways, violations

WIDTHS = (360, 768, 1280)


@pytest.fixture
def record(register: None) -> Partnership:
    return Partnership.objects.get(slug="emergency-care-in-blantyre")


@pytest.fixture
def page(watched: Any, record: Partnership, base_url: str) -> Any:
    client = Client()
    client.force_login(make_champion(record.health_board))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    watched.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    return watched


def test_a_stale_form_is_merged_and_nothing_typed_is_lost(page: Any, record: Partnership) -> None:
    colleague = make_champion(record.health_board)
    page.goto(f"/admin/partnerships/partnership/{record.pk}/change/")
    page.locator("[name=summary]").fill("What I know: nurses who visit each other.")
    page.locator("[name=website]").fill("https://mine.example.org/")
    partnerships.update(
        record,
        by=colleague,
        values={"summary": "What my colleague knows.", "source_note": "By telephone"},
        reason="Newer",
    )
    page.locator("[name=_save]").click()

    merge = page.get_by_role("region", name="Somebody was faster")
    expect(merge).to_contain_text("You both changed these")
    expect(merge).to_contain_text("What my colleague knows.")
    expect(page.locator("[name=summary]")).to_have_value(
        "What I know: nurses who visit each other."
    )
    expect(page.locator("[name=source_note]")).to_have_value("By telephone")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert not scrolls_sideways(page), width

    yours = merge.get_by_role("radio", name="Keep yours")
    yours.focus()
    page.keyboard.press("Space")
    page.locator("[name=_save]").press("Enter")
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    record.refresh_from_db()
    assert (record.summary, record.website, record.source_note) == (
        "What I know: nurses who visit each other.",
        "https://mine.example.org/",
        "By telephone",
    )
