"""Coordinators and consents: who may keep them, and what each consent records."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from partnerships.choices import ConsentPurpose
from partnerships.models import Consent, Coordinator
from partnerships.services import coordinators
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_partnership,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def board():
    return make_board()


@pytest.fixture
def champion(board):
    return make_champion(board)


@pytest.fixture
def member(board):
    return make_partnership(health_board=board).members.first()


def test_the_boards_champion_names_changes_and_removes_a_person(member, champion) -> None:
    person = coordinators.add(
        member=member, by=champion, values={"name": "Grace Banda"}, reason="Agreed by telephone"
    )
    assert coordinators.change(person, by=champion, values={"telephone": "+265 1 234"})
    assert not coordinators.change(person, by=champion, values={"telephone": "+265 1 234"})
    assert person.history.count() == 2
    coordinators.remove(person, by=champion, reason="Asked to be forgotten")
    assert not Coordinator.objects.exists()


@pytest.mark.parametrize("kind", [make_user, make_auditor, lambda: make_champion(make_board())])
def test_nobody_else_does(member, champion, kind) -> None:
    stranger = kind()
    person = make_coordinator(member)
    with pytest.raises(NotAllowed):
        coordinators.add(member=member, by=stranger, values={"name": "Somebody"})
    with pytest.raises(NotAllowed):
        coordinators.change(person, by=stranger, values={"name": "Somebody"})
    with pytest.raises(NotAllowed):
        coordinators.give_consent(
            person, purpose=ConsentPurpose.SHOW_NAME, notice_version="1", how="?", by=stranger
        )
    with pytest.raises(NotAllowed):
        coordinators.remove(person, by=stranger, reason="")
    assert list(Coordinator.objects.exclude(pk=person.pk)) == []


def test_a_person_cannot_be_moved_to_or_from_another_boards_record(member, champion) -> None:
    theirs = make_partnership(health_board=make_board()).members.first()
    own = make_coordinator(member)
    other = make_coordinator(theirs)
    with pytest.raises(NotAllowed):
        coordinators.change(own, by=champion, values={"member": theirs})
    with pytest.raises(NotAllowed):
        coordinators.change(other, by=champion, values={"member": member})


def test_a_consent_is_given_once_withdrawn_once_and_kept(member, champion) -> None:
    person = make_coordinator(member)
    given = {"purpose": ConsentPurpose.SHOW_NAME, "notice_version": "2026-01", "how": "By e-mail"}
    consent = coordinators.give_consent(person, by=champion, at=NOW, **given)
    assert (consent.given_at, consent.recorded_by) == (NOW, champion)
    assert list(Coordinator.objects.consenting_to(ConsentPurpose.SHOW_NAME)) == [person]
    assert list(Coordinator.objects.consenting_to(ConsentPurpose.SURVEYS)) == []
    with pytest.raises(ValidationError, match="stands already"):
        coordinators.give_consent(person, by=champion, at=NOW, **given)

    coordinators.withdraw_consent(person, purpose=ConsentPurpose.SHOW_NAME, by=champion, at=NOW)
    assert list(Coordinator.objects.consenting_to(ConsentPurpose.SHOW_NAME)) == []
    with pytest.raises(NotAllowed, match="nothing to withdraw"):
        coordinators.withdraw_consent(person, purpose=ConsentPurpose.SHOW_NAME, by=champion, at=NOW)
    coordinators.give_consent(person, by=make_unit(), at=NOW, **given)
    assert Consent.objects.count() == 2
