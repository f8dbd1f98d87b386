"""The life of a record: created, changed, settled, listed, confirmed, withdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from partnerships.choices import Moderation, PartnershipKind, Side
from partnerships.lookup import Moved, NotFound, partnership_for
from partnerships.models import Decision, Member, Partnership
from partnerships.search import PartnershipSearch
from partnerships.services import details, partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.parts import Parts
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_country,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DRAFT = {"name": "Under test", "slug": "under-test", "kind": PartnershipKind.NETWORK}


def found(words: str) -> set[str]:
    return {row.slug for row in PartnershipSearch({"q": [words]}).results()}


def test_a_new_record_is_its_authors_draft() -> None:
    author = make_champion()
    record = partnerships.create(by=author, values=DRAFT, reason="From the ward", at=NOW)
    record.refresh_from_db()
    assert (record.moderation, record.created_by, record.created_at) == ("draft", author, NOW)
    row = record.history.get()
    assert (row.history_user, row.history_change_reason) == (author, "From the ward")
    assert found("under test") == set()


def test_nothing_is_written_where_a_part_is_wrong() -> None:
    twice = make_institution()
    with pytest.raises(ValidationError):
        partnerships.create(by=make_user(), values=DRAFT, parts=Parts(members=[twice, twice]))
    assert not Partnership.objects.exists()
    assert not Member.objects.exists()


def test_saving_what_is_there_already_writes_nothing() -> None:
    record = make_partnership("A record", topics=[make_topic()])
    by = make_unit()
    modified, rows = record.modified_at, record.history.count()
    same = Parts(
        members=[member.institution for member in record.members.order_by("position")],
        topics=list(record.topics.all()),
    )
    assert not partnerships.update(record, by=by, values={"name": record.name}, parts=same)
    record.refresh_from_db()
    assert (record.modified_at, record.history.count()) == (modified, rows)


def test_members_that_stay_keep_their_roles_and_years() -> None:
    scottish, malawian, zambian = (make_institution(country=code) for code in ("GB", "MW", "ZM"))
    record = make_partnership(members=[scottish, malawian])
    member = record.members.get(institution=malawian)
    member.role, member.since = "host", 2010
    details.apply(written=[member], by=make_unit())

    partnerships.update(record, by=make_unit(), values={}, parts=Parts(members=[zambian, malawian]))
    kept = record.members.get(institution=malawian)
    assert (kept.pk, kept.role, kept.since, kept.position) == (member.pk, "host", 2010, 1)
    assert {m.institution for m in record.members.all()} == {zambian, malawian}


def test_the_first_topic_is_the_primary_one_whatever_was_before() -> None:
    first, second = make_topic("First"), make_topic("Second")
    record = make_partnership(topics=[first, second])
    partnerships.update(record, by=make_unit(), values={}, parts=Parts(topics=[second, first]))
    assert record.topic_links.get(is_primary=True).topic == second


@pytest.mark.parametrize(
    ("members", "countries", "missing"),
    [(["GB", "MW"], [], False), (["GB"], ["MW"], True), (["GB", "GB"], [], True), ([], [], True)],
)
def test_listing_needs_two_ends_or_a_note_that_says_why(members, countries, missing) -> None:
    record = make_partnership(
        members=[make_institution(country=code) for code in members],
        countries=countries,
        moderation=Moderation.DRAFT,
    )
    if not missing:
        partnerships.moderate(record, to=Moderation.LISTED, by=make_unit())
        return
    with pytest.raises(ValidationError, match="write down why the record names so few"):
        partnerships.moderate(record, to=Moderation.LISTED, by=make_unit())
    record.refresh_from_db()
    assert record.moderation == Moderation.DRAFT
    assert not Decision.objects.filter(partnership=record).exists()
    partnerships.update(record, by=make_unit(), values={"gap_note": "Only a country is named."})
    partnerships.moderate(record, to=Moderation.LISTED, by=make_unit())


def test_a_listed_record_keeps_its_two_ends() -> None:
    record = make_partnership()
    only = [record.members.order_by("position").first().institution]
    with pytest.raises(ValidationError, match="two or more members"):
        partnerships.update(record, by=make_unit(), values={}, parts=Parts(members=only))
    assert record.members.count() == 2
    stored = Partnership.objects.get(pk=record.pk)
    assert (stored.member_count, stored.country_count) == (2, 2)


def test_settling_counts_members_and_countries_declared_or_not() -> None:
    record = make_partnership(
        members=[make_institution(country="GB"), make_institution(country="MW")],
        countries=["MW", "ZM"],
    )
    assert (record.member_count, record.country_count) == (2, 3)
    rows = record.history.count()
    partnerships.settle(record, by=None)
    assert record.history.count() == rows


# ------------------------------------------------------------------------------ moderation


def test_a_record_goes_through_moderation_with_a_decision_for_each_step() -> None:
    board = make_board()
    author, deputy = make_champion(board), make_champion(board)
    record = make_partnership(health_board=board, by=author, moderation=Moderation.DRAFT)

    partnerships.moderate(record, to=Moderation.SUBMITTED, by=author, at=NOW)
    partnerships.moderate(record, to=Moderation.RETURNED, by=deputy, reason="Which ward?", at=NOW)
    partnerships.moderate(record, to=Moderation.SUBMITTED, by=author, at=NOW)
    with pytest.raises(NotAllowed, match="Nobody approves their own first listing"):
        partnerships.moderate(record, to=Moderation.LISTED, by=author, at=NOW)
    partnerships.moderate(record, to=Moderation.LISTED, by=deputy, at=NOW)
    assert found(record.name) == {record.slug}
    partnerships.moderate(record, to=Moderation.WITHDRAWN, by=author, reason="Asked to", at=NOW)
    assert found(record.name) == set()
    partnerships.moderate(record, to=Moderation.LISTED, by=author, at=NOW)  # not the first time

    steps = Decision.objects.order_by("pk").values_list("before", "after", "decided_by", "reason")
    assert list(steps) == [
        ("draft", "submitted", author.pk, ""),
        ("submitted", "returned", deputy.pk, "Which ward?"),
        ("returned", "submitted", author.pk, ""),
        ("submitted", "listed", deputy.pk, ""),
        ("listed", "withdrawn", author.pk, "Asked to"),
        ("withdrawn", "listed", author.pk, ""),
    ]
    latest = record.history.first()
    assert (latest.history_user, latest.moderation) == (author, Moderation.LISTED)


@pytest.mark.parametrize(
    ("start", "to"),
    [
        (Moderation.DRAFT, Moderation.RETURNED),
        (Moderation.LISTED, Moderation.DRAFT),
        (Moderation.LISTED, Moderation.LISTED),
        (Moderation.RETURNED, Moderation.LISTED),
        (Moderation.WITHDRAWN, Moderation.SUBMITTED),
    ],
)
def test_steps_that_nobody_may_take(start: str, to: str) -> None:
    record = make_partnership(moderation=start)
    with pytest.raises(NotAllowed, match=f"A {start} record cannot become {to}"):
        partnerships.moderate(record, to=to, by=make_unit())
    record.refresh_from_db()
    assert record.moderation == start


@pytest.mark.parametrize("kind", [make_user, make_auditor, lambda: make_champion(make_board())])
def test_only_the_owning_board_and_the_unit_decide(kind) -> None:
    record = make_partnership(health_board=make_board())
    with pytest.raises(NotAllowed, match="Only the owning Board's champions"):
        partnerships.moderate(record, to=Moderation.WITHDRAWN, by=kind())
    record.refresh_from_db()
    assert record.moderation == Moderation.LISTED


def test_a_champion_whose_tenure_has_ended_decides_nothing() -> None:
    board = make_board()
    former = make_champion(board, until=date(2026, 4, 30))
    record = make_partnership(health_board=board)
    with pytest.raises(NotAllowed):
        partnerships.moderate(record, to=Moderation.WITHDRAWN, by=former, at=NOW)


def test_what_was_public_is_withdrawn_and_never_deleted() -> None:
    record, draft = make_partnership(), make_partnership(moderation=Moderation.DRAFT)
    with pytest.raises(NotAllowed, match="Withdraw it"):
        partnerships.delete(record, by=make_unit(), reason="Tidying")
    by = make_unit()
    partnerships.delete(draft, by=by, reason="A duplicate")
    assert list(Partnership.objects.all()) == [record]
    gone = Partnership.history.get(history_type="-")
    assert (gone.history_user, gone.history_change_reason) == (by, "A duplicate")


# ---------------------------------------------------------------------------- confirmation


def test_confirming_is_not_changing() -> None:
    record = make_partnership()
    modified = record.modified_at
    partnerships.confirm(record, side=Side.UK, by=make_unit(), how="By telephone", at=NOW)
    later = datetime(2026, 9, 1, 12, tzinfo=UTC)
    partnerships.confirm(record, side=Side.PARTNER, by=None, how="By e-mail", at=later)
    record.refresh_from_db()
    assert record.modified_at == modified
    assert (record.uk_confirmed_on, record.partner_confirmed_on, record.last_confirmed_on) == (
        date(2026, 5, 1),
        date(2026, 9, 1),
        date(2026, 9, 1),
    )
    assert record.confirmations.count() == 2


def test_an_older_confirmation_that_arrives_late_does_not_turn_the_day_back() -> None:
    record = make_partnership()
    for month in (9, 5):
        at = datetime(2026, month, 1, 12, tzinfo=UTC)
        partnerships.confirm(record, side=Side.UK, by=None, how="On paper", at=at)
    record.refresh_from_db()
    assert record.uk_confirmed_on == record.last_confirmed_on == date(2026, 9, 1)


# -------------------------------------------------------------------------------- redirects


def test_an_old_address_leads_to_the_record_for_ever() -> None:
    record = make_partnership("Blantyre", slug="first")
    for slug in ("second", "third"):
        partnerships.update(record, by=make_unit(), values={"slug": slug})
    for old in ("first", "second"):
        with pytest.raises(Moved) as moved:
            partnership_for(old, viewer=None)
        assert moved.value.slug == "third"
    assert partnership_for("third", viewer=None) == record

    partnerships.update(record, by=make_unit(), values={"slug": "first"})  # it may come home
    assert partnership_for("first", viewer=None) == record
    with pytest.raises(Moved):
        partnership_for("third", viewer=None)


def test_nobody_else_takes_an_old_address() -> None:
    record = make_partnership(slug="first")
    partnerships.update(record, by=make_unit(), values={"slug": "second"})
    other = make_partnership()
    with pytest.raises(ValidationError, match="Choose a different one"):
        partnerships.update(other, by=make_unit(), values={"slug": "first"})
    with pytest.raises(ValidationError, match="Choose a different one"):
        partnerships.create(by=make_unit(), values=DRAFT | {"slug": "first"})


def test_an_old_address_says_nothing_of_a_record_that_is_not_public() -> None:
    record = make_partnership(slug="first", moderation=Moderation.DRAFT)
    partnerships.update(record, by=make_unit(), values={"slug": "second"})
    with pytest.raises(NotFound):
        partnership_for("first", viewer=None)
    with pytest.raises(Moved):
        partnership_for("first", viewer=make_unit())


def test_the_index_follows_the_record() -> None:
    record = make_partnership("Old name", slug="a-link")
    partnerships.update(
        record,
        by=make_unit(),
        values={"name": "Fresh name"},
        parts=Parts(declared_countries=[make_country("NP")]),
    )
    assert found("fresh") == found("nepal") == {record.slug}
    assert found("old") == set()


@pytest.mark.parametrize("who", ["stranger", "nobody", "auditor"])
def test_only_who_may_edit_can_change_confirm_or_delete(who: str) -> None:
    board = make_board()
    record = make_partnership(health_board=board)
    people = {
        "stranger": make_champion,
        "nobody": make_user,
        "auditor": make_auditor,
    }
    by = people[who]()
    with pytest.raises(NotAllowed):
        partnerships.update(record, by=by, values={"summary": "Changed"})
    with pytest.raises(NotAllowed):
        partnerships.confirm(record, side="uk", by=by, how="By nobody's leave")
    with pytest.raises(NotAllowed):
        partnerships.delete(record, by=by, reason="Because I can")
    record.refresh_from_db()
    assert (record.summary, record.last_confirmed_on) == ("", None)


def test_a_champion_cannot_give_a_record_to_another_board_nor_take_one() -> None:
    own, other = make_board(), make_board()
    champion = make_champion(own)
    record = make_partnership(health_board=own)
    theirs = make_partnership(health_board=other)
    with pytest.raises(NotAllowed):
        partnerships.update(record, by=champion, values={"health_board": other})
    with pytest.raises(NotAllowed):
        partnerships.update(theirs, by=champion, values={"health_board": own})
    assert partnerships.update(record_again(record), by=champion, values={"summary": "Better"})


def record_again(record: Partnership) -> Partnership:
    """The record as it is stored."""
    return Partnership.objects.get(pk=record.pk)


def test_a_stale_copy_does_not_undo_a_withdrawal() -> None:
    record = make_partnership()
    stale = record_again(record)
    partnerships.moderate(record, to="withdrawn", by=make_unit(), reason="Asked to")
    partnerships.confirm(record, side="uk", by=make_unit(), how="By telephone")
    partnerships.update(stale, by=make_unit(), values={"summary": "Written before"})
    now = record_again(record)
    assert (now.moderation, now.summary) == ("withdrawn", "Written before")
    assert now.uk_confirmed_on is not None


@pytest.mark.parametrize(
    "name", ["moderation", "created_by", "created_by_id", "uk_confirmed_on", "member_count", "id"]
)
def test_what_other_verbs_write_cannot_be_given(name: str) -> None:
    with pytest.raises(TypeError, match="another verb"):
        partnerships.create(by=make_unit(), values=DRAFT | {name: None})


def test_an_author_loses_a_boards_draft_with_the_tenure() -> None:
    board = make_board()
    former = make_champion(board, until=date(2021, 1, 1))
    record = make_partnership(health_board=board, moderation="draft", by=former)
    with pytest.raises(NotAllowed):
        partnerships.update(record, by=former, values={"summary": "Still here"})
    with pytest.raises(NotAllowed):
        partnerships.confirm(record, side="partner", by=former, how="From memory")


@pytest.mark.parametrize("to", ["returned", "withdrawn"])
def test_sending_back_and_withdrawing_need_a_reason(to: str) -> None:
    record = make_partnership(moderation="submitted")
    with pytest.raises(ValidationError, match="Say why"):
        partnerships.moderate(record, to=to, by=make_unit(), reason=" ")


def test_a_page_of_the_site_is_no_address_for_a_record() -> None:
    with pytest.raises(ValidationError, match="page of this site"):
        partnerships.create(by=make_unit(), values=DRAFT | {"slug": "map"})


@pytest.mark.parametrize("field", ["summary", "goals", "source_note", "partner_learning"])
def test_contact_details_are_kept_out_of_public_text(field: str) -> None:
    with pytest.raises(ValidationError, match="would be public") as refused:
        partnerships.create(by=make_unit(), values=DRAFT | {field: "Ask nurse@example.org."})
    assert list(refused.value.message_dict) == [field]
