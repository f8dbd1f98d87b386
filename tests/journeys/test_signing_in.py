"""A champion's first day: appointed, in by a link, a second factor, at the desk; and every page."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import expect

from partnerships.models import Partnership
from partnerships.services import partnerships
from partnerships.services.users import system_user
from tests.factories.records import PASSWORD, make_champion, make_coordinator, make_user
from tests.factories.second_factors import code_now
from tests.journeys.test_accessibility import COLOUR_RULES, WIDTHS, at_width, violations


def problems_of(page: Any) -> list[str]:
    found = [problem for width in WIDTHS for problem in at_width(page, width)]
    page.emulate_media(color_scheme="dark")
    found += violations(page, only=COLOUR_RULES)
    page.emulate_media(color_scheme="light")
    return found


def test_a_champions_first_day(watched: Any, base_url: str) -> None:
    page = watched
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    make_coordinator(record.members.first(), "Grace Banda")
    partnerships.confirm(record, side="partner", by=system_user(), how="By e-mail")
    out = StringIO()
    call_command("appoint_champion", "ada@example.org", "nhs-tayside", "--lead", stdout=out)
    link = out.getvalue().splitlines()[-1].removeprefix(settings.SITE_URL)

    page.goto(base_url + link)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    expect(page.get_by_text("Your role asks for a second factor")).to_be_visible()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    found = {"set up": problems_of(page)}
    page.get_by_text("The camera does not work").click()
    secret = page.locator(".account-secret").inner_text()
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("link", name="This code is not right").click()
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.get_by_label("Code", exact=True).fill(code_now(secret))
    page.keyboard.press("Enter")

    expect(page.locator(".account-codes li")).to_have_count(10)
    found["recovery codes"] = problems_of(page)
    page.get_by_role("link", name="on to the desk").click()
    page.wait_for_url(f"{base_url}/admin/")

    page.goto(f"{base_url}/accounts/")
    found["account"] = problems_of(page)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text("You are signed out on every device.")).to_be_visible()

    page.get_by_role("link", name="Send me a code").click()
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Type the code")
    code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]
    page.get_by_label("Code", exact=True).fill(code.replace("-", "").lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")
    found["second factor"] = problems_of(page)
    page.get_by_label("Code", exact=True).fill(code_now(secret, steps=1))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base_url}/admin/")

    for button in ("Still right", "Not the same"):
        page.get_by_role("button", name=button).first.click()
        expect(page.locator(".messagelist li")).to_be_visible()
    expect(page.get_by_text("Nothing needs you today.").first).to_be_visible()
    assert found == {name: [] for name in found}


def test_pages_of_signing_in_are_accessible(watched: Any, base_url: str) -> None:
    paths = [
        "/accounts/login/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
        "/accounts/password/reset/sent/",
        "/accounts/signup/",
        "/accounts/inactive/",
    ]
    client = Client()
    client.force_login(make_champion(user=make_user("ada@example.org")))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    signed_in = [
        "/accounts/password/change/",
        "/accounts/logout/",
        "/accounts/2fa/app/",  # asks for the password first
    ]
    found = {}
    for path in [*paths, *signed_in]:
        if path == signed_in[0]:
            watched.context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": base_url}]
            )
        assert watched.goto(base_url + path).status == 200
        if problems := [problem for width in WIDTHS for problem in at_width(watched, width)]:
            found[path] = problems
    expect(watched.get_by_role("heading", level=1)).to_have_text("Is it you?")
    assert found == {}


def test_what_was_typed_wrong_is_said_where_it_is(watched: Any, base_url: str) -> None:
    watched.goto(f"{base_url}/accounts/login/")
    watched.get_by_label("E-mail address").fill("nobody@example.org")
    watched.get_by_label("Password", exact=True).fill("wrong")
    watched.keyboard.press("Enter")
    expect(watched.get_by_role("alert")).to_contain_text("is not right")
    assert problems_of(watched) == []
