"""Taking a change back: exactly what it wrote, as a new change, or not at all with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from partnerships.acts import Act, acts_of, state_of
from partnerships.choices import Moderation
from partnerships.models import (
    Activity,
    Agreement,
    Coordinator,
    Funder,
    Funding,
    Institution,
    InstitutionAlias,
    Member,
    Partnership,
    PartnershipTopic,
    User,
)
from partnerships.services import coordinators, details, institutions, partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.parts import Parts
from partnerships.services.reverting import undo
from tests.factories import records
from tests.pages import page, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OTHER_DAY = timedelta(days=1)


def age(record: Any) -> None:
    """Everything that is in the history yet happened a day earlier: what follows is another act."""
    parts = (Agreement, Funding, Coordinator)
    for model in (Partnership, Member, PartnershipTopic, Institution, InstitutionAlias, *parts):
        for row in model.history.all():
            model.history.filter(history_id=row.history_id).update(
                history_date=row.history_date - OTHER_DAY
            )


@pytest.fixture
def champion() -> User:
    return records.make_champion(records.make_board())


@pytest.fixture
def record(champion: User) -> Partnership:
    found = records.make_partnership(
        summary="Old words.",
        topics=[records.make_topic("Surgery"), records.make_topic("Eyes")],
        health_board=champion.tenures.get().board,
    )
    age(found)
    return found


def last(record: Any) -> Act:
    return acts_of(record)[-1]


def test_columns_lists_members_and_topics_come_back_at_once(
    record: Partnership, champion: User
) -> None:
    before = state_of(record)
    members = list(record.members.all())
    details.apply(
        written=[_with(members[0], role="lead", since=2001)], by=champion, reason="The new minutes"
    )
    third = records.make_institution(country="ZM")
    partnerships.update(
        record,
        by=champion,
        values={"summary": "New words.", "stage": "paused"},
        parts=Parts(
            members=[members[0].institution, third],
            topics=[records.make_topic("Nursing")],
            activities=[Activity.objects.create(code="train", label="Training")],
        ),
        reason="The new minutes",
    )
    act = last(record)
    assert act.user == champion
    assert act.reason == "The new minutes"
    assert {"summary", "stage", "members", "topics", "activities"} == set(act.changed)
    assert act.after == state_of(record)
    age(record)

    assert undo(record, act=last(record).key, by=champion, reason="Wrong minutes") is True
    assert state_of(record) == before
    new = last(record)
    assert new.user == champion
    assert new.reason.startswith("Took back the change of ")
    assert new.reason.endswith("Wrong minutes")
    assert set(new.changed) == set(act.changed)
    assert record.history.first().history_user == champion


def test_taking_back_can_be_taken_back(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"summary": "New words."})
    age(record)
    undo(record, act=last(record).key, by=champion)
    age(record)
    undo(record, act=last(record).key, by=champion)
    record.refresh_from_db()
    assert record.summary == "New words."


def test_what_others_did_since_stays(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"summary": "New words."})
    act = last(record).key
    age(record)
    partnerships.update(record, by=records.make_unit(), values={"goals": "To learn."})
    assert undo(record, act=act, by=champion)
    record.refresh_from_db()
    assert (record.summary, record.goals) == ("Old words.", "To learn.")


def test_what_was_changed_again_is_refused(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"summary": "New words.", "goals": "All."})
    act = last(record).key
    age(record)
    partnerships.update(record, by=champion, values={"summary": "Newer words."})
    versions = record.history.count()
    with pytest.raises(ValidationError, match=r"changed again since: summary\."):
        undo(record, act=act, by=champion)
    record.refresh_from_db()
    assert (record.summary, record.goals) == ("Newer words.", "All.")
    assert record.history.count() == versions


def test_what_says_so_already_writes_nothing(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"summary": "New words."})
    act = last(record).key
    age(record)
    partnerships.update(record, by=champion, values={"summary": "Old words."})
    versions = record.history.count()
    assert undo(record, act=act, by=champion) is False
    assert record.history.count() == versions


def test_rules_and_scope_hold(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"gap_note": "One side is not named."})
    age(record)
    partnerships.update(record, by=champion, values={}, parts=Parts(members=[]))
    note = acts_of(record)[-2].key
    with pytest.raises(ValidationError, match="two or more members"):
        undo(record, act=note, by=champion)
    for stranger in (records.make_champion(), records.make_auditor(), records.make_user()):
        with pytest.raises(NotAllowed):
            undo(record, act=last(record).key, by=stranger)
    record.refresh_from_db()
    assert (record.gap_note, record.member_count) == ("One side is not named.", 0)


def test_steps_and_ownership_are_not_taken_back(record: Partnership, champion: User) -> None:
    unit = records.make_unit()
    partnerships.moderate(record, to=Moderation.WITHDRAWN, by=unit, reason="Asked")
    with pytest.raises(ValidationError, match="steps of its own"):
        undo(record, act=last(record).key, by=unit)
    age(record)
    record.refresh_from_db()
    record.health_board = records.make_board()
    partnerships.save(record, by=unit, reason="Handed over")
    with pytest.raises(ValidationError, match="steps of its own"):
        undo(record, act=last(record).key, by=unit)
    with pytest.raises(ValidationError, match="kept from before"):
        undo(record, act=acts_of(record)[0].key, by=unit)
    with pytest.raises(ValidationError, match="not in the history"):
        undo(record, act="record-0", by=unit)


def test_an_institution_with_its_other_names(champion: User) -> None:
    hospital = records.make_institution("Zomba Hospital")
    alias = InstitutionAlias(institution=hospital, name="ZCH", kind="acronym")
    details.apply(written=[alias], by=champion)
    age(hospital)
    before = state_of(hospital)
    hospital.name, hospital.city = "Zomba Central Hospital", "Zomba"
    institutions.save(hospital, by=champion, reason="Its sign")
    other = InstitutionAlias(institution=hospital, name="Zomba")
    details.apply(written=[other], removed=[alias], by=champion, reason="Its sign")
    institutions.settle(hospital, by=champion, reason="Its sign")
    assert set(last(hospital).changed) == {"name", "city", "aliases"}
    age(hospital)
    with pytest.raises(NotAllowed):
        undo(hospital, act=last(hospital).key, by=records.make_user())
    assert undo(hospital, act=last(hospital).key, by=champion)
    assert state_of(hospital) == before
    hospital.refresh_from_db()
    assert " zch" in hospital.search_text


def test_rows_that_were_made_in_bulk_have_always_been_there(
    record: Partnership, champion: User
) -> None:
    Member.history.all().delete()
    PartnershipTopic.history.all().delete()
    partnerships.update(record, by=champion, values={"summary": "New words."})
    assert last(record).changed == ["summary"]
    assert last(record).after == state_of(record)


# ---------------------------------------------------------------------------------- the page


def address(record: Any) -> str:
    return reverse(f"admin:partnerships_{record._meta.model_name}_history", args=[record.pk])


def test_one_click_in_the_history(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"summary": "New words."}, reason="Asked")
    client = Client()
    client.force_login(champion)
    acts = page(address(record), client=client).select(".act")
    newest = text(acts[0])
    for told in (str(champion), "Asked", "Old words.", "New words."):
        assert told in newest
    assert not acts[-1].select("button")  # that it was made
    key = str(acts[0].select_one("input[name=act]")["value"])
    answer = client.post(address(record), {"act": key}, follow=True)
    assert "Taken back" in answer.content.decode()
    record.refresh_from_db()
    assert record.summary == "Old words."
    refused = client.post(address(record), {"act": "x\0" * 50}, follow=True)
    assert "not in the history" in refused.content.decode()


def test_who_may_take_back_in_the_history(record: Partnership, champion: User) -> None:
    partnerships.update(record, by=champion, values={"summary": "New words."})
    key = last(record).key
    auditor, stranger = Client(), Client()
    auditor.force_login(records.make_auditor())
    stranger.force_login(records.make_champion())
    assert not page(address(record), client=auditor).select(".act button")
    assert auditor.post(address(record), {"act": key}).status_code == 403
    assert stranger.get(address(record)).status_code == 403
    assert stranger.post(address(record), {"act": key}).status_code == 403
    assert Client().post(address(record), {"act": key}).status_code == 302
    record.refresh_from_db()
    assert record.summary == "New words."


def test_funding_and_agreements_come_back(record: Partnership, champion: User) -> None:
    funder = Funder(label="A trust", code="a-trust")
    funder.save()
    gift = Funding(partnership=record, funder=funder, scheme="Grants", from_year=2019)
    signed = Agreement(partnership=record, title="MoU", expires_on=date(2027, 1, 1))
    details.apply(written=[gift, signed], by=champion, reason="As signed")
    age(record)
    before = state_of(record)
    changed = [_with(gift, from_year=2020), _with(signed, expires_on=date(2029, 1, 1))]
    details.apply(written=changed, by=champion, reason="Renewed")
    details.apply(
        written=[Agreement(partnership=record, title="Another")], by=champion, reason="Renewed"
    )
    act = last(record)
    assert set(act.changed) == {"funding", "agreements"}
    assert undo(record, act=act.key, by=champion)
    assert state_of(record) == before
    assert (Funding.objects.get().pk, Agreement.objects.get().pk) == (gift.pk, signed.pk)


def test_coordinators_come_back_but_nobody_who_was_removed(
    record: Partnership, champion: User, client: Client
) -> None:
    member = record.members.first()
    ann = coordinators.add(
        member=member, by=champion, values={"name": "Ann Canary", "email": "ann@example.org"}
    )
    age(record)
    coordinators.change(ann, by=champion, values={"until": date(2026, 1, 1)}, reason="Left")
    assert undo(record, act=last(record).key, by=champion)
    ann.refresh_from_db()
    assert (ann.until, ann.name) == (None, "Ann Canary")
    client.force_login(champion)
    told = client.get(address(record)).text
    assert "Canary" not in told
    assert str(member.institution) in told
    age(record)
    coordinators.remove(ann, by=champion, reason="Asked for it")
    with pytest.raises(ValidationError, match="cannot come back"):
        undo(record, act=last(record).key, by=champion)


def test_a_long_history_asks_no_more(
    record: Partnership, champion: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        partnerships.update(record, by=champion, values={"goals": f"Goal {number}"})
        age(record)
    with django_assert_max_num_queries(20):
        assert len(acts_of(record)) == 5  # made and listed too


def _with(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row
