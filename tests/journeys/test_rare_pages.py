"""Pages that few people ever see: of accounts, and of suggestions that did not go through."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from partnerships.models import Partnership
from partnerships.services import decisions, evaluation_reports, frameworks, partnerships
from tests.factories.mailed import plant_link
from tests.factories.records import make_champion, make_suggestion, make_unit, make_user
from tests.factories.rounds import Round as Compared
from tests.factories.study import make_study
from tests.journeys.test_accessibility import (
    at_half_of_it,
    at_width,
    scrolls_sideways,
    violations,
)
from tests.mapapp.test_provider import name as name_provider

REST = (768, 1280)


def problems_of(page: Any, path: str, status: int = 200) -> list[str]:
    """On a phone; wider, only whether it scrolls sideways."""
    page.set_viewport_size({"width": 360, "height": 740})
    found = [] if page.goto(path).status == status else ["another status"]
    found += violations(page)
    for width in (360, *REST):
        page.set_viewport_size({"width": width, "height": 740})
        found += [f"scrolls sideways at {width}"] if scrolls_sideways(page) else []
    return found


def come_in(page: Any, base_url: str, user: Any) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url}])


def test_rarer_pages_of_accounts(
    page: Any, base_url: str, transactional_db: None, settings: Any
) -> None:
    name_provider(settings, "http://127.0.0.1:1")  # nobody answers there
    person = make_champion(user=make_user("ada@example.org"), role="lead")
    found = {
        "provider away": problems_of(page, "/accounts/oidc/login/", 503),
        "sign-in failed": problems_of(page, "/accounts/provider/error/", 401),
        "sign-in cancelled": problems_of(page, "/accounts/provider/cancelled/"),
    }
    address = "/accounts/password/reset/"
    Client().post(address, {"email": person.email})
    link = re.search(r"/accounts/password/reset/\S+", mail.outbox[-1].body)[0]
    found["password from a link"] = problems_of(page, link)
    page.goto("/accounts/password/reset/")
    for _ in range(6):
        Client().post(address, {"email": person.email})
    page.get_by_label("E-mail address").fill(person.email)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Please wait a little")).to_be_visible()
    found["too many"] = violations(page)
    cache.clear()
    come_in(page, base_url, person)
    for path in ("2fa/reauthenticate/", "2fa/app/off/", "2fa/recovery-codes/new/"):
        found[path] = problems_of(page, f"/accounts/{path}")
    assert found == {key: [] for key in found}


def test_suggestions_that_did_not_go_through(page: Any, register: None) -> None:
    record = Partnership.objects.get(slug="emergency-care-in-blantyre")
    suggestion = make_suggestion(record, {"summary": "Other words."})
    decisions.return_with_words(suggestion, by=make_unit(), answer="Since when?")
    plant_link("to-mend-it", purpose="suggestion", suggestion=suggestion)
    mend = "/suggest/follow/to-mend-it/again/"
    found = {
        "mend": problems_of(page, mend),
        "refused": problems_of(page, "/suggest/follow/nothing/", 404),
    }
    partnerships.moderate(record, to="withdrawn", by=make_unit(), reason="Twice")
    found["withdrawn"] = problems_of(page, mend, 410)
    assert found == {key: [] for key in found}


def test_what_rounds_come_to(page: Any, base_url: str, transactional_db: None) -> None:
    """A published report, both sides of a partnership, three members compared, and the admin's."""
    unit = make_unit()
    study, links = make_study(opened_by=unit)
    now = timezone.now()
    evaluation_reports.draw_up(study, by=unit, at=now)
    evaluation_reports.publish(study, by=unit, with_words=True, reason="Read", at=now)
    invitation = study.invitations.get(member=links[0].members.order_by("position", "pk")[0])
    plant_link("of-a-side", purpose="evaluation", invitation=invitation)
    three = Compared("234", "321", ["1", "do_not_know"], countries=("GB", "MW", "ZM"))
    plant_link("of-three", purpose="checklist", part=three.parts[0])
    framework = three.checklist.framework
    frameworks.make_version(framework, version="2", by=unit)
    come_in(page, base_url, unit)
    base = "/admin/partnerships"
    paths = {
        "report": "/evaluation-rounds/evaluation-2006/",
        "both sides": "/evaluations/of-a-side/report/",
        "three members": "/checklists/of-three/comparison/",
        "admin's report": "/admin/evaluations/evaluation-2006/",
        "round": f"{base}/round/{study.pk}/change/",
        "checklist": f"{base}/checklist/{three.checklist.pk}/change/",
        "two versions": f"{base}/framework/{framework.pk}/versions/",
    }
    found = {}
    for name, path in paths.items():
        page.set_viewport_size({"width": 360, "height": 740})
        found[name] = [] if page.goto(path).status == 200 else ["another status"]
        found[name] += at_width(page, 360) + at_half_of_it(page) + at_width(page, 1280)
    assert found == {key: [] for key in found}
