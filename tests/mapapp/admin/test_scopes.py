"""Contacts, lists, accounts and shared institutions, tried by those who may and must not."""

from __future__ import annotations

import pytest
from django.urls import reverse

from partnerships import models as registry
from partnerships.services import coordinators, users
from tests.factories.records import (
    make_auditor,
    make_institution,
    make_partnership,
    make_user,
)
from tests.mapapp.admin.cast import CANARIES, all_pages, change, may_edit, may_open
from tests.mapapp.admin.pages import errors, page, said, signed_in, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_contacts_are_on_no_page_of_another_board_or_an_auditor(world) -> None:
    coordinators.give_consent(
        world.person, purpose="surveys", notice_version="1", how="Canary form", by=world.champion
    )
    own = signed_in(world.champion)
    assert CANARIES[0] in own.get(change(world.ours)).text
    assert CANARIES[1] in own.get(change(world.person)).text
    for user in (world.other, world.auditor):
        client = signed_in(user)
        addresses = [
            *all_pages(world),
            change(world.person.member),
            change(world.person.member.institution),
        ]
        for address in addresses:
            text = client.get(address, follow=True).text
            assert not any(canary in text for canary in CANARIES), (user, address)


def test_who_opens_and_edits_a_coordinator(world) -> None:
    edits = {
        name: may_edit(getattr(world, name), world.person)
        for name in ("champion", "other", "unit", "auditor", "superuser")
    }
    assert edits == {
        "champion": True,
        "other": False,
        "unit": True,
        "auditor": False,
        "superuser": True,
    }


def test_a_coordinator_is_added_to_no_other_boards_member(world) -> None:
    client = signed_in(world.other)
    address = url(registry.Coordinator, "add")
    sent = submitted(client, address, name="Somebody", member=world.person.member.pk)
    response = client.post(address, sent)
    assert any("Select a valid choice" in error for error in errors(response))
    assert registry.Coordinator.objects.count() == 1
    own = world.theirs.members.first()
    assert client.post(address, sent | {"member": own.pk}).status_code == 302


def test_autocompletes_offer_what_may_be_chosen(world) -> None:
    def offered(user, model: str, field: str, term: str = "") -> set[str] | int:
        asked = {"app_label": "partnerships", "model_name": model, "field_name": field}
        response = signed_in(user).get(reverse("admin:autocomplete"), asked | {"term": term})
        if response.status_code != 200:
            return response.status_code
        return {row["text"].split(", in ")[-1] for row in response.json()["results"]}

    assert offered(world.champion, "coordinator", "member") == {"Ours", "Our draft"}
    assert offered(world.other, "coordinator", "member") == {"Theirs"}
    assert offered(world.auditor, "coordinator", "member") == 403
    assert offered(world.champion, "checklist", "partnership") == {"Ours", "Our draft"}
    assert offered(world.other, "checklist", "partnership") == {"Theirs"}
    assert offered(world.other, "champion", "user") == 403


# ------------------------------------------------------- lists, accounts, shared institutions


def test_only_the_unit_keeps_lists_accounts_and_tenures(world) -> None:
    kept = [
        registry.Country,
        registry.Topic,
        registry.Activity,
        registry.Profession,
        registry.Funder,
        registry.Framework,
        registry.Principle,
        registry.HealthBoard,
        registry.Resource,
        registry.Champion,
        registry.User,
    ]
    for model in kept:
        assert may_open(world.unit, url(model, "add")), model
        for user in (world.champion, world.auditor):
            assert signed_in(user).get(url(model, "add")).status_code == 403, model
            assert signed_in(user).post(url(model, "add"), {}).status_code == 403, model
    for record in (world.board, world.champion, world.champion.tenures.get()):
        assert may_edit(world.unit, record)
        assert not may_edit(world.champion, record)
        assert not may_edit(world.auditor, record)


def test_champions_see_no_accounts_and_only_their_boards_tenures(world) -> None:
    assert not may_open(world.champion, url(registry.User, "changelist"))
    assert not may_open(world.champion, change(world.champion))
    assert may_open(world.champion, change(world.champion.tenures.get()))
    assert not may_open(world.champion, change(world.other.tenures.get()))
    text = signed_in(world.champion).get(url(registry.Champion, "changelist")).text
    assert world.other.email not in text
    assert world.champion.email in text
    text = signed_in(world.champion).get(change(world.other_board)).text
    assert world.other.email not in text


