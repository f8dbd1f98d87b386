"""A link is good for whom it was made: not for a stranger's address, nor for who has left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from partnerships.choices import LinkPurpose
from partnerships.models import Coordinator
from partnerships.services import answering, answers, coordinators, links, responses
from partnerships.services.links import LinkRefused
from tests.factories.checklists import Round
from tests.factories.evaluations import make_invitation, make_round

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = timezone.now()
OPENS = {
    LinkPurpose.CONFIRMATION: answers.asked,
    LinkPurpose.CHECKLIST: answering.asked,
    LinkPurpose.EVALUATION: responses.asked,
}


def made(purpose: str) -> tuple[Coordinator, str, Round]:
    """A person, the token of a link, and the round that knows the champion."""
    around = Round()
    person, about = around.person(around.partner), {}
    if purpose == LinkPurpose.CONFIRMATION:
        about = {"partnership": around.partnership, "side": "partner"}
    elif purpose == LinkPurpose.CHECKLIST:
        about = {"part": around.partner}
    else:
        about = {"invitation": make_invitation(make_round(), around.partner.member)}
    return person, links.make(purpose=purpose, coordinator=person, at=NOW, **about), around


@pytest.mark.parametrize("purpose", list(OPENS))
def test_a_corrected_address_closes_the_links_that_went_to_the_old_one(purpose) -> None:
    person, token, around = made(purpose)
    same = {"email": person.email.upper(), "telephone": "1"}
    coordinators.change(person, by=around.champion, values=same)
    OPENS[purpose](token, at=NOW)

    coordinators.change(person, by=around.champion, values={"email": "right@example.org"})

    with pytest.raises(LinkRefused, match="withdrawn"):
        OPENS[purpose](token, at=NOW)


def test_another_member_closes_them_too() -> None:
    person, token, around = made(LinkPurpose.CONFIRMATION)

    coordinators.change(person, by=around.champion, values={"member": around.uk.member})

    with pytest.raises(LinkRefused, match="withdrawn"):
        answers.asked(token, at=NOW)


@pytest.mark.parametrize("purpose", list(OPENS))
def test_who_has_left_opens_nothing(purpose) -> None:
    person, token, around = made(purpose)
    today = timezone.localdate(NOW)
    coordinators.change(person, by=around.champion, values={"until": today})
    OPENS[purpose](token, at=NOW)

    with pytest.raises(LinkRefused, match="not a coordinator any more"):
        OPENS[purpose](token, at=NOW + timedelta(days=1))
