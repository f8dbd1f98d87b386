"""Tiles from another host: asked for with a referrer, and no loss to the map when they fail."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from mapapp.settings import tile_source

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Tiles(ThreadingHTTPServer):
    """Answers as OpenStreetMap's servers do: 403 without a referrer. Notes every referrer."""

    is_broken = False

    def __init__(self) -> None:
        self.referrers: list[str | None] = []
        super().__init__(("127.0.0.1", 0), _Tile)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{{z}}/{{x}}/{{y}}.png"


class _Tile(BaseHTTPRequestHandler):
    server: Tiles

    def do_GET(self) -> None:
        referrer = self.headers.get("Referer")
        self.server.referrers.append(referrer)
        is_served = bool(referrer) and not self.server.is_broken
        self.send_response(200 if is_served else 403)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(PIXEL if is_served else b"")

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def tiles(settings: Any) -> Iterator[Tiles]:
    server = Tiles()
    Thread(target=server.serve_forever, daemon=True).start()
    layer = ("Map", server.url, {"attribution": "© Somebody"})
    settings.LEAFLET_CONFIG = settings.LEAFLET_CONFIG | {"TILES": [layer]}
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"]
    images = [*directives["img-src"], *tile_source(server.url)]
    settings.CONTENT_SECURITY_POLICY = policy | {"DIRECTIVES": directives | {"img-src": images}}
    yield server
    server.shutdown()
    server.server_close()


def opened(page: Any) -> Any:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/partnerships/map/")
    element = page.locator("[data-map]")
    expect(element).to_have_attribute("data-ready", "true")
    return element


def test_tiles_are_sent_a_referrer_and_named(
    page: Any, base_url: str, register: None, tiles: Tiles
) -> None:
    element = opened(page)
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_visible()
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("© Somebody")
    expect(page.locator(".land").first).to_have_css("fill-opacity", "0")
    expect(element).not_to_contain_class("map--no-tiles")
    origin = f"http://{urlsplit(base_url).netloc}/"
    assert set(tiles.referrers) == {origin}


def test_outlines_stand_in_for_tiles_that_fail(page: Any, register: None, tiles: Tiles) -> None:
    tiles.is_broken = True
    opened(page)
    expect(page.locator(".map--no-tiles")).to_be_visible()
    expect(page.locator(".land").first).to_have_css("fill-opacity", "1")
    expect(page.locator(".marker")).to_have_count(2)
