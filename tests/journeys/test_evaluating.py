"""Two coordinators answer an evaluation: one by keyboard, one on a phone without JavaScript."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from partnerships.models import Response, Suggestion
from tests.journeys.test_weight import first_visit, total

PHONE = {"width": 360, "height": 740}
#: Bytes of a page, cold, gzipped, with everything that it needs.
MOST = 60_000


def test_from_the_uk_by_keyboard(browser: Any, base_url: str, register: None) -> None:
    page = browser.new_page(base_url=base_url, viewport={"width": 1280, "height": 900})
    page.goto("/evaluations/for-the-uk/")
    page.get_by_role("link", name="Begin").press("Enter")
    page.get_by_role("radio", name="This is right: Active").press("Space")
    began = page.get_by_role("group", name="In which year did it begin")
    year = began.get_by_role("textbox")
    expect(year).not_to_be_visible()
    began.get_by_role("radio", name="This is right: 2010").focus()
    for key in ("ArrowDown", "Tab"):
        page.keyboard.press(key)
    expect(year).to_be_focused()
    page.keyboard.type("200")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("four digits")
    page.get_by_role("alert").get_by_role("link").press("Enter")
    began.get_by_role("textbox").fill("2004")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("How the link is supported")
    page.get_by_role("button", name="Save and go on").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("How we work")
    page.get_by_role("group", name="Decisions are made openly").get_by_label("Not yet").focus()
    for key in ("Space", "ArrowDown"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Save and show the overview").press("Enter")
    page.get_by_role("link", name="Look it over and send").press("Enter")
    expect(page.get_by_text("The register says: 2010")).to_be_visible()
    page.get_by_role("checkbox", name="My words may be quoted").press("Space")
    page.get_by_role("button", name="Send my answers").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.close()
    sent = Response.objects.get(submitted_at__isnull=False)
    assert sent.answers == {"A1": "active", "A2": 2004, "B": {"B3": "2"}}
    assert sent.shares()["shares_words"]
    assert Suggestion.objects.get(channel="coordinator").changes["began"]["value"] == "2004"


def test_from_the_partner_on_a_phone(browser: Any, base_url: str, register: None) -> None:
    page = browser.new_page(base_url=base_url, viewport=PHONE, java_script_enabled=False)
    page.goto("/evaluations/an-evaluation/7/")
    page.get_by_label("Most helpful").select_option("Small grants")
    page.get_by_label("Number 3").select_option("Protected time or leave")
    page.get_by_role("button", name="Save and go on").click()
    page.close()

    page = browser.new_page(base_url=base_url, viewport=PHONE, java_script_enabled=False)
    page.goto("/evaluations/an-evaluation/")
    expect(page.get_by_text("1 of 48 answered")).to_be_visible()
    page.get_by_role("link", name="4. Benefits").click()
    community = page.get_by_role("group", name="What has the link brought to your patients")
    community.get_by_text("Care that was not there before").click()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How we work")
    page.goto("/evaluations/an-evaluation/7/")
    expect(page.get_by_label("Number 2")).to_have_value("leave")
    page.goto("/evaluations/an-evaluation/review/")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.close()
    sent = Response.objects.get(submitted_at__isnull=False)
    assert sent.answers == {"F1": ["grants", "leave"], "C1_community": ["access"]}
    assert not any(sent.shares().values())


def test_a_page_weighs_little(browser: Any, base_url: str, register: None) -> None:
    for rest in ("1/", "3/", "paper/"):
        weight = total(first_visit(browser, f"{base_url}/evaluations/an-evaluation/{rest}"))
        assert weight <= MOST, (rest, weight)
