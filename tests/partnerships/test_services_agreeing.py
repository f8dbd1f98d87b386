"""What members say together and want to do: written by any of them, agreed by all, then frozen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from partnerships.choices import ActionProgress, ChecklistState
from partnerships.comparison import shared
from partnerships.models import ActionPoint, AgreedAnswer, Checklist
from partnerships.services import actions, agreeing, checklists, partnerships
from partnerships.services.actions import ChangedMeanwhile
from partnerships.services.agreeing import AnswersChanged, Said, version_of_answer
from partnerships.services.partnerships import NotAllowed
from tests.factories.evaluations import make_invitation, make_response, make_round
from tests.factories.records import make_board, make_framework, make_partnership, make_unit
from tests.factories.rounds import NOW, Round

pytestmark = pytest.mark.django_db
EMPTY = version_of_answer(None)


def test_an_agreed_checklist_is_frozen_but_for_progress() -> None:
    made = Round("4", "2")
    one, other = made.parts
    made.write(made.hallmarks[0], "3", "We met")
    point = made.point("Write minutes", why="To remember")
    made.agree()
    assert made.checklist.state == ChecklistState.AGREED
    answer = made.checklist.agreed_answers.get()
    before = list(ActionPoint.objects.values()), list(AgreedAnswer.objects.values())
    attempts = [
        lambda: checklists.rate(one, hallmark=made.hallmarks[0], level="1"),
        lambda: checklists.submit(one),
        lambda: checklists.agree(one),
        lambda: checklists.abandon(made.checklist, by=made.champion, reason=""),
        lambda: checklists.close_early(made.checklist, by=made.champion),
        lambda: made.write(made.hallmarks[1]),
        lambda: agreeing.write_answers(
            one, said={answer.hallmark_id: Said("", "", version_of_answer(answer))}
        ),
        lambda: made.point("More"),
        lambda: actions.change(point, part=other, seen=actions.version_of(point), what="Less"),
        lambda: actions.carry(point, part=one),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert before == (list(ActionPoint.objects.values()), list(AgreedAnswer.objects.values()))

    assert actions.set_progress(point, part=other, progress="done", seen="to_do", at=NOW)
    point.refresh_from_db()
    assert (point.what, point.done_on) == ("Write minutes", date(2026, 5, 1))
    assert actions.set_progress(point, part=other, progress="doing", seen="done")
    point.refresh_from_db()
    assert point.done_on is None
    assert Checklist.objects.get().state == ChecklistState.AGREED


def test_the_wording_that_was_agreed_to_stays() -> None:
    from partnerships.services import frameworks

    made = Round("4", "2")
    made.agree()
    hallmark = made.hallmarks[0]
    hallmark.text = "Other words"
    with pytest.raises(NotAllowed, match="new version"):
        frameworks.save_wording(hallmark, by=None)


def test_a_change_asks_everybody_again() -> None:
    made = Round("4", "2")
    one, other = made.parts
    for change in (
        lambda: made.write(made.hallmarks[0]),
        made.point,
        lambda: actions.change(
            ActionPoint.objects.get(),
            part=other,
            seen=actions.version_of(ActionPoint.objects.get()),
            due_on=date(2027, 1, 1),
        ),
    ):
        checklists.agree(one)
        change()
        one.refresh_from_db()
        assert one.agreed_at is None
    checklists.agree(one)
    assert actions.set_progress(ActionPoint.objects.get(), part=one, progress="doing", seen="to_do")
    one.refresh_from_db()
    assert one.agreed_at is not None


def test_agreeing_is_to_what_was_shown_and_twice_is_once() -> None:
    made = Round("4", "2")
    one, other = made.parts
    seen = agreeing.version_of_round(made.checklist)
    made.point()
    with pytest.raises(ChangedMeanwhile):
        agreeing.agree(one, seen=seen)
    seen = agreeing.version_of_round(made.checklist)
    first = agreeing.agree(one, seen=seen, at=NOW)
    assert agreeing.agree(one, seen=seen, at=NOW + timedelta(1)).agreed_at == first.agreed_at
    agreeing.agree(other, seen=seen, at=NOW)
    made.refresh()
    assert made.checklist.state == ChecklistState.AGREED
    assert agreeing.agree(one, seen=seen).agreed_at == NOW


def test_who_has_answered_is_agreed_to() -> None:
    made = Round("4", "2", None, countries=("GB", "MW", "ZM"))
    made.close_early()
    seen = agreeing.version_of_round(made.checklist)
    made.answer(made.parts[2], "1")
    with pytest.raises(ChangedMeanwhile):
        agreeing.agree(made.parts[0], seen=seen)


def test_answers_are_written_together_or_not_at_all() -> None:
    made = Round("4", "2")
    one, other = made.parts
    first, second, *_ = [hallmark.pk for hallmark in made.hallmarks]
    said = {first: Said("3", "We met", EMPTY), second: Said("", "", EMPTY)}
    assert agreeing.write_answers(one, said=said) == 1
    assert agreeing.write_answers(one, said=said) == 0, "sent twice"
    with pytest.raises(AnswersChanged) as refused:
        agreeing.write_answers(
            other, said={first: Said("1", "", EMPTY), second: Said("4", "", EMPTY)}
        )
    assert refused.value.hallmarks == [first]
    row = AgreedAnswer.objects.get()
    assert (row.level, row.reason) == ("3", "We met")
    assert agreeing.write_answers(other, said={first: Said("", "", version_of_answer(row))}) == 1
    assert not AgreedAnswer.objects.exists()
    with pytest.raises(ValidationError, match="levels"):
        agreeing.write_answers(one, said={first: Said("9", "", EMPTY)})
    foreign = checklists.hallmarks_of(make_framework()).first()
    assert foreign is not None
    with pytest.raises(ValidationError, match="not hallmarks"):
        agreeing.write_answers(one, said={foreign.pk: Said("1", "", EMPTY)})


def test_only_members_that_have_answered_write() -> None:
    made = Round("4", "2", None, countries=("GB", "MW", "ZM"))
    made.close_early()
    late = made.parts[2]
    point = made.point()
    with pytest.raises(ValidationError, match="have answered"):
        made.point("For somebody who cannot read it", at=2)
    for attempt in (
        lambda: actions.add(late, member=late.member, what="Early"),
        lambda: actions.set_progress(point, part=late, progress="done", seen="to_do"),
        lambda: agreeing.share(late, is_willing=True),
        lambda: agreeing.agree(late, seen=agreeing.version_of_round(made.checklist)),
        lambda: agreeing.write_answers(late, said={made.hallmarks[0].pk: Said("1", "", EMPTY)}),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_point_sent_twice_is_one_and_belongs_to_the_round() -> None:
    made = Round(None, None)
    with pytest.raises(NotAllowed):
        made.point()
    for part in made.parts:
        made.answer(part, "3")
    assert made.point(due_on=date(2027, 1, 1)) == made.point(due_on=date(2027, 1, 1))
    assert ActionPoint.objects.count() == 1
    outsider = make_partnership().members.first()
    assert outsider is not None
    with pytest.raises(ValidationError, match="take part"):
        actions.add(made.parts[0], member=outsider, what="Elsewhere")
    with pytest.raises(ValidationError, match="not one of"):
        made.point("Wrong", hallmark=checklists.hallmarks_of(make_framework()).first())
    other = Round("4", "2")
    with pytest.raises(ActionPoint.DoesNotExist):
        actions.set_progress(
            ActionPoint.objects.get(), part=other.parts[0], progress="done", seen="to_do"
        )


def test_a_stale_edit_of_a_point_is_refused_and_loses_nothing() -> None:
    made = Round("4", "2")
    one, other = made.parts
    point = made.point()
    seen = actions.version_of(point)
    assert actions.change(point, part=one, seen=seen, what="Meet in May")
    with pytest.raises(ChangedMeanwhile):
        actions.change(point, part=other, seen=seen, what="Meet in June")
    assert not actions.change(point, part=one, seen=seen, what="Meet in May"), "sent twice"
    assert actions.set_progress(point, part=one, progress="done", seen="to_do")
    with pytest.raises(ChangedMeanwhile):
        actions.set_progress(point, part=other, progress="doing", seen="to_do")
    assert not actions.set_progress(point, part=other, progress="done", seen="to_do")
    point.refresh_from_db()
    assert (point.what, point.progress) == ("Meet in May", ActionProgress.DONE)


def test_unfinished_points_go_on_in_the_next_round_once() -> None:
    made = Round("4", "2")
    done, left = made.point("Done", hallmark=made.hallmarks[0]), made.point("Left", at=1)
    actions.set_progress(done, part=made.parts[0], progress="done", seen="to_do")
    made.agree()
    later = {"partnership": made.partnership, "at": NOW.replace(year=2027)}
    again = Round("4", "2", framework=made.framework, **later)
    assert list(actions.offered(again.parts[0])) == [left]
    assert actions.carry(left, part=again.parts[0]) == actions.carry(left, part=again.parts[1])
    point = again.checklist.actions.get()
    assert (point.what, point.member, point.carried_from) == ("Left", left.member, left)
    assert not actions.offered(again.parts[0])
    with pytest.raises(ActionPoint.DoesNotExist):
        actions.carry(done, part=again.parts[0])


def test_a_point_is_offered_where_it_stands_last_and_not_after_an_abandoned_round() -> None:
    made = Round("4", "2")
    points = made.point("One"), made.point("Other")
    made.agree()
    again = {"partnership": made.partnership, "framework": made.framework}
    second = Round("4", "2", at=NOW.replace(year=2027), **again)
    one, other = (actions.carry(point, part=second.parts[0]) for point in points)
    actions.set_progress(one, part=second.parts[0], progress="done", seen="to_do")
    second.agree()
    third = Round("4", "2", at=NOW.replace(year=2028), **again)
    assert list(actions.offered(third.parts[0])) == [other]
    actions.carry(other, part=third.parts[0])
    checklists.abandon(third.checklist, by=third.champion, reason="Begin anew")
    fourth = Round("4", "2", at=NOW.replace(year=2029), **again)
    assert list(actions.offered(fourth.parts[0])) == [other]


def test_a_point_of_a_member_that_left_is_taken_over() -> None:
    made = Round("4", "2", "3", countries=("GB", "MW", "ZM"))
    left = made.point("Share the plan", at=2, who="Dr Phiri")
    made.agree()
    left.member.until = 2026
    left.member.save()
    again = Round(
        "4", "2", partnership=made.partnership, framework=made.framework,
        at=NOW.replace(year=2027),
    )  # fmt: skip
    assert list(actions.offered(again.parts[0])) == [left]
    with pytest.raises(ValidationError, match="have answered"):
        actions.carry(left, part=again.parts[0])
    taker = again.parts[1].member
    point = actions.carry(left, part=again.parts[0], member=taker)
    assert (point.member, point.who, point.carried_from) == (taker, "", left)


def test_consent_to_show_answers_ends_when_another_board_keeps_the_record() -> None:
    made, unit = Round("4", "1"), make_unit()
    member = made.parts[0].member
    given = make_response(make_invitation(make_round(), member), shares_with_board=True)
    made.share()
    record = made.partnership
    record.refresh_from_db()
    partnerships.update(record, by=unit, values={"name": "Another name"})
    assert shared(made.checklist)
    partnerships.update(record, by=unit, values={"health_board": make_board()})
    assert shared(made.checklist) is None
    given.refresh_from_db()
    assert not given.shares_with_board
    for row in (*made.parts, given):
        assert "Another Board" in row.history.latest().history_change_reason
