"""People look for a partnership: by keyboard, on the map, without JavaScript."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.factories import records

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


def tab_to(page: Any, selector: str, most: int = 80) -> None:
    """Press Tab until an element that matches has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
    pytest.fail(f"{selector} is not reached with {most} Tabs")


def test_by_keyboard_from_the_list_to_a_record(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    watched.keyboard.press("Tab")
    expect(watched.locator(".skip-link").first).to_be_focused()
    tab_to(watched, 'input[name=topic][value="eye_health"]')
    watched.keyboard.press("Space")
    expect(watched.locator("[data-result-count]")).to_have_attribute("data-result-count", "2")
    assert "topic=eye_health" in watched.url
    tab_to(watched, "[data-partnership] h3 a")
    watched.keyboard.press("Enter")
    expect(watched.locator("h1")).to_have_text("Eyes of Blantyre")


def test_on_a_phone_the_filters_are_a_sheet(watched: Any) -> None:
    watched.set_viewport_size(PHONE)
    watched.goto("/partnerships/")
    sheet = watched.locator("#filters")
    expect(sheet).to_be_hidden()
    watched.get_by_role("button", name="Filter", exact=True).click()
    expect(sheet).to_be_visible()
    watched.get_by_role("checkbox", name="Zambia").check()
    watched.get_by_role("button", name="Show 1 partnership").click()
    expect(watched.locator("h1")).to_have_text("1 partnership in Zambia")
    expect(watched.locator("#filters")).to_be_hidden()
    expect(watched.locator("#filters-open")).to_be_focused()
    watched.get_by_role("link", name="Remove Country Zambia").click()
    expect(watched.locator("h1")).to_have_text("5 partnerships")


def test_by_keyboard_on_the_map(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/?country=MW")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    assert watched.locator(".link--chosen").count() == 0
    marker = watched.get_by_role("button", name="Queen Elizabeth Central Hospital, partner side")
    tab_to(watched, ".marker--partner")
    expect(marker).to_be_focused()
    watched.keyboard.press("Enter")
    popup = watched.locator(".place-popup")
    heading = popup.get_by_role("heading", name="Queen Elizabeth Central Hospital")
    expect(heading).to_be_focused()
    expect(watched.locator(".link--chosen")).to_have_count(1)  # both share one line
    cards = popup.locator("[data-partnership] h3 a")
    expect(cards).to_have_text(["Emergency care in Blantyre", "Eyes of Blantyre"])
    watched.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(marker).to_be_focused()
    watched.keyboard.press("Enter")
    expect(cards.first).to_be_visible()
    tab_to(watched, "[data-partnership] h3 a", most=6)
    watched.keyboard.press("Enter")
    expect(watched.locator("h1")).to_have_text("Emergency care in Blantyre")


def test_by_keyboard_past_the_map(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    tab_to(watched, ".map-skip")
    watched.keyboard.press("Enter")
    watched.keyboard.press("Tab")
    within = "document.activeElement.closest('[data-map]') === null"
    assert watched.evaluate(within)


def test_places_at_one_point_are_listed(watched: Any) -> None:
    """No zoom can part them."""
    one, other = (
        records.make_institution(name, country="NP", latitude=27.7, longitude=85.3)
        for name in ("Left Clinic", "Right Clinic")
    )
    records.make_partnership(
        "Both clinics", members=[records.make_institution(country="GB"), one, other]
    )
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/?country=NP&on_map=yes")
    name = "1 partnership at 2 places, partner side"
    watched.get_by_role("button", name=name).click()
    popup = watched.locator(".place-popup")
    popup.get_by_role("button", name="Right Clinic").click()
    expect(popup.get_by_role("heading", name="Right Clinic")).to_be_focused()
    expect(popup.locator("[data-partnership] h3")).to_have_text("Both clinics")


def test_the_map_says_what_is_not_on_it(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/?topic=&sort=-name")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    watched.get_by_role("link", name="2 not on the map").click()
    expect(watched.locator("[data-partnership] h3")).to_have_text(
        ["Many countries", "Nowhere in particular"]
    )


def test_a_shared_address_brings_the_map_back(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    place = "queen-elizabeth-central-hospital"
    watched.goto(f"/partnerships/map/?at=-15.5,35,6&show={place}")
    popup = watched.locator(".place-popup")
    expect(popup.get_by_role("heading", name="Queen Elizabeth Central Hospital")).to_be_visible()
    expect(watched.locator(".link--chosen")).to_have_count(1)
    expect(watched.locator(".marker--uk")).to_have_count(0)  # far from the view
    watched.goto("/partnerships/map/?show=tayside-and-katete")
    expect(watched.locator(".link--chosen")).to_have_count(1)
    expect(watched.locator(".end-dot")).to_have_count(2)


def test_the_map_tells_the_page_what_it_shows(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    watched.evaluate(
        """() => {
          window.told = [];
          for (const name of ["map:area", "map:moved", "map:selected"]) {
            document.addEventListener(name, ({ detail }) => window.told.push([name, detail]));
          }
        }"""
    )
    area = watched.get_by_role("button", name="Search in this area")
    expect(area).to_be_hidden()
    watched.get_by_role("button", name="Zoom in").click()
    area.click()
    watched.wait_for_function("() => window.told.some(([name]) => name === 'map:area')")
    told = dict(watched.evaluate("() => window.told"))
    west, south, east, north = map(float, told["map:area"]["bbox"].split(","))
    latitude, longitude, zoom = map(float, told["map:moved"]["at"].split(","))
    assert west < longitude < east
    assert south < latitude < north
    assert zoom > 1


def test_markers_are_large_enough_and_apart(watched: Any) -> None:
    """WCAG 2.2, target size: 24 pixels, or as far from each other."""
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    boxes = [marker.bounding_box() for marker in watched.locator(".marker").all()]
    assert len(boxes) == 2
    for box in boxes:
        assert box["width"] >= 24
        assert box["height"] >= 24


def test_the_map_beside_the_list_follows_the_card_in_focus(watched: Any) -> None:
    watched.set_viewport_size({"width": 1400, "height": 1000})
    watched.goto("/partnerships/?country=MW")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    watched.locator("[data-partnership] h3 a").first.focus()
    expect(watched.locator(".link--chosen")).to_have_count(1)


def test_lines_start_in_scotland(watched: Any) -> None:
    """Whatever the order of the sites: the map sorts them by slug, the record by member."""
    watched.goto("/partnerships/map/")
    pairs = watched.evaluate(
        """async (nations) => {
          const { pairs } = await import("/static/js/map/lines.js");
          const end = (side, nation, i) => ({ side, nation, i });
          const away = [end("partner", "", 3), end("partner", "", 4)];
          const home = nations.map((nation, i) => end("uk", nation, i));
          return pairs([...home, ...away]).map((pair) => pair.map((one) => one.i));
        }""",
        ["WLS", "SCT", "ENG"],
    )
    assert pairs == [[1, 3], [1, 4], [0, 3], [2, 3]]


def test_a_record_shows_the_line_between_its_ends(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/tayside-and-katete/")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    expect(watched.locator(".link--chosen")).to_have_count(1)
    expect(watched.locator(".marker--rough")).to_have_count(1)  # known to the district only


def test_a_hidden_map_asks_for_nothing(watched: Any) -> None:
    asked: list[str] = []
    watched.on("request", lambda request: asked.append(urlsplit(request.url).path))
    watched.set_viewport_size(PHONE)
    watched.goto("/partnerships/")
    watched.wait_for_load_state("networkidle")
    assert not any(path.endswith(".json") for path in asked)


def test_without_javascript_everything_but_the_map_works(new_context: Any, register: None) -> None:
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto("/")
    page.get_by_label("Search partnerships").fill("blantyre")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("h1")).to_have_text("2 partnerships for “blantyre”")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("checkbox", name="Surgery").check()
    page.get_by_role("button", name="Show results").click()
    expect(page.locator("h1")).to_have_text("1 partnership for “blantyre” about surgery")
    assert "began_from" not in page.url
    page.get_by_role("link", name="Emergency care in Blantyre").click()
    expect(page.locator("h1")).to_have_text("Emergency care in Blantyre")
    page.goto("/partnerships/map/")
    expect(page.get_by_text("The map needs JavaScript")).to_be_visible()


def test_the_legend_on_a_phone_covers_no_marker(watched: Any) -> None:
    watched.set_viewport_size(PHONE)
    watched.goto("/partnerships/map/?country=MW")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    canvas = watched.locator("[data-canvas]").bounding_box()
    legend = watched.locator(".map-legend").bounding_box()
    assert legend["y"] >= canvas["y"] + canvas["height"] - 1
    for marker in watched.locator(".marker").all():
        marker.click(trial=True)


def test_the_address_has_the_place_only_after_a_move(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/?country=MW")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    watched.locator(".marker--uk").click()
    popup = watched.locator(".place-popup")
    expect(popup.locator("[data-partnership]")).to_have_count(2)
    watched.wait_for_function(
        """() => {
          const [buttons, popup] = [".leaflet-control-zoom", ".place-popup"]
            .map((name) => document.querySelector(name).getBoundingClientRect());
          return popup.left >= buttons.right || popup.top >= buttons.bottom;
        }"""
    )
    assert watched.url.endswith("?country=MW&show=ninewells-hospital")
    watched.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    watched.get_by_role("button", name="Zoom in").click()
    watched.wait_for_url("**&at=*")
    watched.get_by_role("button", name="Fit to results").click()
    watched.wait_for_url("**/map/?country=MW")