def test_nobody_becomes_a_superuser_or_takes_ones_account(world) -> None:
    client = signed_in(world.unit)
    assert not may_edit(world.unit, world.superuser)
    assert not may_edit(world.unit, users.system_user())
    client.post(change(world.superuser), {"email": "taken@example.org"})
    for record in (world.unit, world.champion):
        sent = submitted(client, change(record), is_superuser="on", role="unit", is_staff="on")
        client.post(change(record), sent)
        record.refresh_from_db()
        assert not record.is_superuser
    # Nor by going back to a time when somebody was one.
    once = make_user("once@example.org", is_superuser=True)
    version = once.history.last().history_id
    once.is_superuser = False
    users.save(once, by=world.superuser)
    address = url(registry.User, "simple_history", once.pk, version)
    assert client.post(address, {"reason": ""}).status_code == 403
    assert registry.User.objects.filter(is_superuser=True).get() == world.superuser
    assert registry.User.objects.get(pk=world.superuser.pk).email == world.superuser.email
    # Nor does anybody change their own role.
    auditor = make_auditor()
    assert not may_edit(auditor, auditor)


def test_an_institution_that_others_use_is_read_only_for_a_champion(world) -> None:
    shared = make_institution(country="MW")
    own = make_institution(country="MW")
    scottish = make_institution(country="GB")
    make_partnership(health_board=world.board, members=[scottish, shared])
    make_partnership(health_board=world.board, members=[make_institution(country="GB"), own])
    make_partnership(
        health_board=world.other_board, members=[make_institution(country="GB"), shared]
    )
    assert may_edit(world.champion, own)
    assert not may_edit(world.champion, shared)
    assert not may_edit(world.champion, world.board.institution)
    assert not may_edit(world.champion, world.nobodys.members.first().institution)
    assert may_edit(world.champion, make_institution())  # just added, used by nobody
    assert may_edit(world.unit, shared)
    assert not may_edit(world.auditor, own)
    assert not may_open(world.champion, url(registry.Institution, "delete", own.pk))


def test_a_hidden_place_is_as_hidden_from_other_champions(world) -> None:
    clinic = make_institution(
        "A clinic",
        city="Canary Town",
        latitude=-13.123456,
        longitude=33.654321,
        location_level="country",
        location_source="Canary source",
    )
    make_partnership(health_board=world.board, members=[make_institution(country="GB"), clinic])
    secrets = ("13.123456", "33.654321", "Canary Town", "Canary source")
    assert all(secret in signed_in(world.champion).get(change(clinic)).text for secret in secrets)
    other = signed_in(world.other)
    choices = {"app_label": "partnerships", "model_name": "member", "field_name": "institution"}
    for text in (
        other.get(change(clinic)).text,
        other.get(url(registry.Institution, "changelist")).text,
        other.get(reverse("admin:autocomplete"), choices | {"term": "clinic"}).text,
    ):
        assert "A clinic" in text
        assert not any(secret in text for secret in secrets)


def test_checklists_are_for_the_owning_board_and_the_unit(world) -> None:
    opened = {
        name: may_open(getattr(world, name), change(world.checklist))
        for name in ("champion", "other", "unit", "auditor")
    }
    assert opened == {"champion": True, "other": False, "unit": True, "auditor": False}


def test_the_index_lists_what_each_may_open(world) -> None:
    def listed(user) -> set[str]:
        rows = page(signed_in(user).get(reverse("admin:all_records"))).select("#content-main th a")
        return {row.text.strip() for row in rows}

    assert listed(world.champion) == {
        "Answers",
        "Champions",
        "Checklists",
        "Coordinators",
        "Import runs",
        "Institutions",
        "Partnerships",
        "Rounds",
        "Suggestions",
        "Twinning cycles",
    }
    assert listed(world.auditor) >= {"Partnerships", "Users", "Countries", "Import runs"}
    assert not listed(world.auditor) & {"Coordinators", "Checklists", "Members"}
    assert said(signed_in(world.champion).get(reverse("admin:index"))) == []
