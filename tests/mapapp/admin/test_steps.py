"""Moderation, confirmation, deletion and the way back, in the admin."""

from __future__ import annotations

import pytest

from partnerships import models as registry
from partnerships.services import checklists
from tests.factories.records import (
    make_board,
    make_champion,
    make_framework,
    make_institution,
    make_partnership,
    make_unit,
)
from tests.mapapp.admin.pages import errors, page, said, signed_in, step, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_record_is_submitted_returned_and_listed_by_buttons() -> None:
    board = make_board()
    author, deputy = make_champion(board), make_champion(board)
    record = make_partnership(health_board=board, by=author, moderation="draft")

    def buttons(client) -> set[str]:
        form = page(client.get(url(registry.Partnership, "change", record.pk)))
        return {button["value"] for button in form.select("button[name=_step]")}

    assert buttons(signed_in(author)) == {"submitted", "withdrawn"}
    assert "Submitted" in said(step(signed_in(author), record, "_step", "submitted"))[-1]
    refused = step(signed_in(author), record, "_step", "listed")
    assert "Nobody approves their own first listing" in said(refused)[-1]

    unexplained = step(signed_in(deputy), record, "_step", "returned")
    assert "Say why" in said(unexplained)[-1]
    step(signed_in(deputy), record, "_step", "returned", reason="Which ward?")
    assert record.decisions.get(after="returned").reason == "Which ward?"
    step(signed_in(author), record, "_step", "submitted")
    assert buttons(signed_in(deputy)) == {"listed", "returned", "withdrawn"}
    step(signed_in(deputy), record, "_step", "listed")
    record.refresh_from_db()
    assert record.moderation == "listed"


def test_the_row_of_buttons_is_what_a_person_may_do() -> None:
    board = make_board()
    author, deputy = make_champion(board), make_champion(board)
    record = make_partnership(health_board=board, by=author, moderation="draft")

    def row(user, address: str) -> tuple[list[str], str]:
        form = page(signed_in(user).get(address))
        beside = form.select_one(".form-beside")
        buttons = [button.text.strip() for button in form.select(".form-buttons button")]
        return buttons[:-1], beside.text if beside else ""  # the last one only looks

    address = url(registry.Partnership, "change", record.pk)
    for place in (address, url(registry.Partnership, "add")):
        buttons, beside = row(author, place)
        assert buttons == ["Save draft", "Submit for listing"]
        assert "nobody approves their own first listing" in beside
    assert row(deputy, address) == (["Save draft", "Submit for listing", "Publish"], "")
    step(signed_in(deputy), record, "_step", "listed")
    for user in (author, deputy):
        assert row(user, address) == (["Save"], "The public sees what you save at once.")


def test_a_new_record_is_submitted_in_one_go() -> None:
    author = make_champion(board := make_board())
    client, address = signed_in(author), url(registry.Partnership, "add")
    sent = submitted(
        client,
        address,
        name="Eyes",
        slug="eyes",
        kind="network",
        health_board=board.pk,
        _step="submitted",
    )
    told = said(client.post(address, sent, follow=True))
    assert told[-1] == "Submitted: Eyes."
    assert registry.Partnership.objects.get().moderation == "submitted"


def test_the_form_stands_in_the_order_in_which_people_think(client) -> None:
    record = make_partnership()
    form = page(client.get(url(registry.Partnership, "change", record.pk)))
    sections = form.select("section.form-section")
    assert [each.h2.text for each in sections] == [
        "What and where",
        "Who at both ends",
        "Is it alive?",
        "What it does",
        "What others could contribute",
        "Money and agreements",
        "Sources",
        "Publishing",
    ]
    assert sections[1].select_one("#members-group")
    assert sections[7].select_one("[name=reason]")
    inside = {each["name"] for each in form.select("section.form-section [name]")}
    everything = {each["name"] for each in form.select("#partnership_form fieldset [name]")}
    assert everything <= inside
    jumps = [each["href"] for each in form.select(".form-sections a")]
    assert jumps == [f"#{each['id']}" for each in sections]


def test_confirming_by_button_says_how_the_partner_side_told(client, unit) -> None:
    record = make_partnership()
    refused = step(client, record, "_confirm", "partner")
    assert "Say how the partner side told you" in " ".join(said(refused))
    assert not record.confirmations.exists()
    step(client, record, "_confirm", "partner", reason="By telephone with Dr Banda's office")
    assert record.confirmations.get().how == "By telephone with Dr Banda's office"
    step(client, record, "_confirm", "uk")
    record.refresh_from_db()
    assert record.uk_confirmed_on == record.partner_confirmed_on == record.last_confirmed_on
    assert {row.confirmed_by for row in record.confirmations.all()} == {unit}


