"""Every verb asks who acts: strangers are refused with a sentence, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from partnerships import models as registry
from partnerships.choices import InstitutionKind, UserRole
from partnerships.models import User
from partnerships.services import (
    actions,
    champions,
    checklists,
    coordinators,
    details,
    framework_files,
    frameworks,
    health_boards,
    institutions,
    partnerships,
    reference,
    resources,
    twinning,
    users,
    vocabularies,
)
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_country,
    make_framework,
    make_institution,
    make_partnership,
    make_resource,
    make_topic,
    make_unit,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class World:
    """What belongs to one Board or to the unit, and somebody who has nothing to do with it."""

    def __init__(self) -> None:
        self.board = make_board()
        self.champion = make_champion(self.board)
        self.below = make_institution(country="GB", parent=self.board.institution)
        self.shared = make_institution(country="MW")
        self.record = make_partnership(
            health_board=self.board, members=[make_institution(country="GB"), self.shared]
        )
        self.member = self.record.members.first()
        self.person = make_coordinator(self.member)
        self.framework = make_framework(principles=1, hallmarks=1)
        self.spare = make_framework(principles=1, hallmarks=1)
        self.draft = make_framework(principles=1, hallmarks=1, state="draft")
        self.principle = self.draft.principles.get()
        self.round = checklists.open_round(
            partnership=self.record, framework=self.framework, by=self.champion
        )
        self.part = self.round.parts.first()
        self.hallmark = checklists.hallmarks_of(self.framework).get()
        self.link = self.record.topic_links.create(topic=make_topic())
        self.topic, self.country = make_topic(), make_country("NP")
        self.ministries = make_partnership(health_board=self.board, kind="government_twinning")
        self.cycle = registry.TwinningCycle.objects.create(partnership=self.record, number=1)
        self.resource = make_resource(principles=["thet"])
        self.alias = registry.InstitutionAlias(institution=self.shared, name="QECH")

    def compare(self) -> registry.ActionPoint:
        for part in self.round.parts.all():
            checklists.rate(part, hallmark=self.hallmark, level="2")
            checklists.submit(part)
        return actions.add(self.part, member=self.member, what="Meet")

    def ready_early(self) -> registry.ChecklistMember:
        """One member has submitted and would compare without the other."""
        checklists.rate(self.part, hallmark=self.hallmark, level="2")
        checklists.submit(self.part)
        return checklists.compare_early(self.part, is_willing=True)


def one_too_many(w: World) -> registry.ChecklistMember:
    """The part of a second member in Malawi."""
    ends = [make_institution(country=code) for code in ("GB", "MW", "MW")]
    record = make_partnership(health_board=w.board, members=ends)
    told = {"partnership": record, "framework": w.spare, "by": w.champion}
    return checklists.open_round(**told).parts.order_by("pk")[2]


def changed(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row


Verb = Callable[[World, User], object]
WHY = "A stranger's"
#: Verbs that the unit alone may use.
OF_THE_UNIT: dict[str, Verb] = {
    "users.make": lambda w, by: users.make(email="new@example.org", by=by),
    "users.save": lambda w, by: users.save(changed(w.champion, first_name="New"), by=by),
    "users.save, oneself": lambda w, by: users.save(changed(by, role=UserRole.UNIT), by=by),
    "users.let_in": lambda w, by: users.let_in(w.champion, by=by),
    "vocabularies.save": lambda w, by: vocabularies.save(changed(w.topic, label="New"), by=by),
    "vocabularies.retire": lambda w, by: vocabularies.retire(w.topic, by=by),
    "vocabularies.delete": lambda w, by: vocabularies.delete(w.topic, by=by, reason=WHY),
    "vocabularies.save_country": lambda w, by: vocabularies.save_country(
        changed(w.country, common_name="New"), by=by
    ),
    "frameworks.save": lambda w, by: frameworks.save(
        changed(w.framework, source_name="New"), by=by
    ),
    "frameworks.publish": lambda w, by: frameworks.publish(w.draft, by=by),
    "frameworks.retire": lambda w, by: frameworks.retire(w.spare, by=by),
    "frameworks.make_version": lambda w, by: frameworks.make_version(w.spare, version="2", by=by),
    "frameworks.save_rows": lambda w, by: frameworks.save_rows(
        [changed(w.principle, title="New")], by=by
    ),
    "frameworks.correspond_all": lambda w, by: frameworks.correspond_all(
        [(w.hallmark, w.spare.principles.get().hallmarks.get())], by=by
    ),
    "framework_files.add": lambda w, by: framework_files.add(
        (reference.FOLDER / "frameworks" / "who-twinning.json").read_bytes(), by=by
    ),
    "frameworks.save_wording": lambda w, by: frameworks.save_wording(
        changed(w.principle, title="New"), by=by
    ),
    "frameworks.remove_wording": lambda w, by: frameworks.remove_wording(
        w.principle, by=by, reason=WHY
    ),
    "frameworks.correspond": lambda w, by: frameworks.correspond(
        w.hallmark, earlier=w.principle.hallmarks.get(), by=by
    ),
    "frameworks.delete": lambda w, by: frameworks.delete(w.draft, by=by, reason=WHY),
    "health_boards.save": lambda w, by: health_boards.save(changed(w.board, code="S08X"), by=by),
    "resources.save": lambda w, by: resources.save(changed(w.resource, title="New"), by=by),
    "resources.retire": lambda w, by: resources.retire(w.resource, by=by),
    "resources.set_principles": lambda w, by: resources.set_principles(w.resource, [], by=by),
    "resources.found_dead": lambda w, by: resources.found_dead(
        w.resource, problem="404", on=date(2026, 5, 1), by=by
    ),
    "resources.found_working": lambda w, by: resources.found_working(
        w.resource, on=date(2026, 5, 1), by=by
    ),
    "champions.appoint": lambda w, by: champions.appoint(
        email="new@example.org", board=w.board, by=by
    ),
    "champions.end": lambda w, by: champions.end(w.champion.tenures.get(), by=by),
    "champions.hand_over": lambda w, by: champions.hand_over(
        w.champion.tenures.get(), email="new@example.org", by=by
    ),
    "institutions.delete": lambda w, by: institutions.delete(w.below, by=by, reason=WHY),
    "institutions.save, a Board": lambda w, by: institutions.save(
        changed(w.board.institution, name="NHS Renamed"), by=by
    ),
    "details.remove, a term": lambda w, by: details.remove(w.topic, by=by),
}
#: Verbs that the owning Board's champions may use too.
OF_THE_BOARD: dict[str, Verb] = {
    "institutions.save": lambda w, by: institutions.save(changed(w.shared, name="New"), by=by),
    "institutions.save, below": lambda w, by: institutions.save(changed(w.below, name="N"), by=by),
    "institutions.save, a new one below": lambda w, by: institutions.save(
        registry.Institution(
            name="New",
            slug="new",
            kind=InstitutionKind.HOSPITAL,
            country=w.below.country,
            uk_nation="SCT",
            parent=w.board.institution,
        ),
        by=by,
    ),
    "institutions.settle": lambda w, by: institutions.settle(w.shared, by=by),
    "details.apply": lambda w, by: details.apply(written=[w.alias], by=by),
    "details.apply, a member": lambda w, by: details.apply(
        written=[changed(w.member, since=2001)], by=by
    ),
    "details.remove": lambda w, by: details.remove(w.link, by=by),
    "partnerships.update": lambda w, by: partnerships.update(
        w.record, by=by, values={"summary": "New"}
    ),
    "partnerships.moderate": lambda w, by: partnerships.moderate(
        w.record, to="withdrawn", by=by, reason=WHY
    ),
    "partnerships.confirm": lambda w, by: partnerships.confirm(
        w.record, side="uk", by=by, how="By e-mail"
    ),
    "coordinators.change": lambda w, by: coordinators.change(
        w.person, by=by, values={"name": "New"}
    ),
    "coordinators.remove": lambda w, by: coordinators.remove(w.person, by=by, reason=WHY),
    "twinning.open_cycle": lambda w, by: twinning.open_cycle(partnership=w.ministries, by=by),
    "twinning.save": lambda w, by: twinning.save(
        w.cycle, by=by, written=[registry.TwinningStep(cycle=w.cycle, number=3)]
    ),
    "twinning.close_cycle": lambda w, by: twinning.close_cycle(w.cycle, by=by),
    "checklists.open_round": lambda w, by: checklists.open_round(
        partnership=w.record, framework=w.spare, by=by
    ),
    "checklists.close_early": lambda w, by: (
        w.ready_early(),
        checklists.close_early(w.round, by=by),
    ),
    "checklists.leave_out": lambda w, by: checklists.leave_out(one_too_many(w), by=by),
    "checklists.abandon": lambda w, by: checklists.abandon(w.round, by=by, reason=WHY),
}


@pytest.mark.parametrize("verb", OF_THE_BOARD.values(), ids=OF_THE_BOARD)
def test_a_verb_of_the_board_refuses_the_stranger(verb: Verb) -> None:
    with pytest.raises(NotAllowed, match=r"[.]$"):
        verb(World(), make_champion(make_board()))


@pytest.mark.parametrize("who", ["former champion", "auditor", "nobody"])
def test_verbs_refuse_whoever_has_no_say_now(who: str) -> None:
    world = World()
    by = {
        "former champion": lambda: make_champion(world.board, until=date(2021, 1, 1)),
        "auditor": make_auditor,
        "nobody": make_user,
    }[who]()
    for name in ("vocabularies.save", "health_boards.save", "users.save", "users.save, oneself"):
        with pytest.raises(NotAllowed):
            OF_THE_UNIT[name](world, by)
    by.refresh_from_db()
    for name in ("institutions.save", "details.apply", "checklists.abandon", "partnerships.update"):
        with pytest.raises(NotAllowed):
            OF_THE_BOARD[name](world, by)


@pytest.mark.parametrize("verb", OF_THE_UNIT.values(), ids=OF_THE_UNIT)
def test_a_verb_of_the_unit_refuses_champions(verb: Verb) -> None:
    world = World()
    with pytest.raises(NotAllowed, match=r"[.]$"):
        verb(world, world.champion)


@pytest.mark.parametrize("verb", OF_THE_BOARD.values(), ids=OF_THE_BOARD)
def test_a_verb_of_the_board_takes_its_champion(verb: Verb) -> None:
    world = World()
    verb(world, world.champion)


def test_a_champion_does_not_become_the_unit() -> None:
    champion = make_champion()
    champion.role = UserRole.UNIT
    with pytest.raises(NotAllowed):
        users.save(champion, by=champion)
    champion.refresh_from_db()
    assert champion.role == UserRole.NONE


def test_the_unit_makes_and_touches_no_superusers() -> None:
    unit, root, person = make_unit(), make_user(is_superuser=True), make_user()
    for account in (changed(person, is_superuser=True), changed(root, is_superuser=False), unit):
        if account is unit:
            account.is_superuser = True
        with pytest.raises(NotAllowed, match="only a superuser"):
            users.save(account, by=unit)
    root.refresh_from_db()
    assert root.is_superuser
    assert users.save(changed(person, is_superuser=True), by=root)


def test_letting_somebody_in_writes_nothing_else() -> None:
    person = make_user()
    person.role = UserRole.UNIT
    users.let_in(person, by=make_unit())
    person.refresh_from_db()
    assert (person.is_staff, person.role) == (True, UserRole.NONE)


def test_a_row_is_taken_from_no_other_record() -> None:
    world, other = World(), make_board()
    mine = make_partnership(health_board=other)
    with pytest.raises(NotAllowed):
        details.apply(written=[changed(world.member, partnership=mine)], by=make_champion(other))


def test_an_institution_is_put_below_no_other_board() -> None:
    world, champion = World(), make_champion()
    hospital = make_institution(country="GB")
    with pytest.raises(NotAllowed):
        institutions.save(changed(hospital, parent=world.below), by=champion)
    assert institutions.save(changed(hospital, parent=None, name="New"), by=champion)
