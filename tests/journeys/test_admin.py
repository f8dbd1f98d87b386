"""Data entry in a browser: named controls, a map that fills in a place, nothing from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from partnerships.models import Institution, Partnership
from partnerships.services import users
from tests.factories.records import (
    make_champion,
    make_coordinator,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
)
from tests.journeys.test_accessibility import at_width, violations

WIDTHS = (360, 768, 1280)
#: One of them shows the other colours.
DARK_AT = 768


@pytest.fixture
def signed_in(watched: Any, base_url: str) -> Any:
    """The page, as the coordination unit sees it."""
    client = Client()
    client.force_login(make_unit())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    watched.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    return watched


def admin_pages() -> dict[str, str]:
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    other = Partnership.objects.get(slug="eyes-of-blantyre")
    person = make_coordinator(record.members.order_by("pk").first(), "Grace Banda")
    hospital = Institution.objects.get(slug="queen-elizabeth-central-hospital")
    champion = make_champion(record.health_board)
    base = "/admin/partnerships"
    version = record.history.last().history_id
    return {
        "desk": "/admin/",
        "desk, one section": "/admin/?section=confirm&board=nhs-tayside",
        "desk, nothing": "/admin/?section=drafts",
        "all records": "/admin/all/",
        "report": "/admin/report/nhs-tayside/",
        "two records": f"/admin/compare/{record.pk}/{other.pk}/",
        "list": f"{base}/partnership/",
        "new record": f"{base}/partnership/add/",
        "record": f"{base}/partnership/{record.pk}/change/",
        "history": f"{base}/partnership/{record.pk}/history/",
        "version": f"{base}/partnership/{record.pk}/history/{version}/",
        "institution": f"{base}/institution/{hospital.pk}/change/",
        "coordinator": f"{base}/coordinator/{person.pk}/change/",
        "new champion": f"{base}/champion/add/",
        "account": f"{base}/user/{champion.pk}/change/",
        "framework": f"{base}/framework/1/change/",
    }


def test_pages_of_the_admin_have_no_violations(signed_in: Any, base_url: str) -> None:
    found = {}
    for name, path in admin_pages().items():
        signed_in.set_viewport_size({"width": WIDTHS[0], "height": 900})
        assert signed_in.goto(base_url + path).status == 200, name
        signed_in.wait_for_load_state("networkidle")
        problems = []
        for width in WIDTHS:
            signed_in.emulate_media(color_scheme="dark" if width == DARK_AT else "light")
            problems += at_width(signed_in, width)
        if problems:
            found[name] = problems
    assert found == {}


def test_signing_in_for_the_first_time(watched: Any, base_url: str) -> None:
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    ada = users.make(email="ada@example.org", by=users.system_user())
    make_champion(record.health_board, user=ada)
    link = users.sign_in_link(ada).removeprefix(settings.SITE_URL)
    watched.goto(base_url + link)
    assert violations(watched) == []
    watched.get_by_label("New password").fill("short")
    watched.get_by_label("The same again").fill("short")
    watched.get_by_role("button", name="Set the password and sign in").click()
    expect(watched.get_by_role("alert")).to_be_visible()
    assert violations(watched) == []
    for label in ("New password", "The same again"):
        watched.get_by_label(label).fill("three unconnected words")
    watched.get_by_role("button", name="Set the password and sign in").click()
    assert watched.url == f"{base_url}/admin/"
    assert violations(watched) == []
    watched.goto(base_url + link)
    expect(
        watched.get_by_role("heading", name="This link has been used or is too old")
    ).to_be_visible()


# ------------------------------------------------------------------------------- the picker


@pytest.fixture
def picker(signed_in: Any, base_url: str) -> Any:
    """The page of an institution without a place, its map drawn."""
    hospital = make_institution("Clinic", precision="city")
    signed_in.goto(f"{base_url}/admin/partnerships/institution/{hospital.pk}/change/")
    signed_in.locator(".picker-map .land").first.wait_for(state="attached")
    return signed_in


def place(page: Any) -> tuple[str, str]:
    return (
        page.get_by_label("Latitude").input_value(),
        page.get_by_label("Longitude").input_value(),
    )


def test_a_click_on_the_map_fills_in_the_place(picker: Any) -> None:
    assert place(picker) == ("", "")
    assert picker.locator(".picker-pin").count() == 0
    canvas = picker.get_by_role("region", name="Map for choosing the place")
    canvas.click(position={"x": 300, "y": 160})
    latitude, longitude = place(picker)
    assert -85 < float(latitude) < 85
    assert -180 <= float(longitude) <= 180
    expect(picker.locator(".picker-pin")).to_be_visible()

    picker.get_by_role("button", name="Save and continue editing").click()
    saved = Institution.objects.get(slug="clinic")
    assert (f"{saved.latitude:.4f}", f"{saved.longitude:.4f}") == (latitude, longitude)


def test_typing_moves_the_pin_and_the_keyboard_suffices(picker: Any) -> None:
    picker.get_by_label("Latitude").fill("-13.9777")
    picker.get_by_label("Longitude").fill("33.7858")
    picker.get_by_label("Longitude").press("Tab")
    expect(picker.locator(".picker-pin")).to_be_visible()
    picker.get_by_label("Latitude").fill("")
    picker.get_by_label("Latitude").press("Tab")
    assert picker.locator(".picker-pin").count() == 0

    button = picker.get_by_role("button", name="Set the place to the middle of the map")
    button.focus()
    button.press("Enter")
    latitude, longitude = place(picker)
    assert latitude
    assert longitude
    expect(picker.locator(".picker-pin")).to_be_visible()
    assert violations(picker) == []


def test_a_place_is_found_by_its_name_and_the_keyboard_suffices(picker: Any) -> None:
    box = picker.get_by_role("combobox", name="Find a town, an institution or a country")
    box.press_sequentially("katet")
    expect(picker.get_by_role("option", name="Katete")).to_have_count(2)  # the town, its hospital
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        box.press(key)
    assert place(picker) == ("-14.1000", "31.9000")
    assert picker.get_by_label("Precision").input_value() == "district"  # as of the hospital
    expect(picker.get_by_text("The pin stands for: the district.")).to_be_visible()
    expect(picker.locator(".picker-pin")).to_be_visible()
    box.fill("zambia")
    picker.get_by_role("option", name="Zambia a country").click()
    expect(picker.get_by_text("The map shows Zambia.")).to_be_visible()
    assert place(picker) == ("-14.1000", "31.9000")  # a country is no place
    assert violations(picker) == []


def test_dragging_the_pin_moves_the_place(picker: Any) -> None:
    canvas = picker.get_by_role("region", name="Map for choosing the place")
    canvas.click(position={"x": 300, "y": 160})
    before = place(picker)
    box = picker.locator(".picker-pin").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    picker.mouse.move(x, y)
    picker.mouse.down()
    picker.mouse.move(x + 60, y + 30, steps=5)
    picker.mouse.up()
    after = place(picker)
    assert float(after[1]) > float(before[1])
    assert float(after[0]) < float(before[0])


def test_a_reader_sees_no_picker(watched: Any, base_url: str) -> None:
    """Another Board's institution is text: no inputs, no map, and no error about it."""
    hospital = Institution.objects.get(slug="queen-elizabeth-central-hospital")
    client = Client()
    client.force_login(make_champion())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    watched.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])
    watched.goto(f"{base_url}/admin/partnerships/institution/{hospital.pk}/change/")
    expect(watched.get_by_text("Queen Elizabeth Central Hospital").first).to_be_visible()
    assert watched.locator(".picker").count() == 0
    assert violations(watched) == []


