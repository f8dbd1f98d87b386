"""What a first visit costs on a weak line, gzipped, with style sheets, scripts and fonts."""

from __future__ import annotations

import gzip
from typing import Any

from tests.journeys.test_accessibility import settle
from tests.real_registry import load

#: Bytes.
LIST, MAP = 150_000, 450_000
#: Bytes that a line of 400 kbit/s brings in 2.5 seconds; half a second is for asking.
READABLE = 2.5 * 400_000 / 8
#: What belongs to the map alone.
OF_THE_MAP = (
    "leaflet",
    "markercluster",
    "topojson",
    "world-atlas",
    "/js/map/",
    "/css/map",
    "map.json",
)


def first_visit(browser: Any, address: str) -> dict[str, tuple[str, int]]:
    """Each thing that a page asks for: its address, its kind, and its size gzipped."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    answers: list[Any] = []

    def note(answer: Any) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto(address)
    settle(page)
    page.wait_for_load_state("networkidle")
    found = {
        answer.url: (answer.request.resource_type, len(gzip.compress(answer.body())))
        for answer in answers
        if answer.status == 200
    }
    page.close()
    return found


def total(parts: dict[str, tuple[str, int]]) -> int:
    return sum(size for _, size in parts.values())


def test_first_visits_are_light(browser: Any, base_url: str, transactional_db: None) -> None:
    load()
    on_the_map = first_visit(browser, f"{base_url}/partnerships/map/")
    assert total(on_the_map) <= MAP, on_the_map

    listed = first_visit(browser, f"{base_url}/partnerships/")
    own = {url: it for url, it in listed.items() if not any(part in url for part in OF_THE_MAP)}
    assert total(own) <= LIST, own
    blocking = {url: it for url, it in listed.items() if it[0] in ("document", "stylesheet")}
    assert total(blocking) <= READABLE, blocking
