"""Decisions on suggestions: what is taken into the record, by whom, and what is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from partnerships import proposed
from partnerships.choices import Moderation, SuggestionState
from partnerships.models import Partnership, Suggestion
from partnerships.services import partnerships
from partnerships.services.decisions import accept, decline, return_with_words
from partnerships.services.partnerships import NotAllowed
from partnerships.services.suggestions import Sender
from partnerships.services.users import system_user
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_institution,
    make_partnership,
    make_sender,
    make_suggestion,
    make_topic,
    make_unit,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def board():
    return make_board()


@pytest.fixture
def champion(board):
    return make_champion(board)


@pytest.fixture
def record(board) -> Partnership:
    return make_partnership(health_board=board, summary="Before", topics=[make_topic("Surgery")])


def test_accepting_all_changes_the_record_and_says_who_and_why(record, champion):
    make_topic("Eye health")
    uk, overseas = record.members.order_by("position")
    third = make_institution("Third", country="ZM")
    changes = {
        "summary": "After",
        "began": "2008",
        "topics": ["eye_health", "surgery"],
        "languages": ["English", "Nyanja"],
        "countries": ["GB", "MW", "ZM"],
        "members": [
            {"institution": third.slug, "role": "host", "since": 2009},
            {"institution": uk.institution.slug, "role": "lead"},
            {"institution": overseas.institution.slug, "until": 2020},
        ],
    }
    suggestion = make_suggestion(record, changes, sender=make_sender("Nightly copy"))
    done = accept(suggestion, by=champion, answer="Thank you", reason="I rang them")
    assert (done.state, done.decided_by) == (SuggestionState.ACCEPTED, champion)
    assert done.accepted == [name for name in proposed.FIELDS if name in changes]
    assert suggestion.history.first().history_user == champion
    record.refresh_from_db()
    assert (record.summary, record.languages) == ("After", "English, Nyanja")
    assert (str(record.began_on), record.began_precision) == ("2008-01-01", "year")
    assert record.topic_links.get(is_primary=True).topic.code == "eye_health"
    assert list(record.declared_countries.all()) == []  # where members stand needs no declaring
    assert list(
        record.members.order_by("position").values_list(
            "institution__slug", "role", "since", "until"
        )
    ) == [
        ("third", "host", 2009, None),
        (uk.institution.slug, "lead", None, None),
        (overseas.institution.slug, "partner", None, 2020),
    ]
    row = record.history.first()
    assert row.history_user == champion
    assert row.history_change_reason == (
        f"Suggested (Nightly copy, {str(done.public_id)[:8]}) and accepted. I rang them"
    )


def test_accepting_roles_alone_is_a_new_version_of_the_record(record, champion):
    slug = [m.institution.slug for m in record.members.order_by("position")]
    members = [{"institution": slug[0], "role": "lead"}, {"institution": slug[1]}]
    before = record.modified_at
    accept(make_suggestion(record, {"members": members}), by=champion)
    record.refresh_from_db()
    assert record.members.get(role="lead").institution.slug == slug[0]
    assert record.modified_at > before


def test_accepting_some_leaves_the_rest(record, champion):
    suggestion = make_suggestion(record, {"summary": "After", "goals": "Safe birth"})
    done = accept(suggestion, by=champion, fields=["goals", "name"])
    record.refresh_from_db()
    assert (record.summary, record.goals) == ("Before", "Safe birth")
    assert (done.state, done.accepted) == (SuggestionState.PARTLY_ACCEPTED, ["goals"])


def test_accepting_nothing_is_no_acceptance(record, champion):
    with pytest.raises(ValidationError, match="Choose what to accept"):
        accept(make_suggestion(record), by=champion, fields=[])


def test_what_changed_meanwhile_in_the_same_field_is_not_overwritten(record, champion):
    suggestion = make_suggestion(record, {"summary": "After", "goals": "Safe birth"})
    partnerships.update(record, by=champion, values={"summary": "Meanwhile"})
    with pytest.raises(ValidationError) as refusal:
        accept(suggestion, by=champion)
    assert set(refusal.value.message_dict) == {"summary"}
    record.refresh_from_db()
    assert (record.summary, record.goals) == ("Meanwhile", "")
    suggestion.refresh_from_db()
    assert suggestion.is_waiting
    assert accept(suggestion, by=champion, fields=["goals"]).accepted == ["goals"]


def test_what_somebody_did_already_is_no_conflict(record, champion):
    suggestion = make_suggestion(record, {"summary": "After"})
    partnerships.update(record, by=champion, values={"summary": "After"})
    versions = record.history.count()
    assert accept(suggestion, by=champion).state == SuggestionState.ACCEPTED
    assert record.history.count() == versions


def test_what_broke_a_rule_meanwhile_is_refused_by_field(record, champion):
    suggestion = make_suggestion(record, {"ended": "2010"})
    values = {"began_on": "2011-01-01", "began_precision": "year"}
    partnerships.update(record, by=champion, values=values)
    with pytest.raises(ValidationError, match="cannot end before it began"):
        accept(suggestion, by=champion)
    members = [{"institution": m.institution.slug} for m in record.members.all()]
    gone = make_institution("Gone")
    record.refresh_from_db()
    suggestion = make_suggestion(record, {"members": [*members, {"institution": gone.slug}]})
    gone.delete()
    with pytest.raises(ValidationError) as refusal:
        accept(suggestion, by=champion)
    assert set(refusal.value.message_dict) == {"members"}


def test_a_new_partnership_becomes_a_submitted_record(board, champion):
    members = [make_institution(country="GB", parent=board.institution), make_institution()]
    given = [{"institution": row.slug, "role": "lead"} for row in members]
    make_partnership("Tayside and Zomba")
    changes = {"name": "Tayside and Zomba", "kind": "board_link", "members": given}
    done = accept(make_suggestion(None, changes), by=champion)
    made = done.partnership
    assert made.moderation == Moderation.SUBMITTED
    assert (made.slug, made.health_board) == ("tayside-and-zomba-2", board)
    assert set(made.members.values_list("role", flat=True)) == {"lead"}
    with pytest.raises(NotAllowed, match="first listing"):
        partnerships.moderate(made, to=Moderation.LISTED, by=champion)
    partnerships.moderate(made, to=Moderation.LISTED, by=make_champion(board))


def test_a_new_partnership_needs_its_name_and_kind(champion):
    unit = make_unit()
    with pytest.raises(ValidationError) as refusal:
        accept(make_suggestion(), by=unit, fields=["name"])
    assert set(refusal.value.message_dict) == {"kind"}
    assert not Partnership.objects.exists()


def test_returning_and_declining_need_words(record, champion):
    for verb, state in ((return_with_words, "returned"), (decline, "declined")):
        suggestion = make_suggestion(record)
        with pytest.raises(ValidationError, match="Say why"):
            verb(suggestion, by=champion, answer=" ")
        done = verb(suggestion, by=champion, answer="Which year?", reason="Looks odd")
        assert (done.state, done.answer, done.reason) == (state, "Which year?", "Looks odd")
    record.refresh_from_db()
    assert record.summary == "Before"


def test_whatever_is_decided_stays_decided(record, champion):
    suggestion = make_suggestion(record)
    decline(suggestion, by=champion, answer="No")
    for verb in (accept, decline, return_with_words):
        with pytest.raises(ValidationError, match="has decided on this already"):
            verb(suggestion, by=make_unit(), answer="Yes")
    again = make_suggestion(record, suggestion.changes)
    assert again.is_waiting


def test_only_who_edits_the_record_decides(record, champion):
    suggestion = make_suggestion(record)
    for user in (make_user(), make_champion(), make_auditor()):
        for verb in (accept, decline, return_with_words):
            with pytest.raises(NotAllowed):
                verb(suggestion, by=user, answer="Mine")
    assert Suggestion.objects.get().is_waiting
    partnerships.update(record, by=system_user(), values={"health_board": None})
    with pytest.raises(NotAllowed):
        accept(suggestion, by=champion)
    accept(suggestion, by=make_unit(), answer="x")


def test_nobody_decides_on_their_own(record, champion):
    own = [
        make_suggestion(record, sender=Sender("coordinator", user=champion)),
        make_suggestion(record, sender=Sender("public_form", email=champion.email.upper())),
        make_suggestion(record, sender=make_sender(contact=champion.email)),
    ]
    for suggestion in own:
        with pytest.raises(NotAllowed, match="nobody on their own"):
            accept(suggestion, by=champion)
    superuser = make_user(is_superuser=True)
    with pytest.raises(NotAllowed):
        accept(make_suggestion(record, sender=Sender("coordinator", user=superuser)), by=superuser)


def test_the_queue_is_what_a_person_may_see(record, board, champion):
    from partnerships.models import viewer_of

    def seen(user) -> set[Suggestion]:
        viewer = viewer_of(user, on=record.created_at.date())
        return set(Suggestion.objects.visible_to(viewer))

    ours = make_suggestion(record)
    new = make_suggestion(
        None, {"name": "N", "kind": "network", "health_board": board.institution.slug}
    )
    units = make_suggestion()
    theirs = make_suggestion(make_partnership(health_board=make_board()))
    assert seen(champion) == {ours, new}
    assert seen(make_unit()) == seen(make_auditor()) == {ours, new, units, theirs}
    assert seen(make_user()) == seen(None) == set()
    made = accept(new, by=champion).partnership
    partnerships.update(
        made, by=make_unit(), values={"health_board": theirs.partnership.health_board}
    )
    assert seen(champion) == {ours}
    decline(theirs, by=make_unit(), answer="No")
    queue = list(Suggestion.objects.for_queue())
    assert [row.pk for row in queue] == [ours.pk, units.pk, new.pk, theirs.pk]