# ------------------------------------------------------------------------------- data entry


def test_entering_a_record_by_hand(signed_in: Any, base_url: str) -> None:
    page = signed_in
    make_topic("Palliative care")
    make_partnership(moderation="draft")
    page.goto(f"{base_url}/admin/partnerships/partnership/add/")
    page.locator("#id_name").press_sequentially("Borders and Blantyre")
    assert page.locator("#id_slug").input_value() == "borders-and-blantyre"
    page.locator("#id_kind").select_option("institutional_link")
    page.get_by_label("Began").fill("May 2008")
    for row, words in enumerate(["Ninewells", "Queen Eliz"]):
        page.locator(f"#members-{row}").get_by_role("combobox", name="Institution").click()
        page.get_by_role("searchbox", name="Search").fill(words)
        page.get_by_role("option", name=words).click()
    page.locator("#topic_links-0").get_by_role("combobox", name="Topic").click()
    page.get_by_role("searchbox", name="Search").fill("palli")
    page.get_by_role("option", name="Palliative care").click()
    page.get_by_label("Primary").first.check()
    page.get_by_role("textbox", name="Why:").fill("From the ward")
    assert violations(page) == []
    page.get_by_role("button", name="Save and stay here").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()

    record = Partnership.objects.get(slug="borders-and-blantyre")
    assert {member.institution.slug for member in record.members.all()} == {
        "ninewells-hospital",
        "queen-elizabeth-central-hospital",
    }
    assert record.topic_links.get().is_primary
    assert (record.began_on.month, record.began_precision) == (5, "month")
    assert record.history.first().history_change_reason == "From the ward"
