"""Signing in: the one-time link, passwords and codes, second factors, limits, and its ends."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from partnerships.models import User
from partnerships.services import champions, users
from tests.factories.records import (
    PASSWORD,
    make_board,
    make_champion,
    make_user,
)
from tests.factories.second_factors import enrolled
from tests.signing_in import DESK, NEW, code_in, is_signed_in, path_of, problems, sign_in

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


# --------------------------------------------------------------------------- the one-time link


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
    assert user.history.filter(history_change_reason="Chose a password", history_user=user).exists()

    client.logout()
    assert sign_in(client, "Ada@Example.org").status_code == 302
    assert client.get(DESK).status_code == 200


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
        assert message in problems(response)
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_a_tenure_that_has_ended_lets_nobody_in(client, user) -> None:
    champions.end(user.tenures.get(), by=users.system_user())
    address = client.get(path_of(user), follow=True).redirect_chain[-1][0]
    response = client.post(address, NEW, follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("admin:login"))
    assert response.status_code == 403


def test_the_page_is_kept_out_of_caches_and_referrers(client, user) -> None:
    response = client.get(path_of(user), follow=True)
    assert "no-cache" in response["Cache-Control"]
    assert "Referrer-Policy" in response


def test_a_link_does_not_walk_round_a_second_factor(client, lead) -> None:
    address = client.get(path_of(lead), follow=True).redirect_chain[-1][0]
    answer = client.post(address, NEW)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)


# --------------------------------------------------------------------------- passwords and codes


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_login", "account_request_login_code", "account_reset_password"],
)
def test_pages_are_ours_and_nobody_signs_up(client, name) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert "Health Partnership Map" in response.text
    before = User.objects.count()
    client.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD})
    assert User.objects.count() == before


def test_every_template_of_signing_in_is_our_own() -> None:
    """allauth brings a page for everything; none of those that we have addresses for is shown."""
    from django.template.loader import get_template

    from mapapp.account_urls import urlpatterns

    names = {
        view.view_class.template_name
        for pattern in urlpatterns
        if (view := pattern.callback)
        and hasattr(view, "view_class")
        and getattr(view.view_class, "template_name", None)
    }
    assert len(names) >= 18
    for name in names:
        assert get_template(name).origin.name.startswith(
            str(django_settings.BASE_DIR / "templates")
        )


def test_a_code_by_mail_signs_in_once(client, user) -> None:
    asked = client.post("/accounts/login/code/", {"email": "ADA@example.org"}, follow=True)
    assert "Type the code" in asked.text
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ada@example.org"], "Your code to sign in")
    code = code_in(sent)
    confirm = reverse("account_confirm_login_code")
    assert "not right" in problems(client.post(confirm, {"code": "XXXX-XXXX"}))
    assert client.post(confirm, {"code": code.lower()})["Location"] == DESK
    assert client.get(DESK).status_code == 200

    client.logout()
    assert client.post(confirm, {"code": code}).status_code == 302
    assert not is_signed_in(client)


def test_a_code_is_guessed_three_times_at_most(client, user) -> None:
    client.post("/accounts/login/code/", {"email": user.email})
    confirm = reverse("account_confirm_login_code")
    answers = [client.post(confirm, {"code": f"AAAA-AAA{n}"}).status_code for n in range(3)]
    assert answers == [200, 200, 302]
    code = code_in(mail.outbox[0])
    client.post(confirm, {"code": code})
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_an_unknown_address_gets_the_same_answer(path, user) -> None:
    shown = []
    for email in ("ada@example.org", "nobody@example.org"):
        answer = Client().post(path, {"email": email}, follow=True)
        text = re.sub(r'csrf\w+" value="\w+"', "", answer.text).replace(email, "")
        shown.append((answer.status_code, answer.redirect_chain, text))
    assert shown[0] == shown[1]
    assert [sent.to for sent in mail.outbox] == [["ada@example.org"]]


def test_a_wrong_password_says_the_same_of_everybody(client) -> None:
    make_user("ada@example.org")
    said_of = [
        problems(sign_in(client, who, "wrong")) for who in ("ada@example.org", "no@example.org")
    ]
    assert said_of[0] == said_of[1]
    assert "The e-mail address or the password is not right." in said_of[0]


def test_a_mail_server_that_is_away_is_no_error_page(client, user, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = client.post("/accounts/login/code/", {"email": user.email}, follow=True)
    assert answer.status_code == 200
    assert "Type the code" in answer.text


def test_a_forgotten_password(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    other = Client()
    sign_in(other, person.email)
    client.post("/accounts/password/reset/", {"email": person.email})
    link = re.search(r"^http\S+$", mail.outbox[0].body, re.M)[0]
    assert link.startswith(django_settings.SITE_URL + "/accounts/password/reset/")
    form = client.get(urlsplit(link).path, follow=True)
    address = form.redirect_chain[-1][0]
    assert "too short" in problems(
        client.post(address, {"password1": "short", "password2": "short"})
    )
    new = "another long password"
    assert client.post(address, {"password1": new, "password2": new}).status_code == 302
    assert not is_signed_in(other)  # whatever was signed in is not
    assert not is_signed_in(client)
    assert "too old" in client.get(urlsplit(link).path, follow=True).text
    assert sign_in(client, person.email, new)["Location"] == DESK
    assert "by a link" in mail.outbox[-1].body


def test_changing_a_password_signs_out_the_others(client) -> None:
    person = make_champion(user=make_user("ada@example.org"))
    other = Client()
    for each in (client, other):
        sign_in(each, person.email)
    new = {"password1": "another long password", "password2": "another long password"}
    path = "/accounts/password/change/"
    assert "not your present" in problems(client.post(path, new | {"oldpassword": "wrong"}))
    assert client.post(path, new | {"oldpassword": PASSWORD}).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert client.get("/admin/password_change/")["Location"] == path


# --------------------------------------------------------------------------------------- limits


def as_another_process() -> None:
    """Each process, and each thread, has its own connection to the cache and nothing else."""
    caches["default"].close()
    delattr(caches._connections, "default")


def test_failures_are_counted_for_all_processes_together(settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "mapapp.caches.CountingDatabaseCache",
            "LOCATION": "cache_of_sign_ins",
        }
    }
    call_command("createcachetable")
    person = make_user("ada@example.org")
    answers = []
    for _ in range(6):
        as_another_process()
        answers.append(problems(sign_in(Client(), person.email, "wrong")))
    assert ["Too many attempts" in answer for answer in answers] == [False] * 5 + [True]
    assert "Too many attempts" in problems(sign_in(Client(), person.email))  # the right one too


def test_too_many_requests_for_codes_are_told_readably(client, user) -> None:
    answers = [Client().post("/accounts/login/code/", {"email": user.email}) for _ in range(4)]
    assert "Too many attempts" in problems(answers[-1])
    assert len(mail.outbox) == 3
    *_, answer = [
        Client().post("/accounts/password/reset/", {"email": user.email}) for _ in "123456"
    ]
    assert answer.status_code == 429
    assert "Please wait a little" in answer.text
    assert answer["Retry-After"] == "300"


# ------------------------------------------------------------------------------------ addresses


def test_addresses_are_kept_in_step_and_verified() -> None:
    system = users.system_user()
    user = users.make(email="Ada@Example.org", by=system)
    rows = EmailAddress.objects.filter(user=user)
    assert list(rows.values_list("email", "verified", "primary")) == [
        ("ada@example.org", True, True)
    ]
    user.email = "ada.lovelace@example.org"
    users.save(user, by=system)
    assert list(rows.values_list("email", "verified")) == [("ada.lovelace@example.org", True)]


def test_accounts_from_before_have_their_addresses() -> None:
    from importlib import import_module

    from django.apps import apps

    user = User.objects.create_user("Old@example.org", "Old@example.org", PASSWORD)
    User.objects.create(username="system-like")
    import_module("partnerships.migrations.0020_email_addresses").copy(apps, None)
    assert list(EmailAddress.objects.values_list("user", "email", "verified")) == [
        (user.pk, "old@example.org", True)
    ]


def test_what_allauth_has_besides_is_closed() -> None:
    for name in ("account_email_verification_sent", "usersessions_list", "mfa_add_webauthn"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    client = Client()
    client.force_login(enrolled(make_champion()))
    for path in ("/accounts/email/", "/accounts/2fa/", "/accounts/provider/"):
        assert client.get(path)["Location"] == "/accounts/"
