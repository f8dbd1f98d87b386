"""The front door, partnerships and histories, tried by those who may and those who must not.

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
from partnerships.services import champions, users
from tests.factories.records import (
    make_champion,
)
from tests.mapapp.admin.cast import CANARIES, REFUSED, all_pages, change, may_edit, may_open
from tests.mapapp.admin.pages import errors, page, signed_in, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


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
    for action in ("submit", "list_publicly", "delete_selected"):
        sent = {"action": action, "_selected_action": [world.ours.pk, world.our_draft.pk]}
        client.post(url(registry.Partnership, "changelist"), sent | {"post": "yes"}, follow=True)
    for button in ({"_step": "withdrawn"}, {"_confirm": "uk"}):
        sent = submitted(signed_in(world.champion), change(world.ours), reason="Mine now")
        assert client.post(change(world.ours), sent | button).status_code == 403
    auditor = signed_in(world.auditor)
    for action in ("submit", "list_publicly"):
        sent = {"action": action, "_selected_action": [world.our_draft.pk]}
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
    for model, probe in (
        (registry.Institution, {"latitude__gte": "0"}),
        (registry.Institution, {"city__startswith": "Canary"}),
        (registry.Institution, {"city": "Canary Town"}),
        (registry.Institution, {"location_source__isnull": "1"}),
        (registry.Institution, {"kind__startswith": "h"}),
        (registry.Institution, {"search_text__contains": "canary"}),
        (registry.Partnership, {"is_sensitive__exact": "1"}),
        (registry.Champion, {"user__password__startswith": "md5"}),
    ):
        for user in (world.other, world.unit):
            response = signed_in(user).get(url(model, "changelist"), probe)
            assert response.status_code == 400, (model, probe)
    found = client.get(url(registry.Partnership, "changelist"), {"q": "Canary"})
    assert not page(found).select("#result_list tbody th")


def test_what_stands_beside_a_list_can_be_asked(world) -> None:
    """Every link of every filter works: a rule that is too narrow would break them."""
    client = signed_in(world.superuser)
    for model in admin.site._registry:
        shown = page(client.get(url(model, "changelist")))
        for link in shown.select("#changelist-filter a[href^='?']"):
            response = client.get(url(model, "changelist") + link["href"])
            assert response.status_code == 200, (model, link["href"])
    dates = {"until__isempty": "1"}, {"role__exact": "lead"}
    for asked in dates:
        assert client.get(url(registry.Champion, "changelist"), asked).status_code == 200


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
