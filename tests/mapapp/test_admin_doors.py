"""Every door of the admin, tried by those who may and by those who must be refused.

The cast: two champions of one Board, a champion of another, a former champion, the unit, an
auditor, a superuser, somebody with an account and nothing else, and a visitor.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partnerships import models as registry
from partnerships.choices import UserRole
from partnerships.services import champions, checklists, coordinators, users
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_framework,
    make_institution,
    make_partnership,
    make_unit,
    make_user,
)
from tests.mapapp.test_admin import entries, errors, page, said, signed_in, submitted, url

pytestmark = pytest.mark.django_db
CANARIES = ("Canary Mwale", "canary@example.org", "+265 999 000 111", "Canary of midwifery")
#: Where nobody but those who may gets anything but a refusal: Django hides what is out of scope.
REFUSED = (302, 403, 404)


class World:
    """Two Boards, each with a listed record and a draft, and a coordinator on each."""

    def __init__(self) -> None:
        self.board, self.other_board = make_board("NHS Ours"), make_board("NHS Theirs")
        self.champion = make_champion(self.board)
        self.other = make_champion(self.other_board)
        self.former = make_champion(self.board, until=timezone.localdate())
        self.unit, self.auditor = make_unit(), make_auditor()
        self.superuser = make_user(is_superuser=True, is_staff=True)
        self.nobody = make_user(is_staff=True)
        self.ours = make_partnership("Ours", health_board=self.board)
        self.our_draft = make_partnership("Our draft", health_board=self.board, moderation="draft")
        self.nobodys = make_partnership("Nobody's")
        self.person = make_coordinator(
            self.ours.members.first(),
            CANARIES[0],
            email=CANARIES[1],
            telephone=CANARIES[2],
            job_title=CANARIES[3],
        )
        self.theirs = make_partnership("Theirs", health_board=self.other_board)
        self.checklist = checklists.open_round(
            partnership=self.ours, framework=make_framework(), by=self.champion
        )


@pytest.fixture
def world() -> World:
    return World()


def change(record) -> str:
    return url(type(record), "change", record.pk)


def may_open(user, address: str) -> bool:
    status = signed_in(user).get(address).status_code
    assert status == 200 or status in REFUSED, (address, status)
    return status == 200


def may_edit(user, record) -> bool:
    """Whether the page has a button that saves; and a POST does what the button promises."""
    client = signed_in(user)
    response = client.get(change(record))
    if response.status_code != 200:
        assert client.post(change(record), {}).status_code in REFUSED
        return False
    shown = page(response)
    has_button = bool(shown.select(".submit-row [name=_save]"))
    sent = client.post(change(record), entries(shown))
    assert sent.status_code == (302 if has_button else 403), (record, sent.status_code)
    return has_button


# ----------------------------------------------------------------------------- the front door


def all_pages(world: World) -> list[str]:
    models = list(admin.site._registry)
    addresses = [url(model, "changelist") for model in models]
    addresses += [url(model, "add") for model in models]
    for record in (world.ours, world.person, world.board, world.checklist, world.champion):
        addresses += [
            url(type(record), name, record.pk) for name in ("change", "history", "delete")
        ]
    choices = "?app_label=partnerships&model_name=coordinator&field_name=member&term="
    return [reverse("admin:index"), reverse("admin:autocomplete") + choices, *addresses]


def test_strangers_find_the_sign_in_page_at_every_door(world) -> None:
    for user in (None, world.nobody, world.former):
        client = signed_in(user) if user else Client()
        for address in all_pages(world):
            response = client.get(address)
            assert response.status_code == 302, (user, address)
            assert response["Location"].startswith(reverse("admin:login")), (user, address)
            assert not any(canary in response.text for canary in CANARIES)


def test_access_ends_on_the_day_that_the_tenure_ends(world, client) -> None:
    client.force_login(world.champion)
    assert client.get(reverse("admin:index")).status_code == 200
    champions.end(world.champion.tenures.get(), by=world.unit)
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.get(change(world.ours)).status_code == 302
    later = make_champion(world.board, since=timezone.localdate() + timedelta(days=1))
    client.force_login(later)
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_role_that_is_taken_away_is_gone_at_once(world, client) -> None:
    client.force_login(world.unit)
    assert client.get(change(world.ours)).status_code == 200
    world.unit.role = UserRole.NONE
    users.save(world.unit, by=world.superuser)
    assert client.get(change(world.ours)).status_code == 302


def test_djangos_own_permissions_open_nothing(world, client) -> None:
    from django.contrib.auth.models import Permission

    world.nobody.user_permissions.set(Permission.objects.all())
    world.other.user_permissions.set(Permission.objects.all())
    client.force_login(world.nobody)
    assert client.get(change(world.ours)).status_code == 302
    assert not may_edit(world.other, world.ours)
    assert not may_open(world.other, change(world.person))
    assert not may_open(world.other, url(registry.User, "changelist"))


# ------------------------------------------------------------------------------ partnerships


def test_who_sees_and_who_edits_which_partnership(world) -> None:
    seen = {
        name: (
            [may_open(user, change(record)) for record in records],
            [may_edit(user, record) for record in records],
        )
        for name, user, records in [
            (name, getattr(world, name), (world.ours, world.our_draft, world.nobodys))
            for name in ("champion", "other", "unit", "auditor", "superuser")
        ]
    }
    yes, no = True, False
    assert seen == {
        "champion": ([yes, yes, yes], [yes, yes, no]),
        "other": ([yes, no, yes], [no, no, no]),
        "unit": ([yes, yes, yes], [yes, yes, yes]),
        "auditor": ([yes, yes, yes], [no, no, no]),
        "superuser": ([yes, yes, yes], [yes, yes, yes]),
    }


def test_lists_show_what_the_pages_show(world) -> None:
    def listed(user, model) -> set[str]:
        rows = page(signed_in(user).get(url(model, "changelist"))).select("#result_list tbody th")
        return {row.text.strip() for row in rows}

    everything = {"Ours", "Our draft", "Nobody's", "Theirs"}
    assert listed(world.champion, registry.Partnership) == everything
    assert listed(world.other, registry.Partnership) == everything - {"Our draft"}
    assert listed(world.unit, registry.Partnership) == everything
    assert listed(world.champion, registry.Coordinator) == {CANARIES[0]}
    assert listed(world.other, registry.Coordinator) == set()
    assert listed(world.unit, registry.Coordinator) == {CANARIES[0]}


def test_a_champion_gives_a_record_to_no_other_board(world) -> None:
    client = signed_in(world.champion)
    sent = submitted(client, change(world.ours), health_board=world.other_board.pk)
    assert any("Select a valid choice" in e for e in errors(client.post(change(world.ours), sent)))
    without = client.post(change(world.ours), sent | {"health_board": ""})
    assert any("This field is required." in error for error in errors(without))
    new = submitted(client, url(registry.Partnership, "add"), name="New", slug="new")
    new |= {"kind": "network", "health_board": world.other_board.pk}
    assert client.post(url(registry.Partnership, "add"), new).status_code == 200
    assert not registry.Partnership.objects.filter(slug="new").exists()
    world.ours.refresh_from_db()
    assert world.ours.health_board == world.board


def test_actions_and_buttons_reach_no_other_boards_record(world) -> None:
    client = signed_in(world.other)
    before = {r.pk: (r.moderation, r.last_confirmed_on) for r in registry.Partnership.objects.all()}
    for action in ("submit", "list_publicly", "withdraw", "confirm_uk_side", "delete_selected"):
        sent = {"action": action, "_selected_action": [world.ours.pk, world.our_draft.pk]}
        client.post(url(registry.Partnership, "changelist"), sent | {"post": "yes"}, follow=True)
    for button in ({"_step": "withdrawn"}, {"_confirm": "uk"}):
        sent = submitted(signed_in(world.champion), change(world.ours), reason="Mine now")
        assert client.post(change(world.ours), sent | button).status_code == 403
    auditor = signed_in(world.auditor)
    sent = {"action": "withdraw", "_selected_action": [world.ours.pk]}
    auditor.post(url(registry.Partnership, "changelist"), sent)
    after = {r.pk: (r.moderation, r.last_confirmed_on) for r in registry.Partnership.objects.all()}
    assert after == before


def test_nobody_deletes_what_is_not_theirs(world) -> None:
    sent = {"post": "yes", "reason": "Mine now"}
    for user in (world.other, world.auditor, world.former, world.nobody):
        for record in (world.our_draft, world.person, world.board, world.checklist):
            address = url(type(record), "delete", record.pk)
            assert signed_in(user).post(address, sent).status_code in REFUSED
            assert type(record).objects.filter(pk=record.pk).exists()
    signed_in(world.champion).post(url(registry.Partnership, "delete", world.our_draft.pk), sent)
    assert not registry.Partnership.objects.filter(pk=world.our_draft.pk).exists()


def test_filters_and_searches_probe_nothing(world) -> None:
    """A filter over a hidden relation would answer questions letter by letter."""
    client = signed_in(world.other)
    for probe in (
        {"members__coordinators__name__startswith": "Canary"},
        {"created_by__password__startswith": "md5"},
        {"health_board__champions__user__email__startswith": "a"},
    ):
        response = client.get(url(registry.Partnership, "changelist"), probe)
        assert response.status_code in (302, 400), probe
    found = client.get(url(registry.Partnership, "changelist"), {"q": "Canary"})
    assert not page(found).select("#result_list tbody th")


# ------------------------------------------------------------------------------ coordinators


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


# --------------------------------------------------------------------------------- history


def test_who_reads_a_history(world) -> None:
    def reads(user, record) -> bool:
        return may_open(user, url(type(record), "history", record.pk))

    people = ("champion", "other", "unit", "auditor")
    assert {n: reads(getattr(world, n), world.ours) for n in people} == {
        "champion": True,
        "other": False,
        "unit": True,
        "auditor": True,
    }
    assert {n: reads(getattr(world, n), world.person) for n in people} == {
        "champion": True,
        "other": False,
        "unit": True,
        "auditor": False,
    }


def test_an_old_version_that_was_ours_is_not_ours_any_more(world) -> None:
    """The version says our Board; the record does not. The record decides."""
    version = world.ours.history.first().history_id
    world.ours.health_board = world.other_board
    from partnerships.services import partnerships

    partnerships.save(world.ours, by=world.unit, reason="Handed over")
    address = url(registry.Partnership, "simple_history", world.ours.pk, version)
    assert not may_open(world.champion, address)
    assert not may_open(world.champion, url(registry.Partnership, "history", world.ours.pk))
    assert signed_in(world.champion).post(address, {"reason": ""}).status_code in REFUSED
    assert may_open(world.other, address)
    signed_in(world.other).post(address, {"reason": ""})
    world.ours.refresh_from_db()
    assert world.ours.health_board == world.other_board  # going back gives nothing away


def test_readers_of_a_history_cannot_go_back(world) -> None:
    version = world.ours.history.last().history_id
    address = url(registry.Partnership, "simple_history", world.ours.pk, version)
    client = signed_in(world.auditor)
    assert client.get(address).status_code == 200
    assert not page(client.get(address)).select("#content form[method=post]")
    assert client.post(address, {"reason": ""}).status_code == 403


def test_the_history_of_what_was_deleted_is_gone_from_the_pages(world) -> None:
    pk = world.our_draft.pk
    signed_in(world.champion).post(
        url(registry.Partnership, "delete", pk), {"post": "yes", "reason": "Twice"}
    )
    for user in (world.champion, world.other):
        assert not may_open(user, url(registry.Partnership, "history", pk))


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
        rows = page(signed_in(user).get(reverse("admin:index"))).select("#content-main th a")
        return {row.text.strip() for row in rows}

    assert listed(world.champion) == {
        "Champions",
        "Checklists",
        "Coordinators",
        "Institutions",
        "Partnerships",
    }
    assert listed(world.auditor) >= {"Partnerships", "Users", "Countries", "Import runs"}
    assert not listed(world.auditor) & {"Coordinators", "Checklists", "Members"}
    assert said(signed_in(world.champion).get(reverse("admin:index"))) == []
