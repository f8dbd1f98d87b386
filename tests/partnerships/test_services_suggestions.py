"""Suggestions: what may be proposed, what is refused and where, and that no record is touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from partnerships import proposed
from partnerships.models import DataVersion, Partnership, Profession, Suggestion
from partnerships.policies.record_version import version_of
from partnerships.records import public_records
from partnerships.services import partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.parts import Parts
from partnerships.services.suggestions import (
    AlreadyWaiting,
    KeyUsedBefore,
    Request,
    Sender,
    StaleVersion,
)
from partnerships.services.users import system_user
from tests.factories.records import (
    fill,
    make_api_key,
    make_board,
    make_country,
    make_institution,
    make_partnership,
    make_sender,
    make_suggestion,
    make_topic,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def record_of(partnership: Partnership) -> dict[str, Any]:
    return next(public_records([partnership.pk], site_url=""))


@pytest.fixture
def full() -> Partnership:
    """A record with one of everything."""
    partnership = make_partnership(
        "Borders and Zomba",
        topics=[make_topic("Surgery"), make_topic("Eye health")],
        countries=["ZM"],
        began_on="2008-01-01",
        began_precision="year",
        delivery="hybrid",
        languages="English, Nyanja",
        other_names=["The link"],
    )
    fill(partnership)
    partnership.refresh_from_db()
    return partnership


def errors(partnership: Partnership | None, changes: Any, **values: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        make_suggestion(partnership, changes, **values)
    assert not Suggestion.objects.exists()
    return refusal.value.message_dict


def test_a_suggestion_waits_and_the_record_stays(full):
    before, version = record_of(full), DataVersion.objects.first()
    suggestion = make_suggestion(full, {"summary": " Other words ", "began": "2009-05"})
    assert suggestion.is_waiting
    assert suggestion.changes == {
        "summary": "Other words",
        "began": {"value": "2009-05", "precision": "month"},
    }
    assert suggestion.base == {"summary": "", "began": {"value": "2008", "precision": "year"}}
    assert record_of(full) == before
    assert DataVersion.objects.first() == version


def test_a_record_as_it_is_proposes_nothing(full):
    """What the API gives can be sent back whole: every field is read in the shape it has."""
    writable = {name for path in proposed.FIELDS for name in [path.partition(".")[0]]}
    given = {name: value for name, value in record_of(full).items() if name in writable}
    assert set(record_of(full)) == writable | proposed.READ_ONLY | {"health_board"}
    assert errors(full, given) == {"changes": ["The record says all this already."]}


def test_lists_and_codes_are_read_in_either_shape(full):
    make_country("NP")
    zomba, lilongwe = (make_institution(name, country="MW") for name in ("Zomba", "Lilongwe"))
    uk = full.members.get(institution__country="GB").institution
    suggestion = make_suggestion(
        full,
        {
            "members": [
                {"institution": {"id": str(uk.public_id)}, "role": "lead", "since": 2001},
                {"institution": zomba.slug},
                {"institution": str(lilongwe.public_id).upper()},
            ],
            "topics": ["eye_health", {"code": "surgery", "primary": True}],
            "stage": {"code": "paused", "label": "Paused"},
            "delivery": None,
            "learning": {"uk": "Patience"},
            "countries": ["ZM", "MW", "GB", "NP"],
        },
    )
    assert suggestion.changes == {
        "stage": "paused",
        "members": [
            {"institution": str(uk.public_id), "role": "lead", "since": 2001, "until": None},
            {"institution": str(zomba.public_id), "role": "partner", "since": None, "until": None},
            {
                "institution": str(lilongwe.public_id), "role": "partner", "since": None,
                "until": None,
            },
        ],
        "countries": ["GB", "MW", "NP", "ZM"],
        "learning.uk": "Patience",
        "delivery": None,
    }  # fmt: skip


LONG = "x" * 10_001
WRONG: dict[str, tuple[Any, set[str]]] = {
    "no object": (["name"], {"changes"}),
    "unknown field": ({"nmae": "X"}, {"changes.nmae"}),
    "the registry's field": ({"slug": "x", "moderation": "listed"}, {"changes.slug",
                                                                     "changes.moderation"}),
    "the owner": ({"health_board": "nhs-fife"}, {"changes.health_board"}),
    "unknown side": ({"learning": {"us": "x"}}, {"changes.learning.us"}),
    "a side's type": ({"learning": {"uk": 3}}, {"changes.learning.uk"}),
    "learning's type": ({"learning": "x"}, {"changes.learning"}),
    "type of text": ({"summary": 3}, {"changes.summary"}),
    "too long": ({"summary": "x" * 301, "goals": LONG}, {"changes.goals"}),
    "too long for the record": ({"summary": "x" * 301}, {"changes.summary"}),
    "empty name": ({"name": " "}, {"changes.name"}),
    "control character": ({"goals": "a\x07b"}, {"changes.goals"}),
    "contact": ({"goals": "Ask ann@example.org"}, {"changes.goals"}),
    "contact in a name": ({"other_names": ["0131 496 0842"]}, {"changes.other_names.0"}),
    "unknown code": ({"stage": "dead", "kind": None}, {"changes.stage", "changes.kind"}),
    "unknown term": ({"topics": ["surgery", "nothing"]}, {"changes.topics.1"}),
    "two primaries": ({"topics": [{"code": "surgery", "primary": 1},
                                  {"code": "eye_health", "primary": 1}]}, {"changes.topics"}),
    "no list": ({"activities": "training", "sdgs": {}}, {"changes.activities", "changes.sdgs"}),
    "too many": ({"sdgs": [1] * 61}, {"changes.sdgs"}),
    "no goal": ({"sdgs": [1, 18, True]}, {"changes.sdgs.1", "changes.sdgs.2"}),
    "no date": ({"began": "soon", "ended": {"value": 2008}}, {"changes.began", "changes.ended"}),
    "wrong precision": ({"began": {"value": "2008", "precision": "day"}},
                        {"changes.began.precision"}),
    "ends before it began": ({"ended": "1999"}, {"changes"}),
    "no country": ({"countries": ["GB", "MW", "ZM", "QQ"]}, {"changes.countries.3"}),
    "a member's country": ({"countries": ["ZM"]}, {"changes.countries"}),
    "no institution": ({"members": [{"institution": "nowhere"}, {}]},
                       {"changes.members.1.institution"}),
    "unknown institution": ({"members": [{"institution": "nowhere"}]},
                            {"changes.members.0.institution"}),
    "address": ({"website": "javascript:alert(1)"}, {"changes.website"}),
    "languages": ({"languages": ["English, Nyanja"]}, {"changes.languages"}),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_where_it_is(full, case):
    changes, where = WRONG[case]
    before = record_of(full)
    assert set(errors(full, changes)) == where
    assert record_of(full) == before


@pytest.mark.parametrize(
    ("member", "where"),
    [
        ({"role": "boss"}, "role"),
        ({"role": 3}, "role"),
        ({"since": "2008"}, "since"),
        ({"since": 10**30}, "since"),
        ({"until": True}, "until"),
        ({"since": 2009, "until": 2008}, "until"),
    ],
)
def test_what_is_wrong_with_a_member_is_said_where_it_is(full, member, where):
    slug = full.members.first().institution.slug
    found = errors(full, {"members": [{"institution": slug} | member]})
    assert set(found) == {f"changes.members.0.{where}"}


def test_an_institution_stands_once_in_the_members(full):
    member = full.members.first().institution
    given = [{"institution": member.slug}, {"institution": str(member.public_id)}]
    assert set(errors(full, {"members": given})) == {"changes.members.1.institution"}


def test_a_listed_record_is_not_proposed_to_pieces(full):
    """The same constraint as for whoever edits it."""
    alone = [{"institution": full.members.first().institution.slug}]
    countries = {"countries": ["GB"]}
    assert "changes" in errors(full, {"members": alone} | countries)


def test_a_retired_term_comes_to_no_other_record(full):
    kept = full.professions.order_by("code").first()
    Profession.objects.update(retired_on="2020-01-01")
    assert set(errors(make_partnership(), {"professions": [kept.code]})) == {
        "changes.professions.0"
    }
    assert make_suggestion(full, {"professions": [kept.code]}).changes == {
        "professions": [kept.code]
    }


def test_reasons_and_sources_are_checked(full):
    found = errors(full, {"summary": "x"}, words=" ", source_url="ftp:/x")
    assert set(found) == {"words", "source_url"}
    assert set(errors(full, {"summary": "x"}, words="x" * 2001)) == {"words"}
    for text in ("a\x00b", "\ud800"):
        assert set(errors(full, {"summary": text})) == {"changes"}
        assert set(errors(full, {"topics": [text]})) == {"changes"}
        assert set(errors(full, {"summary": "x"}, words=text)) == {"changes"}


def test_a_new_partnership_goes_to_the_board_that_its_members_stand_under():
    board = make_board()
    ward = make_institution(country="GB", parent=make_institution(
        country="GB", parent=board.institution))  # fmt: skip
    members = [{"institution": ward.slug}, {"institution": make_institution().slug}]
    new = {"name": "New", "kind": "network"}
    assert make_suggestion(None, new | {"members": members}).health_board == board
    assert make_suggestion(None, new).health_board is None
    told = make_suggestion(None, new | {"health_board": {"slug": board.institution.slug}})
    assert told.health_board == board
    assert "health_board" not in told.changes
    assert not Partnership.objects.exists()


def test_a_new_partnership_needs_a_name_and_a_kind():
    assert set(errors(None, {"summary": "x"})) == {"changes.name", "changes.kind"}
    assert set(errors(None, {"name": "New", "kind": "network", "health_board": "nowhere"})) == {
        "changes.health_board"
    }


def test_a_stale_version_is_refused_and_told(full):
    old = version_of(full.modified_at)
    partnerships.update(full, by=system_user(), values={"goals": "Safe birth"})
    partnerships.update(full, by=system_user(), values={}, parts=Parts(activities=[]))
    full.refresh_from_db()
    with pytest.raises(StaleVersion) as refusal:
        make_stale(full, old)
    assert refusal.value.version == version_of(full.modified_at)
    assert refusal.value.changed == ["activities", "goals"]
    assert refusal.value.present == {"goals": "Safe birth"}
    partnerships.update(full, by=system_user(), values={"summary": "x"})
    with pytest.raises(StaleVersion) as refusal:
        make_stale(full, version_of(full.modified_at - (full.modified_at - full.created_at)))
    assert not Suggestion.objects.exists()


def make_stale(partnership: Partnership, version: str) -> None:
    from partnerships.services.suggestions import propose

    propose(
        sender=make_sender(), partnership=partnership, base_version=version,
        changes={"goals": "Safer birth"}, words="Because.",
    )  # fmt: skip


@pytest.mark.parametrize("version", ["", "x", "ffffffffffffff", "1" * 5000])
def test_what_is_no_version_of_the_record_is_an_error(full, version):
    with pytest.raises(ValidationError) as refusal:
        make_stale(full, version)
    assert set(refusal.value.message_dict) == {"base_version"}


def test_the_same_request_gives_the_same_suggestion(full):
    sender, request = make_sender(), Request("a-1", "digest")
    first = make_suggestion(full, {"summary": "x"}, sender=sender, request=request)
    again = make_suggestion(full, {"summary": "x"}, sender=sender, request=request)
    assert again == first
    with pytest.raises(KeyUsedBefore):
        make_suggestion(full, {"summary": "y"}, sender=sender, request=Request("a-1", "other"))
    make_suggestion(full, {"summary": "y"}, request=request)  # somebody else's name for it
    assert Suggestion.objects.count() == 2


def test_the_same_suggestion_waits_once_for_each_sender(full):
    sender = make_sender()
    first = make_suggestion(full, {"summary": "x"}, sender=sender)
    with pytest.raises(AlreadyWaiting) as refusal:
        make_suggestion(full, {"summary": "x "}, sender=sender, request=Request("b", "c"))
    assert refusal.value.suggestion == first
    make_suggestion(full, {"summary": "x"})
    assert Suggestion.objects.count() == 2


def test_a_key_that_may_not_propose_is_refused(full):
    key, _ = make_api_key()
    for sender in (Sender("api", key), Sender("api")):
        with pytest.raises(NotAllowed):
            make_suggestion(full, sender=sender)
