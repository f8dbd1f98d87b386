"""Two sides compare and agree by keyboard alone, without JavaScript; the pages weigh little."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from partnerships.choices import ChecklistState
from partnerships.models import AgreedAnswer, Checklist
from tests.factories.mailed import plant_link
from tests.journeys.test_weight import first_visit, total

#: Bytes of a page, cold, gzipped, with everything that it needs.
MOST = 60_000


def press(page: Any, name: str, role: str = "link") -> None:
    """Go to it by Tab, as somebody without a mouse does, and press Enter."""
    target = page.get_by_role(role, name=name).first
    expect(target).to_be_visible()
    for _ in range(120):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no way to {name} by keyboard")


def test_two_sides_agree_by_keyboard(browser: Any, base_url: str, register: None) -> None:
    checklist = Checklist.objects.get(state=ChecklistState.COMPARED)
    other = checklist.parts.order_by("pk")[1]
    plant_link("the-other-side", purpose="checklist", part=other)
    page = browser.new_page(base_url=base_url, java_script_enabled=False)
    page.goto("/checklists/a-comparison/comparison/")
    expect(page.get_by_text("Talk about this first")).to_be_visible()
    press(page, "Write the agreed answer")
    page.get_by_label("Together we say").nth(1).focus()
    page.keyboard.type("In part")
    page.keyboard.press("Tab")
    page.keyboard.type("Both of us plan too late.")
    press(page, "Save the agreed answers", "button")
    expect(page.get_by_role("status")).to_contain_text("saved")
    assert AgreedAnswer.objects.filter(checklist=checklist, level="2").count() == 1

    press(page, "Action plan")
    press(page, "Go on with it", "button")
    expect(page.get_by_role("heading", name="Share the hospital's plan")).to_be_visible()
    for token in ("a-comparison", "the-other-side"):
        page.goto(f"/checklists/{token}/agreement/")
        expect(page.get_by_text("Both of us plan too late.")).to_be_visible()
        press(
            page, f"We agree, for {'Scotland' if token == 'a-comparison' else 'Malawi'}", "button"
        )
        expect(page.get_by_role("status")).to_contain_text("You have agreed")
    expect(page.get_by_role("heading", level=1)).to_have_text("What you agreed")
    checklist.refresh_from_db()
    assert checklist.state == ChecklistState.AGREED
    page.close()


def test_the_comparison_weighs_little(browser: Any, base_url: str, register: None) -> None:
    for rest in ("comparison/", "plan/"):
        weight = total(first_visit(browser, f"{base_url}/checklists/a-comparison/{rest}"))
        assert weight <= MOST, (rest, weight)
