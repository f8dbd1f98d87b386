"""Suggesting without an account, from the form to the record, with nothing lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from mapapp.views import suggesting
from partnerships.choices import Moderation, SuggestionState
from partnerships.models import OutgoingMail, Partnership, Suggestion
from partnerships.services import decisions, partnerships
from tests.factories import records
from tests.pages import text
from tests.suggestions import (
    EMAIL,
    NAME,
    WHY,
    code,
    confirmed,
    decider,
    filled,
    link,
    make_record,
    path_of,
    review,
    send,
    soup_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "QUICKEST", timedelta(0))


@pytest.fixture
def record() -> Partnership:
    return make_record()


# ------------------------------------------------------------------------------ the whole way


def test_a_change_reaches_the_queue_and_the_public_reads_the_old_until_it_is_accepted(
    client: Client, record: Partnership
) -> None:
    sent = send(client, record, summary="New words.", began_month="6")
    assert not Suggestion.objects.exists()
    client.post(sent.url, {"code": code(), "step": "code"})

    suggestion = Suggestion.objects.get()
    assert suggestion.changes == {
        "summary": "New words.",
        "began": {"value": "2010-06", "precision": "month"},
    }
    assert suggestion.base["summary"] == "Old words."
    assert (suggestion.suggester_name, suggestion.suggester_email) == (NAME, EMAIL)
    assert (suggestion.words, suggestion.channel) == (WHY, "public_form")
    public = client.get(f"/partnerships/{record.slug}/").content.decode()
    assert "Old words." in public
    assert "New words." not in public

    decisions.accept(suggestion, by=decider(record), fields=["summary"])
    public = client.get(f"/partnerships/{record.slug}/").content.decode()
    assert "New words." in public
    followed = text(soup_of(client.get(link("suggestion_decided"))).select_one("main"))
    assert "accepted in part" in followed


def test_what_is_not_touched_is_not_suggested(client: Client, record: Partnership) -> None:
    suggestion = confirmed(client, record)
    assert suggestion.changes == {}
    assert suggestion.words == WHY
    by = decider(record)
    assert decisions.accept(suggestion, by=by).state == SuggestionState.ACCEPTED


def test_a_new_partnership(client: Client, record: Partnership) -> None:
    suggestion = confirmed(
        client, None, name="Eyes of Zomba", kind="informal_link", board="nhs-tayside",
        country="MW", others="ninewells hospital, Dundee\nZomba Eye Clinic, Malawi",
    )  # fmt: skip
    hospital = record.members.get(institution__slug="ninewells-hospital").institution
    assert suggestion.changes["members"] == [
        {"institution": str(hospital.public_id), "role": "partner", "since": None, "until": None}
    ]
    assert suggestion.changes["countries"] == ["GB", "MW"]
    assert suggestion.words.endswith("Zomba Eye Clinic, Malawi")
    assert suggestion.health_board == record.health_board
    made = decisions.accept(suggestion, by=decider(record)).partnership
    assert made is not None
    assert made.moderation == Moderation.SUBMITTED
    assert client.get(f"/partnerships/{made.slug}/").status_code == 404


def test_who_takes_part_is_ticked_or_written(client: Client, record: Partnership) -> None:
    third = records.make_institution("Zomba Central Hospital", city="Zomba")
    kept = record.members.get(institution__slug="ninewells-hospital").institution
    suggestion = confirmed(client, record, members=[str(kept.public_id)], others="zomba central")
    assert [m["institution"] for m in suggestion.changes["members"]] == [
        str(kept.public_id),
        str(third.public_id),
    ]


def test_a_returned_suggestion_is_mended_through_its_link(
    client: Client, record: Partnership
) -> None:
    suggestion = confirmed(client, record, summary="New words.")
    by = decider(record)
    decisions.return_with_words(suggestion, by=by, answer="Since when?")
    follow = link("suggestion_decided")
    assert "Since when?" in text(soup_of(client.get(follow)))
    start = soup_of(client.get(f"{follow}again/"))
    assert "Since when?" in text(start)
    typed = filled(start, summary="Newer words, since 2020.", step="review")
    assert typed["why"] == WHY
    looked = client.post(f"{follow}again/", typed)
    data = filled(soup_of(looked), step="send")
    for _ in range(2):  # pressed twice
        assert client.post(f"{follow}again/", data).status_code == 302
    old, new = Suggestion.objects.order_by("pk")
    assert (new.mends, new.state, old.state) == (old, "waiting", "returned")
    assert new.changes == {"summary": "Newer words, since 2020."}
    assert new.suggester_email == EMAIL
    assert "You sent it again" in text(soup_of(client.get(follow)))
    decisions.accept(new, by=by)
    record.refresh_from_db()
    assert record.summary == "Newer words, since 2020."


@pytest.mark.parametrize("state", ["declined", "accepted"])
def test_each_decision_is_told_once(client: Client, record: Partnership, state: str) -> None:
    suggestion = confirmed(client, record, summary="New words.")
    by = decider(record)
    if state == "declined":
        decisions.decline(suggestion, by=by, answer="Not so.")
    else:
        decisions.accept(suggestion, by=by, answer="Thanks.")
    told = OutgoingMail.objects.filter(kind="suggestion_decided")
    assert told.count() == 1
    assert told.get().to == EMAIL
    follow = text(soup_of(client.get(link("suggestion_decided"))).select_one("main"))
    assert {"declined": "Not so.", "accepted": "Thanks."}[state] in follow
    assert f"It was {state}" in follow


def test_the_forms_ask_little(
    client: Client, record: Partnership, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(7):
        client.get(path_of(record))
    with django_assert_max_num_queries(4):
        client.get(path_of(None))


# -------------------------------------------------------------------------------- nothing lost


def test_an_error_says_where_and_keeps_what_was_typed(client: Client, record: Partnership) -> None:
    answer = review(client, record, why="", summary="Kept words", began_year="20", your_email="no")
    soup = soup_of(answer)
    assert answer.status_code == 400
    targets = [str(a["href"])[1:] for a in soup.select(".error-summary a")]
    assert targets == ["id_why", "id_began_year", "id_your_email"]
    assert all(soup.find(id=target) for target in targets)
    assert soup.select_one("#id_summary").text.strip() == "Kept words"
    assert soup.select_one("#id_your_email")["aria-invalid"] == "true"
    assert "id_your_email_error" in soup.select_one("#id_your_email")["aria-describedby"]
    assert str(soup.title).startswith("<title>Error:")


def test_back_from_the_review_keeps_everything(client: Client, record: Partnership) -> None:
    looked = soup_of(review(client, record, summary="New words."))
    form = soup_of(client.post(path_of(record), filled(looked, step="change")))
    assert form.select_one("#id_summary").text.strip() == "New words."
    assert form.select_one("#id_your_email")["value"] == EMAIL
    assert not form.select(".error-summary")


def test_sent_twice_is_one_suggestion_and_one_code(client: Client, record: Partnership) -> None:
    data = filled(soup_of(review(client, record, summary="New words.")), step="send")
    first, second = (client.post(path_of(record), data) for _ in range(2))
    assert first.url == second.url
    assert OutgoingMail.objects.count() == 1
    for _ in range(2):
        assert client.post(first.url, {"code": code(), "step": "code"}).status_code == 302
    assert Suggestion.objects.count() == 1
    assert "it has been sent" in text(soup_of(client.get(first.url)))


def test_going_back_after_sending_says_something_else(client: Client, record: Partnership) -> None:
    looked = soup_of(review(client, record, summary="New words."))
    first = client.post(path_of(record), filled(looked, step="send"))
    client.post(first.url, {"code": code(), "step": "code"})
    # The browser's button back, and the form once more.
    again = client.post(path_of(record), filled(looked, summary="Better words.", step="send"))
    assert again.url != first.url
    client.post(again.url, {"code": code(), "step": "code"})
    said = Suggestion.objects.order_by("pk").values_list("changes__summary", flat=True)
    assert list(said) == ["New words.", "Better words."]


def test_a_record_that_changed_meanwhile_keeps_its_change(
    client: Client, record: Partnership
) -> None:
    typed = filled(
        soup_of(client.get(path_of(record))),
        why=WHY, your_email=EMAIL, stage_reason="A new reason", step="review",
    )  # fmt: skip
    partnerships.update(record, by=decider(record), values={"summary": "By the champion."})
    looked = soup_of(client.post(path_of(record), typed))
    assert "By the champion." not in text(looked.select_one(".differences"))
    # And once more between looking and sending: it is shown again before it is sent.
    partnerships.update(record, by=decider(record), values={"stage_reason": "Their reason"})
    again = soup_of(client.post(path_of(record), filled(looked, step="send")))
    assert "has changed while you were writing" in text(again)
    assert "Their" in [del_.text for del_ in again.select("del")]
    sent = client.post(path_of(record), filled(again, step="send"))
    client.post(sent.url, {"code": code(), "step": "code"})
    suggestion = Suggestion.objects.get()
    assert suggestion.changes == {"stage_reason": "A new reason"}
    assert suggestion.base == {"stage_reason": "Their reason"}


def test_a_change_after_the_review_is_seen_by_who_decides(
    client: Client, record: Partnership
) -> None:
    sent = send(client, record, summary="New words.")
    partnerships.update(record, by=decider(record), values={"summary": "By the champion."})
    client.post(sent.url, {"code": code(), "step": "code"})
    assert decisions.conflicts(Suggestion.objects.get()) == {"summary": "By the champion."}


def test_whoever_suggested_a_partnership_is_told_when_it_is_public(
    client: Client, record: Partnership
) -> None:
    board = record.health_board.institution.slug
    sent = send(client, None, name="A new link", kind="network", board=board)
    client.post(sent.url, {"code": code(), "step": "code"})
    suggestion = Suggestion.objects.get()
    decisions.accept(suggestion, by=decider(record))
    made = Partnership.objects.get(name="A new link")
    Partnership.objects.filter(pk=made.pk).update(gap_note="Its source names nobody.")
    assert not OutgoingMail.objects.filter(kind="suggestion_listed").exists()
    unit = records.make_unit()
    for step in (Moderation.LISTED, Moderation.WITHDRAWN, Moderation.LISTED):
        partnerships.moderate(made, to=step, by=unit, reason="A test")
    told = OutgoingMail.objects.get(kind="suggestion_listed")
    assert told.to == EMAIL
    assert f"/partnerships/{made.slug}/" in told.text
    assert "“A new link”" in told.text


def test_the_box_of_institutions_asks_for_institutions_alone(
    client: Client, record: Partnership
) -> None:
    box = soup_of(client.get(f"/partnerships/{record.slug}/suggest/")).select_one("#id_others")
    found = client.get(box["data-institutions"] + "&q=ninewells").json()["groups"]
    assert [group["heading"] for group in found] == ["Institutions"]
    assert client.get("/partnerships/suggest/?q=a&only=everything").status_code == 400
