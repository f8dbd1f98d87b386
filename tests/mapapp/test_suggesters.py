"""Suggesters: their code, whoever pretends to be one, and who learns of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from mapapp.views import suggesting
from partnerships.choices import Moderation
from partnerships.models import (
    OutgoingMail,
    Partnership,
    SignedLink,
    Suggestion,
    UnconfirmedSuggestion,
)
from partnerships.services import decisions, erasing, partnerships
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


# ------------------------------------------------------------------------------------ the code


def test_a_wrong_code_ends_after_five_tries(client: Client, record: Partnership) -> None:
    sent = send(client, record)
    right = code()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        assert client.post(sent.url, {"code": wrong, "step": "code"}).status_code == 400
    answer = client.post(sent.url, {"code": right, "step": "code"})
    assert answer.status_code == 400
    assert "no longer good" in text(soup_of(answer))
    assert not Suggestion.objects.exists()
    assert client.post(sent.url, {"step": "again"}).status_code == 302
    assert code() != right
    assert client.post(sent.url, {"code": right, "step": "code"}).status_code == 400
    assert client.post(sent.url, {"code": code(), "step": "code"}).status_code == 302
    assert Suggestion.objects.count() == 1


def test_a_code_expires_and_its_digest_tells_nothing(client: Client, record: Partnership) -> None:
    sent = send(client, record)
    held = UnconfirmedSuggestion.objects.get()
    assert code() not in str(vars(held))
    UnconfirmedSuggestion.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(sent.url, {"code": code(), "step": "code"}).status_code == 400
    assert not Suggestion.objects.exists()


def test_codes_are_few(client: Client, record: Partnership) -> None:
    sent = send(client, record)
    for _ in range(2):
        assert client.post(sent.url, {"step": "again"}).status_code == 302
    assert client.post(sent.url, {"step": "again"}).status_code == 400
    assert OutgoingMail.objects.count() == 3


def test_another_address_gets_the_code_and_the_answer(client: Client, record: Partnership) -> None:
    sent = send(client, record)
    old = code()
    assert client.post(sent.url, {"step": "again", "email": "no"}).status_code == 400
    client.post(sent.url, {"step": "again", "email": "right@ward.example"})
    assert OutgoingMail.objects.latest("pk").to == "right@ward.example"
    if old != code():
        assert client.post(sent.url, {"code": old, "step": "code"}).status_code == 400
    client.post(sent.url, {"code": code(), "step": "code"})
    assert Suggestion.objects.get().suggester_email == "right@ward.example"


def test_after_the_code_nothing_personal_is_held(client: Client, record: Partnership) -> None:
    suggestion = confirmed(client, record, summary="New words.")
    held = UnconfirmedSuggestion.objects.get()
    assert held.suggestion == suggestion
    assert not any([held.email, held.name, held.words, held.typed, held.changes, held.code_digest])


def test_a_withdrawn_record_takes_nothing(client: Client, record: Partnership) -> None:
    sent = send(client, record, summary="New words.")
    by = decider(record)
    partnerships.moderate(record, to=Moderation.WITHDRAWN, by=by, reason="Asked")
    answer = client.post(sent.url, {"code": code(), "step": "code"})
    assert answer.status_code == 410
    assert not Suggestion.objects.exists()
    assert client.get(path_of(record)).status_code == 404  # 410 once that is committed


def test_what_no_longer_fits_comes_back_as_it_was_typed(
    client: Client, record: Partnership
) -> None:
    eyes = record.topics.get(label="Eye health")
    new = records.make_topic("Nursing")
    sent = send(client, record, topic=new.code, summary="New words.")
    type(new).objects.filter(pk=new.pk).update(retired_on="2026-01-01")
    answer = client.post(sent.url, {"code": code(), "step": "code"})
    soup = soup_of(answer)
    assert answer.status_code == 400
    assert soup.select_one("#id_summary").text.strip() == "New words."
    assert soup.select_one("main form")["action"] == path_of(record)
    assert not Suggestion.objects.exists()
    again = client.post(path_of(record), filled(soup, topic=eyes.code, step="review"))
    assert again.status_code == 200


# ------------------------------------------------------------------------------ whoever breaks


def test_what_programs_fill_in_is_refused_kindly(client: Client, record: Partnership) -> None:
    answer = review(client, record, fax="0131")
    assert answer.status_code == 400
    assert "Leave this field empty" in text(soup_of(answer))


def test_what_answers_at_once_looks_again(
    client: Client, record: Partnership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesting, "QUICKEST", timedelta(seconds=30))
    answer = review(client, record, summary="New words.")
    assert answer.status_code == 400
    assert "very quick" in text(soup_of(answer))
    assert soup_of(answer).select_one("#id_summary").text.strip() == "New words."


def test_signed_fields_cannot_be_tampered_with(client: Client, record: Partnership) -> None:
    looked = soup_of(review(client, record, summary="New words."))
    data = filled(looked, step="send")
    # Made anew, so it is looked at again instead of being sent.
    answer = client.post(path_of(record), data | {"seen": data["seen"][:-3] + "abc"})
    assert answer.status_code == 200
    assert not UnconfirmedSuggestion.objects.exists()
    for name, value in {
        "stage": "gone",
        "topic": "no_such",
        "topics": ["no_such"],
        "members": ["1b671a64-40d5-491e-99b0-da01ff1f3341"],
        "summary": "x" * 20_000,
        "why": "x" * 100_000,
        "source": "javascript:alert(1)",
        "your_email": "a@b\r\nBcc: c@d.example",
        "began_year": "20x0",
        "goals": "Ask nurse@ward.example",
        "name": "NUL\0",
        "others": "x\n" * 400,
    }.items():
        answer = client.post(path_of(record), data | {name: value})
        assert answer.status_code == 400, name
        assert soup_of(answer).select(".error-summary"), name
    assert not UnconfirmedSuggestion.objects.exists()


def test_limits_by_mailbox_and_by_network(client: Client, record: Partnership) -> None:
    data = filled(soup_of(review(client, record, summary="New words.")), step="send")
    answers = [client.post(path_of(record), data) for _ in range(7)]
    assert [a.status_code for a in answers] == [302] * 6 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert filled(soup_of(answers[-1]))["summary"] == "New words."
    cache.clear()
    other = [client.post(path_of(record), data | {"your_email": f"p{n}@x.example"}) for n in (1, 2)]
    assert [a.status_code for a in other] == [302, 302]  # two more codes for this form
    last = client.post(path_of(record), data | {"your_email": "p3@x.example"})
    assert last.status_code == 429
    assert OutgoingMail.objects.count() == 3


def test_without_the_token_of_the_form_nothing_is_taken(record: Partnership) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path_of(record), {"step": "send"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/partnerships/nothing/suggest/",
        "/suggest/confirm/1b671a64-40d5-491e-99b0-da01ff1f3341/",
        "/suggest/follow/nothing/",
        "/suggest/follow/nothing/again/",
        f"/suggest/follow/{'x' * 3000}/",
    ],
)
def test_addresses_that_lead_nowhere(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == (
        404 if "follow/" not in path or "again" in path else 405
    )


def test_drafts_cannot_be_suggested_to(client: Client) -> None:
    draft = records.make_partnership(moderation=Moderation.DRAFT)
    client.force_login(records.make_unit())
    assert client.get(path_of(draft)).status_code == 404


# ------------------------------------------------------------------------------------- privacy


def test_only_the_owning_board_sees_who_it_was(client: Client, record: Partnership) -> None:
    suggestion = confirmed(client, record, summary="New words.")
    page = f"/admin/partnerships/suggestion/{suggestion.pk}/change/"
    seen = {}
    for who, user in {
        "champion": decider(record),
        "unit": records.make_unit(),
        "auditor": records.make_auditor(),
        "another": records.make_champion(),
    }.items():
        inside = Client()
        inside.force_login(user)
        seen[who] = EMAIL in inside.get(page).content.decode()
    assert seen == {"champion": True, "unit": True, "auditor": False, "another": False}


def test_suggesters_are_erased_after_the_decision(client: Client, record: Partnership) -> None:
    suggestion = confirmed(client, record, summary="New words.")
    follow = link("suggestion_received")
    decisions.decline(suggestion, by=decider(record), answer=f"Dear {NAME}, no.")
    now = timezone.now()
    assert erasing.erase_suggesters(at=now + timedelta(days=89))[0] == 0
    assert erasing.erase_suggesters(at=now + timedelta(days=91))[0] == 1
    assert erasing.erase_suggesters(at=now + timedelta(days=92)) == (0, 0, 0)
    suggestion.refresh_from_db()
    everything = str(vars(suggestion)) + str(list(Suggestion.history.values()))
    assert not {NAME, EMAIL, WHY} & {each for each in (NAME, EMAIL, WHY) if each in everything}
    assert suggestion.changes == {"summary": "New words."}
    assert not SignedLink.objects.open(now).filter(revoked_at=None).exists()
    assert client.get(follow).status_code == 404
    assert not UnconfirmedSuggestion.objects.exists()


def test_what_waits_is_not_erased(client: Client, record: Partnership) -> None:
    suggestion = confirmed(client, record, summary="New words.")
    erasing.erase_suggesters(at=timezone.now() + timedelta(days=900))
    suggestion.refresh_from_db()
    assert suggestion.suggester_email == EMAIL


def test_pages_are_kept_by_nobody_else(client: Client, record: Partnership) -> None:
    assert "private" in client.get(path_of(record))["Cache-Control"]
    confirmed(client, record)
    answer = client.get(link("suggestion_received"))
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    soup = soup_of(answer)
    assert soup.select_one("meta[name=robots]")["content"] == "noindex"
    assert not soup.select("link[rel=canonical]")
    assert EMAIL not in answer.content.decode()
    assert NAME not in answer.content.decode()
