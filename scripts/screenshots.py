"""The pictures of the README, from a site that runs, into docs/img/.

Start the site first (`make run`). Needs the test packages and a browser (`make browser`).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "img"
MOST_BYTES = 250_000
RECORD = "friends-of-chitambo"

sys.path.insert(0, str(ROOT))
from scripts.browser import find  # noqa: E402  # the folder of the project is known only now


@dataclass(frozen=True, slots=True)
class Picture:
    """One page at one size, in CSS pixels."""

    path: str
    width: int
    height: int
    #: What must be there before the picture is taken.
    ready: str = "main"
    is_phone: bool = False


PICTURES = {
    "home": Picture("/", 1280, 800, "[data-map][data-ready]"),
    "list": Picture("/partnerships/?country=MW", 1280, 800, "[data-partnership]"),
    "map": Picture("/partnerships/map/", 1280, 760, ".leaflet-marker-icon"),
    "detail": Picture(f"/partnerships/{RECORD}/", 1280, 800),
    "statistics": Picture("/statistics/?country=MW", 1280, 800, ".bars svg"),
    "phone": Picture("/partnerships/?q=nursing", 390, 780, "[data-partnership]", is_phone=True),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="http://127.0.0.1:8000", help="address of the site")
    parser.add_argument("--only", nargs="+", choices=PICTURES, default=list(PICTURES))
    options = parser.parse_args()

    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    too_big = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name in options.only:
            size = take(browser, options.site, PICTURES[name], FOLDER / f"{name}.png")
            print(f"{name}.png: {size / 1000:.0f} kB", flush=True)
            if size > MOST_BYTES:
                too_big.append(name)
        browser.close()
    if too_big:
        print(f"Over {MOST_BYTES / 1000:.0f} kB: {', '.join(too_big)}", file=sys.stderr)
    return 1 if too_big else 0


def launch(playwright: Any) -> Any:
    """Playwright's own Chromium, or the system's."""
    own = Path(playwright.chromium.executable_path)
    path = str(own) if own.exists() else find()
    if path is None:
        sys.exit("No browser found: run `make browser`, or set CHROMIUM to the path of one.")
    return playwright.chromium.launch(
        executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
    )


def take(browser: Any, site: str, picture: Picture, file: Path) -> int:
    """Photograph one page; the number of bytes written."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
        is_mobile=picture.is_phone,
        has_touch=picture.is_phone,
    )
    page = context.new_page()
    answer = page.goto(site + picture.path, wait_until="networkidle")
    if answer is None or not answer.ok:
        sys.exit(f"{picture.path} does not answer 200. Is the site running with its first data?")
    page.wait_for_selector(picture.ready)
    page.wait_for_timeout(500)  # markers settle after the last request
    png: bytes = page.screenshot(scale="css")
    context.close()
    file.write_bytes(png)
    return len(png)


if __name__ == "__main__":
    sys.exit(main())
