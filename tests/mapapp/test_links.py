"""Links in mails: looking changes nothing, acting needs no account, and nothing tells of them."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from mapapp.logs import TokenFilter
from mapapp.views import suggesting
from partnerships.choices import LinkPurpose, Moderation, SuggestionState
from partnerships.models import (
    Confirmation,
    LinkAnswer,
    Mailbox,
    Partnership,
    SignedLink,
    Suggestion,
)
from partnerships.services import links, mailboxes, partnerships
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_partnership,
    make_unit,
)
from tests.mapapp.admin.pages import page, signed_in, url
from tests.suggestions import filled

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PERSON = "Canaria Verborgen"
ADDRESS = "canary@hidden.example"


@pytest.fixture
def record() -> Partnership:
    return make_partnership("Borders and Zomba", summary="Midwives teach each other.")


def link_to(record: Partnership, *, side: str = "partner", **more) -> str:
    person = make_coordinator(next(m for m in record.members.all() if m.side == side), PERSON)
    person.email = ADDRESS
    person.save()
    token = links.make(
        purpose=LinkPurpose.CONFIRMATION,
        partnership=record,
        side=side,
        coordinator=person,
        mailbox=mailboxes.mailbox_of(ADDRESS),
        at=timezone.now(),
        **more,
    )
    return f"/l/{token}/"


def press(address: str, answer: str, words: str = "") -> object:
    client = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    seen = page(client.get(address)).select_one("[name=seen]")
    typed = {"answer": answer, "words": words, "seen": seen["value"] if seen else ""}
    return client.post(address, typed, follow=True)


def state(record: Partnership) -> tuple[object, ...]:
    record.refresh_from_db()
    counts = [m.objects.count() for m in (Confirmation, LinkAnswer, Suggestion)]
    return (*counts, record.stage, record.modified_at, record.last_confirmed_on)


def test_looking_shows_the_record_and_changes_nothing(record) -> None:
    address, before = link_to(record), state(record)

    assert Client().head(address).status_code == 200
    response = Client().get(address)
    text = page(response).text
    assert "Midwives teach each other." in text
    assert "You are asked for this side" in text
    assert [b["value"] for b in page(response).select("main button[name=answer]")] == [
        "right", "change", "ended", "not_me",
    ]  # fmt: skip
    assert state(record) == before
    assert SignedLink.objects.get().used_at is None
    assert Client().put(address).status_code == 405


def test_nobody_is_told_of_a_link(record, settings) -> None:
    address = link_to(record)
    for response in (Client().get(address), press(address, "right"), Client().get("/l/abc/")):
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "ETag" not in response
        assert response.cookies == {}
        text = response.content.decode()
        assert address.split("/")[2] not in text  # not even in a canonical address
        assert PERSON not in text
        assert ADDRESS not in text


def test_still_right_confirms_the_side_of_the_link(record) -> None:
    response = press(link_to(record, side="partner"), "right")

    assert response.redirect_chain[-1][1] == 302
    assert "still right" in page(response).select_one("main").text
    record.refresh_from_db()
    assert (record.uk_confirmed_on, record.partner_confirmed_on) == (None, timezone.localdate())
    assert Confirmation.objects.get().confirmed_by is None


def test_of_another_record_than_was_looked_at_nobody_says_that_it_is_right(record) -> None:
    address, client = link_to(record), Client()
    seen = page(client.get(address)).select_one("[name=seen]")["value"]
    partnerships.update(record, by=make_unit(), values={"summary": "Dentists do."})

    response = client.post(address, {"answer": "right", "seen": seen})

    assert response.status_code == 400
    assert "changed the record" in page(response).select_one(".error-summary").text
    assert "Dentists do." in page(response).text
    assert not Confirmation.objects.exists()
    assert SignedLink.objects.get().used_at is None
    press(address, "right")
    assert Confirmation.objects.exists()


def test_a_second_answer_says_so_kindly_and_does_nothing(record) -> None:
    address = link_to(record)
    press(address, "right")
    before = state(record)

    response = press(address, "ended")

    assert "Thank you" in page(response).h1.text
    assert "still right" in page(response).select_one("main").text
    assert state(record) == before


def test_a_change_is_said_field_by_field_without_a_code(record, monkeypatch) -> None:
    monkeypatch.setattr(suggesting, "QUICKEST", timedelta(0))
    address, client = link_to(record), Client(enforce_csrf_checks=True)
    first = client.post(f"{address}change/", {"words": "It has another name."})
    form = page(first).select_one("main form")
    assert form.select_one("[name=why]").text.strip() == "It has another name."
    assert form.select_one("[name=name]")["value"] == "Borders and Zomba"
    assert form.select_one("[name=your_email]") is None
    assert not form.has_attr("action")  # the token stands on no page

    typed = filled(page(first), name="Zomba and Borders", step="review")
    look = client.post(f"{address}change/", typed)
    assert "What would change" in page(look).text
    assert state(record)[:3] == (0, 0, 0)
    sent = client.post(f"{address}change/", filled(page(look), step="send"), follow=True)

    assert "Thank you" in page(sent).h1.text
    suggestion = LinkAnswer.objects.get().suggestion
    assert suggestion.changes == {"name": "Zomba and Borders"}
    assert suggestion.words == "It has another name."
    assert (suggestion.channel, suggestion.suggester_email) == ("coordinator", ADDRESS)
    for response in (first, look, sent):
        assert response.cookies == {}
        assert address.split("/")[2] not in response.content.decode()
        assert ADDRESS not in response.content.decode()
    again = client.get(f"{address}change/")
    assert (again.status_code, again["Location"]) == (302, address)


def test_what_the_record_refuses_leaves_the_link_good(record, monkeypatch) -> None:
    monkeypatch.setattr(suggesting, "QUICKEST", timedelta(0))
    address, client = f"{link_to(record)}change/", Client()
    typed = filled(page(client.get(address)), why="Call me", began_year="2020", ended_year="2010")
    refused = client.post(address, typed | {"step": "review"})
    assert refused.status_code == 400
    assert "cannot end before it began" in page(refused).text
    assert SignedLink.objects.get().used_at is None
    assert client.get("/l/nothing/change/").status_code == 404


def test_it_has_ended_waits_for_the_champion(record) -> None:
    press(link_to(record), "ended", "In May, the hospital closed.")

    suggestion = Suggestion.objects.get()
    assert (suggestion.channel, suggestion.state) == ("coordinator", SuggestionState.WAITING)
    assert suggestion.changes == {"stage": "ended"}
    assert suggestion.words == "In May, the hospital closed."
    assert (suggestion.suggester_name, suggestion.suggester_email) == (PERSON, ADDRESS)
    record.refresh_from_db()
    assert record.stage == "active"


def test_that_an_ended_one_has_ended_waits_for_nobody(record) -> None:
    Partnership.objects.filter(pk=record.pk).update(stage="ended")
    press(link_to(record), "ended")

    assert LinkAnswer.objects.get().suggestion is None
    assert not LinkAnswer.objects.waiting().exists()
    Partnership.objects.filter(pk=record.pk).update(stage="active")
    assert LinkAnswer.objects.waiting().exists()


def test_two_coordinators_who_say_so_make_one_suggestion_each_at_most(record) -> None:
    first, second = link_to(record), link_to(record)
    press(first, "ended")
    press(second, "ended")

    assert Suggestion.objects.count() == 1
    assert LinkAnswer.objects.filter(suggestion=Suggestion.objects.get()).count() == 2


def test_something_to_change_waits_for_the_champion(record) -> None:
    address = link_to(record)

    empty = press(address, "change")
    assert empty.status_code == 400
    assert "Say what should change." in page(empty).select_one(".error-summary").text
    press(address, "change", "The ward has <moved>.")

    suggestion = LinkAnswer.objects.get(answer="change").suggestion
    assert suggestion.is_waiting
    assert (suggestion.changes, suggestion.words) == ({}, "The ward has <moved>.")
    assert suggestion.suggester_email == ADDRESS


@pytest.mark.parametrize(
    ("answer", "box", "other"),
    [("change", "words", "words-ended"), ("ended", "words-ended", "words")],
)
def test_what_was_typed_stays_in_its_box_where_it_was_too_long(record, answer, box, other) -> None:
    response = press(link_to(record), answer, "x" * 2001)

    assert response.status_code == 400
    shown = page(response)
    assert "x" * 2001 in shown.select_one(f"#{box}").text
    assert shown.select_one(f"#{box}")["aria-invalid"] == "true"
    assert "x" not in shown.select_one(f"#{other}").text
    link = shown.select_one(".error-summary a")
    assert (link["href"], "2000" in link.text) == (f"#{box}", True)


@pytest.mark.parametrize("answer", ["", "maybe", "RIGHT"])
def test_no_other_answer_is_taken(record, answer) -> None:
    address, before = link_to(record), state(record)

    assert press(address, answer).status_code == 400
    assert state(record) == before


def test_not_me_changes_no_record_and_closes_the_other_links(record) -> None:
    first, second = link_to(record), link_to(record)
    before = state(record)

    press(first, "not_me")

    assert state(record)[3:] == before[3:]
    assert LinkAnswer.objects.not_me().waiting().get().mailbox == Mailbox.objects.get()
    assert Client().get(second).status_code == 404
    assert "Thank you" in page(Client().get(first)).h1.text


@pytest.mark.parametrize("days", [-1, 0])
def test_an_old_link_opens_nothing(record, days) -> None:
    response = Client().get(link_to(record, days=days))

    assert response.status_code == 404
    assert "too old" in page(response).select_one("main").text
    assert press(link_to(record, days=days), "right").status_code == 404
    assert not Confirmation.objects.exists()


def test_a_revoked_link_opens_nothing(record) -> None:
    address = link_to(record)
    links.revoke(partnership=record, at=timezone.now())

    assert "withdrawn" in page(Client().get(address)).select_one("main").text
    assert press(address, "right").status_code == 404


def test_nothing_is_asked_about_a_record_that_is_not_public(record) -> None:
    address = link_to(record)
    partnerships.moderate(record, to=Moderation.WITHDRAWN, by=make_unit(), reason="A test")

    assert Client().get(address).status_code == 404
    assert record.name not in Client().get(address).content.decode()


def test_a_mail_program_ends_reminders_with_one_request() -> None:
    mailbox = mailboxes.mailbox_of(ADDRESS)
    token = links.make(purpose=LinkPurpose.UNSUBSCRIBE, mailbox=mailbox, at=timezone.now())
    address = f"/unsubscribe/{token}/"

    assert "Stop reminders?" in page(Client().get(address)).h1.text
    assert Mailbox.objects.get().refused_at is None
    client = Client(enforce_csrf_checks=True)
    client.post(address, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert Mailbox.objects.get().refused_at is not None
    assert "You get no more reminders" in page(Client().get(address)).h1.text
    client.post(address, {"again": "1"})
    assert Mailbox.objects.get().refused_at is None
    assert Client().get(f"/l/{token}/").status_code == 404  # for one purpose


def test_links_of_somebody_who_is_removed_open_nothing(record) -> None:
    from partnerships.services import coordinators

    address = link_to(record)
    by = make_unit()
    coordinators.remove(SignedLink.objects.get().coordinator, by=by, reason="Asked for it")

    assert Client().get(address).status_code == 404


def test_logs_hold_no_token() -> None:
    cut = TokenFilter()
    for path in (
        "/l/Abc-_123/",
        "/unsubscribe/Abc-_123/",
        "/evaluations/Abc-_123/2/",
        "/checklists/Abc-_123/paper/",
        "/accounts/set-password/Abc-_123/x/",
        "/accounts/password/reset/Abc-_123/",
    ):
        said = logging.LogRecord("a", 30, "", 1, '"POST %s HTTP/1.1" 404', (path,), None)
        assert cut.filter(said)
        assert "Abc" not in said.getMessage()
        assert said.getMessage().endswith('… HTTP/1.1" 404')
    other = logging.LogRecord("a", 30, "", 1, "%s", ("/partnerships/l/",), None)
    assert cut.filter(other)
    assert other.getMessage() == "/partnerships/l/"


def test_champions_settle_answers_of_their_own_board_only(record) -> None:
    board = make_board()
    Partnership.objects.filter(pk=record.pk).update(health_board=board)
    press(link_to(record), "not_me", "I left in May.")
    answer = LinkAnswer.objects.get()
    lists = url(LinkAnswer, "changelist")
    act = {"action": "mark_settled", "_selected_action": [answer.pk]}

    stranger = signed_in(make_champion())
    assert "I left in May." not in stranger.get(lists).content.decode()
    stranger.post(lists, act)
    assert LinkAnswer.objects.waiting().exists()
    champion = signed_in(make_champion(board))
    assert "I left in May." in champion.get(f"{lists}?waiting=yes").content.decode()
    champion.post(lists, act)
    assert not LinkAnswer.objects.waiting().exists()


def test_mail_is_the_units(record) -> None:
    from partnerships.models import OutgoingMail

    lists = url(OutgoingMail, "changelist")
    assert signed_in(make_unit()).get(lists).status_code == 200
    assert signed_in(make_champion()).get(lists).status_code == 403


def test_a_link_that_just_expired_is_not_kept_open(record) -> None:
    address = link_to(record)
    SignedLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert press(address, "right").status_code == 404
