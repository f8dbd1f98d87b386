"""The map stays where people left it, and says where that is, however close they look."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from partnerships.models import Country

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


def open_map(page: Any, query: str, size: dict[str, int]) -> Any:
    """The frame of the map, once its markers are there."""
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/partnerships/map/{query}")
    expect(page.locator("[data-map]")).to_have_attribute("data-ready", "true")
    return page.locator(".map-frame")


def place_of(marker: Any) -> tuple[int, int]:
    box = marker.bounding_box()
    return round(box["x"]), round(box["y"])


@pytest.mark.parametrize(
    ("at", "size"),
    [("56.4,-3,4", WIDE), ("66,-3,3", WIDE), ("45,-3,3", WIDE), ("56.4,-3,4", PHONE)],
    ids=["middle", "low", "high", "phone"],
)
def test_a_popup_finds_room_beside_its_place(watched: Any, at: str, size: dict[str, int]) -> None:
    frame = open_map(watched, f"?at={at}", size)
    marker = frame.locator(".marker--uk")
    before = place_of(marker)
    marker.focus()
    watched.keyboard.press("Enter")
    popup = frame.locator(".leaflet-popup-content-wrapper")
    expect(popup.locator("[data-partnership]")).to_have_count(3)
    outer, inner = frame.bounding_box(), popup.bounding_box()
    assert outer["y"] < inner["y"]
    assert inner["y"] + inner["height"] < outer["y"] + outer["height"]
    watched.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    assert place_of(marker) == before
    if size is WIDE:
        assert watched.url.endswith(f"?at={at}")


def test_close_by_it_says_where_it_is(watched: Any) -> None:
    Country.objects.filter(pk="MW").update(numeric="454")
    frame = open_map(watched, "?at=-15.8,35.2,9.5", WIDE)
    names = frame.locator(".map-label")
    expect(names.filter(has_text="Malawi")).to_be_visible()
    expect(names.filter(has_text="Blantyre")).to_be_visible()
    expect(names.filter(has_text="Queen Elizabeth Central Hospital")).to_be_visible()
    expect(frame.locator(".leaflet-control-scale")).to_contain_text("km")
    for _ in range(4):
        watched.get_by_role("button", name="Zoom out").click()
    expect(frame.locator(".leaflet-control-scale")).to_be_hidden()


def test_a_screen_of_a_phone_begins_with_results(watched: Any) -> None:
    watched.set_viewport_size(PHONE)
    watched.goto("/partnerships/")
    assert watched.locator("[data-partnership]").first.bounding_box()["y"] < 330
    link = watched.get_by_role("link", name="CSV")
    expect(link).to_be_hidden()
    watched.get_by_role("button", name="Download or share").click()
    expect(link).to_be_in_viewport()
    watched.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_switch_stands_beside_the_search(watched: Any) -> None:
    watched.set_viewport_size(WIDE)
    watched.goto("/partnerships/")
    search, switch = watched.locator(".search-box"), watched.locator("#find-views")
    assert search.bounding_box()["y"] == switch.bounding_box()["y"]
    watched.get_by_role("checkbox", name="Zambia").check()
    expect(watched.locator("h1")).to_have_text("1 partnership in Zambia")
    expect(switch.get_by_role("link", name="Map")).to_have_attribute(
        "href", "/partnerships/map/?country=ZM"
    )
    expect(switch).to_have_count(1)
