"""The queue of suggestions: who finds what in it, and what its buttons do."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partnerships.models import Suggestion
from partnerships.services import partnerships
from partnerships.services.decisions import decline
from tests.factories.records import make_institution, make_sender, make_suggestion, make_topic
from tests.mapapp.admin.cast import REFUSED, change, may_open
from tests.mapapp.admin.pages import page, said, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = url(Suggestion, "changelist")


def listed(user, **query) -> list[str]:
    rows = page(signed_in(user).get(LIST, query)).select("#result_list tbody th")
    return [row.text.strip() for row in rows]


def notes(response) -> list[str]:
    return [note.text.strip() for note in page(response).select("[role=alert]")]


def decide(user, suggestion, decision, **values):
    data = {"decision": decision, "fields": list(suggestion.changes)} | values
    return signed_in(user).post(change(suggestion), data, follow=True)


def test_the_queue_begins_with_what_has_waited_longest(world) -> None:
    first, second = make_suggestion(world.ours), make_suggestion(world.theirs)
    decided = make_suggestion(world.nobodys)
    decline(decided, by=world.unit, answer="No")
    new = make_suggestion(None, {"name": "A new one", "kind": "network"})
    assert listed(world.unit) == ["Ours", "Theirs", "A new one", "Nobody's"]
    assert listed(world.auditor) == listed(world.unit)
    assert listed(world.champion) == ["Ours"]
    assert listed(world.other) == ["Theirs"]
    opened = {
        name: [may_open(getattr(world, name), change(each)) for each in (first, second, new)]
        for name in ("champion", "other", "unit", "auditor", "former", "nobody")
    }
    yes, no = True, False
    assert opened == {
        "champion": [yes, no, no],
        "other": [no, yes, no],
        "unit": [yes, yes, yes],
        "auditor": [yes, yes, yes],
        "former": [no, no, no],
        "nobody": [no, no, no],
    }


def test_the_filter_offers_the_boards_that_one_decides_for(world) -> None:
    def offered(user) -> set[str]:
        shown = page(signed_in(user).get(LIST))
        return {link.text.strip() for link in shown.select("#changelist-filter a[href*='board=']")}

    make_suggestion(world.ours)
    make_suggestion(world.nobodys)
    assert offered(world.unit) == {"The unit's", "NHS Ours", "NHS Theirs"}
    assert offered(world.champion) == set()  # one Board: nothing to choose
    assert listed(world.unit, board=world.board.pk) == ["Ours"]
    assert listed(world.unit, board="unit") == ["Nobody's"]
    assert listed(world.champion, board=world.other_board.pk) == ["Ours"]


def test_the_page_shows_both_versions_and_takes_the_chosen_fields(world) -> None:
    partnerships.update(world.ours, by=world.unit, values={"summary": "Nurses train nurses"})
    topic, hospital = make_topic("Eye health"), make_institution("Zomba Central", country="MW")
    members = [{"institution": m.institution.slug} for m in world.ours.members.all()]
    suggestion = make_suggestion(
        world.ours,
        {
            "summary": "Nurses train midwives",
            "goals": "One.\n\nTwo.",
            "topics": [topic.code],
            "members": [*members, {"institution": hospital.slug, "role": "host", "since": 2009}],
            "stage": "paused",
            "began": "2008",
            "sdgs": [],
            "countries": ["GB", "MW"],
        },
        words="They <b>said</b> so.",
        source_url="https://example.org/news",
    )
    shown = page(signed_in(world.champion).get(change(suggestion)))
    text = " ".join(shown.select_one("#content").text.split())
    for words in ("Eye health (primary)", "Zomba Central, Malawi: host, 2009–", "Active", "Paused",
                  "They <b>said</b> so.", "https://example.org/news", "NHS Ours"):  # fmt: skip
        assert words in text
    assert [each.text for each in shown.select("del")][:1] == ["nurses"]
    assert [each.text for each in shown.select("ins")][:1] == ["midwives"]
    assert [box["value"] for box in shown.select("[name=fields][checked]")] == [
        "summary", "stage", "began", "members", "topics", "goals",
    ]  # fmt: skip
    done = decide(world.champion, suggestion, "accept", fields=["goals", "stage"], answer="Thanks")
    assert said(done) == ["Accepted. The record says so now."]
    world.ours.refresh_from_db()
    assert (world.ours.goals, world.ours.stage) == ("One.\n\nTwo.", "paused")
    assert world.ours.summary == "Nurses train nurses"
    after = page(done)
    assert not after.select("[name=decision]")
    states = {row.select_one("h3").text.split()[0]: row.select_one(".state").text
              for row in after.select(".difference")}  # fmt: skip
    assert states["Stage"] == "Accepted"
    assert states["Summary"] == "Not accepted"
    assert world.ours.history.first().history_user == world.champion


def test_words_are_needed_and_kept_when_something_is_missing(world) -> None:
    suggestion = make_suggestion(world.ours)
    refused = decide(world.champion, suggestion, "decline", answer=" ", reason="Odd")
    assert "Say why: the suggester is told." in notes(refused) + [
        each.text.strip() for each in page(refused).select(".difference-error")
    ]
    assert page(refused).select_one("#id_reason")["value"] == "Odd"
    done = decide(world.champion, suggestion, "decline", answer="Not so.", reason="Odd")
    assert said(done) == ["Declined."]
    suggestion.refresh_from_db()
    assert (suggestion.answer, suggestion.reason) == ("Not so.", "Odd")
    returned = make_suggestion(world.ours)
    assert said(decide(world.champion, returned, "return", answer="Which year?")) == [
        "Returned with your words."
    ]


def test_decisions_that_come_too_late_are_refused(world) -> None:
    suggestion = make_suggestion(world.ours, {"summary": "A", "goals": "B"})
    partnerships.update(world.ours, by=world.unit, values={"summary": "C"})
    late = decide(world.champion, suggestion, "accept")
    assert any("changed since this page was made" in note for note in notes(late))
    assert page(late).select_one("[value=summary]").has_attr("disabled")
    assert page(late).select_one("[value=goals]").has_attr("checked")
    world.ours.refresh_from_db()
    assert (world.ours.summary, world.ours.goals) == ("C", "")
    decide(world.unit, suggestion, "accept", fields=["goals"])
    again = decide(world.champion, suggestion, "decline", answer="No")
    assert any("has decided on this already" in note for note in notes(again))
    assert not page(again).select("[name=decision]")


@pytest.mark.parametrize(
    "sent", [{}, {"decision": "eat"}, {"decision": "accept"}, {"decision": "accept", "fields": "x"}]
)
def test_bad_input_is_a_message_and_decides_nothing(world, sent) -> None:
    suggestion = make_suggestion(world.ours)
    response = signed_in(world.champion).post(change(suggestion), sent)
    assert response.status_code == 200
    assert notes(response)
    suggestion.refresh_from_db()
    assert suggestion.is_waiting


def test_readers_have_no_buttons_and_strangers_no_page(world) -> None:
    suggestion = make_suggestion(world.ours, sender=make_sender(contact=world.champion.email))
    for user in (world.auditor, world.champion):  # the champion's own
        shown = page(signed_in(user).get(change(suggestion)))
        assert not shown.select("[name=decision], [name=fields]")
        refused = decide(user, suggestion, "decline", answer="No")
        assert refused.status_code == 403 if user == world.auditor else notes(refused)
    response = signed_in(world.other).post(change(suggestion), {"decision": "accept"})
    assert response.status_code in REFUSED
    suggestion.refresh_from_db()
    assert suggestion.is_waiting


def test_the_organisation_of_a_key_and_suggesters_are_for_who_may_contact_them(world) -> None:
    from partnerships.services.suggestions import Sender

    sender = make_sender("Nightly copy", organisation="Canary Trust", contact="canary@example.org")
    with_key = make_suggestion(world.ours, sender=sender)
    person = Sender("public_form", name="Canary Mwale", email="canary@example.org")
    from_form = make_suggestion(world.ours, sender=person)

    def sees(user, suggestion) -> bool:
        return "canary" in signed_in(user).get(change(suggestion)).text.lower()

    assert "Nightly copy" in signed_in(world.champion).get(change(with_key)).text
    assert [sees(user, with_key) for user in (world.champion, world.auditor, world.unit)] == [
        False, False, True,
    ]  # fmt: skip
    # The record's own coordinator in this world has the same name, and is on no such page.
    assert [sees(user, from_form) for user in (world.champion, world.auditor, world.unit)] == [
        True, False, True,
    ]  # fmt: skip


def test_a_page_needs_no_more_queries_for_more_fields(world) -> None:
    topics = [make_topic().code for _ in range(6)]
    few = make_suggestion(world.ours, {"topics": topics[:1]})
    many = make_suggestion(world.ours, {"topics": topics, "goals": "x", "summary": "y"})
    client = signed_in(world.champion)

    def queries(suggestion) -> int:
        client.get(change(suggestion))
        with CaptureQueriesContext(connection) as captured:
            client.get(change(suggestion))
        return len(captured)

    assert queries(few) == queries(many) <= 32