def test_an_action_takes_the_steps_it_can_and_names_the_others(client) -> None:
    good = make_partnership(moderation="draft")
    bad = make_partnership(moderation="draft", members=[make_institution(country="GB")])
    listed = make_partnership()
    action = {"action": "list_publicly", "_selected_action": [good.pk, bad.pk, listed.pk]}
    messages = said(client.post(url(registry.Partnership, "changelist"), action, follow=True))
    assert len(messages) == 3
    assert "Listed: 1 record." in messages
    states = {r.pk: r.moderation for r in registry.Partnership.objects.all()}
    assert states == {good.pk: "listed", bad.pk: "draft", listed.pk: "listed"}


def test_a_record_once_public_is_not_deleted_and_a_draft_is(client, unit) -> None:
    record, draft = make_partnership(), make_partnership(moderation="submitted")
    sent = {"post": "yes", "reason": "A duplicate"}
    refused = client.post(url(registry.Partnership, "delete", record.pk), sent, follow=True)
    assert "Withdraw it; its history stays." in said(refused)[0]
    done = client.post(url(registry.Partnership, "delete", draft.pk), sent, follow=True)
    assert "deleted successfully" in said(done)[0]
    assert list(registry.Partnership.objects.all()) == [record]
    gone = registry.Partnership.history.get(history_type="-")
    assert (gone.history_user, gone.history_change_reason) == (unit, "A duplicate")


def test_an_institution_that_others_rely_on_is_not_deleted(client) -> None:
    institution = make_partnership().members.first().institution
    address = url(registry.Institution, "delete", institution.pk)
    assert "1 member" in page(client.get(address)).text
    response = client.post(address, {"post": "yes", "reason": "Tidying"})
    assert response.status_code == 200
    assert registry.Institution.objects.filter(pk=institution.pk).exists()
    unused = make_institution()
    client.post(url(registry.Institution, "delete", unused.pk), {"post": "yes", "reason": "Twice"})
    assert not registry.Institution.objects.filter(pk=unused.pk).exists()


def test_a_member_with_a_part_in_a_checklist_stays(client) -> None:
    record = make_partnership()
    checklists.open_round(partnership=record, framework=make_framework(), by=make_unit())
    address = url(registry.Partnership, "change", record.pk)
    data = submitted(client, address, gap_note="Left", **{"members-1-DELETE": "on"})
    response = client.post(address, data)
    assert response.status_code == 200
    assert any("1 checklist member" in error for error in errors(response)), errors(response)
    assert record.members.count() == 2


# ------------------------------------------------------------------------------- history


def test_going_back_to_a_version_restores_words_and_never_moderation(client, unit) -> None:
    record = make_partnership("Old name", moderation="draft")
    first = record.history.last()
    address = url(registry.Partnership, "change", record.pk)
    client.post(address, submitted(client, address, name="New name"))
    step(client, record, "_step", "listed")
    record.refresh_from_db()
    assert (record.name, record.moderation) == ("New name", "listed")

    version = url(registry.Partnership, "simple_history", record.pk, first.history_id)
    shown = page(client.get(version)).select_one("#content-main").text
    assert "Old name" in shown
    assert "New name" in shown
    client.post(version, {"reason": "It was right"})
    record.refresh_from_db()
    assert (record.name, record.moderation) == ("Old name", "listed")
    latest = record.history.first()
    assert latest.history_user == unit
    assert latest.history_change_reason.startswith("Back to the version of")
    assert latest.history_change_reason.endswith("It was right")


def test_a_version_that_no_longer_fits_is_refused_with_a_message(client) -> None:
    record = make_partnership(gap_note="", moderation="draft", members=[])
    first = record.history.last()
    address = url(registry.Partnership, "change", record.pk)
    client.post(address, submitted(client, address, gap_note="No member is named."))
    step(client, record, "_step", "listed")
    version = url(registry.Partnership, "simple_history", record.pk, first.history_id)
    response = client.post(version, {"reason": ""}, follow=True)
    assert any("write down why" in message for message in said(response))
    record.refresh_from_db()
    assert record.gap_note == "No member is named."
