"""To whom no link goes: those who keep the record for the partner's side, one address for two."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from partnerships.models import Checklist, OutgoingMail
from partnerships.services import coordinators, inviting
from partnerships.services.invitable import candidate_of
from partnerships.services.reaching import ELSEWHERE, KEEPS, LEFT, NO_ADDRESS, people_of
from tests.factories.checklists import Round
from tests.factories.evaluations import make_willing
from tests.factories.records import make_champion, make_coordinator, make_partnership, make_unit
from tests.mapapp.admin.pages import page, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def reasons(made: Round, part: Any) -> dict[str, str]:
    part = inviting.parts_of(made.checklist)[[made.uk.pk, made.partner.pk].index(part.pk)]
    return {person.email: why_not for person, why_not in people_of(part, today=TODAY)}


def test_whoever_keeps_the_record_gets_no_link_of_the_partners_side() -> None:
    made, unit, former = Round(), make_unit(), make_champion()
    keepers = [make_champion(made.board), made.champion, unit]
    for part in (made.uk, made.partner):
        for user in (*keepers, former):
            make_coordinator(part.member, email=f"{part.pk}{user.email}")
    theirs = [*made.partner.member.coordinators.order_by("pk")][1:]
    for person, user in zip(theirs, (*keepers, former), strict=True):
        values = {"email": user.email.upper()}
        coordinators.change(person, by=made.champion, values=values)
    assert list(reasons(made, made.partner).values()) == ["", KEEPS, KEEPS, KEEPS, ""]

    client = signed_in(made.champion)
    address = url(Checklist, "change", made.checklist.pk)
    assert page(client.get(address)).text.count(KEEPS) == 3
    invited = inviting.invite(made.checklist, by=made.champion, parts=[made.partner], at=NOW)
    assert [why_not for _, why_not in invited.passed_over] == [KEEPS] * 3
    sent = {mail.to.lower() for mail in OutgoingMail.objects.all()}
    assert sent == {"b@example.org", former.email}


def test_of_the_own_side_a_champion_may_answer_and_every_side_is_told() -> None:
    made = Round()
    told = "Somebody who answers for Ninewells also keeps the record"
    token = made.token(made.partner)
    start, compared = f"/checklists/{token}/", f"/checklists/{token}/comparison/"
    assert told not in Client().get(start).text
    make_coordinator(made.uk.member, email=made.champion.email)
    assert reasons(made, made.uk)[made.champion.email] == ""
    for part in (made.uk, made.partner):
        made.submit(part)
    for address in (start, compared):
        assert told in Client().get(address).text


def test_one_address_stands_for_the_member_that_it_was_named_or_asked_for_first() -> None:
    made = Round()
    change = {"by": made.champion, "values": {"email": "Same@example.org"}}
    coordinators.change(made.person(made.partner), **change)
    make_coordinator(made.uk.member, email="same@example.org")
    make_coordinator(made.uk.member)
    assert list(reasons(made, made.uk).values()) == ["", ELSEWHERE, NO_ADDRESS]
    assert reasons(made, made.partner) == {"Same@example.org": ""}
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    # An older row that takes over an address that was asked for another member gets nothing.
    oldest = made.uk.member.coordinators.earliest("pk")
    coordinators.change(oldest, by=made.champion, values={"email": "same@example.org"})
    assert set(reasons(made, made.uk).values()) == {ELSEWHERE, NO_ADDRESS}
    made.partnership.members.update(until=TODAY.year - 1)
    assert reasons(made, made.partner) == {"Same@example.org": LEFT}


def test_evaluations_ask_by_the_same_rules() -> None:
    record = make_partnership(health_board=Round().board)
    uk, partner = sorted(record.members.all(), key=lambda each: each.side != "uk")
    champion = make_champion(record.health_board)
    for member in (uk, partner):
        make_willing(member, champion.email)
    assert candidate_of(uk, at=NOW).why_not == ""
    assert candidate_of(partner, at=NOW).why_not == KEEPS
    make_willing(uk, "one@example.org")
    make_willing(partner, "ONE@example.org")
    assert candidate_of(partner, at=NOW).why_not == ELSEWHERE
