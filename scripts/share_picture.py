"""The picture that other sites show beside a link to this one, into static/img/share.png.

Run it after a change of the name, the mark or the colours. Needs the test packages and a browser.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "static" / "img" / "share.png"
TOKENS = ROOT / "static" / "css" / "tokens.css"
MOST_BYTES = 40_000
#: Readers of Open Graph expect so many pixels. Some show only the square in the middle.
WIDTH, HEIGHT = 1200, 630

sys.path.insert(0, str(ROOT))
from scripts.screenshots import launch  # noqa: E402  # the folder of the project is known only now

PAGE = """<!doctype html>
<style>
%s
body { background: var(--uk-dark); color: #fff; font-family: var(--font); margin: 0; }
main {
  align-content: center; display: grid; gap: 56px; height: 630px; justify-items: center;
  text-align: center;
}
svg { display: block; width: 560px; }
h1 { font-size: 80px; letter-spacing: -0.02em; line-height: 1.12; margin: 0; }
p { color: #e3ebf6; font-size: 36px; line-height: 1.3; margin: 0; }
</style>
<main>
  <svg viewBox="0 0 560 120">
    <path d="M140 60h274" stroke="#fff" stroke-width="10" />
    <circle cx="60" cy="60" r="54" fill="var(--uk-on-dark)" />
    <path d="m500 0 60 60-60 60-60-60z" fill="var(--partner-on-dark)" />
  </svg>
  <h1>Health<br>Partnership Map</h1>
  <p>Health services learn<br>from each other here</p>
</main>
"""


def main() -> int:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_content(PAGE % TOKENS.read_text(encoding="utf-8"))
        FILE.write_bytes(page.screenshot())
        browser.close()
    size = FILE.stat().st_size
    print(f"{FILE.relative_to(ROOT)}: {size / 1000:.0f} kB")
    return 1 if size > MOST_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
