"""A Board is handed over: the desk and its records are the successor's, on the same day."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from partnerships.models import Partnership
from tests.factories.records import PASSWORD, make_champion, make_coordinator, make_unit
from tests.factories.second_factors import code_now
from tests.journeys.test_accessibility import WIDTHS, at_width


def come_in(page: Any, base_url: str, user: Any) -> None:
    """As somebody who has signed in elsewhere."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.clear_cookies()
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])


def test_a_lead_hands_over_to_a_successor(watched: Any, base_url: str) -> None:
    page = watched
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    make_coordinator(record.members.first(), "Grace Banda")
    lead = make_champion(record.health_board, role="lead")
    tenure = lead.tenures.get()

    # The unit hands the tenure over, and is shown the way in of the new account.
    come_in(page, base_url, make_unit())
    page.goto("/admin/partnerships/champion/cover/")
    found = {"cover": [problem for width in WIDTHS for problem in at_width(page, width)]}
    page.goto(f"/admin/partnerships/champion/{tenure.pk}/hand-over/")
    found["hand over"] = [problem for width in WIDTHS for problem in at_width(page, width)]
    page.get_by_label("E-mail address").fill("successor@example.org")
    page.get_by_label("Name").fill("Eilidh Ross")
    page.get_by_role("button", name="Hand over").click()
    said = page.get_by_text("It sets a password, works once").inner_text()
    link = said.split()[-1].removeprefix(settings.SITE_URL)

    # The old lead's next page is the last one: on this very day.
    come_in(page, base_url, lead)
    page.goto("/accounts/")
    assert page.request.get(f"{base_url}/admin/").status == 403
    address = f"{base_url}/admin/partnerships/partnership/{record.pk}/change/"
    assert page.request.get(address).status == 403

    # The successor comes in by the link, sets up a second factor, and clears the desk.
    page.context.clear_cookies()
    page.goto(base_url + link)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    page.get_by_text("The camera does not work").click()
    secret = page.locator(".account-secret").inner_text()
    page.get_by_label("Code", exact=True).fill(code_now(secret))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="on to the desk").click()
    expect(page.get_by_role("link", name=record.name).first).to_be_visible()
    page.get_by_role("button", name="Still right").first.click()
    expect(page.locator(".messagelist li")).to_contain_text("Confirmed for the UK side")
    page.goto(address)
    page.get_by_label("Summary").fill("The successor's words.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    record.refresh_from_db()
    assert record.history.first().history_user.email == "successor@example.org"
    assert found == {name: [] for name in found}
