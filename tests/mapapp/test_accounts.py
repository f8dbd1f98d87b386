"""The first sign-in: a link that works once."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from partnerships.services import champions, users
from tests.factories.records import PASSWORD, make_board

pytestmark = pytest.mark.django_db
NEW = {"new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture
def user():
    return champions.appoint(
        email="ada@example.org", board=make_board(), by=users.system_user()
    ).user


def path_of(user) -> str:
    return urlsplit(users.sign_in_link(user)).path


def test_a_link_sets_a_password_and_signs_in(client, user) -> None:
    form = client.get(path_of(user), follow=True)
    assert form.status_code == 200
    assert "ada@example.org" in form.text
    address = form.redirect_chain[-1][0]
    done = client.post(address, NEW)
    assert (done.status_code, done["Location"]) == (302, reverse("admin:index"))
    assert client.get(reverse("admin:index")).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)

    client.logout()
    signed_in = client.post(
        reverse("admin:login"), {"username": "ada@example.org", "password": PASSWORD}
    )
    assert signed_in.status_code == 302


def test_a_link_works_once(client, user) -> None:
    link = path_of(user)
    client.post(client.get(link, follow=True).redirect_chain[-1][0], NEW)
    client.logout()
    again = client.get(link)
    assert again.status_code == 200
    assert "This link has been used or is too old" in again.text
    assert "new_password1" not in again.text


def test_a_link_expires(client, user) -> None:
    link = path_of(user)
    with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
        assert "too old" in client.get(link).text


@pytest.mark.parametrize("where", ["uid", "token"])
def test_a_link_that_was_changed_opens_nothing(client, user, where) -> None:
    *start, uid, token, _ = path_of(user).split("/")
    uid, token = ("OTk", token) if where == "uid" else (uid, token[:-1] + "!")
    response = client.get("/".join([*start, uid, token, ""]))
    assert response.status_code == 200
    assert "too old" in response.text


def test_a_weak_password_is_refused_at_its_field(client, user) -> None:
    address = client.get(path_of(user), follow=True).redirect_chain[-1][0]
    for passwords, message in [
        (("short", "short"), "too short"),
        (("ada@example.org", "ada@example.org"), "too similar"),
        ((PASSWORD, PASSWORD + "x"), "didn’t match"),
        (("", ""), "required"),
    ]:
        response = client.post(
            address, {"new_password1": passwords[0], "new_password2": passwords[1]}
        )
        assert response.status_code == 200
        summary = BeautifulSoup(response.text, "html.parser").select_one("[role=alert]")
        assert message in summary.text
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_a_tenure_that_has_ended_lets_nobody_in(client, user) -> None:
    champions.end(user.tenures.get(), by=users.system_user())
    address = client.get(path_of(user), follow=True).redirect_chain[-1][0]
    response = client.post(address, NEW, follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("admin:login"))


def test_the_page_is_kept_out_of_caches_and_referrers(client, user) -> None:
    response = client.get(path_of(user), follow=True)
    assert "no-cache" in response["Cache-Control"]
    assert "Referrer-Policy" in response
