"""Examples of the verbs of checklists: see verbs.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from partnerships import models as registry
from partnerships.models import User
from partnerships.services import (
    actions,
    agreeing,
    answering,
    checklists,
    inviting,
    links,
    plan_reminders,
)
from tests.partnerships.test_strangers import World

WHY = "Because of the test"
NOW = timezone.now()


def asked_again(w: World) -> registry.ActionPoint:
    point = w.compare()
    checklists.agree(w.part)
    checklists.ask_again(w.round, reason=WHY)
    return point


def carried(w: World) -> registry.ActionPoint:
    """An unfinished point of an agreed round, gone on with in the next."""
    point = w.compare()
    for part in w.round.parts.all():
        checklists.agree(part)
    again = checklists.open_round(partnership=w.record, framework=w.framework, by=w.champion)
    for part in again.parts.all():
        checklists.rate(part, hallmark=w.hallmark, level="2")
        checklists.submit(part)
    return actions.carry(point, part=again.parts.get(member=w.member))


def checklist_link(w: World) -> registry.SignedLink:
    token = links.make(purpose="checklist", part=w.part, at=NOW)
    return answering.asked(token, at=NOW)


def submitted(w: World) -> bool:
    saved_page(w)
    link = checklist_link(w)
    return answering.submit(link, seen=answering.standing(link).version, at=NOW)


def saved_page(w: World) -> object:
    said = answering.Said("2", "Seen")
    typed = {w.hallmark: answering.Typed(said, answering.Said().mark)}
    return answering.save_page(checklist_link(w), typed=typed, at=NOW)


OF_CHECKLISTS: dict[str, Callable[[World, User], object]] = {
    "checklists.rate": lambda w, by: checklists.rate(w.part, hallmark=w.hallmark, level="2"),
    "checklists.submit": lambda w, by: w.ready_early(),
    "checklists.compare_early": lambda w, by: w.ready_early(),
    "answering.save_page": lambda w, by: saved_page(w),
    "answering.submit": lambda w, by: submitted(w),
    "answering.compare_early": lambda w, by: (
        w.ready_early(),
        answering.compare_early(checklist_link(w), is_willing=False, at=NOW),
    ),
    "inviting.invite": lambda w, by: inviting.invite(w.round, by=by, at=NOW),
    "inviting.withdraw": lambda w, by: inviting.withdraw(w.round, by=by, at=NOW),
    "plan_reminders.remind": lambda w, by: (w.compare(), plan_reminders.remind(at=NOW)),
    "inviting.tell_compared": lambda w, by: (
        w.compare(),
        inviting.tell_compared(w.round, at=NOW),
    ),
    "inviting.tell_abandoned": lambda w, by: (
        w.compare(),
        inviting.tell_abandoned(checklists.abandon(w.round, by=by, reason="Over"), at=NOW),
    ),
    "inviting.tell_willing": lambda w, by: (
        w.ready_early(),
        inviting.tell_willing(w.round, at=NOW),
    ),
    "inviting.remind": lambda w, by: (
        inviting.invite(w.round, by=by, at=NOW),
        inviting.remind(at=NOW + timedelta(days=40)),
    ),
    "checklists.agree": lambda w, by: (w.compare(), checklists.agree(w.part)),
    "checklists.ask_again": lambda w, by: [asked_again(w)],
    "actions.add": lambda w, by: w.compare(),
    "actions.change": lambda w, by: [
        actions.change(point, part=w.part, seen=actions.version_of(point), due_on=date(2027, 1, 1))
        for point in [w.compare()]
    ],
    "actions.set_progress": lambda w, by: actions.set_progress(
        w.compare(), part=w.part, progress="done", seen="to_do"
    ),
    "actions.carry": lambda w, by: [carried(w)],
    "agreeing.agree": lambda w, by: (
        w.compare(),
        agreeing.agree(w.part, seen=agreeing.version_of_round(w.round)),
    ),
    "agreeing.share": lambda w, by: (w.compare(), agreeing.share(w.part, is_willing=True)),
    "agreeing.write_answers": lambda w, by: [
        w.compare(),
        *(
            agreeing.write_answers(w.part, said={w.hallmark.pk: said})
            for said in (
                agreeing.Said("2", "Both say so.", agreeing.version_of_answer(None)),
                agreeing.Said("", "", agreeing.digest(("2", "Both say so."))),
            )
        ),
    ],
}
OF_CHECKLISTS_READERS = {
    "actions.carried",
    "actions.offered",
    "actions.version_of",
    "agreeing.digest",
    "agreeing.version_of_answer",
    "agreeing.version_of_round",
    "answering.asked",
    "answering.standing",
    "inviting.of_living",
    "inviting.parts_of",
    "inviting.reachable",
    "reaching.dead_among",
    "reaching.is_address",
    "reaching.keepers_of",
    "reaching.members_of_keepers",
    "reaching.people_of",
    "reaching.takes_part",
    "checklists.check_list_is_open",
    "checklists.hallmarks_of",
    "checklists.is_compared",
    "checklists.ratings_visible_to",
    "checklists.check_may_answer",
    "checklists.check_may_edit",
    "checklists.locked",
    "checklists.unrated_by",
}
