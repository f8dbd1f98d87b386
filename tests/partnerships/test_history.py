"""Every change says who and why; nothing that reaches a person is ever kept in a history."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db.models.signals import post_save
from django.utils import timezone

from partnerships import models as registry
from partnerships.choices import ConsentPurpose
from partnerships.services import (
    actions,
    champions,
    checklists,
    coordinators,
    details,
    institutions,
    partnerships,
    reference,
    users,
    vocabularies,
)
from partnerships.services.parts import Parts
from tests.factories.records import (
    make_board,
    make_framework,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CANARIES = {
    "name": "Canary Mwale",
    "job_title": "Canary of midwifery",
    "email": "canary@example.org",
    "telephone": "+265 999 000 111",
}
#: People edit these through forms or services. What derives from them, what only ever grows, and
#: what an import wrote down keep no history.
WITHOUT_HISTORY = {
    "ChangeMark",
    "ChangeNote",
    "ChangeRun",
    "Confirmation",
    "DataVersion",
    "Decision",
    "DevelopmentGoal",
    "FacetValue",
    "FormerInstitutionSlug",
    "FormerPartnershipSlug",
    "ImportRow",
    "ImportRun",
    "LinkAnswer",
    "Mailbox",
    "OutgoingMail",
    "PlannedImport",
    "PlannedImportRow",
    "PublicLocation",
    "FacetSheet",
    "RecordChange",
    "Reminder",
    "SearchDocument",
    "SignedLink",
    "UnconfirmedSuggestion",
}


def historical_models() -> list[Any]:
    return [
        model
        for model in apps.get_app_config("partnerships").get_models()
        if model.__name__.startswith("Historical")
    ]


def test_every_record_that_people_edit_has_a_history() -> None:
    tables = {model.__name__ for model in historical_models()}
    audited = {name for name in registry.__all__ if f"Historical{name}" in tables}
    models = {model.__name__ for model in apps.get_app_config("partnerships").get_models()}
    edited = models - {name for name in models if name.startswith("Historical")} - WITHOUT_HISTORY
    assert audited == edited


def test_contacts_are_in_no_historical_table() -> None:
    by = make_unit()
    record = make_partnership()
    person = coordinators.add(member=record.members.first(), by=by, values=CANARIES)
    given = {"purpose": ConsentPurpose.SHOW_NAME, "notice_version": "1", "how": "By e-mail"}
    coordinators.give_consent(person, by=by, **given)
    coordinators.change(person, by=by, values={"telephone": CANARIES["telephone"] + "2"})
    coordinators.withdraw_consent(person, purpose=ConsentPurpose.SHOW_NAME, by=by)
    coordinators.remove(person, by=by, reason="Asked to be forgotten")

    rows = [row for model in historical_models() for row in model.objects.values()]
    kept = repr(rows)
    assert registry.Coordinator.history.count() == 3  # the history is there …
    for canary in CANARIES.values():
        assert canary not in kept  # … and says nothing of the person
    columns = {
        field.name
        for model in historical_models()
        for field in model._meta.get_fields()
        if model.__name__ == "HistoricalCoordinator"
    }
    assert columns.isdisjoint(CANARIES)


def test_every_service_says_who_and_why() -> None:
    by, reason = make_unit(), "Because of the test"
    record = make_partnership()
    start = {
        model: set(model.objects.values_list("pk", flat=True)) for model in historical_models()
    }

    made = partnerships.create(
        by=by,
        reason=reason,
        values={"name": "A", "slug": "a", "kind": "network"},
        parts=Parts(
            members=[institution_by(by, reason), *(m.institution for m in record.members.all())],
            topics=[topic_by(by, reason)],
        ),
    )
    partnerships.moderate(made, to="listed", by=make_unit(), reason=reason)
    champions.appoint(email="a@example.org", board=board_by_nobody(), by=by, reason=reason)
    person = coordinators.add(
        member=made.members.first(), by=by, values={"name": "B"}, reason=reason
    )
    coordinators.give_consent(
        person, purpose="surveys", notice_version="1", how="On paper", by=by, reason=reason
    )
    agreement = registry.Agreement(partnership=made, title="Memorandum")
    details.apply(written=[agreement], by=by, reason=reason)
    framework = make_framework()
    round_ = checklists.open_round(partnership=made, framework=framework, by=by, reason=reason)
    part = round_.parts.first()
    hallmark = checklists.hallmarks_of(framework).first()
    checklists.rate(part, hallmark=hallmark, level="2")
    answer_the_rest(round_)
    details.remove(agreement, by=by, reason=reason)

    # Made by the factories here, without a service.
    exempt = (
        "HistoricalFramework",
        "HistoricalPrinciple",
        "HistoricalHallmark",
        "HistoricalUser",
    )
    seen = set()
    for model, before in start.items():
        if model.__name__ in exempt:
            continue
        for row in model.objects.exclude(pk__in=before).order_by("pk"):
            seen.add(model.__name__)
            if row.history_change_reason == checklists.BY_THE_SIDE or agreed(row):
                assert row.history_user is None, row
                continue
            assert row.history_user is not None, row
            assert row.history_change_reason == reason, row
    assert seen >= {
        "HistoricalAgreement",
        "HistoricalChampion",
        "HistoricalChecklist",
        "HistoricalChecklistMember",
        "HistoricalConsent",
        "HistoricalCoordinator",
        "HistoricalInstitution",
        "HistoricalMember",
        "HistoricalPartnership",
        "HistoricalPartnershipTopic",
        "HistoricalRating",
        "HistoricalTopic",
    }


def agreed(row) -> bool:
    """Whether it says what came about when the last member submitted, or agreed."""
    return row.history_change_reason in {
        "Every side has submitted its ratings.",
        "Every side has agreed.",
        "There is one more action point.",
    }


def answer_the_rest(round_) -> None:
    """Both sides rate, submit, agree, are asked again and agree."""
    for part in round_.parts.all():
        for hallmark in checklists.hallmarks_of(round_.framework):
            checklists.rate(part, hallmark=hallmark, level="2")
        checklists.submit(part)
    one, *others = round_.parts.all()
    checklists.agree(one)
    actions.add(one, member=one.member, what="Meet")
    for part in (one, *others):
        checklists.agree(part)


def test_what_services_write_keeps_a_history() -> None:
    """Every row that a service credits to somebody, bar the goals, which never change."""
    written: set[type] = set()

    def note(sender, instance, **_) -> None:
        if hasattr(instance, "_change_reason"):
            written.add(sender)

    post_save.connect(note)
    try:
        reference.load(by=users.system_user(), at=timezone.now())
        test_every_service_says_who_and_why()
    finally:
        post_save.disconnect(note)
    assert {registry.ChecklistMember, registry.Framework, registry.User} <= written
    assert {m for m in written if not hasattr(m, "history")} == {registry.DevelopmentGoal}


def test_who_submitted_and_agreed_is_kept_with_the_part() -> None:
    by = make_unit()
    round_ = checklists.open_round(
        partnership=make_partnership(), framework=make_framework(), by=by
    )
    answer_the_rest(round_)
    rows = list(round_.parts.first().history.order_by("history_id"))
    assert [row.history_type for row in rows] == ["+", "~", "~", "~", "~"]
    told = [(row.history_user, row.history_change_reason) for row in rows[1:]]
    own = (None, checklists.BY_THE_SIDE)
    assert told == [own, own, (None, "There is one more action point."), own]
    assert [bool(row.agreed_at) for row in rows] == [False, False, True, False, True]
    assert rows[1].submitted_at is not None


# What a factory wrote is forgotten, so that only the services under test are judged.


def institution_by(by, reason):
    institution = make_institution()
    institution.city = "Zomba"
    registry.Institution.history.filter(id=institution.pk).delete()
    institutions.save(institution, by=by, reason=reason)
    return institution


def topic_by(by, reason):
    topic = make_topic()
    registry.Topic.history.filter(id=topic.pk).delete()
    topic.label = "Another label"
    vocabularies.save(topic, by=by, reason=reason)
    return topic


def board_by_nobody():
    board = make_board()
    registry.HealthBoard.history.all().delete()
    registry.Institution.history.filter(id=board.pk).delete()
    return board
