"""Joint self-assessment: each side rates alone and neither looks over the other's shoulder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from partnerships.choices import ChecklistState, FrameworkState, RatingLevel
from partnerships.models import Rating
from partnerships.services import checklists
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import (
    make_board,
    make_champion,
    make_framework,
    make_institution,
    make_member,
    make_partnership,
    make_unit,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Round:
    """An open checklist between two members, with two hallmarks."""

    def __init__(self) -> None:
        self.board = make_board()
        self.champion = make_champion(self.board)
        self.partnership = make_partnership(
            health_board=self.board,
            members=[make_institution(country="GB"), make_institution(country="MW")],
        )
        self.framework = make_framework(principles=1)
        self.checklist = checklists.open_round(
            partnership=self.partnership,
            framework=self.framework,
            by=self.champion,
            reason="Yearly",
            at=NOW,
        )
        self.uk, self.partner = self.checklist.parts.order_by("pk")
        self.first, self.second = checklists.hallmarks_of(self.framework).order_by("number")

    def rate_all(self, part, level=RatingLevel.MOSTLY) -> None:
        for hallmark in (self.first, self.second):
            checklists.rate(part, hallmark=hallmark, level=level)

    def submit_both(self) -> None:
        for part in (self.uk, self.partner):
            self.rate_all(part)
            checklists.submit(part, at=NOW)
        self.checklist.refresh_from_db()


def test_opening_makes_a_part_for_each_member() -> None:
    made = Round()
    assert made.checklist.state == ChecklistState.OPEN
    assert (made.checklist.opened_by, made.checklist.opened_at) == (made.champion, NOW)
    assert {part.member for part in made.checklist.parts.all()} == set(
        made.partnership.members.all()
    )
    row = made.checklist.history.get()
    assert (row.history_user, row.history_change_reason) == (made.champion, "Yearly")


def test_a_member_that_has_left_takes_no_part() -> None:
    made = Round()
    checklists.abandon(made.checklist, by=made.champion, reason="Begin anew")
    make_member(made.partnership, make_institution(country="MW"), since=2010, until=2020)
    again = checklists.open_round(
        partnership=made.partnership, framework=made.framework, by=made.champion, at=NOW
    )
    assert again.parts.count() == 2


@pytest.mark.parametrize("state", [FrameworkState.DRAFT, FrameworkState.RETIRED])
def test_a_framework_that_is_not_published_cannot_be_used(state: str) -> None:
    with pytest.raises(NotAllowed, match="not published"):
        checklists.open_round(
            partnership=make_partnership(), framework=make_framework(state=state), by=make_unit()
        )


def test_a_round_needs_both_sides_and_something_to_rate() -> None:
    alone = make_partnership(
        members=[make_institution(country="GB")], countries=["MW"], gap_note="No partner named."
    )
    abroad = make_partnership(members=[make_institution(country=code) for code in ("MW", "ZM")])
    for one_sided in (alone, abroad):
        with pytest.raises(NotAllowed, match="a member in the UK and one in another country"):
            checklists.open_round(partnership=one_sided, framework=make_framework(), by=make_unit())
    with pytest.raises(NotAllowed, match="nothing to rate"):
        checklists.open_round(
            partnership=make_partnership(), framework=make_framework(hallmarks=0), by=make_unit()
        )


def test_one_unfinished_round_of_a_framework_at_a_time() -> None:
    made = Round()
    again = {"partnership": made.partnership, "framework": made.framework, "by": made.champion}
    with pytest.raises(NotAllowed, match="under way"):
        checklists.open_round(**again)
    made.submit_both()
    with pytest.raises(NotAllowed, match="under way"):
        checklists.open_round(**again)
    assert checklists.open_round(**again | {"framework": make_framework()}).pk


def test_another_boards_champion_opens_and_abandons_nothing() -> None:
    made = Round()
    stranger = make_champion(make_board())
    with pytest.raises(NotAllowed, match="owning Board"):
        checklists.open_round(partnership=made.partnership, framework=make_framework(), by=stranger)
    with pytest.raises(NotAllowed, match="owning Board"):
        checklists.abandon(made.checklist, by=stranger, reason="")


def test_a_rating_can_change_until_it_is_submitted() -> None:
    made = Round()
    checklists.rate(made.uk, hallmark=made.first, level=RatingLevel.NOT_YET)
    checklists.rate(made.uk, hallmark=made.first, level=RatingLevel.FULLY, note="Minutes")
    rating = Rating.objects.get()
    assert (rating.level, rating.note, rating.part) == (RatingLevel.FULLY, "Minutes", made.uk)
    assert rating.history.count() == 2

    made.rate_all(made.uk)
    checklists.submit(made.uk, at=NOW)
    with pytest.raises(NotAllowed, match="They stand as they are"):
        checklists.rate(made.uk, hallmark=made.first, level=RatingLevel.NOT_YET)
    assert Rating.objects.get(part=made.uk, hallmark=made.first).level == RatingLevel.MOSTLY


def test_a_stale_copy_of_a_part_cannot_rate_after_it_was_submitted() -> None:
    made = Round()
    stale = made.checklist.parts.get(pk=made.uk.pk)
    made.rate_all(made.uk)
    checklists.submit(made.uk)
    with pytest.raises(NotAllowed):
        checklists.rate(stale, hallmark=made.first, level=RatingLevel.FULLY)


def test_a_hallmark_of_another_framework_and_an_unknown_level_are_refused() -> None:
    made = Round()
    foreign = checklists.hallmarks_of(make_framework()).first()
    with pytest.raises(ValidationError, match="not one of"):
        checklists.rate(made.uk, hallmark=foreign, level=RatingLevel.FULLY)
    with pytest.raises(ValidationError, match="one of the levels"):
        checklists.rate(made.uk, hallmark=made.first, level="5")
    assert not Rating.objects.exists()


def test_submitting_needs_every_hallmark_rated() -> None:
    made = Round()
    checklists.rate(made.uk, hallmark=made.first, level=RatingLevel.DO_NOT_KNOW)
    with pytest.raises(NotAllowed) as refusal:
        checklists.submit(made.uk)
    assert str(refusal.value).startswith("1 of the hallmarks")
    assert made.second.text in str(refusal.value)
    made.uk.refresh_from_db()
    assert made.uk.submitted_at is None


def test_neither_side_sees_the_others_ratings_until_both_have_submitted() -> None:
    made = Round()
    made.rate_all(made.uk, RatingLevel.NOT_YET)
    made.rate_all(made.partner, RatingLevel.FULLY)

    def seen(part) -> set[str]:
        part.refresh_from_db()
        return {rating.level for rating in checklists.ratings_visible_to(part)}

    assert seen(made.uk) == {RatingLevel.NOT_YET}
    assert seen(made.partner) == {RatingLevel.FULLY}
    checklists.submit(made.uk)
    assert seen(made.uk) == {RatingLevel.NOT_YET}
    assert seen(made.partner) == {RatingLevel.FULLY}
    checklists.submit(made.partner)
    both = {RatingLevel.NOT_YET, RatingLevel.FULLY}
    assert seen(made.uk) == seen(made.partner) == both
    made.checklist.refresh_from_db()
    assert made.checklist.state == ChecklistState.COMPARED


def test_what_was_not_submitted_stays_unseen_when_a_round_is_abandoned() -> None:
    made = Round()
    made.rate_all(made.uk)
    checklists.submit(made.uk)
    checklists.abandon(made.checklist, by=made.champion, reason="They stopped")
    assert list(checklists.ratings_visible_to(made.partner)) == []
    with pytest.raises(NotAllowed):
        checklists.rate(made.partner, hallmark=made.first, level=RatingLevel.FULLY)
    with pytest.raises(NotAllowed, match="unfinished"):
        checklists.abandon(made.checklist, by=made.champion, reason="Again")


def test_ratings_of_another_round_are_never_shown() -> None:
    one, other = Round(), Round()
    one.submit_both()
    other.submit_both()
    shown = {rating.part.checklist for rating in checklists.ratings_visible_to(one.uk)}
    assert shown == {one.checklist}


def test_agreeing_takes_every_side_and_comes_after_submitting() -> None:
    made = Round()
    made.rate_all(made.uk)
    checklists.submit(made.uk, at=NOW)
    with pytest.raises(NotAllowed, match="every side has submitted"):
        checklists.agree(made.uk, at=NOW)
    made.rate_all(made.partner)
    checklists.submit(made.partner, at=NOW)

    checklists.agree(made.uk, at=NOW)
    made.checklist.refresh_from_db()
    assert made.checklist.state == ChecklistState.COMPARED
    with pytest.raises(NotAllowed, match="agreed already"):
        checklists.agree(made.uk, at=NOW)
    checklists.agree(made.partner, at=NOW)
    made.checklist.refresh_from_db()
    assert (made.checklist.state, made.checklist.agreed_at) == (ChecklistState.AGREED, NOW)
