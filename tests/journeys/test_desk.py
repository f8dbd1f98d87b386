"""A champion clears a desk with four things by keyboard, and takes one of them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from partnerships.models import Agreement, NotTheSame, Partnership
from partnerships.services import partnerships
from partnerships.services.details import apply
from partnerships.services.users import system_user
from tests.factories.records import make_champion, make_coordinator, make_suggestion
from tests.journeys.test_accessibility import scrolls_sideways, violations


@pytest.fixture
def record(register: None) -> Partnership:
    """A record to confirm, with a suggestion, an agreement that ends, and one that looks alike."""
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    make_coordinator(record.members.first(), "Grace Banda")
    partnerships.confirm(record, side="partner", by=system_user(), how="By e-mail")
    soon = timezone.localdate() + timedelta(days=30)
    apply(written=[Agreement(partnership=record, title="MoU", expires_on=soon)], by=system_user())
    record.refresh_from_db()
    make_suggestion(record, {"began": "2009"})
    return record


@pytest.fixture
def champion(watched: Any, record: Partnership, base_url: str) -> Any:
    """The page, as the lead champion of the record's Board sees it."""
    client = Client()
    client.force_login(make_champion(record.health_board, role="lead"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    watched.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    return watched


def tab_to(page: Any, words: str) -> None:
    """Press Tab until what has the focus says the words; nothing but the keyboard is used."""
    said = "() => (document.activeElement.textContent || '').replace(/\\s+/g, ' ').trim()"
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(said).startswith(words):
            return
    raise AssertionError(f"Tab never reaches “{words}”")


def press(page: Any, words: str) -> None:
    tab_to(page, words)
    page.keyboard.press("Enter")


def hears(page: Any, words: str) -> None:
    expect(page.locator(".messagelist li")).to_contain_text(words)


def test_a_desk_is_cleared_by_keyboard(champion: Any, record: Partnership) -> None:
    page = champion
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/admin/")
    expect(page.get_by_text("4 things, about 6 minutes.")).to_be_visible()

    press(page, "Still right")
    hears(page, "Confirmed for the UK side")
    expect(page.get_by_text("3 things")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_text("4 things")).to_be_visible()
    press(page, "Still right")
    expect(page.get_by_text("3 things")).to_be_visible()

    press(page, "Renewed")  # opens beneath the button, without a script
    page.keyboard.press("Tab")
    page.keyboard.type("05052031")  # day and month in either order
    press(page, "It was renewed")
    hears(page, "Renewed until 5 May 2031")

    press(page, "Not the same")
    hears(page, "Not the same: ")
    assert violations(page) == []

    press(page, "See the difference")
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    press(page, "Accept what is ticked")
    hears(page, "Accepted. The record says so now.")
    page.goto("/admin/")
    expect(page.get_by_text("Nothing needs you today.").first).to_be_visible()
    for width in (360, 768):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert not scrolls_sideways(page), width
    record.refresh_from_db()
    assert (record.uk_confirmed_on, record.began_on.year) == (timezone.localdate(), 2009)
    assert NotTheSame.objects.count() == 1
