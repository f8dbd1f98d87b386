"""For each constraint of mail and links: a row that it refuses, and a neighbour that it takes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from partnerships.models import LinkAnswer, Mailbox, OutgoingMail, Reminder, SignedLink
from tests.factories.records import make_suggestion
from tests.partnerships.constraint_cases import Case, fixed
from tests.partnerships.constraint_world import EARLY, EVENING, MORNING, World


def mail(world: World) -> dict[str, Any]:
    return {
        "once": "a",
        "kind": "trial",
        "to": "ann@example.org",
        "subject": "News",
        "text": "News.",
        "html": "<p>News.</p>",
        "message_id": "<a@example.org>",
        "next_attempt_at": MORNING,
        "created_at": MORNING,
    }


def link(world: World) -> dict[str, Any]:
    return {
        "digest": "0" * 64,
        "purpose": "confirmation",
        "partnership": world.partnership,
        "side": "uk",
        "created_at": MORNING,
        "expires_at": EVENING,
    }


def following(world: World) -> dict[str, Any]:
    of = {"purpose": "suggestion", "suggestion": make_suggestion(world.partnership)}
    return link(world) | of | {"partnership": None, "side": ""}


def ending(world: World) -> dict[str, Any]:
    mailbox = Mailbox.objects.get_or_create(digest="1" * 64)[0]
    of = {"purpose": "unsubscribe", "mailbox": mailbox, "partnership": None, "side": ""}
    return link(world) | of


def reminder(world: World) -> dict[str, Any]:
    box = Mailbox.objects.get_or_create(digest="1" * 64)[0]
    about = {"partnership": world.partnership, "counted_from": EARLY, "mailbox": box}
    return about | {"side": "uk", "step": "first", "put_at": MORNING}


def answer(world: World) -> dict[str, Any]:
    opened = SignedLink.objects.create(**link(world) | {"digest": uuid4().hex})
    about = {"link": opened, "partnership": world.partnership, "side": "uk"}
    return about | {"answer": "right", "answered_at": MORNING}


def rating(world: World) -> dict[str, Any]:
    return {
        "digest": "3" * 64,
        "purpose": "checklist",
        "part": world.part,
        "created_at": MORNING,
        "expires_at": EVENING,
    }


RECORD = "signed_link_for_one_record"
CASES = [
    Case("outgoing_mail_state_known", OutgoingMail, fixed(state="lost"), fixed(state="failed"),
         mail),
    Case("outgoing_mail_sent_with_time", OutgoingMail, fixed(state="sent"),
         fixed(state="sent", sent_at=EVENING), mail, label="no time"),
    Case("outgoing_mail_sent_with_time", OutgoingMail, fixed(sent_at=EVENING),
         fixed(state="bounced", sent_at=EVENING), mail, label="not sent"),
    Case("signed_link_purpose_known", SignedLink, fixed(purpose="all"), fixed(), link),
    Case(RECORD, SignedLink, fixed(partnership=None), fixed(), link, label="no record"),
    Case(RECORD, SignedLink, fixed(side=""), fixed(side="partner"), link, label="no side"),
    Case(RECORD, SignedLink, lambda w: {"partnership": w.partnership}, fixed(), following,
         label="two records"),
    Case(RECORD, SignedLink, fixed(suggestion=None), fixed(), following, label="no suggestion"),
    Case(RECORD, SignedLink, fixed(side="uk"), fixed(), ending, label="all mail of a side"),
    Case(RECORD, SignedLink, fixed(part=None), fixed(), rating, label="no part"),
    Case(RECORD, SignedLink, lambda w: {"partnership": w.partnership}, fixed(), rating,
         label="a part and a record"),
    Case(RECORD, SignedLink, lambda w: {"part": w.part}, fixed(), link,
         label="a record and a part"),
    Case("reminder_once_per_step_and_mailbox", Reminder, fixed(), fixed(step="second"), reminder,
         fixed()),
    Case("reminder_step_known", Reminder, fixed(step="tenth"), fixed(step="unit"), reminder),
    Case("reminder_from_desk_with_who", Reminder, fixed(step="desk"),
         lambda w: {"step": "desk", "asked_by": w.user}, reminder),
    Case("link_answer_known", LinkAnswer, fixed(answer="yes"), fixed(answer="ended"), answer),
    Case("link_answer_settled_with_who", LinkAnswer, fixed(settled_at=EVENING),
         lambda w: {"settled_at": EVENING, "settled_by": w.user}, answer),
]  # fmt: skip
