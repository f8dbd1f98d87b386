"""A suggestion from a phone to publication, without an account; and taking it back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from mapapp.views import suggesting
from partnerships.models import OutgoingMail, Partnership, Suggestion
from tests.factories.records import make_champion
from tests.journeys.test_accessibility import WIDTHS, scrolls_sideways, violations
from tests.suggestions import code, link

PHONE = {"width": 360, "height": 740}


def check(page: Any) -> None:
    """Axe at three widths, and nothing beside the page."""
    page.wait_for_load_state("load")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        assert violations(page) == [], (page.url, width)
        assert not scrolls_sideways(page), (page.url, width)
    page.set_viewport_size(PHONE)


def test_from_a_phone_to_publication(
    watched: Any, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesting, "QUICKEST", timedelta(0))
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    champion = make_champion(record.health_board)
    page = watched
    page.set_viewport_size(PHONE)

    page.goto(f"/partnerships/{record.slug}/")
    page.get_by_role("link", name="Suggest a change", exact=True).click()
    check(page)
    page.get_by_label("What should change, and why?").fill("They train nurses too, since 2015.")
    # The rest by keyboard alone.
    summary = page.locator("summary", has_text="Name and what it does")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_label("What it does, in a sentence or two").fill("Staff train each other.")
    check(page)
    page.get_by_label("Your e-mail address").fill("nurse@ward.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this what you want to say?")
    check(page)
    page.get_by_role("button", name="Change something").click()
    expect(page.get_by_label("What it does")).to_have_value("Staff train each other.")
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Send it").press("Enter")

    box = page.get_by_label("The six digits")
    expect(box).to_be_visible()
    assert not Suggestion.objects.exists()
    page.get_by_text("No mail?").click()
    check(page)
    box.fill(code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    check(page)
    page.goto(link("suggestion_received"))
    expect(page.get_by_role("heading", name="It waits for a decision")).to_be_visible()
    check(page)

    decide(page, base_url, champion, Suggestion.objects.get())
    page.goto(link("suggestion_decided"))
    expect(page.get_by_role("heading", name="It was accepted")).to_be_visible()
    expect(page.get_by_text("Thank you for telling us.")).to_be_visible()
    page.get_by_role("link", name="The record").click()
    expect(page.get_by_text("Staff train each other.")).to_be_visible()

    page.goto(f"/admin/partnerships/partnership/{record.pk}/history/")
    check(page)
    page.get_by_role("button", name=re.compile("^Take back")).first.press("Enter")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    page.goto(f"/partnerships/{record.slug}/")
    expect(page.get_by_text("Emergency staff of both hospitals train each other.")).to_be_visible()
    assert OutgoingMail.objects.count() == 3


def decide(page: Any, base_url: str, champion: Any, suggestion: Suggestion) -> None:
    """As a champion of the Board, who is signed in."""
    client = Client()
    client.force_login(champion)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    page.goto(f"/admin/partnerships/suggestion/{suggestion.pk}/change/")
    page.get_by_label("Tell whoever suggested it").fill("Thank you for telling us.")
    page.get_by_role("button", name="Accept what is ticked").click()
    expect(page.get_by_text("Accepted. The record says so now.")).to_be_visible()


def test_errors_lead_to_their_fields(page: Any, register: None) -> None:
    """Chromium itself writes a console error for the status 400."""
    page.set_viewport_size(PHONE)
    page.goto("/suggest/")
    check(page)
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_role("link", name="Write the name of the partnership.").click()
    expect(page.get_by_label("Name of the partnership")).to_be_focused()
