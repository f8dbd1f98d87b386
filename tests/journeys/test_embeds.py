"""The frame on somebody else's page, and the page that makes its code, by keyboard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.test_finding import tab_to


class _Host(BaseHTTPRequestHandler):
    """A page of another site, with a frame of whatever its address names."""

    def do_GET(self) -> None:
        [address] = parse_qs(urlsplit(self.path).query).get("frame", [""])
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            f'<!doctype html><title>Host</title><a href="#x">Host</a>'
            f'<iframe src="{address}" title="Ours" width="600" height="600"></iframe>'.encode()
        )

    def log_message(self, *args: Any) -> None:
        """Nothing to the terminal."""


@pytest.fixture
def host() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/?frame="
        server.shutdown()


def test_by_keyboard_through_a_frame_on_another_site(
    page: Any, base_url: str, host: str, register: None
) -> None:
    page.goto(f"{host}{base_url}/embed/list/?country=ZM")
    frame = page.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("1 partnership in Zambia")
    link = frame.get_by_role("link", name="Tayside and Katete")
    for _ in range(2):  # past the host's own link, into the frame
        page.keyboard.press("Tab")
    expect(link).to_be_focused()
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.locator("h1")).to_have_text("Tayside and Katete")
    expect(frame.locator("h1")).to_have_text("1 partnership in Zambia")
    assert page.url.startswith(host)
    assert page.context.cookies() == []


def test_the_map_is_framed_and_the_site_is_not(
    page: Any, base_url: str, host: str, register: None
) -> None:
    page.goto(f"{host}{base_url}/embed/map/?country=MW")
    frame = page.frame_locator("iframe")
    expect(frame.locator("[data-map]")).to_have_attribute("data-ready", "true")
    expect(frame.locator(".marker").first).to_be_visible()
    page.goto(f"{host}{base_url}/partnerships/")
    page.frames[1].wait_for_url("chrome-error://chromewebdata/", wait_until="commit")


@pytest.mark.parametrize(("width", "height"), [(320, 480), (600, 300), (900, 600)])
def test_the_map_takes_what_is_left_of_the_frame(watched: Any, width: int, height: int) -> None:
    watched.set_viewport_size({"width": width, "height": height})
    watched.goto("/embed/map/?country=MW")
    expect(watched.locator("[data-map]")).to_have_attribute("data-ready", "true")
    root = "document.documentElement"
    assert watched.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
    assert watched.locator("[data-canvas]").bounding_box()["height"] > height * 0.6
    for marker in watched.locator(".marker").all():
        marker.click(trial=True)


def test_making_the_code_by_keyboard(watched: Any, base_url: str) -> None:
    watched.goto("/embed/?country=MW")
    code = watched.get_by_role("textbox", name="Code for your page")
    preview = watched.frame_locator("[data-preview]")
    expect(preview.locator("h1")).to_have_text("3 partnerships in Malawi")
    tab_to(watched, "input[name=view]")
    written = code.input_value()
    watched.keyboard.press("ArrowRight")
    expect(code).to_have_value(written.replace("/embed/map/", "/embed/list/"))
    expect(preview.locator("[data-partnership]")).to_have_count(3)
    tab_to(watched, "#height", most=3)
    watched.keyboard.type("300")
    expect(code).to_have_value(written.replace("/embed/map/", "/embed/list/").replace("480", "300"))
    tab_to(watched, "[data-copy]", most=4)
    watched.context.grant_permissions(["clipboard-write"])
    watched.keyboard.press("Enter")
    expect(watched.locator("[data-copied]")).to_have_text("Copied.")
