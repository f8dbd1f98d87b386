"""Checklists in the admin: opened, followed, closed; nobody's link and nobody's answer is in it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from partnerships import models as registry
from partnerships.models import OutgoingMail, SignedLink
from partnerships.services import checklists
from tests.factories.checklists import Round
from tests.factories.records import make_auditor, make_board, make_champion, make_framework
from tests.mapapp.admin.pages import errors, page, signed_in, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def address(made: Round) -> str:
    return url(registry.Checklist, "change", made.checklist.pk)


def press(client: Any, made: Round, name: str, value: Any = "1", **more: str) -> str:
    """What the page says after one of its buttons."""
    data = submitted(client, address(made), **{name: str(value)}, **more)
    return " ".join(client.post(address(made), data, follow=True).text.split())


def test_opening_invites_everybody_and_names_whom_nobody_can_be_asked_for() -> None:
    made = Round()
    made.person(made.partner).delete()
    client = signed_in(made.champion)
    add = url(registry.Checklist, "add")
    due = timezone.localdate() + timedelta(days=20)
    data = submitted(
        client, add, partnership=made.partnership.pk, framework=make_framework().pk, due_on=due
    )
    answer = client.post(add, data, follow=True)
    checklist = registry.Checklist.objects.order_by("-pk")[0]
    assert checklist.due_on == due
    assert "A link was mailed to: Nurse A." in answer.text
    assert "Nobody can be asked for Queens." in answer.text
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["a@example.org"]


def test_a_cycle_of_steps_is_refused_with_words() -> None:
    made, framework = Round(), make_framework()
    registry.Framework.objects.filter(pk=framework.pk).update(shape="steps")
    client = signed_in(made.champion)
    data = submitted(
        client,
        url(registry.Checklist, "add"),
        partnership=made.partnership.pk,
        framework=framework.pk,
    )
    answer = client.post(url(registry.Checklist, "add"), data)
    assert any("nothing in it to rate" in error for error in errors(answer))


def test_the_page_tells_how_far_each_member_is_and_shows_no_link() -> None:
    made = Round()
    client = signed_in(made.champion)
    said = press(client, made, "_invite", "all")
    assert "A link was mailed to: Nurse A, Nurse B." in said
    made.rate_all(made.uk, note="Canary")
    checklists.submit(made.uk)
    shown = page(client.get(address(made)))
    rows = [" ".join(row.get_text(" ").split()) for row in shown.select("#parts-group tbody tr")]
    assert len(rows) == 2
    assert all("1 person" in row for row in rows)
    assert "Leave out" in rows[1]
    assert "Leave out" not in rows[0]
    assert shown.select_one("#content form button")["name"] == "_continue"  # what Enter presses
    assert "1 of 2" in client.get(url(registry.Checklist, "changelist")).text
    tokens = {re.search(r"/checklists/([\w-]+)/", m.text)[1] for m in OutgoingMail.objects.all()}
    pages = [client.get(address(made)), client.get(url(registry.Checklist, "changelist"))]
    pages.append(client.get(url(registry.Checklist, "history", made.checklist.pk)))
    assert len(tokens) == 2
    for each in [said, *(answer.text for answer in pages)]:
        assert not any(token in each for token in tokens)
        assert "Canary" not in each


def test_links_are_sent_again_and_withdrawn_member_by_member() -> None:
    made = Round()
    client = signed_in(made.champion)
    press(client, made, "_invite", made.uk.pk)
    assert [link.part for link in SignedLink.objects.open(timezone.now())] == [made.uk]
    assert "Links withdrawn: 1." in press(client, made, "_withdraw", made.uk.pk)
    assert not SignedLink.objects.open(timezone.now()).exists()
    press(client, made, "_invite", made.uk.pk)
    assert SignedLink.objects.open(timezone.now()).count() == 1
    press(client, made, "_invite", "9" * 30)
    assert SignedLink.objects.count() == 2


def test_closing_early_hears_who_has_to_agree_first() -> None:
    made = Round()
    client = signed_in(made.champion)
    press(client, made, "_invite", "all")
    made.submit(made.uk)
    assert "Ninewells has to agree first" in press(client, made, "_close_early")
    checklists.compare_early(made.uk, is_willing=True)
    assert "can compare now" in press(client, made, "_close_early", reason="They wait")
    made.checklist.refresh_from_db()
    assert made.checklist.state == "compared"
    assert made.checklist.history.first().history_change_reason == "They wait"
    assert [m.to for m in OutgoingMail.objects.filter(kind="checklist_compared")] == [
        "a@example.org"
    ]


def test_abandoning_withdraws_the_links_and_takes_the_buttons_away() -> None:
    made = Round()
    client = signed_in(made.champion)
    press(client, made, "_invite", "all")
    assert "Abandoned" in press(client, made, "_abandon")
    assert not SignedLink.objects.open(timezone.now()).exists()
    assert not page(client.get(address(made))).select("button[name^=_]:not([hidden])")


def test_strangers_press_nothing() -> None:
    made = Round()
    data = submitted(signed_in(made.champion), address(made)) | {"_invite": "all"}
    for stranger in (make_champion(make_board()), make_auditor()):
        answer = signed_in(stranger).post(address(made), data, follow=True)
        assert "mailed" not in answer.text
    assert not OutgoingMail.objects.exists()
