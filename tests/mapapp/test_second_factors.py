"""Second factors: who needs one, at which doors, how they are reset; and how sessions end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from partnerships.models import OutgoingMail, User
from partnerships.services import champions, signing_in, users
from tests.factories.records import (
    PASSWORD,
    make_auditor,
    make_board,
    make_champion,
    make_partnership,
    make_unit,
    make_user,
)
from tests.factories.second_factors import code_now
from tests.mapapp.admin.pages import page, said, url
from tests.signing_in import DESK, LOGIN, code_in, is_signed_in, problems, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def user():
    return champions.appoint(
        email="ada@example.org", board=make_board(), by=users.system_user()
    ).user


@pytest.fixture
def lead():
    """Has a second factor, as every lead of the factories."""
    return make_champion(user=make_user("lead@example.org"), role="lead")


# ---------------------------------------------------------------------------- the second factor


def admin_addresses() -> list[str]:
    """Every address of the admin, with 1 for whatever record it asks for."""
    found = []

    def walk(patterns, before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                found.append(re.sub(r"<[^>]+>|\(\?P<[^)]*\)", "1", route).strip("^$"))

    walk(admin.site.urls[0], DESK)
    doors = (reverse("admin:login"), reverse("admin:logout"))
    return [each for each in found if each not in doors and not each.startswith("/admin/password")]


@pytest.mark.parametrize("who", ["unit", "lead", "superuser"])
def test_the_admin_opens_only_behind_a_second_factor(
    client, who, django_capture_on_commit_callbacks
) -> None:
    user = {
        "unit": lambda: make_user(role="unit", is_staff=True),
        "lead": lambda: make_champion(role="lead"),
        "superuser": lambda: make_user(is_superuser=True, is_staff=True),
    }[who]()
    Authenticator.objects.filter(user=user).delete()
    assert sign_in(client, user.email)["Location"] == DESK
    addresses = admin_addresses()
    assert len(addresses) > 80
    for address in addresses if who == "lead" else [DESK]:
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/admin/login/?next="), address
    posted = client.post(url(User, "add"), {"email": "new@example.org"})
    assert posted["Location"].startswith("/admin/login/?next=")
    led = client.get(DESK, follow=True)
    assert led.redirect_chain[-1][0] == reverse("mfa_activate_totp")
    assert "Your role asks for a second factor" in led.text

    form = page(led)
    secret = form.select_one(".account-secret").text
    assert form.select_one(".account-qr svg path") is not None
    address = reverse("mfa_activate_totp")
    assert "not right" in problems(client.post(address, {"code": "000000"}))
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(address, {"code": code_now(secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(DESK).status_code == 200
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in stored  # a backup of the database has no second factors
    assert "A second factor was set up" in mail.outbox[-1].body


def test_without_it_nobody_reads_drafts_outside_the_admin_either(client) -> None:
    lead = make_champion(role="lead")
    draft = make_partnership(
        "Only a draft",
        slug="only-a-draft",
        health_board=lead.tenures.get().board,
        moderation="draft",
    )
    record = f"/partnerships/{draft.slug}/"
    everywhere = [
        "/partnerships/",
        "/partnerships.csv",
        "/partnerships.geojson",
        "/api/v1/partnerships/",
        f"/api/v1{record}",
        record,
    ]

    def read() -> list[bool]:
        client.force_login(lead)
        return ["Only a draft" in text_of(client.get(address)) for address in everywhere]

    assert all(read())
    Authenticator.objects.filter(user=lead).delete()
    assert not any(read())
    assert client.get(record).status_code == 404


def text_of(response) -> str:
    return b"".join(response).decode()


def test_signing_in_asks_for_the_second_factor(client, lead) -> None:
    assert sign_in(client, lead.email)["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert client.get(DESK)["Location"].startswith("/admin/login/")
    path = reverse("mfa_authenticate")
    assert "not right" in problems(client.post(path, {"code": "000000"}))
    code = code_now()
    assert client.post(path, {"code": code})["Location"] == DESK
    assert client.get(DESK).status_code == 200
    again = Client()
    sign_in(again, lead.email)
    assert "not right" in problems(again.post(path, {"code": code}))  # a code works once


def test_a_code_by_mail_is_one_factor_only(client, lead) -> None:
    client.post("/accounts/login/code/", {"email": lead.email})
    code = code_in(mail.outbox[0])
    answer = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)


def test_the_admins_own_form_is_no_way_round(client, lead) -> None:
    for credentials in ({}, {"username": lead.email, "password": PASSWORD}):
        answer = client.post(reverse("admin:login"), credentials)
        assert answer["Location"] == f"{LOGIN}?next=/admin/"
    assert not is_signed_in(client)
    assert client.get("/admin/login/?next=/admin/partnerships/")["Location"] == (
        f"{LOGIN}?next=/admin/partnerships/"
    )
    assert (
        client.get("/admin/login/?next=https://evil.example/")["Location"]
        == f"{LOGIN}?next=/admin/"
    )


def test_deputies_and_auditors_may_have_one(client) -> None:
    for person in (make_champion(), make_auditor()):
        client.force_login(person)
        assert client.get(DESK).status_code == 200
        assert "none." in client.get("/accounts/").text


def test_a_role_that_asks_for_it_keeps_it_on(client, lead) -> None:
    sign_in(client, lead.email)
    client.post(reverse("mfa_authenticate"), {"code": code_now()})
    off = reverse("mfa_deactivate_totp")
    assert "so it stays on" in client.get(off).text
    client.post(off)
    assert signing_in.has_second_factor(lead)
    champions.end(lead.tenures.get(), by=users.system_user())
    assert client.post(off).status_code == 302
    assert not signing_in.has_second_factor(lead)


def test_setting_it_up_ends_what_was_signed_in_without(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    other = Client()
    for each in (client, other):
        sign_in(each, person.email)
    secret = page(client.get(reverse("mfa_activate_totp"))).select_one(".account-secret").text
    client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_recovery_codes_work_once(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    sign_in(client, person.email)
    secret = page(client.get(reverse("mfa_activate_totp"))).select_one(".account-secret").text
    shown = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}, follow=True)
    codes = [each.text.strip() for each in page(shown).select(".account-codes code")]
    assert len(codes) == 10
    assert codes[0] in client.get(reverse("mfa_download_recovery_codes")).text
    for works in (True, False):
        again = Client()
        sign_in(again, person.email)
        again.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert is_signed_in(again) == works
    client.post(reverse("mfa_generate_recovery_codes"))
    again = Client()
    sign_in(again, person.email)
    again.post(reverse("mfa_authenticate"), {"code": codes[1]})
    assert not is_signed_in(again)


def test_how_one_signs_in_is_changed_only_by_whoever_has_just_signed_in(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    sign_in(client, person.email)
    path = reverse("mfa_activate_totp")
    assert client.get(path).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=30), tick=False):
        asked = client.get(path, follow=True)
        assert "Is it you?" in asked.text
        address = asked.redirect_chain[-1][0]
        assert "not right" in problems(client.post(address, {"password": "wrong"}))
        assert client.post(address, {"password": PASSWORD})["Location"] == path
        assert client.get(path).status_code == 200


def test_with_another_secret_key_codes_are_wrong_and_nothing_breaks(client, lead, settings) -> None:
    Authenticator.objects.filter(user=lead).update(data={"secret": "something else"})
    sign_in(client, lead.email)
    answer = client.post(reverse("mfa_authenticate"), {"code": code_now()})
    assert "not right" in problems(answer)


# --------------------------------------------------------------------------- the unit's actions


def act(client: Client, name: str, *people: User):
    return client.post(
        url(User, "changelist"),
        {"action": name, "_selected_action": [person.pk for person in people]},
        follow=True,
    )


def test_the_unit_resets_a_lost_second_factor(client, lead) -> None:
    unit = make_unit()
    client.force_login(unit)
    theirs = Client()
    theirs.force_login(lead)
    assert theirs.get(DESK).status_code == 200
    assert said(act(client, "reset_second_factor", lead)) == ["Second factor reset: 1 record."]
    assert not signing_in.has_second_factor(lead)
    assert theirs.get(DESK)["Location"].startswith("/admin/login/")
    row = lead.history.first()
    assert (row.history_user, row.history_change_reason) == (
        unit,
        "Second factor reset in the admin",
    )
    written = OutgoingMail.objects.get()
    assert (written.to, written.kind) == (lead.email, "second_factor_reset")
    assert "reset the second factor of your account" in written.text
    assert "has no second factor" in said(act(client, "reset_second_factor", lead))[0]


def test_nobody_resets_their_own_or_a_superusers(client) -> None:
    unit, superuser = make_unit(), make_user(is_superuser=True, is_staff=True)
    client.force_login(unit)
    refused = said(act(client, "reset_second_factor", unit, superuser))
    assert len(refused) == 2
    assert all("reset by somebody else" in each for each in refused)
    assert signing_in.has_second_factor(unit)
    assert signing_in.has_second_factor(superuser)
    client.force_login(make_auditor())
    act(client, "reset_second_factor", unit)
    assert signing_in.has_second_factor(unit)


# ------------------------------------------------------------------------------------- its ends


def test_signing_out_everywhere(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    elsewhere = Client()
    for each in (client, elsewhere):
        sign_in(each, person.email)
    assert client.get("/accounts/logout/everywhere/").status_code == 405
    answer = client.post("/accounts/logout/everywhere/", follow=True)
    assert "signed out on every device" in answer.text
    assert not is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert person.history.first().history_change_reason == "Signed out everywhere"
    assert sign_in(client, person.email).status_code == 302
    assert is_signed_in(client)


def test_the_admins_sign_out_is_the_sites(client, lead) -> None:
    client.force_login(lead)
    assert client.get("/admin/logout/")["Location"] == "/accounts/logout/"
    assert client.get("/accounts/logout/").status_code == 200
    answer = client.post("/admin/logout/", follow=True)
    assert "You are signed out." in answer.text
    assert not is_signed_in(client)


def test_a_session_ends_twelve_hours_after_signing_in_whatever_is_done(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        sign_in(client, person.email)
        for _ in range(2):
            clock.shift(timedelta(hours=5, minutes=50))
            assert client.get(DESK).status_code == 200
            session = client.session
            session["touched"] = True
            session.save()
        clock.shift(timedelta(minutes=30))
        assert client.get(DESK).status_code == 302
        assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()


def test_an_hour_with_nothing_done_ends_the_session_of_who_needs_a_second_factor(lead) -> None:
    deputy = make_champion(user=make_user("deputy@example.org"))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        idle, busy, other = Client(), Client(), Client()
        for client, person in ((idle, lead), (busy, lead), (other, deputy)):
            client.force_login(person)
        for _ in range(3):
            clock.shift(timedelta(minutes=25))
            assert busy.head(reverse("account")).status_code == 200  # what typing asks
        assert busy.get(DESK).status_code == other.get(DESK).status_code == 200
        answer = idle.get(DESK, follow=True)
        assert answer.redirect_chain[-1][0] == f"{reverse('account_login')}?next={DESK}"
        assert "nothing was done for an hour" in answer.text
        assert idle.session.get("_auth_user_id") is None


def test_a_tenure_that_ends_takes_the_desk_away_at_once(client, lead) -> None:
    client.force_login(lead)
    assert client.get(DESK).status_code == 200
    champions.end(lead.tenures.get(), by=users.system_user())
    answer = client.get(DESK, follow=True)
    assert answer.status_code == 403
    assert "You may not do this" in answer.text


def test_a_closed_account_is_signed_out_and_is_told(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    sign_in(client, person.email)
    person.is_active = False
    users.save(person, by=users.system_user())
    assert not is_signed_in(client)
    assert (
        "This account is closed"
        in client.post(LOGIN, {"login": person.email, "password": PASSWORD}, follow=True).text
    )
