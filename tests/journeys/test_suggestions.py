"""The search box as a combobox: by keyboard, by pointer, and what a screen reader is told."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.journeys.test_accessibility import scrolls_sideways, violations

PHONE = {"width": 360, "height": 740}


def typing(page: Any, words: str) -> Any:
    """The box, with words typed letter by letter and the suggestions open."""
    box = page.get_by_role("combobox", name="Search partnerships")
    box.click()
    box.press_sequentially(words)
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    return box


def test_choosing_a_suggestion_by_keyboard(watched: Any) -> None:
    watched.goto("/")
    box = typing(watched, "mal")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(watched.locator(".search [role=status]")).to_contain_text("1 suggestion.")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    watched.keyboard.press("ArrowDown")
    option = watched.get_by_role("option", name="Malawi Country · 3 partnerships")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    expect(box).to_be_focused()
    assert violations(watched) == []
    watched.keyboard.press("Home")  # back to the words
    expect(option).to_have_attribute("aria-selected", "false")
    watched.keyboard.press("Escape")
    expect(option).to_be_hidden()
    expect(box).to_have_value("mal")
    expect(box).to_have_attribute("aria-expanded", "false")
    watched.keyboard.press("ArrowDown")
    expect(option).to_be_visible()
    watched.keyboard.press("ArrowUp")  # past the words to the last
    watched.keyboard.press("Enter")
    expect(watched.locator("h1")).to_have_text("3 partnerships in Malawi")
    assert watched.url.endswith("/partnerships/?country=MW")


def test_enter_without_a_choice_searches_for_the_words(watched: Any) -> None:
    watched.goto("/")
    typing(watched, "blantyre")
    watched.keyboard.press("Enter")
    expect(watched.locator("h1")).to_have_text("2 partnerships for “blantyre”")


def test_a_suggestion_keeps_the_view_and_the_other_filters(watched: Any) -> None:
    watched.set_viewport_size(PHONE)
    watched.goto("/partnerships/map/?topic=eye_health")
    before = watched.locator("h1").bounding_box()
    typing(watched, "zam")
    assert watched.locator("h1").bounding_box() == before
    assert not scrolls_sideways(watched)
    assert violations(watched, ".search") == []
    # Without a count: it would be that of all partnerships.
    watched.get_by_role("option", name="Zambia Country", exact=True).click()
    expect(watched.locator("h1")).to_have_text("1 partnership in Zambia about eye health")
    assert watched.url.endswith("/partnerships/map/?topic=eye_health&country=ZM")


def test_a_record_is_one_step_away_and_leaving_closes_the_list(watched: Any) -> None:
    watched.goto("/partnerships/")
    box = typing(watched, "emergency")
    watched.keyboard.press("Tab")
    expect(watched.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    box.fill("")
    typing(watched, "emergency c")
    watched.get_by_role("option", name="Emergency care in Blantyre").click()
    expect(watched.locator("h1")).to_have_text("Emergency care in Blantyre")


def test_nothing_to_suggest_is_said_and_changes_nothing(watched: Any) -> None:
    watched.goto("/")
    box = watched.get_by_role("combobox", name="Search partnerships")
    box.press_sequentially("qqqq")
    expect(watched.locator(".search [role=status]")).to_contain_text("No suggestions.")
    expect(watched.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    box.press("Enter")
    expect(watched.locator("h1")).to_have_text("No partnerships for “qqqq”")
