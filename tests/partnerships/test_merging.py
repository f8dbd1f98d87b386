"""Two records that are one: what follows, what is refused, and where old addresses lead."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from partnerships import lookalikes, lookup
from partnerships.choices import AliasKind, Moderation
from partnerships.models import (
    Coordinator,
    Decision,
    FacetValue,
    FormerInstitutionSlug,
    Identifier,
    Institution,
    InstitutionAlias,
    Member,
    Partnership,
    Response,
)
from partnerships.policies.record_version import version_of
from partnerships.services import desk, institutions, merging
from partnerships.services.details import apply
from partnerships.services.partnerships import NotAllowed
from tests.factories.evaluations import make_invitation, make_response, make_round
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_country,
    make_institution,
    make_partnership,
    make_unit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def unit():
    return make_unit()


def merged(gone: Institution, into: Institution, by, **more) -> Institution:
    return merging.merge_institutions(gone, into=into, by=by, reason="Typed twice", **more)


def test_everything_follows_an_institution(unit) -> None:
    gone = make_institution("Quen Elizabeth Hospital", city="Blantyre", latitude=-15.8,
                            longitude=35.0, location_level="district")  # fmt: skip
    into = make_institution("Queen Elizabeth Hospital")
    below = make_institution("Ward", parent=gone)
    before = make_institution("Old hospital", successor=gone, succession_kind="renamed")
    for name in ("QECH", "Queen Elizabeth Hospital"):
        alias = InstitutionAlias(institution=gone, name=name, kind=AliasKind.ACRONYM)
        apply(written=[alias], by=unit)
    apply(written=[Identifier(institution=gone, scheme="ROR", value="1")], by=unit)
    old = gone.slug
    gone.slug = "quen-elizabeth-2"
    institutions.save(gone, by=unit)
    uk = make_institution(country="GB")
    alone = make_partnership("Alone", members=[uk, gone])
    both = make_partnership("Both", members=[uk, gone, into])
    person = make_coordinator(Member.objects.get(partnership=both, institution=gone))
    moves = merging.foreseen(gone, into)
    assert moves.records == [alone, both]
    assert moves.shared == [both]
    assert moves.names == ["Quen Elizabeth Hospital", "QECH"]
    assert set(moves.addresses) == {old, "quen-elizabeth-2"}
    assert (moves.below, moves.succeeded) == ([below], [before])
    gone_id, public_id = gone.pk, gone.public_id

    stays = merged(gone, into, unit)
    stays.refresh_from_db()
    assert not Institution.objects.filter(pk=gone_id).exists()
    assert set(stays.aliases.values_list("name", flat=True)) == {"Quen Elizabeth Hospital", "QECH"}
    assert [str(row) for row in stays.identifiers.all()] == ["ROR 1"]
    assert (stays.city, stays.latitude, stays.location_level) == ("Blantyre", -15.8, "district")
    for record in (alone, both):
        record.refresh_from_db()
        assert record.member_count == 2
        assert {each.institution_id for each in record.members.all()} == {uk.pk, stays.pk}
    assert Coordinator.objects.get(pk=person.pk).member.institution_id == stays.pk
    assert Institution.objects.get(pk=below.pk).parent_id == stays.pk
    assert Institution.objects.get(pk=before.pk).successor_id == stays.pk
    assert not FacetValue.objects.filter(facet="institution", value=str(gone_id)).exists()
    for name in (old, "quen-elizabeth-2"):
        assert FormerInstitutionSlug.objects.get(slug=name).institution_id == stays.pk
    told = "Merged Quen Elizabeth Hospital (quen-elizabeth-2) into Queen Elizabeth Hospital"
    last = Institution.history.filter(id=gone_id).latest("history_id")
    assert last.history_type == "-"
    assert last.history_change_reason.startswith(told)
    assert last.history_user == unit
    assert stays.history.latest("history_id").history_change_reason.startswith(told)
    assert public_id != stays.public_id


@pytest.mark.django_db(transaction=True)
def test_old_addresses_and_ids_lead_to_the_one_that_stays() -> None:
    unit = make_unit()
    gone, into = make_institution("Gone"), make_institution("Stays")
    old, public_id = gone.slug, str(gone.public_id)
    merged(gone, into, unit)
    third = make_institution("Third")
    merged(into, third, unit)
    client = Client()
    for name in (old, public_id, into.slug):
        answer = client.get(f"/institutions/{name}/")
        assert (answer.status_code, answer["Location"]) == (301, f"/institutions/{third.slug}/")

    one, other = make_partnership("One"), make_partnership("Other")
    merging.withdraw_for(one, same_as=other, by=unit)
    for name in (one.slug, str(one.public_id)):
        answer = client.get(f"/partnerships/{name}/")
        assert (answer.status_code, answer["Location"]) == (301, f"/partnerships/{other.slug}/")
    merging.take_back(one, before=Moderation.LISTED, by=unit)
    assert client.get(f"/partnerships/{one.slug}/").status_code == 200


def test_what_is_not_one_is_refused_and_nothing_written(unit) -> None:
    board, other = make_board(), make_board()
    here, there = make_institution("A"), make_institution("B")
    successor = make_institution("C")
    become = make_institution("D", successor=successor, succession_kind="renamed")
    in_uk = [
        make_institution("B", country="GB", slug="b-2"),
        make_institution("E", country="GB", parent=board.institution),
        make_institution("E", country="GB", parent=other.institution, slug="e-2"),
    ]
    pairs = [
        (here, make_institution("A", country="NP", slug="a-2"), "different countries"),
        (board.institution, in_uk[0], "A Health Board stays"),
        (in_uk[1], in_uk[2], "different Health Boards"),
        (become, there, "has become another"),
        (successor, become, "keep C"),
        (here, here, "this is the same record"),
    ]
    rows = Institution.history.count()
    for gone, into, why in pairs:
        assert why in merging.refusal(gone, into)
        with pytest.raises(ValidationError, match=why):
            merged(gone, into, unit)
    with pytest.raises(ValidationError, match="Say why"):
        merging.merge_institutions(here, into=there, by=unit, reason=" ")
    with pytest.raises(ValidationError, match="Somebody has changed one of the two"):
        merged(here, there, unit, seen=("0", "0"))
    assert Institution.history.count() == rows


def test_of_two_invitations_to_one_round_the_idle_one_goes(unit) -> None:
    uk, gone, into = (make_institution(name, country=c) for name, c in
                      (("A", "GB"), ("Zomba Hosp", "MW"), ("Zomba", "MW")))  # fmt: skip
    record = make_partnership("Three", members=[uk, gone, into])
    of_gone, of_into = (record.members.get(institution=each) for each in (gone, into))
    asked_in = make_round(name="Spring")
    answered, other = make_invitation(asked_in, of_gone), make_invitation(asked_in, of_into)
    make_response(answered, {"A5": 1})
    draft = make_response(other, {"A5": 2}, submitted_at=None)
    with pytest.raises(ValidationError, match="both have answered Spring"):
        merged(gone, into, unit)

    draft.answers = {}
    draft.save()
    merged(gone, into, unit)
    assert [each.member_id for each in asked_in.invitations.all()] == [of_into.pk]
    assert Response.objects.get().answers == {"A5": 1}


def test_a_champion_merges_what_only_their_board_names(unit) -> None:
    board = make_board()
    champion = make_champion(board)
    gone, into, theirs = (make_institution(name) for name in ("Gone", "Stays", "Theirs"))
    make_partnership(members=[make_institution(country="GB"), gone], health_board=board)
    make_partnership(members=[make_institution(country="GB"), theirs], health_board=make_board())
    for pair in ((gone, theirs), (theirs, gone)):
        with pytest.raises(NotAllowed, match="Records of another Board"):
            merged(*pair, champion)
    merged(gone, into, champion)
    assert into.memberships.count() == 1


def test_two_partnerships_are_one(unit) -> None:
    board = make_board()
    champion = make_champion(board)
    ours, twin = (make_partnership(name, health_board=board) for name in ("Ours", "Ours again"))
    theirs = make_partnership("Theirs", health_board=make_board())
    draft = make_partnership("Draft", health_board=board, moderation="draft")
    with pytest.raises(NotAllowed, match="another Board's"):
        merging.withdraw_for(ours, same_as=theirs, by=champion)
    with pytest.raises(ValidationError, match="not public yet"):
        merging.withdraw_for(ours, same_as=draft, by=champion)
    seen = {row.pk: version_of(row.modified_at) for row in (ours, twin)}
    with pytest.raises(ValidationError, match="changed this record"):
        desk.same(twin.pk, same_as=ours.pk, seen={}, by=champion)
    done = desk.same(twin.pk, same_as=ours.pk, seen=seen, by=champion)
    twin.refresh_from_db()
    assert twin.moderation == Moderation.WITHDRAWN
    assert Decision.objects.filter(partnership=twin).latest("pk").reason.startswith("The same as")
    assert ours.history.latest("history_id").history_change_reason.endswith("was the same")
    desk.take_back(done.undo, by=champion)
    twin.refresh_from_db()
    assert twin.moderation == Moderation.LISTED


def test_slips_are_found_among_partnerships_and_institutions(unit) -> None:
    first = make_partnership("Matawale Twinning Project")
    second = make_partnership("Matewale twinning project")
    for code, name in (("ZM", "Zambia"), ("NP", "Gambia")):
        make_country(code, name=name, common_name=name)
    make_partnership("Dundee and Zambia eye care")
    make_partnership("Dundee and Gambia eye care")
    pairs = [(pair.first, pair.second) for pair in lookalikes.all_pairs()]
    assert pairs == [(first.pk, second.pk)]
    one, other = (
        make_institution("Zomba Central Hospital"),
        make_institution("Zomba Cental Hospital"),
    )
    make_institution("Zomba Cntral Hospital", country="NP")
    named = make_institution("Something else")
    apply(written=[InstitutionAlias(institution=named, name="Central Hospital, Zomba")], by=unit)
    assert lookalikes.institutions_alike() == [(one.pk, other.pk), (one.pk, named.pk)]
    assert lookup.institution_for(one.slug) == one
    assert Partnership.objects.count() == 4
