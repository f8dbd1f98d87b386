"""Answering an evaluation through a link: no account, nothing lost, nothing told to others."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partnerships import models as registry
from partnerships.choices import LinkPurpose
from partnerships.models import Invitation, OutgoingMail, Response, Suggestion
from partnerships.services import evaluations, links, outbox, partnerships
from tests.factories.evaluations import make_invitation, make_response, make_round, make_willing
from tests.factories.records import make_partnership, make_unit
from tests.mapapp.admin.pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CANARY = "Kanarienvogel said this"


@pytest.fixture
def record():
    return make_partnership(
        "Borders and Zomba", began_on=date(2008, 1, 1), began_precision="year", delivery="remote"
    )


def asked(record, side: str = "partner") -> tuple[Invitation, str]:
    """An invitation in an open round, and the address of its first page."""
    member = next(m for m in record.members.select_related("institution") if m.side == side)
    asked_in = registry.Round.objects.filter(state="open").first() or make_round(
        state="open", opened_at=timezone.now(), opened_by=make_unit(), closes_on=date(2099, 5, 1)
    )
    person = make_willing(member, f"{side}@example.org")
    invitation = make_invitation(asked_in, member, coordinator=person)
    token = links.make(
        purpose=LinkPurpose.EVALUATION,
        invitation=invitation,
        coordinator=person,
        at=timezone.now(),
    )
    return invitation, reverse("evaluation_start", args=[token])


def save(address: str, number: int, shown=None, **typed):
    """Post a page; where it confirms facts, those that the page shows now."""
    client = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    given = {"shown": json.dumps(shown or {})}
    if "right" in typed.values():
        given |= facts_shown(address, number)
    return client.post(f"{address}{number}/", given | typed)


def facts_shown(address: str, number: int) -> dict[str, str]:
    inputs = page(Client().get(f"{address}{number}/")).select("input[name^=says-]")
    return {each["name"]: each["value"] for each in inputs}


def answers(invitation: Invitation):
    return Response.objects.get(invitation=invitation).answers


def test_the_first_page_says_who_asks_why_how_long_and_who_sees_what(record) -> None:
    _, address = asked(record)
    response = Client().get(address)
    text = page(response).text
    for words in (
        "asks you to answer for",
        "at most 15 minutes",
        "1 May 2099",
        "Who sees what",
        "The other side, in Scotland",
        "Leave out whatever you like",
    ):
        assert words in text
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies
    for _ in range(2):
        Client().head(address)
    assert Response.objects.count() == 0


def test_each_section_is_a_page_asked_in_the_words_of_the_side(record) -> None:
    texts = {}
    for side in ("uk", "partner"):
        _, address = asked(record, side)
        pages = [page(Client().get(f"{address}{n}/")) for n in range(1, 9)]
        assert [p.h1.text for p in pages][0::7] == ["About the link", "Outlook"]
        assert Client().get(f"{address}9/").status_code == 404
        texts[side] = pages[2].text
    assert "Priorities are set by Malawi, or by both of us together" in texts["uk"]
    assert "Priorities are set by us in Malawi" in texts["partner"]


def test_a_page_is_saved_and_found_again(record) -> None:
    invitation, address = asked(record)
    response = save(address, 3, **{"B-B1": "4", "B-B2": "na", "B-B3": "prefer_not", "go": "on"})
    assert response["Location"] == f"{address}4/"
    assert answers(invitation) == {"B": {"B1": "4", "B2": "na", "B3": "prefer_not"}}
    again = page(Client().get(f"{address}3/"))
    assert again.select_one("input[name=B-B1][value='4']").has_attr("checked")
    assert "3 of 48 answered" in page(Client().get(address)).text
    assert save(address, 3, answers(invitation), **{"B-B1": "4", "go": "back"})["Location"] == (
        f"{address}2/"
    )
    assert answers(invitation) == {"B": {"B1": "4"}}


def test_every_kind_of_answer_is_read(record) -> None:
    invitation, address = asked(record)
    typed = {"fact-A1": "right", "fact-A2": "differs", "A2": "2005", "A3": "none", "A5": "1 200"}
    save(address, 1, **typed, A4=["nurses", "doctors"], **{"fact-A6": "prefer_not"}, A7="weekly")
    save(address, 4, C1_staff=["none"], C2="A form.\r\nWe use it.", **{"not-C1_community": "1"})
    save(address, 7, **{"F1-1": "grants", "F1-3": "leave"})
    assert answers(invitation) == {
        "A1": "active",
        "A2": 2005,
        "A3": "none",
        "A4": ["doctors", "nurses"],
        "A5": 1200,
        "A6": "prefer_not",
        "A7": "weekly",
        "C1_staff": ["none"],
        "C1_community": "prefer_not",
        "C2": "A form.\nWe use it.",
        "F1": ["grants", "leave"],
    }


@pytest.mark.parametrize(
    ("number", "typed", "said"),
    [
        (1, {"A5": "a few"}, "Write a whole number"),
        (1, {"A2": "205", "fact-A2": "differs"}, "four digits"),
        (1, {"fact-A2": "differs"}, "Say how you see it"),
        (1, {"fact-A2": "right", "A2": "2001"}, "Choose one"),
        (1, {"A5": "3", "not-A5": "1"}, "Take one of the two away"),
        (4, {"C1_staff": ["none", "skills"]}, "does not go with other answers"),
        (4, {"C2": "x" * 2001}, "at most 2,000 characters"),
        (4, {"C2": "nul\0"}, "character"),
        (7, {"F1-1": "grants", "F1-2": "grants"}, "different answer for each place"),
        (1, {"A7": "never"}, "Choose one of the answers"),
        (3, {"B-B1": "9"}, "each line"),
    ],
)
def test_what_does_not_fit_is_asked_again_and_the_rest_is_kept(record, number, typed, said) -> None:
    invitation, address = asked(record)
    more = {1: {"A3": "none"}, 3: {}, 4: {"C1_community": "care"}, 7: {}}[number]
    response = save(address, number, **typed, **more)
    assert response.status_code == 400
    assert said in page(response).select_one(".error-summary").text
    if more:
        assert answers(invitation).keys() == more.keys()
    for name, value in typed.items():
        if name.startswith(("A5", "A2")) and value[0] != "n":
            assert page(response).select_one(f"input[name={name}]")["value"] == value
    if typed.get("fact-A2") == "differs":
        assert page(response).select_one("input[name=fact-A2][value=differs]").has_attr("checked")


def test_two_windows_lose_nothing_of_each_other(record) -> None:
    invitation, address = asked(record)
    save(address, 3, **{"B-B1": "1"})
    shown = answers(invitation)
    assert save(address, 3, shown, **{"B-B1": "1", "B-B2": "2"}).status_code == 302
    # The second window still shows B1 alone.
    assert save(address, 3, shown, **{"B-B1": "1", "B-B3": "3"}).status_code == 302
    assert answers(invitation) == {"B": {"B1": "1", "B2": "2", "B3": "3"}}

    clash = save(address, 3, shown, **{"B-B1": "1", "B-B2": "4"})
    assert clash.status_code == 409
    assert "Saved in another place: In part" in " ".join(page(clash).text.split())
    again = page(clash)
    assert again.select_one("input[name=B-B2][value='4']").has_attr("checked")
    now = json.loads(again.select_one("input[name=shown]")["value"])
    assert save(address, 3, now, **{"B-B1": "1", "B-B2": "4", "B-B3": "3"}).status_code == 302
    assert answers(invitation)["B"]["B2"] == "4"


@pytest.mark.parametrize("shown", ["", "[]", "{", "null", '{"B": 7}', "[" * 5000])
def test_a_page_that_does_not_say_what_it_showed_overwrites_nothing(record, shown) -> None:
    invitation, address = asked(record)
    save(address, 3, **{"B-B1": "1"})
    assert Client().post(f"{address}3/", {"shown": shown, "B-B1": "2"}).status_code == 409
    assert answers(invitation) == {"B": {"B1": "1"}}


def test_sending_twice_sends_once_and_answers_may_be_changed_until_it_closes(record) -> None:
    invitation, address = asked(record)
    assert "Nothing is answered yet" in page(Client().post(f"{address}review/")).text
    save(address, 3, **{"B-B1": "1"})
    for _ in range(2):
        assert Client().post(f"{address}review/", {"shares_words": "1"}).status_code == 302
    sent = Response.objects.get()
    assert sent.shares() == {"shares_words": True, "shares_with_board": False}
    assert sent.history.count() == 2
    assert "Thank you" in page(Client().get(address)).h1.text

    save(address, 3, sent.answers, **{"B-B1": "2"})
    Client().post(f"{address}review/", {"shares_with_board": "1"})
    changed = Response.objects.get()
    assert (changed.answers, changed.submitted_at) == ({"B": {"B1": "2"}}, sent.submitted_at)
    assert (changed.shares_words, changed.shares_with_board) == (False, True)

    evaluations.close(invitation.round, by=make_unit(), at=timezone.now())
    refused = save(address, 3, changed.answers, **{"B-B1": "3"})
    assert refused.status_code == 409
    assert "closed" in page(refused).select_one(".error-summary").text
    assert "Take back what is not ticked" in page(Client().get(f"{address}review/")).text
    assert Client().post(f"{address}review/", {"shares_words": "1"}).status_code == 302
    assert not any(Response.objects.get().shares().values())  # taken away, and none given
    assert answers(invitation) == {"B": {"B1": "2"}}
    assert not page(Client().get(f"{address}3/")).select("main form")


def test_who_takes_every_answer_away_has_not_sent_any(record) -> None:
    invitation, address = asked(record)
    save(address, 3, **{"B-B1": "1"})
    Client().post(f"{address}review/", {"shares_words": "1"})
    save(address, 3, answers(invitation))
    emptied = Response.objects.get()
    assert (emptied.answers, emptied.submitted_at) == ({}, None)
    save(address, 3, **{"B-B1": "2"})
    assert Client().post(f"{address}review/").status_code == 302
    assert "Thank you" in page(Client().get(address)).h1.text


def test_a_fact_seen_differently_becomes_one_suggestion(record) -> None:
    invitation, address = asked(record)
    right = {"fact-A1": "right", "fact-A6": "right"}
    save(address, 1, **right, **{"fact-A2": "differs", "A2": "2005"}, A3="none")
    assert Suggestion.objects.count() == 0
    for _ in range(2):
        Client().post(f"{address}review/", {"shares_with_board": "1"})
    suggestion = Suggestion.objects.get()
    assert suggestion.changes == {"began": {"value": "2005", "precision": "year"}}
    assert suggestion.channel == "coordinator"
    assert "the register says “2008”; they say “2005”" in suggestion.words
    assert "none" not in suggestion.words

    first = answers(invitation)
    save(address, 1, first, **right, **{"fact-A2": "differs", "A2": "2006"}, A3="none")
    assert Suggestion.objects.count() == 1
    again = {"fact-A1": "differs", "A1": "paused", "fact-A6": "right"}
    save(address, 1, answers(invitation), **again, **{"fact-A2": "right"}, A3="none")
    assert [s.changes for s in Suggestion.objects.order_by("pk")][1:] == [{"stage": "paused"}]
    record.refresh_from_db()
    assert record.stage == "active"


def test_less_than_the_register_says_of_both_sides_and_all_years_is_no_dispute(record) -> None:
    for code in ("doctors", "nurses"):
        term = registry.Profession.objects.get_or_create(code=code, defaults={"label": code})[0]
        record.professions.add(term)
    partnerships.update(
        record, by=make_unit(), values={"delivery": "hybrid", "direction": "to_partner"}
    )
    _, address = asked(record)
    differs = {"fact-A4": "differs", "fact-A6": "differs"}
    first = {"A4": ["nurses"], "A6": ["remote"]}
    save(address, 1, **differs, **first)
    Client().post(f"{address}review/")
    assert not Suggestion.objects.exists()

    # People of this side who went out are new to the register: for a person to work out.
    save(address, 1, first, **differs, A4=["nurses"], A6=["visits_out"])
    suggestion = Suggestion.objects.get()
    assert suggestion.changes == {}
    assert "the other” to “How did you work together in the last 12 months?”" in suggestion.words


def test_what_the_register_says_by_now_is_shown_before_it_is_confirmed(record) -> None:
    invitation, address = asked(record)
    seen = facts_shown(address, 1)
    assert "2008" in seen["says-A2"]
    partnerships.update(record, by=make_unit(), values={"began_on": date(1999, 1, 1)})
    typed = {"shown": "{}", "fact-A2": "right", "fact-A1": "prefer_not"}
    again = Client().post(f"{address}1/", seen | typed)
    assert again.status_code == Client().post(f"{address}1/", typed).status_code == 400
    assert answers(invitation) == {"A1": "prefer_not"}
    assert "This is right: 1999" in " ".join(page(again).text.split())
    assert not page(again).select("input[name=fact-A2][checked]")
    assert save(address, 1, answers(invitation), **{"fact-A2": "right"}).status_code == 302
    assert answers(invitation) == {"A2": 1999}


@pytest.mark.parametrize("how", ["revoked", "expired", "unlisted", "made up"])
def test_a_link_that_does_not_open_says_so(record, how) -> None:
    invitation, address = asked(record)
    if how == "revoked":
        evaluations.revoke(invitation, by=make_unit(), reason="Wrong", at=timezone.now())
    elif how == "expired":
        invitation.links.update(expires_at=timezone.now())
    elif how == "unlisted":
        partnerships.moderate(record, to="withdrawn", by=make_unit(), reason="Over")
    else:
        address = "/evaluations/nobody-made-this/"
    for each in (address, f"{address}1/", f"{address}review/", f"{address}paper/"):
        response = Client().get(each)
        assert response.status_code == 404
        assert "This link does not open anything" in page(response).h1.text
    assert save(address, 3, **{"B-B1": "1"}).status_code == 404
    assert Response.objects.count() == 0


def test_concerns_about_safety_go_to_people_and_paper_has_every_question(record, settings) -> None:
    settings.CONTACT_EMAIL = "unit@example.org"
    invitation, address = asked(record)
    harms = page(Client().get(f"{address}5/"))
    assert "unit@example.org" in harms.select_one(".safeguarding").text
    paper = page(Client().get(f"{address}paper/"))
    for question in invitation.round.questionnaire.form.questions():
        if not question.rows:
            assert question.text["partner"].partition("{")[0].strip() in paper.text
    assert not paper.select("main form, main input")


def test_no_answer_leaves_the_page_of_the_one_who_gave_it(record, caplog) -> None:
    """The mails, the histories, the other side's pages and the log."""
    invitation, address = asked(record)
    _, other = asked(record, "uk")
    log = logging.getLogger("django")
    log.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO, logger="django"):
        save(address, 4, C2=CANARY)
        save(address, 5, D2_words=CANARY)
        save(address, 4, C2=CANARY + "x" * 2000)
        Client().post(f"{address}review/", {"shares_with_board": "1", "shares_words": "1"})
    log.removeHandler(caplog.handler)
    assert "400" in caplog.text or "Bad Request" in caplog.text
    assert CANARY not in caplog.text
    later = timezone.now() + timedelta(days=8)
    assert evaluations.remind(invitation.round, by=make_unit(), at=later).asked == 1
    told = "".join(mail.text + mail.html for mail in OutgoingMail.objects.all())
    assert record.name in told
    outbox.send_due(at=later)
    rows = Response.history.values()
    for where in (
        told,
        str(list(rows)),
        *(page(Client().get(f"{other}{end}")).text for end in ("", "3/", "review/")),
        *(Client().get(f"/partnerships/{record.slug}/{end}").text for end in ("", "history/")),
        Client().get(f"/api/v1/partnerships/{record.slug}/").text,
    ):
        assert CANARY not in where
    assert CANARY in Client().get(f"{address}4/").text


def test_a_page_needs_as_many_queries_whatever_is_answered(
    record, django_assert_max_num_queries
) -> None:
    invitation, address = asked(record)
    make_response(invitation, {"B": {"B1": "4"}, "C2": "Words"}, submitted_at=None)
    for end in ("", "1/", "4/", "review/", "paper/"):
        with django_assert_max_num_queries(10):
            Client().get(f"{address}{end}")
