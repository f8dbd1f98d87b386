"""A champion decides on a suggestion, by keyboard, at any width, and hears of what came between."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from partnerships.models import Partnership, Suggestion
from partnerships.services import partnerships
from partnerships.services.users import system_user
from tests.factories.records import make_champion, make_institution, make_sender, make_suggestion
from tests.journeys.test_accessibility import scrolls_sideways, violations

WIDTHS = (360, 768, 1280)


@pytest.fixture
def record(register: None) -> Partnership:
    return Partnership.objects.get(slug="emergency-care-in-blantyre")


@pytest.fixture
def suggestion(record: Partnership) -> Suggestion:
    members = [{"institution": row.institution.slug} for row in record.members.all()]
    third = make_institution("Mzuzu Central Hospital", country="MW")
    return make_suggestion(
        record,
        {
            "summary": "Emergency staff of both hospitals train each other twice a year.",
            "goals": "Safe care in the first hour.\n\nA course that Blantyre runs alone.",
            "began": "2009",
            "members": [*members, {"institution": third.slug, "role": "host", "since": 2015}],
        },
        sender=make_sender("Malawi coordinator's register"),
        words="We keep a list of our own, which the hospital checked in May.",
        source_url="https://www.example.org/list",
    )


@pytest.fixture
def champion(watched: Any, record: Partnership, base_url: str) -> Any:
    """The page, as a champion of the record's Board sees it."""
    client = Client()
    client.force_login(make_champion(record.health_board))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    watched.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    return watched


def test_deciding_by_keyboard(champion: Any, suggestion: Suggestion, record: Partnership) -> None:
    page = champion
    page.goto("/admin/")
    page.get_by_role("link", name="Suggestions", exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name="Emergency care in Blantyre").click()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert not scrolls_sideways(page), width
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    expect(page.locator("ins", has_text="twice a year")).to_be_visible()

    page.get_by_role("checkbox", name="Began").focus()
    page.keyboard.press("Space")
    # Meanwhile somebody else changes one of the other fields.
    partnerships.update(record, by=system_user(), values={"goals": "Safe care"})
    page.get_by_label("Tell whoever suggested it").fill("Thank you. We think it was 2010.")
    page.get_by_role("button", name="Accept what is ticked").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("changed since this page was made")
    expect(page.get_by_role("checkbox", name="What for")).to_be_disabled()
    expect(page.get_by_role("checkbox", name="Began")).not_to_be_checked()
    assert violations(page) == []

    page.get_by_role("button", name="Accept what is ticked").press("Enter")
    expect(page.get_by_text("Accepted. The record says so now.")).to_be_visible()
    assert violations(page) == []
    record.refresh_from_db()
    assert record.summary.endswith("twice a year.")
    assert (record.began_on.year, record.goals) == (2010, "Safe care")
    assert record.members.get(role="host").institution.slug == "mzuzu-central-hospital"
    suggestion.refresh_from_db()
    assert suggestion.accepted == ["summary", "members"]
