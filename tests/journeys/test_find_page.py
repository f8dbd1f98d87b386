"""The find page stays in step: heading, title, address, facets, list and map of one question."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.test_finding import PHONE, WIDE, tab_to

TABLET = {"width": 768, "height": 1000}
SITE = "Health Partnership Map"


def box(page: Any, name: str) -> Any:
    return page.get_by_role("checkbox", name=re.compile(f"^{name}"))


def result(page: Any) -> Any:
    return page.locator("[data-result-count]")


def test_a_tick_changes_everything_but_the_focus(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/?sort=-name&page_size=50")
    box(watched, "Malawi").check()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    assert watched.url.endswith("/partnerships/?country=MW&sort=-name&page_size=50")
    assert watched.title() == f"3 partnerships in Malawi – {SITE}"
    expect(watched.locator("[data-said]")).to_have_text("3 partnerships in Malawi")
    expect(box(watched, "Malawi")).to_be_focused()
    expect(box(watched, "Malawi")).to_be_checked()
    expect(watched.locator("[data-partnership]")).to_have_count(3)
    feed = watched.locator("head link[type='application/atom+xml']")
    expect(feed).to_have_attribute("href", "/partnerships/feed/?country=MW&sort=-name")
    data = "/partnerships/map.json?country=MW&sort=-name"
    expect(watched.locator("#answer")).to_have_attribute("data-map-url", data)
    box(watched, "Surgery").check()
    expect(result(watched)).to_have_text("1 partnership in Malawi about surgery")
    expect(box(watched, "England")).to_be_disabled()
    box(watched, "Malawi").uncheck()
    expect(result(watched)).to_have_text("1 partnership about surgery")


def test_back_forward_reload_and_a_shared_link_restore_all(watched: Any, new_context: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    box(watched, "Malawi").check()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    watched.get_by_label("Search partnerships").fill("eyes")
    watched.keyboard.press("Enter")
    expect(result(watched)).to_have_text("1 partnership for “eyes” in Malawi")

    def shows_both(page: Any) -> None:
        expect(result(page)).to_have_text("1 partnership for “eyes” in Malawi")
        expect(page.get_by_label("Search partnerships")).to_have_value("eyes")
        expect(box(page, "Malawi")).to_be_checked()

    watched.go_back()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    expect(watched.get_by_label("Search partnerships")).to_have_value("")
    expect(box(watched, "Malawi")).to_be_checked()
    watched.wait_for_load_state()
    watched.go_back()
    expect(result(watched)).to_have_text("5 partnerships")
    expect(box(watched, "Malawi")).not_to_be_checked()
    watched.wait_for_load_state()
    watched.go_forward()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    watched.wait_for_load_state()  # who steps on before the page listens stays on it
    watched.go_forward()
    shows_both(watched)
    watched.reload()
    shows_both(watched)
    shared = new_context().new_page()
    shared.goto(watched.url)
    shows_both(shared)


def test_removing_and_clearing_keep_the_reader_at_the_heading(watched: Any) -> None:
    watched.set_viewport_size(TABLET)
    watched.goto("/partnerships/?country=MW&topic=eye_health")
    watched.get_by_role("link", name="Remove Topic Eye health").click()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    expect(result(watched)).to_be_focused()
    watched.get_by_role("link", name="Clear country or region").click()
    expect(result(watched)).to_have_text("5 partnerships")
    assert watched.url.endswith("/partnerships/")
    watched.goto("/partnerships/?q=zebra&country=MW")
    watched.get_by_role("link", name="without the words “zebra”").click()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    expect(watched.get_by_label("Search partnerships")).to_have_value("")


def test_skip_links_lead_to_results_and_map(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/map/")
    for name, target in (("Skip to results", "#find-heading"), ("Skip to map", "#map-heading")):
        link = watched.get_by_role("link", name=name)
        link.focus()
        expect(link).to_be_in_viewport()
        watched.keyboard.press("Enter")
        expect(watched.locator(target)).to_be_focused()


def test_by_keyboard_filter_by_country_and_topic(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    tab_to(watched, "input[name=country][value=MW]")
    watched.keyboard.press("Space")
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    tab_to(watched, "input[name=topic][value=surgery]")
    watched.keyboard.press("Space")
    expect(result(watched)).to_have_text("1 partnership in Malawi about surgery")
    tab_to(watched, "[data-partnership] h3 a")
    watched.keyboard.press("Enter")
    expect(watched.locator("h1")).to_have_text("Emergency care in Blantyre")


def test_open_lists_stay_open(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    kinds = watched.locator("#facet-kind")
    expect(kinds).not_to_have_attribute("open", "")
    kinds.locator("summary").first.click()
    box(watched, "Malawi").check()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    expect(kinds).to_have_attribute("open", "")


def test_a_year_that_is_none_is_said_on_the_spot(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    watched.locator("#facet-began summary").click()
    watched.locator("#f-began_from").fill("20")
    watched.keyboard.press("Tab")
    assert watched.locator("#f-began_from").evaluate("input => input.validity.patternMismatch")
    assert watched.url.endswith("/partnerships/")
    watched.locator("#f-began_from").fill("2010")
    watched.keyboard.press("Tab")
    expect(result(watched)).to_have_text("1 partnership begun since 2010")
    assert watched.url.endswith("/partnerships/?began_from=2010")


@pytest.mark.parametrize("debug", [False, True])
def test_a_question_that_cannot_be_answered_has_its_own_address(
    watched: Any, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug  # must not bring another script along that handles errors
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/?began_from=2010")
    watched.locator("#f-began_to").fill("2000")
    watched.keyboard.press("Enter")
    expect(watched.locator(".error-summary")).to_contain_text("2000 is before 2010")
    assert watched.url.endswith("/partnerships/?began_from=2010&began_to=2000")
    watched.go_back()
    expect(result(watched)).to_have_text("1 partnership begun since 2010")
    watched.watch.errors.clear()  # the browser's own, of the answers with status 400


def test_the_list_stops_following_when_its_area_is_removed(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/?country=MW")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    follows = watched.get_by_label("List follows the map")
    follows.check()
    expect(result(watched)).to_have_text("2 partnerships in Malawi in the chosen area")
    expect(follows).to_be_checked()
    watched.get_by_role("link", name=re.compile("^Remove Area")).click()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    expect(follows).not_to_be_checked()
    expect(watched.locator('input[name="bbox"]')).to_have_count(0)


def tell(page: Any, name: str, detail: dict[str, Any]) -> None:
    page.evaluate(
        "([name, detail]) => document.dispatchEvent(new CustomEvent(name, { detail }))",
        [name, detail],
    )


def test_the_page_does_what_the_map_tells(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/?country=MW")
    tell(watched, "map:moved", {"at": "-13.5,34.2,6"})
    assert watched.url.endswith("?country=MW&at=-13.5,34.2,6")
    tell(watched, "map:selected", {"partnership": "eyes-of-blantyre", "institution": None})
    assert watched.url.endswith("&show=eyes-of-blantyre")
    chosen = watched.locator(".card.is-selected h3")
    expect(chosen).to_have_text("Eyes of Blantyre")
    tell(watched, "map:area", {"bbox": "30,-20,40,-10"})
    expect(result(watched)).to_have_text("2 partnerships in Malawi in the chosen area")
    assert "bbox=30,-20,40,-10" in watched.url.replace("%2C", ",")
    assert "show=eyes-of-blantyre" in watched.url
    expect(chosen).to_have_text("Eyes of Blantyre")
    watched.reload()
    expect(chosen).to_have_text("Eyes of Blantyre")
    tell(watched, "map:area", {"bbox": ""})
    expect(result(watched)).to_have_text("3 partnerships in Malawi")


def test_cards_point_at_the_map(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    watched.evaluate(
        """() => {
          window.heard = [];
          document.addEventListener("find:changed", () => heard.push("changed"));
          document.addEventListener("find:point", ({ detail }) => heard.push(detail.slug));
        }"""
    )
    watched.locator('[data-partnership="eyes-of-blantyre"] h3 a').focus()
    watched.locator('[data-partnership="many-countries"]').hover()
    watched.locator("h1").hover()
    box(watched, "Zambia").check()
    expect(result(watched)).to_have_text("1 partnership in Zambia")
    assert watched.evaluate("heard") == ["eyes-of-blantyre", "many-countries", None, "changed"]
    places = watched.evaluate("JSON.parse(document.getElementById('shown-places').textContent)")
    assert places == {
        "tayside-and-katete": [
            [56.462, -3.035, "uk", "SCT"],
            [-14.1, 31.9, "partner", ""],
        ]
    }


def test_an_answer_that_does_not_come_is_said(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    watched.route("**/partnerships/?*", lambda route: route.abort())
    box(watched, "Malawi").check()
    expect(watched.get_by_role("alert")).to_contain_text("please try again")
    watched.watch.errors.clear()  # the browser's own, of the request that was cut off


@pytest.mark.parametrize("size", [PHONE, WIDE])
def test_list_and_map_are_one_page(watched: Any, size: dict[str, int]) -> None:
    watched.set_viewport_size(size)
    watched.goto("/partnerships/?country=MW")
    views = watched.get_by_role("navigation", name="View")
    cards, map_ = watched.locator(".cards"), watched.locator("[data-map]")
    is_wide = size is WIDE
    expect(cards).to_be_visible()
    expect(map_).to_be_visible(visible=is_wide)
    views.get_by_role("link", name="Map").click()
    expect(result(watched)).to_have_text("3 partnerships in Malawi")
    expect(map_).to_be_visible()
    expect(cards).to_be_visible(visible=is_wide)
    views.get_by_role("link", name="List").click()
    expect(cards).to_be_visible()


def test_print_shows_the_list_and_what_was_asked(watched: Any) -> None:
    watched.goto("/partnerships/?country=MW")
    watched.emulate_media(media="print")
    expect(result(watched)).to_be_visible()
    expect(watched.locator(".chip")).to_be_visible()
    expect(watched.locator("[data-partnership]")).to_have_count(3)
    for control in ("#find", "#filters", ".views", ".downloads", ".clear", ".sorts"):
        expect(watched.locator(control)).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["/partnerships/?country=MW", "/partnerships/eyes-of-blantyre/", "/countries/MW/"]
)
def test_the_map_is_on_paper_with_all_that_it_has(watched: Any, path: str) -> None:
    watched.set_viewport_size(WIDE)
    watched.emulate_media(reduced_motion="reduce")
    watched.goto(path)
    map_ = watched.locator("[data-map]")
    expect(map_).to_have_attribute("data-ready", "true")
    watched.get_by_role("button", name="Zoom in").click()
    address, width = watched.url, map_.bounding_box()["width"]
    watched.evaluate("dispatchEvent(new Event('beforeprint'))")
    watched.emulate_media(media="print")
    canvas = watched.locator("[data-canvas]")
    canvas.scroll_into_view_if_needed()
    assert round(canvas.bounding_box()["width"] / 96 * 2.54, 1) == 17
    for side in ("uk", "partner"):
        expect(canvas.locator(f".marker--{side}").first).to_be_in_viewport()
    watched.emulate_media(media="screen")
    watched.evaluate("dispatchEvent(new Event('afterprint'))")
    assert map_.bounding_box()["width"] == width
    assert watched.url == address
