"""Evaluations for tests: the questionnaire as it is loaded, rounds, invitations, responses."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from partnerships.choices import QuestionnaireState
from partnerships.models import (
    Coordinator,
    Invitation,
    Member,
    Partnership,
    Questionnaire,
    Response,
    Round,
    User,
)
from partnerships.services import coordinators
from partnerships.services.reference import FOLDER
from partnerships.services.users import system_user
from tests.factories.mailed import plant_link
from tests.factories.records import make_coordinator, numbers

#: Pages behind a link, by the ends of their names.
LINKED_PAGES = ("start", "page", "review", "paper", "report", "csv")
FILE = FOLDER / "questionnaires" / "health-links-1.json"


def make_questionnaire(**values: Any) -> Questionnaire:
    """The one that the reference data bring, under a version of its own unless told otherwise."""
    given = json.loads(FILE.read_text(encoding="utf-8"))
    given |= {"version": f"t{next(numbers)}", "state": QuestionnaireState.PUBLISHED}
    return Questionnaire.objects.create(**given | values)


def make_round(**values: Any) -> Round:
    """A draft unless told otherwise."""
    number = next(numbers)
    defaults: dict[str, Any] = {"name": f"Round {number}", "slug": f"round-{number}"}
    if "questionnaire" not in values:
        values["questionnaire"] = make_questionnaire()
    return Round.objects.create(**defaults | values)


def make_invitation(asked_in: Round, member: Member, **values: Any) -> Invitation:
    values = {"invited_at": timezone.now(), "partnership": member.partnership} | values
    return Invitation.objects.create(round=asked_in, member=member, **values)


def make_response(invitation: Invitation, answers: Any = None, **values: Any) -> Response:
    """Submitted, unless `submitted_at=None`."""
    now = timezone.now()
    values = {"saved_at": now, "submitted_at": now} | values
    return Response.objects.create(invitation=invitation, answers=answers or {}, **values)


def make_willing(member: Member, email: str = "", **values: Any) -> Coordinator:
    """A coordinator with an address who agreed to be invited to surveys."""
    email = email or f"willing{next(numbers)}@example.org"
    person = make_coordinator(member, email=email, **values)
    coordinators.give_consent(
        person, purpose="surveys", notice_version="1", how="On paper", by=system_user()
    )
    return person


def plant_evaluation(record: Partnership, *, by: User, told: str = "", **tokens: str) -> None:
    """An open round with a link for each side, under a token that a test can name: `uk=` and
    `partner=`. Where something is `told`, the UK side has said it everywhere, and sent it."""
    now = timezone.now()
    asked_in = make_round(name="How links are", state="open", opened_at=now, opened_by=by)
    members = record.members.select_related("institution").order_by("-position", "-pk")
    for side, member in {member.side: member for member in members}.items():
        invitation = make_invitation(asked_in, member)
        if token := tokens.get(side):
            plant_link(token, purpose="evaluation", invitation=invitation)
        if told and side == "uk":
            questions = asked_in.questionnaire.form.questions()
            words = {question.code: told for question in questions if question.kind == "words"}
            make_response(invitation, words, shares_words=True)
