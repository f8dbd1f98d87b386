"""An example of every verb of `partnerships.services`, and which verbs need none, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from partnerships import models as registry
from partnerships.acts import acts_of
from partnerships.models import Agreement, Coordinator, User
from partnerships.policies.record_version import version_of
from partnerships.services import (
    answers,
    api_keys,
    by_date,
    champions,
    coordinators,
    decisions,
    desk,
    details,
    erasing,
    import_batches,
    imports,
    links,
    lookalikes,
    merging,
    partnerships,
    parts,
    questionnaires,
    reference,
    reminders,
    resources,
    reverting,
    signing_in,
    suggestions,
    telling,
    undoing,
    users,
)
from partnerships.services.parts import Parts
from partnerships.services.unconfirmed import Draft
from tests.factories.evaluations import make_questionnaire
from tests.factories.imports import ROW, applied, csv_of, make_small_registry, planned_institutions
from tests.factories.records import (
    make_api_key,
    make_coordinator,
    make_institution,
    make_partnership,
    make_suggestion,
    make_topic,
)
from tests.factories.second_factors import enrolled
from tests.partnerships.checklist_verbs import OF_CHECKLISTS, OF_CHECKLISTS_READERS
from tests.partnerships.evaluation_verbs import EXAMPLES as OF_EVALUATIONS
from tests.partnerships.evaluation_verbs import READERS as READERS_OF_EVALUATIONS
from tests.partnerships.import_world import row_of
from tests.partnerships.test_strangers import OF_THE_BOARD, OF_THE_UNIT, World, changed

Verb = Callable[[World, User], object]
WHY = "Because of the test"
NOW = timezone.now()
IN_A_YEAR = NOW + timedelta(days=400)

#: Columns that follow from other rows, or say when software called: their changes keep no row.
DERIVED = {
    "Institution": {"search_text"},
    "Partnership": {"member_count", "country_count", "modified_at"},
    "ApiKey": {"last_used_on"},
    "ChecklistMember": {"saved_at"},
    "Resource": {"modified_at"},
}


def waiting() -> registry.Suggestion:
    return make_suggestion(make_partnership())


EXAMPLES: dict[str, Verb] = {
    **OF_CHECKLISTS,
    **OF_THE_UNIT,
    **OF_THE_BOARD,
    "api_keys.issue_key": lambda w, by: api_keys.issue_key(
        registry.ApiKey(
            name="K", organisation="O", contact="k@example.org", expires_at=NOW + timedelta(9)
        ),
        by=by,
    ),
    "api_keys.save": lambda w, by: api_keys.save(changed(make_api_key()[0], name="New"), by=by),
    "api_keys.revoke_key": lambda w, by: api_keys.revoke_key(make_api_key()[0], by=by),
    "api_keys.note_use": lambda w, by: api_keys.note_use(make_api_key()[0], on=date(2026, 5, 1)),
    "champions.save": lambda w, by: champions.save(
        changed(w.champion.tenures.get(), since=date(2021, 1, 1)), by=by
    ),
    "champions.cover_vacancy": lambda w, by: champions.cover_vacancy(
        email=w.champion.email, board=w.board, until=date(2100, 1, 1), by=by
    ),
    "coordinators.add": lambda w, by: coordinators.add(
        member=w.member, by=by, values={"name": "B"}
    ),
    "coordinators.save": lambda w, by: coordinators.save(
        Coordinator(member=w.member, name="B"), by=by
    ),
    "coordinators.give_consent": lambda w, by: [consent(w, by)],
    "coordinators.withdraw_consent": lambda w, by: (
        consent(w, by),
        coordinators.withdraw_consent(w.person, purpose="surveys", by=by),
    ),
    "decisions.accept": lambda w, by: decisions.accept(waiting(), by=by),
    "decisions.return_with_words": lambda w, by: decisions.return_with_words(
        waiting(), by=by, answer="Which?"
    ),
    "decisions.decline": lambda w, by: decisions.decline(waiting(), by=by, answer="No."),
    "desk.confirm": lambda w, by: desk.confirm(
        w.record.pk, side="uk", how="Seen", seen=version_of(w.record.modified_at), by=by
    ),
    "desk.end": lambda w, by: desk.end(
        w.record.pk, why="Over", seen=version_of(w.record.modified_at), by=by
    ),
    "desk.moderate": lambda w, by: moderated_on_the_desk(by),
    "desk.renew": lambda w, by: desk.renew(agreement(w).pk, until=date(2099, 1, 1), by=by),
    "desk.tell_apart": lambda w, by: desk.tell_apart(w.record.pk, make_partnership().pk, by=by),
    "desk.take_back": lambda w, by: [
        desk.take_back(done.undo or {}, by=by)
        for done in (
            desk.renew(agreement(w).pk, until=date(2099, 1, 1), by=by),
            desk.tell_apart(w.record.pk, make_partnership().pk, by=by),
        )
    ],
    "erasing.erase_suggesters": lambda w, by: erasing.erase_suggesters(at=IN_A_YEAR),
    "lookalikes.tell_apart": lambda w, by: lookalikes.tell_apart(
        w.record, make_partnership(), by=by
    ),
    "lookalikes.take_back": lambda w, by: [told_apart_and_back(w, by)],
    "partnerships.create": lambda w, by: partnerships.create(
        by=by,
        values={"name": "A", "slug": "a", "kind": "network"},
        parts=Parts(members=[w.shared], topics=[w.topic]),
    ),
    "partnerships.save": lambda w, by: partnerships.save(changed(w.record, name="New"), by=by),
    "partnerships.settle": lambda w, by: partnerships.settle(w.record, by=by),
    "partnerships.delete": lambda w, by: partnerships.delete(
        make_partnership(moderation="draft"), by=by, reason=WHY
    ),
    "parts.set_parts": lambda w, by: parts.set_parts(
        make_partnership(),
        Parts(members=[make_institution()], topics=[make_topic()], declared_countries=[w.country]),
        by=by,
        reason=WHY,
    ),
    "resources.touch": lambda w, by: resources.touch(w.resource),
    "suggestions.propose": lambda w, by: make_suggestion(w.record),
    "users.system_user": lambda w, by: users.system_user(),
}
EXAMPLES |= {
    "imports.apply": lambda w, by: imported(by),
    "imports.apply_institutions": lambda w, by: institutions_imported(by),
    "undoing.undo": lambda w, by: [planned_applied_and_undone(w, by)],
    "imports.create_listed": lambda w, by: imports.create_listed(
        by=users.system_user(),
        values={"name": "A", "slug": "a", "kind": "network"},
        parts=Parts(members=[w.below, w.shared]),
        reason=WHY,
        at=NOW,
    ),
    **OF_EVALUATIONS,
    "questionnaires.save": lambda w, by: questionnaires.save(
        changed(make_questionnaire(), title="New"), by=by
    ),
    "questionnaires.delete": lambda w, by: questionnaires.delete(
        make_questionnaire(), by=by, reason=WHY
    ),
    "questionnaires.from_json": lambda w, by: questionnaires.from_json(
        questionnaires.as_json(make_questionnaire()) | {"version": "9"}, by=by
    ),
    "reference.load_aliases": lambda w, by: reference.load_aliases(by=by),
    "resources.load": lambda w, by: resources.load([], by=by, reason=WHY),
    "answers.answer": lambda w, by: [answered(w, said) for said in ("right", "change", "not_me")],
    "answers.change": lambda w, by: answered(w, "change", Draft("Please look.", {"name": "New"})),
    "answers.settle": lambda w, by: answers.settle(answered(w, "not_me"), by=by),
    "desk.settle": lambda w, by: desk.settle(answered(w, "not_me").pk, by=by),
    "by_date.propose": lambda w, by: [lapsed(w, by), by_date.propose(at=NOW)],
    "reminders.send": lambda w, by: reminders.send(at=IN_A_YEAR),
    "answers.reopen": lambda w, by: [
        answers.settle(row := answered(w, "not_me"), by=by),
        answers.reopen(row, by=by),
    ],
    "merging.merge_institutions": lambda w, by: merging.merge_institutions(
        w.shared, into=make_institution(), by=by, reason=WHY
    ),
    "merging.withdraw_for": lambda w, by: merging.withdraw_for(
        make_partnership(), same_as=w.record, by=by
    ),
    "merging.take_back": lambda w, by: [
        merging.withdraw_for(one := make_partnership(), same_as=w.record, by=by),
        merging.take_back(one, before="listed", by=by),
    ],
    "desk.same": lambda w, by: desk.same(
        (one := make_partnership()).pk,
        same_as=w.record.pk,
        seen={row.pk: version_of(row.modified_at) for row in (one, w.record)},
        by=by,
    ),
    "reminders.ask": lambda w, by: reminders.ask(reachable(w), side="uk", by=by, at=IN_A_YEAR),
    "desk.remind": lambda w, by: desk.remind(
        reachable(w).pk, side="uk", seen=version_of(w.record.modified_at), by=by, at=IN_A_YEAR
    ),
    "reverting.undo": lambda w, by: [reverted(w, by)],
    "signing_in.choose_password": lambda w, by: signing_in.choose_password(w.champion, "a b c d"),
    "signing_in.end_sessions": lambda w, by: signing_in.end_sessions(w.champion, by=by),
    "signing_in.keep_address": lambda w, by: signing_in.keep_address(w.champion),
    "signing_in.reset_second_factor": lambda w, by: signing_in.reset_second_factor(
        enrolled(w.champion), by=by
    ),
    "telling.tell_listed": lambda w, by: telling.tell_listed(w.record, at=NOW),
    "telling.tell": lambda w, by: decisions.decline(told(w), by=by, answer="No."),
}
#: Verbs on rows that keep no history: mail, links and what waits to be confirmed. Test_history
#: says why.
OF_WHAT_PASSES = {"due", "links", "mailboxes", "outbox", "unconfirmed"}
#: Examples that call verbs which have none of their own; only these are watched, which is slow.
MANY = {"imports.apply", "imports.apply_institutions", "undoing.undo", "telling.tell"} | {
    "reminders.send",
    "details.apply",
    "suggestions.propose",
}
#: Loads hundreds of rows: test_history looks at each of them. The second is within another.
ELSEWHERE = {"reference.load", "framework_files.add_values"}
#: What asks and does not write.
READERS = OF_CHECKLISTS_READERS | {
    "answers.asked",
    "answers.given",
    "resources.is_of_stored_link",
    "reverting.label_of",
    "reverting.revertible",
    "signing_in.has_second_factor",
    "signing_in.with_second_factor",
    "suggestions.taken_before",
    "asking.check",
    "asking.check_keeps_lists",
    "institutions.board_above",
    "institutions.shared_beyond",
    "merging.foreseen",
    "merging.refusal",
    "coordinators.check_may_contact",
    "decisions.conflicts",
    "decisions.may_decide",
    "framework_files.as_values",
    "frameworks.corresponding",
    "frameworks.corresponding_each",
    "frameworks.hallmarks_in",
    "frameworks.is_answered",
    "import_batches.listed",
    "import_batches.too_large",
    "imports.parents_first",
    "institutions.affected_partnerships",
    "institutions.may_change",
    "institutions.search_text",
    "links.find",
    "partnerships.check",
    "parts.without_history",
    "proposed_parts.board_above",
    "proposed_parts.by_field",
    "proposed_parts.free_slug",
    "proposed_parts.member_rows",
    "proposed_parts.parts_of",
    "proposed_parts.values_of",
    *READERS_OF_EVALUATIONS,
    "questionnaires.as_json",
    "questionnaires.is_used",
    "snapshots.snapshot",
    "suggestions.drafted",
    "undoing.what_can_be_undone",
    "users.find",
    "users.sign_in_link",
    "vocabularies.partnerships_with",
    "writing.changed_fields",
}


def consent(w: World, by: User) -> object:
    given = {"purpose": "surveys", "notice_version": "1", "how": "On paper"}
    return coordinators.give_consent(w.person, by=by, **given)


def agreement(w: World) -> Agreement:
    row = Agreement(partnership=w.record, title="Memorandum", signed_on=date(2020, 1, 1))
    details.apply(written=[row], by=users.system_user())
    return row


def moderated_on_the_desk(by: User) -> object:
    record = make_partnership(moderation="draft")
    seen = version_of(record.modified_at)
    return desk.moderate(record.pk, to="submitted", why="", seen=seen, by=by)


def told_apart_and_back(w: World, by: User) -> bool:
    other = make_partnership()
    lookalikes.tell_apart(w.record, other, by=by)
    return lookalikes.take_back(w.record, other, by=by)


def reachable(w: World) -> registry.Partnership:
    make_coordinator(w.member, email="ann@example.org")
    return w.record


def answered(w: World, said: str, draft: Draft | None = None) -> registry.LinkAnswer:
    token = links.make(purpose="confirmation", partnership=w.record, side="uk", at=NOW)
    link = links.find(token, purpose="confirmation", at=NOW)
    if draft:
        return answers.change(link, draft, at=NOW)
    return answers.answer(link, answer=said, words="Please look.", at=NOW)


def lapsed(w: World, by: User) -> object:
    over = {"ended_on": date(2020, 1, 1), "ended_precision": "day"}
    return partnerships.update(w.record, by=by, values=over)


def reverted(w: World, by: User) -> object:
    """All history so far is a day old, so that what follows is an act of its own."""
    yesterday = NOW - timedelta(days=1)
    for model in (registry.Partnership, registry.Member, registry.PartnershipTopic):
        model.history.update(history_date=yesterday)
    partnerships.update(w.record, by=by, values={"summary": "To be taken back"})
    return reverting.undo(w.record, act=acts_of(w.record)[-1].key, by=by)


def told(w: World) -> registry.Suggestion:
    sender = suggestions.Sender("public_form", name="Somebody", email="s@example.org")
    return make_suggestion(w.record, sender=sender)


def imported(by: User) -> object:
    make_small_registry()
    return applied(csv_of(ROW), by=by)


def institutions_imported(by: User) -> object:
    make_small_registry()
    row = {"id": "zomba-central", "name": "Zomba Central Hospital", "kind": "hospital"}
    plan = planned_institutions(csv_of(row | {"country": "MW"}))
    return imports.apply_institutions(plan, by=by, at=NOW)


def planned_applied_and_undone(w: World, by: User) -> list[object]:
    make_small_registry()
    gone: list[object] = []
    for row in (ROW, row_of(w.record, summary="After")):
        told = {"content": csv_of(row), "name": "a.csv", "by": by, "at": timezone.now()}
        import_batches.discard(import_batches.plan(**told), by=by)
        planned = import_batches.plan(**told)
        numbers = list(planned.rows.values_list("number", flat=True))
        run = import_batches.apply_rows(planned, numbers=numbers, by=by, at=timezone.now())
        gone.append(undoing.undo(run, by=by, at=timezone.now()))
    return gone
