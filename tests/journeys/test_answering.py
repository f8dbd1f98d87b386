"""A coordinator answers a checklist on a phone without JavaScript, goes away, returns, submits."""

from __future__ import annotations

import re
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from partnerships.models import Checklist, OutgoingMail, User
from partnerships.services import inviting
from tests.factories.records import make_coordinator
from tests.journeys.test_weight import first_visit, total

PHONE = {"width": 360, "height": 740}
#: Bytes of a page, cold, gzipped, with everything that it needs.
MOST = 60_000


def invited() -> str:
    """The path of a link that was mailed to the partner side."""
    checklist = Checklist.objects.get(partnership__slug="emergency-care-in-blantyre")
    part = checklist.parts.order_by("-pk")[0]
    make_coordinator(part.member, "A Nurse", email="nurse@ward.example")
    by = User.objects.filter(role="unit")[0]
    inviting.invite(checklist, by=by, parts=[part], at=timezone.now())
    found = re.search(r"/checklists/[\w-]+/", OutgoingMail.objects.get().text)
    assert found
    return found[0]


def test_from_a_phone_without_javascript(browser: Any, base_url: str, register: None) -> None:
    link = invited()
    page = browser.new_page(base_url=base_url, viewport=PHONE, java_script_enabled=False)
    page.goto(link)
    page.get_by_role("link", name="Begin").click()
    first = page.get_by_role("group", name="Hallmark 1.1")
    for answer in ("Mostly", "In part"):
        first.get_by_text(answer, exact=True).click()
    first.get_by_label("Why?").fill("Visits are planned before our own plan is known.")
    page.get_by_role("button", name="Save and show the overview").click()
    page.close()

    page = browser.new_page(base_url=base_url, viewport=PHONE, java_script_enabled=False)
    page.goto(link)
    expect(page.get_by_text("1 of 4 answered")).to_be_visible()
    page.get_by_role("link", name="Go on with Principle 1").click()
    expect(page.get_by_role("group", name="Hallmark 1.1").get_by_label("In part")).to_be_checked()
    page.get_by_role("group", name="Hallmark 1.2").get_by_label("Don't know").check()
    page.get_by_role("button", name="Save and go on").click()
    # The rest by keyboard alone.
    page.get_by_role("group", name="Hallmark 2.1").get_by_label("Not yet").focus()
    for key in ("ArrowDown", "Tab", "Tab", "Space", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text("Look it over, and submit")
    page.get_by_role("button", name="Submit for").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(page.get_by_text("Now we wait for")).to_be_visible()
    page.close()


def test_a_page_weighs_little(browser: Any, base_url: str, register: None) -> None:
    for rest in ("1/", "paper/"):
        weight = total(first_visit(browser, f"{base_url}/checklists/a-checklist/{rest}"))
        assert weight <= MOST, (rest, weight)
