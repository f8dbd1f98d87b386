"""Examples of the verbs on evaluations, for verbs.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from partnerships.models import Coordinator, Invitation, Round, User
from partnerships.services import (
    answerers,
    evaluation_mail,
    evaluation_reports,
    evaluations,
    links,
    responses,
)
from tests.factories.evaluations import make_round, make_willing
from tests.factories.records import make_partnership
from tests.partnerships.test_strangers import changed

NOW = timezone.now()
SOON = NOW + timedelta(days=8)


def opened(by: User) -> Round:
    record = make_partnership()
    for member in record.members.all():
        make_willing(member)
    asked_in = make_round(question=f"q={record.name.replace(' ', '+')}")
    evaluations.open_round(asked_in, by=by, at=NOW)
    return asked_in


def invitation(by: User) -> Invitation:
    return opened(by).invitations.select_related("round").order_by("pk")[0]


def closed(by: User) -> Round:
    asked_in = opened(by)
    evaluations.close(asked_in, by=by, at=SOON)
    return asked_in


def asked(by: User) -> responses.Asked:
    token = links.make(purpose="evaluation", invitation=invitation(by), at=NOW)
    found = responses.asked(token, at=NOW)
    question = found.form.question("A5")
    responses.save_page(found, [question], shown={}, typed={"A5": 3}, at=NOW)
    return responses.asked(token, at=NOW)


def taken_away(by: User) -> bool:
    found = asked(by)
    responses.submit(found, consents={"shares_words": True}, at=NOW)
    assert responses.take_away(found, consents={}, at=SOON)
    return True


def answerer(by: User) -> Coordinator:
    person = asked(by).invitation.coordinator
    assert person is not None
    return person


def reported(by: User) -> Round:
    asked_in = closed(by)
    evaluation_reports.draw_up(asked_in, by=by, at=SOON)
    return asked_in


def published(by: User) -> Round:
    asked_in = reported(by)
    evaluation_reports.publish(asked_in, by=by, with_words=True, at=SOON)
    return asked_in


EXAMPLES: dict[str, Any] = {
    "evaluation_reports.draw_up": lambda w, by: [reported(by)],
    "evaluation_reports.publish": lambda w, by: [published(by)],
    "evaluation_reports.take_back": lambda w, by: evaluation_reports.take_back(
        published(by), by=by, reason="Test", at=SOON
    ),
    "evaluations.save": lambda w, by: evaluations.save(changed(make_round(), name="New"), by=by),
    "evaluations.delete": lambda w, by: evaluations.delete(make_round(), by=by, reason="Test"),
    "evaluations.open_round": lambda w, by: [opened(by)],
    "evaluations.remind": lambda w, by: evaluations.remind(opened(by), by=by, at=SOON),
    "evaluations.close": lambda w, by: [closed(by)],
    "evaluations.reopen": lambda w, by: evaluations.reopen(closed(by), by=by, at=SOON),
    "evaluations.revoke": lambda w, by: evaluations.revoke(
        invitation(by), by=by, reason="Test", at=NOW
    ),
    "evaluations.invite_again": lambda w, by: evaluations.invite_again(
        invitation(by), by=by, seen=NOW, at=SOON
    ),
    "evaluations.remind_at_last": lambda w, by: [
        evaluations.save(changed(opened(by), closes_on=SOON.date()), by=by),
        evaluations.remind_at_last(at=SOON),
    ],
    "answerers.drop_draft": lambda w, by: answerers.drop_draft(asked(by).invitation),
    "answerers.drop_drafts": lambda w, by: answerers.drop_drafts(answerer(by)),
    "answerers.forget": lambda w, by: answerers.forget(answerer(by), at=SOON),
    "evaluation_mail.invite": lambda w, by: evaluation_mail.invite(make_round(), [], at=NOW),
    "evaluation_mail.remind": lambda w, by: list(evaluation_mail.remind(opened(by), at=SOON)),
    "responses.save_page": lambda w, by: [asked(by)],
    "responses.submit": lambda w, by: responses.submit(asked(by), consents={}, at=SOON),
    "responses.take_away": lambda w, by: [taken_away(by)],
}
#: What asks and does not write.
READERS = {
    "evaluations.preview",
    "evaluation_mail.due",
    "invitable.answers_for",
    "invitable.askable",
    "invitable.candidate_of",
    "invitable.candidates",
    "invitable.in_words",
    "invitable.search_for",
    "responses.asked",
}
