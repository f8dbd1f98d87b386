"""A round of the shape of the study of 2006: 14 links, 22 coordinators, 13 in the UK, 9 elsewhere.

The answers are made up. Links are numbered from 0: the UK side of links 0 to 12 answers, the
partner side of links 5 to 13, so both sides of 5 to 12, which are eight.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from partnerships.choices import LinkPurpose, RoundState
from partnerships.models import HealthBoard, Member, Partnership, Round, User
from partnerships.services import evaluation_reports, evaluations, responses
from partnerships.services import links as links_service
from tests.factories.evaluations import (
    make_invitation,
    make_response,
    make_round,
    make_willing,
)
from tests.factories.records import (
    make_board,
    make_institution,
    make_partnership,
    make_unit,
)

UK_LINKS, PARTNER_LINKS = range(13), range(5, 14)


def uk_answers(link: int) -> dict[str, Any]:
    """
    A8  several professions 0–5 (6), one 6–8 (3), the community 9–10 (2), no answer 11–12 (2)
    A9  one profession 0–8 (9), several 9–10 (2), no answer 11–12 (2)
    B1  4 for 0–7 (8), 1 for 8–12 (5)
    C1  skills 0–11 (12), awareness 0–7 (8), friendships 0–4 (5), development 0–3 (4), morale never
    D2  harm at link 7, which is private
    E   funding: major 0–8 (9), minor 9–12 (4); culture: major 0–4 (5), minor 5–12 (8);
        communication: none 0–1, minor 2–4, major 5–7, no answer 8–12
    F1  recognition 0–9 (10), coordination 0–5 (6), grants 6–12 (7)
    """
    staff = [("skills", 12), ("awareness", 8), ("friendships", 5), ("development", 4)]
    answers: dict[str, Any] = {
        "B": {"B1": "4" if link < 8 else "1"},
        "C1_staff": [code for code, below in staff if link < below],
        "C2": f"A change at UK link {link}",
        "D2": "yes" if link == 7 else "no",
        "D2_words": f"Canary of harm {link}",
        "E": {
            "funding": "major" if link < 9 else "minor",
            "culture": "major" if link < 5 else "minor",
        },
        "F1": ["recognition"] * (link < 10) + ["coordination" if link < 6 else "grants"],
    }
    if not answers["C1_staff"]:
        del answers["C1_staff"]
    if link < 8:
        answers["E"]["communication"] = ("none", "minor", "major")[(link >= 2) + (link >= 5)]
    if link < 11:
        stage = ("several_professions", "one_profession", "community")[(link >= 6) + (link >= 9)]
        answers["A8"] = stage
        answers["A9"] = "one_profession" if link < 9 else "several_professions"
    return answers


def partner_answers(link: int) -> dict[str, Any]:
    """
    A8  several professions 5–9 (5), the community 10–12 (3), no answer 13
    A9  one profession 5–9 (5), several 10–12 (3), no answer 13
    B1  1 for 5–9 (5), 4 for 10–13 (4)
    C1  skills 5–13 (9), awareness 5–9 (5), friendships 5–8 (4)
    E   funding: major 5–10 (6), minor 11–13 (3); culture: none 5–7, minor 8–11, major 12–13
    """
    staff = [("skills", 14), ("awareness", 10), ("friendships", 9)]
    answers: dict[str, Any] = {
        "B": {"B1": "1" if link < 10 else "4"},
        "C1_staff": [code for code, below in staff if link < below],
        "C2": f"A change at partner link {link}",
        "E": {
            "funding": "major" if link < 11 else "minor",
            "culture": ("none", "minor", "major")[(link >= 8) + (link >= 12)],
        },
    }
    if link < 13:
        answers["A8"] = "several_professions" if link < 10 else "community"
        answers["A9"] = "one_profession" if link < 10 else "several_professions"
    return answers


def make_study(*, opened_by: User, **values: Any) -> tuple[Round, list[Partnership]]:
    """A closed round that everybody of 14 links was asked in; words of even links may be quoted.

    Opened, answered through the links of its mails and closed, as people do it.
    """
    board = make_board()
    links = [make_link(number, board) for number in range(14)]
    named = {"name": "Evaluation 2006", "slug": "evaluation-2006"}
    question = f"board={board.institution.slug}"
    study, now = make_round(**named | {"question": question} | values), timezone.now()
    asked = evaluations.open_round(study, by=opened_by, at=now).asked
    assert asked == 28
    for number, link in enumerate(links):
        uk, partner = link.members.order_by("position", "pk")
        if number in UK_LINKS:
            send(study, uk, uk_answers(number), shares_words=number % 2 == 0)
        if number in PARTNER_LINKS:
            send(study, partner, partner_answers(number), shares_words=number % 2 == 0)
    evaluations.close(study, by=opened_by, at=now)
    return study, links


def make_link(number: int, board: HealthBoard) -> Partnership:
    """Between two hospitals, each with a coordinator who agreed to be asked."""
    places = [
        make_institution(f"UK hospital {number} {board.pk}", country="GB"),
        make_institution(f"Hospital abroad {number} {board.pk}", country="MW"),
    ]
    name = f"Link {number} {board.pk}"
    link = make_partnership(name, members=places, health_board=board, moderation="listed")
    for member in link.members.all():
        make_willing(member)
    return link


def send(study: Round, member: Member, answers: dict[str, Any], **consents: bool) -> None:
    now = timezone.now()
    invitation = study.invitations.get(member=member)
    token = links_service.make(purpose=LinkPurpose.EVALUATION, invitation=invitation, at=now)
    asked = responses.asked(token, at=now)
    every = study.questionnaire.form.questions()
    saved = responses.save_page(asked, every, shown={}, typed=answers, at=now)
    assert not saved.wrong, saved.wrong
    responses.submit(asked, consents=consents, at=now)


def make_closed_round(by: User, **values: Any) -> Round:
    now = timezone.now()
    times = {"opened_at": now - timedelta(days=30), "opened_by": by, "closed_at": now}
    return make_round(state=RoundState.CLOSED, **times | values)


def make_reported_round(by: User, **values: Any) -> Round:
    """Closed, with its report drawn up."""
    made = make_closed_round(by, **values)
    evaluation_reports.draw_up(made, by=by, at=timezone.now())
    return made


def make_private_round(partnership: Partnership, *canaries: str) -> Round:
    """Published, of one partnership, of which both sides wrote private things: too few to quote."""
    unit = make_unit()
    made = make_closed_round(unit, slug="evaluation-2006")
    for member in partnership.members.all():
        words = {"A5": 7, "C2": canaries[0], "D2_words": canaries[-1]}
        make_response(make_invitation(made, member), words, shares_words=True)
    now = timezone.now()
    evaluation_reports.draw_up(made, by=unit, at=now)
    evaluation_reports.publish(made, by=unit, with_words=True, reason=canaries[0], at=now)
    return made
