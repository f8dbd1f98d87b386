"""The API's own page: read without a script, tried with one, and nothing asked of other sites."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.journeys.test_accessibility import scrolls_sideways, violations

PAGE = "/api/v1/docs/"


def opened(page: Any, operation: str) -> Any:
    page.goto(f"{PAGE}#{operation}")
    return page.locator(f"#{operation}")


def test_a_question_is_asked_and_answered_on_the_page(watched: Any) -> None:
    watched.goto(PAGE)
    operation = watched.locator("#partnerships_list")
    operation.locator("summary").first.click()
    operation.get_by_label("country").fill("ZM, NP")
    operation.get_by_label("page_size").fill("1")
    operation.get_by_role("button", name="Ask").press("Enter")
    operation.get_by_text("200 OK").wait_for()

    asked = operation.locator("[data-asked]").inner_text()
    answer = json.loads(operation.locator("[data-answer]").inner_text())
    assert asked.endswith("/api/v1/partnerships/?country=ZM&country=NP&page_size=1")
    assert len(answer["results"]) == 1
    assert "content-type: application/json" in operation.locator("[data-headers]").inner_text()


def test_problems_and_parts_of_addresses(watched: Any) -> None:
    operation = opened(watched, "partnerships_retrieve")
    operation.get_by_label("name").fill("no/such")
    with watched.expect_response("**/partnerships/no%2Fsuch/") as found:
        operation.get_by_role("button", name="Ask").click()
    assert found.value.status == 404
    operation.get_by_text("404 Not Found").wait_for()
    answer = json.loads(operation.locator("[data-answer]").inner_text())
    assert answer["status"] == 404
    watched.watch.errors.clear()  # Chromium itself writes the 404 down


def test_a_key_is_sent_and_not_kept(watched: Any) -> None:
    operation = opened(watched, "countries_list")
    watched.get_by_label("Key, if you have one").fill("hp_not_a_key")
    with watched.expect_request("**/api/v1/countries/") as found:
        operation.get_by_role("button", name="Ask").click()
    assert found.value.headers["authorization"] == "Bearer hp_not_a_key"
    operation.locator("[data-status]", has_text="40").or_(
        operation.locator("[data-status]", has_text="200")
    ).wait_for()
    assert watched.evaluate("Object.keys(localStorage).length + sessionStorage.length") == 0
    watched.reload()
    assert watched.get_by_label("Key, if you have one").input_value() == ""
    watched.watch.errors.clear()  # Chromium writes a refused key down


@pytest.mark.parametrize("width", [360, 1280])
def test_everything_open_is_accessible(watched: Any, width: int) -> None:
    watched.set_viewport_size({"width": width, "height": 900})
    watched.goto(PAGE)
    watched.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    operation = watched.locator("#facets_retrieve")
    operation.get_by_role("button", name="Ask").click()
    operation.get_by_text("200 OK").wait_for()
    assert violations(watched) == []
    assert not scrolls_sideways(watched)


def test_without_a_script_it_is_there_to_read(browser: Any, base_url: str, register: None) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto(PAGE)
    operation = page.locator("#partnerships_list")
    operation.locator("summary").first.click()
    operation.get_by_label("q", exact=True).fill("blantyre")
    operation.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/api/v1/partnerships/?**q=blantyre**")
    assert json.loads(page.locator("body").inner_text())["count"] == 2
    assert urlsplit(page.url).path == "/api/v1/partnerships/"
    context.close()
