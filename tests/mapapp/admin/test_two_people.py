"""Two people at one record: nothing that either typed is lost, and nobody overwrites unseen."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from partnerships import models as registry
from partnerships.models import Agreement
from partnerships.services import details, institutions, partnerships, twinning, vocabularies
from partnerships.services.parts import Parts
from tests.factories.records import (
    make_board,
    make_champion,
    make_institution,
    make_member,
    make_partnership,
    make_topic,
    make_unit,
)
from tests.mapapp.admin.pages import entries, errors, page, signed_in, submitted, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """A record of a Board, and two of its champions who have it open."""
    board = make_board()
    ada, bea = make_champion(board), make_champion(board)
    bea.first_name, bea.last_name = "Bea", "Banda"
    bea.save()
    record = make_partnership(
        "Old name", health_board=board, summary="Old summary", topics=[make_topic("Maternity")]
    )
    return record, ada, bea


def opened(user, record):
    client, address = signed_in(user), url(type(record), "change", record.pk)
    return client, address, submitted(client, address)


def groups(response) -> dict[str, list[str]]:
    """What the page puts side by side: heading → fields."""
    return {
        heading.text.split(":")[0]: [
            name.text.strip() for name in heading.find_next_sibling("ul").select("legend, h4")
        ]
        for heading in page(response).select(".merge h3")
    }


def test_what_only_one_of_two_changed_is_merged_and_shown(pair) -> None:
    record, ada, bea = pair
    client, address, mine = opened(ada, record)
    partnerships.update(record, by=bea, values={"summary": "Bea's summary"}, reason="Newer")

    response = client.post(address, mine | {"name": "Ada's name"})
    assert response.status_code == 200
    assert any("Somebody saved this record after you" in error for error in errors(response))
    assert groups(response) == {
        "Only they changed these": ["Summary:"[:-1]],
        "Only you changed these": ["Name"],
    }
    shown = page(response)
    assert "Bea Banda" in shown.select_one(".merge").text
    sides = [dd.text.strip() for dd in shown.select(".merge dd")]
    assert sides == ["Old summary", "Bea's summary", "Old name", "Ada's name"]
    record.refresh_from_db()
    assert (record.name, record.summary) == ("Old name", "Bea's summary")  # nothing saved yet

    again = client.post(address, entries(shown))
    assert again.status_code == 302, errors(again)
    record.refresh_from_db()
    assert (record.name, record.summary) == ("Ada's name", "Bea's summary")


@pytest.mark.parametrize(("choice", "name"), [("mine", "Ada's name"), ("theirs", "Bea's name")])
def test_what_both_changed_is_asked(pair, choice, name) -> None:
    record, ada, bea = pair
    client, address, mine = opened(ada, record)
    partnerships.update(record, by=bea, values={"name": "Bea's name"})

    asked = client.post(address, mine | {"name": "Ada's name"})
    assert groups(asked) == {"You both changed these": ["Name"]}
    assert page(asked).select_one("[name=name]")["value"] == "Ada's name"
    unanswered = client.post(address, entries(page(asked)) | {"summary": "Ada's, too"})
    assert groups(unanswered)["You both changed these"] == ["Name"]

    sent = entries(page(unanswered)) | {"_choose-name": "mine:0123"}
    guessed = client.post(address, sent)  # about a value that was never shown
    assert groups(guessed)["You both changed these"] == ["Name"]
    value = page(guessed).select_one(f"[name=_choose-name][value^={choice}]")["value"]
    done = client.post(address, entries(page(guessed)) | {"_choose-name": value})
    assert done.status_code == 302, errors(done)
    record.refresh_from_db()
    assert (record.name, record.summary) == (name, "Ada's, too")


def test_a_choice_about_what_has_changed_again_is_asked_again(pair) -> None:
    record, ada, bea = pair
    client, address, mine = opened(ada, record)
    partnerships.update(record, by=bea, values={"name": "Bea's name"})
    asked = client.post(address, mine | {"name": "Ada's name"})
    value = page(asked).select_one("[name=_choose-name][value^=mine]")["value"]
    partnerships.update(record, by=bea, values={"name": "Bea's second thought"})
    response = client.post(address, entries(page(asked)) | {"_choose-name": value})
    assert groups(response)["You both changed these"] == ["Name"]
    assert "Bea's second thought" in page(response).select_one(".merge").text


def test_rows_that_either_added_changed_or_removed_are_merged(pair) -> None:
    record, ada, bea = pair
    kept, gone = record.members.order_by("position")
    new, same = make_institution("New clinic"), make_institution("Both of us")
    agreement = Agreement(partnership=record, title="Memorandum")
    details.apply(written=[agreement], by=bea)
    client, address, mine = opened(ada, record)
    # Bea adds two members, removes one, and dates the agreement.
    partnerships.update(
        record, by=bea, values={}, parts=Parts(members=[kept.institution, same, new])
    )
    agreement.signed_on = "2026-01-01"
    details.apply(written=[agreement], by=bea)
    # Ada changes a member's role, adds one of the same members, renames the agreement.
    mine |= {
        "members-0-role": "lead",
        "members-TOTAL_FORMS": "3",
        "members-2-institution": same.pk,
        "members-2-role": "partner",
        "members-2-position": "1",
        "agreements-0-title": "Letter of intent",
    }
    response = client.post(address, mine)
    assert response.status_code == 200
    taken, own = groups(response).values()
    assert len(taken) == 3
    assert any(gone.institution.name in label for label in taken)
    assert any("New clinic" in label for label in taken)
    assert any("Signed on" in label for label in taken)
    assert len(own) == 2

    done = client.post(address, entries(page(response)))
    assert done.status_code == 302, errors(done)
    roles = {m.institution.name: m.role for m in record.members.all()}
    assert roles == {
        kept.institution.name: "lead",
        "Both of us": "partner",
        "New clinic": "partner",
    }
    saved = record.agreements.get()
    assert (saved.title, str(saved.signed_on)) == ("Letter of intent", "2026-01-01")


def test_a_row_that_one_removed_and_the_other_changed_is_not_lost(pair) -> None:
    record, ada, bea = pair
    kept, gone = record.members.order_by("position")
    client, address, mine = opened(ada, record)
    third = make_institution(country="ZM")
    partnerships.update(record, by=bea, values={}, parts=Parts(members=[kept.institution, third]))
    response = client.post(address, mine | {"members-1-role": "host"})
    assert "Removed. Yours stands below as a new row" in page(response).select_one(".merge").text
    done = client.post(address, entries(page(response)))
    assert done.status_code == 302, errors(done)
    assert record.members.get(institution=gone.institution).role == "host"
    assert record.members.count() == 3

    # The other way about: what I remove has changed, so I am asked.
    client, address, mine = opened(ada, record)
    number = next(n for n in range(3) if mine[f"members-{n}-institution"] == str(third.pk))
    row = record.members.get(institution=third)
    row.role = "funder"
    details.apply(written=[row], by=bea)
    asked = client.post(address, mine | {f"members-{number}-DELETE": "on"})
    (label,) = groups(asked)["You both changed these"]
    assert third.name in label
    radio = page(asked).select_one(f"[name='_choose-members-{row.pk}-DELETE'][value^=theirs]")
    done = client.post(address, entries(page(asked)) | {radio["name"]: radio["value"]})
    assert done.status_code == 302, errors(done)
    assert record.members.get(institution=third).role == "funder"


def test_a_step_is_taken_on_what_was_seen(pair) -> None:
    """Listing, withdrawing or confirming a record that has changed since is refused, too."""
    record, ada, bea = pair
    client, address, mine = opened(ada, record)
    partnerships.update(record, by=bea, values={"summary": "Something else"})
    response = client.post(address, mine | {"_confirm": "uk"})
    assert groups(response) == {"Only they changed these": ["Summary"]}
    assert not record.confirmations.exists()
    client.post(address, entries(page(response)) | {"_confirm": "uk"})
    assert record.confirmations.count() == 1
    # Whoever typed nothing and saves, changes nothing back.
    client, address, mine = opened(ada, record)
    partnerships.update(record, by=bea, values={"summary": "Newest"})
    assert client.post(address, mine).status_code == 302
    record.refresh_from_db()
    assert record.summary == "Newest"


def test_a_form_that_does_not_say_what_it_showed_is_asked_everything(pair) -> None:
    record, ada, bea = pair
    client, address, mine = opened(ada, record)
    _, _, other = opened(bea, make_partnership(health_board=record.health_board))
    for started in ("", "rubbish", mine["_started"] + "x", other["_started"]):
        response = client.post(address, mine | {"name": "Ada's name", "_started": started})
        assert groups(response) == {"You both changed these": ["Name"]}, started
    record.refresh_from_db()
    assert record.name == "Old name"


def test_an_institution_with_its_other_names_is_merged_too(pair) -> None:
    _, ada, bea = pair
    clinic = make_institution("Clinic", city="Zomba")
    client, address, mine = opened(ada, clinic)
    clinic.city = "Blantyre"
    institutions.save(clinic, by=bea)
    alias = registry.InstitutionAlias(institution=clinic, name="The old clinic", kind="former_name")
    details.apply(written=[alias], by=bea)
    response = client.post(address, mine | {"city": "Lilongwe", "website": "https://a.example/"})
    assert groups(response) == {
        "You both changed these": ["Town or city"],
        "Only they changed these": ["Other name “The old clinic”"],
        "Only you changed these": ["Website"],
    }
    value = page(response).select_one("[name=_choose-city][value^=mine]")["value"]
    done = client.post(address, entries(page(response)) | {"_choose-city": value})
    assert done.status_code == 302, errors(done)
    clinic.refresh_from_db()
    assert (clinic.city, clinic.aliases.get().name) == ("Lilongwe", "The old clinic")


def test_a_record_without_a_date_of_change_is_not_written_over_either() -> None:
    unit, topic = make_unit(), make_topic("Maternity")
    client, address, mine = opened(unit, topic)
    topic.description = "Before, during and after birth"
    vocabularies.save(topic, by=unit)
    response = client.post(address, mine | {"label": "Maternity care"})
    assert any("Somebody saved this record after you" in error for error in errors(response))
    for _ in range(2):
        assert client.post(address, entries(page(response))).status_code == 302
    topic.refresh_from_db()
    assert topic.label == "Maternity care"


def test_a_cycle_with_its_steps_is_merged_too(pair) -> None:
    record, ada, bea = pair
    for country in ("MW", "ZM"):
        make_member(record, make_institution(country=country))
    cycle = twinning.open_cycle(partnership=record, by=ada, note="First")
    step = registry.TwinningStep(cycle=cycle, number=1, note="Begun")
    twinning.save(cycle, by=ada, written=[step])
    client, address, mine = opened(ada, cycle)
    cycle.note, step.note = "Bea's note", "Bea's step"
    twinning.save(cycle, by=bea, written=[step])
    response = client.post(address, mine | {"note": "Ada's note", "steps-0-began": "May 2025"})
    assert set(groups(response)) == {
        "You both changed these",
        "Only they changed these",
        "Only you changed these",
    }
    cycle.refresh_from_db()
    assert cycle.note == "Bea's note"
    value = page(response).select_one("[name=_choose-note][value^=mine]")["value"]
    done = client.post(address, entries(page(response)) | {"_choose-note": value})
    assert done.status_code == 302, errors(done)
    cycle.refresh_from_db()
    step.refresh_from_db()
    assert (cycle.note, step.note, str(step.began_on)) == ("Ada's note", "Bea's step", "2025-05-01")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_champions_who_save_at_the_same_moment_lose_nothing() -> None:
    board = make_board()
    record = make_partnership("Old name", health_board=board, summary="Old summary")
    texts = {"name": "Ada's name", "summary": "Bea's summary"}
    people = {name: opened(make_champion(board), record) for name in texts}
    together, answers = threading.Barrier(2), {}

    def save(name: str) -> None:
        client, address, mine = people[name]
        try:
            together.wait(timeout=10)
            answers[name] = client.post(address, mine | {name: texts[name]})
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[name]) for name in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert sorted(statuses.values()) == [200, 302], statuses
    slower = next(name for name, status in statuses.items() if status == 200)
    assert groups(answers[slower])["Only they changed these"]
    client, address, _ = people[slower]
    assert client.post(address, entries(page(answers[slower]))).status_code == 302
    record.refresh_from_db()
    assert {name: getattr(record, name) for name in texts} == texts
