"""Every public page, at three widths: no violation of WCAG 2.2 AA that axe can find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: What the colours of a page can break.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
WIDTHS = (360, 768, 1280)
PAGES = {
    "home": "/",
    "list": "/partnerships/",
    "list, filtered": "/partnerships/?q=blantyre&country=MW&sort=-began",
    "list, nothing found": "/partnerships/?q=zebra&country=MW",
    "map": "/partnerships/map/",
    "record": "/partnerships/emergency-care-in-blantyre/",
    "record's history": "/partnerships/emergency-care-in-blantyre/history/",
    "record without places": "/partnerships/many-countries/",
    "institutions": "/institutions/",
    "institution": "/institutions/queen-elizabeth-central-hospital/",
    "countries": "/countries/",
    "country": "/countries/MW/",
    "topics": "/topics/",
    "topic": "/topics/surgery/",
    "Boards": "/health-boards/",
    "Board": "/health-boards/nhs-tayside/",
    "principles": "/principles/",
    "framework": "/principles/ours/2/",
    "older framework": "/principles/ours/1/",
    "steps": "/principles/cycle/1/",
    "principle": "/principles/ours/2/p1/",
    "resources": "/resources/",
    "resources, narrowed": "/resources/?audience=both_sides",
    "resources, none": "/resources/?audience=evaluators",
    "statistics": "/statistics/",
    "evaluations": "/evaluation-rounds/",
    "statistics, filtered": "/statistics/?country=MW",
    "about": "/about/",
    "privacy": "/privacy/",
    "accessibility": "/accessibility/",
    "code for a frame": "/embed/?country=MW",
    "map in a frame": "/embed/map/?country=MW",
    "list in a frame": "/embed/list/",
    "sources": "/sources/",
    "for partners": "/for-partners/",
    "API": "/api/v1/docs/",
    "link in a mail": "/l/a-link-in-a-mail/",
    "form behind a link in a mail": "/l/a-link-in-a-mail/change/",
    "end of reminders": "/unsubscribe/no-more-mail/",
    "checklist": "/checklists/a-checklist/",
    "principle of a checklist": "/checklists/a-checklist/1/",
    "review of a checklist": "/checklists/a-checklist/review/",
    "checklist on paper": "/checklists/a-checklist/paper/",
    "evaluation": "/evaluations/an-evaluation/",
    "facts of an evaluation": "/evaluations/an-evaluation/1/",
    "scale of an evaluation": "/evaluations/an-evaluation/3/",
    "rank of an evaluation": "/evaluations/an-evaluation/7/",
    "review of an evaluation": "/evaluations/an-evaluation/review/",
    "evaluation on paper": "/evaluations/an-evaluation/paper/",
    "comparison": "/checklists/a-comparison/comparison/",
    "agreed answers": "/checklists/a-comparison/comparison/1/",
    "action plan": "/checklists/a-comparison/plan/",
    "action point": "/checklists/a-comparison/plan/add/",
    "agreement": "/checklists/a-comparison/agreement/",
    "since last time": "/checklists/a-comparison/since/",
}
#: Chromium itself writes a console error for these statuses.
ERROR_PAGES = {
    "invalid question": "/partnerships/?country=QQ&page=none",
    "not found": "/partnerships/nothing/",
    "removed": "/partnerships/taken-off/",
    "no link of ours": "/l/nothing/",
    "no checklist": "/checklists/nothing/",
}
#: A colour that is on its way from one value to the next has no contrast of its own.
COLOURS_AT_REST = """() => document.getAnimations().every(
    each => !(each instanceof CSSTransition) || each.playState === "finished"
)"""


def settle(page: Any) -> None:
    """Wait until every map in view has drawn itself."""
    for element in page.locator("[data-map]").all():
        if element.is_visible():
            element.scroll_into_view_if_needed()
            page.wait_for_function("element => element.dataset.ready", arg=element.element_handle())
            assert element.get_attribute("data-ready") == "true"


def violations(page: Any, within: str | None = None, only: Sequence[str] = ()) -> list[str]:
    """What axe finds. It writes to the console itself: what stood there before is checked first."""
    if hasattr(page, "watch"):
        page.watch.check()
    page.wait_for_function(COLOURS_AT_REST)
    options = {"runOnly": list(only) or TAGS, "preload": False, "resultTypes": ["violations"]}
    found = Axe().run(page, within, options=options).response["violations"]
    if hasattr(page, "watch"):
        page.watch.errors.clear()
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes']]}"
        for each in found
    ]


def scrolls_sideways(page: Any) -> bool:
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_accessible(watched: Any, width: int) -> None:
    """On a phone, and at 400% zoom; on a wide screen, on half of it, and in other colours."""
    problems: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        watched.set_viewport_size({"width": width, "height": 900})
        watched.goto(path)
        settle(watched)
        found = at_width(watched, width)
        found += at_four_hundred_per_cent(watched) if width == 360 else at_half_of_it(watched)
        if found:
            problems[name] = found
    assert problems == {}


def at_width(page: Any, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    return violations(page) + (["scrolls sideways"] if scrolls_sideways(page) else [])


def at_four_hundred_per_cent(page: Any) -> list[str]:
    """1280 pixels at 400% are 320 pixels of layout."""
    page.set_viewport_size({"width": 320, "height": 256})
    return ["scrolls sideways at 400%"] if scrolls_sideways(page) else []


def at_half_of_it(page: Any) -> list[str]:
    """In the colours that people choose: dark ones, and the system's, which axe cannot see: only
    links are asked for there."""
    page.emulate_media(color_scheme="dark")
    found = at_width(page, 768)
    page.emulate_media(color_scheme="light", forced_colors="active")
    found += violations(page, only=["link-in-text-block"])
    page.emulate_media(forced_colors="none")
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_error_pages_are_accessible(page: Any, register: None, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in ERROR_PAGES.values():
        page.goto(path)
        assert violations(page) == []
        assert not scrolls_sideways(page)


def test_the_open_sheet_and_menu_are_accessible(watched: Any) -> None:
    watched.set_viewport_size({"width": 360, "height": 740})
    watched.goto("/partnerships/?country=MW")
    for button, opened in (("Filter (1)", "#filters"), ("Menu", "#site-nav")):
        watched.get_by_role("button", name=button, exact=True).click()
        assert violations(watched, opened) == []  # what lies under it is not to be read
        watched.keyboard.press("Escape")
