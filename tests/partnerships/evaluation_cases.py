"""Cases of the constraints on evaluations."""

from __future__ import annotations

from typing import Any

from partnerships.models import Invitation, Questionnaire, Response, Round, SignedLink
from tests.factories.evaluations import make_invitation, make_questionnaire, make_round
from tests.partnerships.constraint_cases import Case, fixed
from tests.partnerships.constraint_world import EVENING, MORNING, World
from tests.partnerships.mail_cases import RECORD, link


def questionnaire(world: World) -> dict[str, Any]:
    known = Questionnaire.objects.first() or make_questionnaire(code="other")
    return {"code": "q", "version": "1", "title": "Q", "definition": known.definition}


def round_(world: World) -> dict[str, Any]:
    known = Questionnaire.objects.first() or make_questionnaire()
    return {"name": "R", "slug": "r", "questionnaire": known}


def opened(world: World) -> dict[str, Any]:
    return round_(world) | {"opened_at": MORNING, "opened_by": world.user}


def closed(world: World) -> dict[str, Any]:
    return opened(world) | {"state": "closed", "closed_at": EVENING}


def invitation(world: World) -> dict[str, Any]:
    known = Round.objects.first() or make_round()
    return {"round": known, "partnership": world.partnership, "invited_at": MORNING}


def invited(world: World) -> dict[str, Any]:
    return {"invitation": make_invitation(make_round(), world.member)}


def answering(world: World) -> dict[str, Any]:
    of = {"purpose": "evaluation", "partnership": None, "side": ""}
    return link(world) | of | invited(world)


TIMES = "round_state_with_times"
CASES = [
    Case("questionnaire_version_once", Questionnaire, fixed(), fixed(version="2"), questionnaire,
         fixed()),
    Case("questionnaire_state_known", Questionnaire, fixed(state="lost"), fixed(state="retired"),
         questionnaire),
    Case(TIMES, Round, fixed(), fixed(state="open"), opened, label="a draft with a time"),
    Case(TIMES, Round, fixed(state="open"), fixed(), round_, label="open without a time"),
    Case(TIMES, Round, fixed(closed_at=None), fixed(), closed, label="closed without a time"),
    Case("round_opened_by_somebody", Round, fixed(opened_by=None), fixed(), closed),
    Case("round_published_when_closed", Round,
         fixed(published_at=EVENING, state="open", closed_at=None), fixed(published_at=EVENING),
         closed),
    Case("round_follows_another", Round, lambda w: {"pk": 77, "follows_id": 77},
         lambda w: {"pk": 77, "follows": make_round()}, round_),
    Case("round_closed_not_before_opened", Round,
         fixed(opened_at=EVENING, closed_at=MORNING), fixed(), closed),
    Case("member_invited_once_per_round", Invitation,
         lambda w: {"member": w.member}, lambda w: {"member": w.other_member}, invitation,
         lambda w: {"member": w.member}),
    Case("response_saved_not_before_submitted", Response,
         fixed(submitted_at=EVENING, saved_at=MORNING),
         fixed(submitted_at=MORNING, saved_at=EVENING), invited),
    Case(RECORD, SignedLink, fixed(invitation=None), fixed(), answering, label="no invitation"),
]  # fmt: skip
