"""Tenures in the admin: a lead's deputies, handing over, covering, and whose link is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from partnerships.choices import ChampionRole
from partnerships.models import Champion
from partnerships.services import users
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_partnership,
    make_unit,
)
from tests.factories.second_factors import enrolled
from tests.mapapp.admin.cast import REFUSED
from tests.mapapp.admin.pages import errors, page, said, signed_in, step, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADD, COVER = "/admin/partnerships/champion/add/", "/admin/partnerships/champion/cover/"


def appoint(client, email, board, role="deputy"):
    today = str(timezone.localdate())
    sent = {"email": email, "person": "", "board": board.pk, "role": role, "since": today}
    return client.post(ADD, sent | {"until": "", "reason": "Needed"}, follow=True)


def hand_over(tenure) -> str:
    return url(Champion, "hand_over", tenure.pk)


def test_a_lead_appoints_and_ends_deputies_of_the_own_board() -> None:
    board, other = make_board(), make_board()
    lead, deputy = make_champion(board, role=ChampionRole.LEAD), make_champion(board)
    client = signed_in(lead)
    offered = page(client.get(ADD))
    assert [o["value"] for o in offered.select("[name=board] option[value]")][-1:] == [
        str(board.pk)
    ]
    assert str(other.pk) not in [o["value"] for o in offered.select("[name=board] option")]
    assert "lead" not in [o["value"] for o in offered.select("[name=role] option")]

    assert "set-password" in " ".join(said(appoint(client, "new@example.org", board)))
    made = Champion.objects.get(user__email="new@example.org")
    assert (made.board, made.role) == (board, ChampionRole.DEPUTY)
    for elsewhere, role in ((other, "deputy"), (board, "lead")):
        refused = appoint(client, "x@example.org", elsewhere, role)
        assert any("Select a valid choice" in error for error in errors(refused))
    assert not Champion.objects.filter(user__email="x@example.org").exists()
    assert signed_in(deputy).get(ADD).status_code == 403

    listed = url(Champion, "changelist")
    own, theirs = lead.tenures.get(), make_champion(other).tenures.get()
    chosen = [made.pk, own.pk, theirs.pk]
    client.post(listed, {"action": "end_today", "_selected_action": chosen})
    ended = Champion.objects.filter(pk__in=chosen, until__isnull=False)
    assert [tenure.pk for tenure in ended] == [made.pk]


def test_a_tenure_is_handed_over_on_a_page_of_its_own() -> None:
    board = make_board()
    lead = make_champion(board, role=ChampionRole.LEAD)
    tenure, day = lead.tenures.get(), timezone.localdate() + timedelta(days=7)
    client = signed_in(make_unit())
    link = page(client.get(url(Champion, "change", tenure.pk))).select_one("a[href$=hand-over\\/]")
    sent = submitted(client, link["href"], email=lead.email, on=str(day), reason="Retires")
    refused = client.post(link["href"], sent)
    assert any("handed over to somebody else" in error for error in errors(refused))
    done = client.post(
        link["href"], sent | {"email": "new@example.org", "name": "N E"}, follow=True
    )
    assert "set-password" in " ".join(said(done))
    new = Champion.objects.get(user__email="new@example.org")
    tenure.refresh_from_db()
    assert (tenure.until, new.since, new.role, str(new.user)) == (day, day, "lead", "N E")
    assert new.history.first().history_change_reason == "Retires"
    for user in (lead, make_champion(board), make_champion(), make_auditor()):
        assert signed_in(user).get(hand_over(tenure)).status_code in REFUSED
        assert signed_in(user).post(hand_over(tenure), sent).status_code in REFUSED


def test_a_vacancy_is_covered_on_a_page_of_its_own() -> None:
    board = make_board()
    deputy = make_champion(board)
    client = signed_in(make_unit())
    listed = page(client.get(url(Champion, "changelist")))
    assert listed.select_one(f"a[href='{COVER}']")
    until = timezone.localdate() + timedelta(days=90)
    address = f"{COVER}?board={board.pk}"
    sent = submitted(client, address, email="nobody@example.org", until=str(until))
    assert sent["board"] == str(board.pk)
    assert any("covers a vacancy" in error for error in errors(client.post(address, sent)))
    assert client.post(address, sent | {"email": deputy.email}).status_code == 302
    assert list(deputy.tenures.order_by("-pk").values_list("role", "until")[:2]) == [
        ("deputy", None),
        ("lead", until),
    ]
    for user in (enrolled(deputy), make_champion(), make_auditor()):
        assert signed_in(user).get(COVER).status_code == 403
        assert signed_in(user).post(COVER, sent).status_code == 403


def test_no_link_opens_more_than_who_sees_it_may_do() -> None:
    """Appointing somebody who may do more must not hand the way in to their account over."""
    board = make_board()
    unit, root = users.make(email="unit@example.org", by=users.system_user(), role="unit"), None
    root = users.make(email="root@example.org", by=users.system_user())
    root.is_superuser = True
    root.save()
    elsewhere = users.make(email="elsewhere@example.org", by=users.system_user())
    make_champion(make_board(), user=elsewhere)
    lead = signed_in(make_champion(board, role=ChampionRole.LEAD))
    for person in (unit, root, elsewhere):
        shown = " ".join(said(appoint(lead, person.email, board)))
        assert Champion.objects.filter(user=person, board=board).exists()
        assert "set-password" not in shown, person
    shown = " ".join(said(appoint(signed_in(make_unit()), root.email, make_board())))
    assert "set-password" not in shown


def test_no_link_opens_an_account_that_is_in_use() -> None:
    """By a code from a mail or from a provider: such an account never has a password."""
    board = make_board()
    deputy = users.make(email="codes@example.org", by=users.system_user())
    deputy.last_login = timezone.now()
    deputy.save()
    lead = signed_in(make_champion(board, role=ChampionRole.LEAD))
    assert "set-password" not in " ".join(said(appoint(lead, deputy.email, board)))
    assert Champion.objects.filter(user=deputy, board=board).exists()
    fresh = " ".join(said(appoint(lead, "fresh@example.org", board)))
    assert "set-password" in fresh


def test_nobody_lists_their_own_record_first_not_even_a_superuser() -> None:
    board = make_board()
    for author in (make_champion(board), make_unit(), make_unit(is_superuser=True)):
        record = make_partnership(health_board=board, by=author, moderation="submitted")
        client = signed_in(author)
        buttons = page(client.get(url(type(record), "change", record.pk))).select("[name=_step]")
        assert "listed" not in [button["value"] for button in buttons]
        told = said(step(client, record, "_step", "listed"))
        assert any("Nobody approves their own first listing" in line for line in told)
        action = {"action": "list_publicly", "_selected_action": [record.pk]}
        client.post(url(type(record), "changelist"), action)
        record.refresh_from_db()
        assert record.moderation == "submitted"
    assert signed_in(make_auditor()).get(reverse("admin:index")).status_code == 200
