"""Links of a checklist: mailed to each side's coordinators, sent again, withdrawn, reminded of."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from partnerships.choices import ChecklistState, FrameworkShape, LinkPurpose
from partnerships.comparison import compare, part_behind
from partnerships.models import OutgoingMail, Partnership, Rating, SignedLink
from partnerships.models.links import digest_of
from partnerships.services import answering, checklists, coordinators, inviting, links, mailboxes
from partnerships.services.answering import Said, Typed
from partnerships.services.links import LinkRefused
from partnerships.services.partnerships import NotAllowed
from tests.factories.checklists import Round
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_framework,
    make_institution,
    make_member,
    make_partnership,
    make_unit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = timezone.now()


def tokens() -> dict[str, str]:
    """The last token that was mailed to each address."""
    return {
        mail.to: found[1]
        for mail in OutgoingMail.objects.order_by("pk")
        if (found := re.search(r"/checklists/([\w-]+)/", mail.text))
    }


def save(token: str, hallmark, level: str, note: str = "", seen: Said | None = None):
    typed = {hallmark: Typed(Said(level, note), (seen or Said()).mark)}
    return answering.save_page(answering.asked(token, at=NOW), typed=typed, at=NOW)


def test_each_coordinator_gets_a_link_to_the_own_part_and_the_token_is_kept_nowhere() -> None:
    made = Round(due_on=timezone.localdate() + timedelta(days=30))
    invited = inviting.invite(made.checklist, by=made.champion, at=NOW)
    assert ([p.email for p in invited.people], invited.without) == (
        ["a@example.org", "b@example.org"],
        [],
    )
    sent = tokens()
    parts = {to: answering.asked(token, at=NOW).part for to, token in sent.items()}
    assert parts == {"a@example.org": made.uk, "b@example.org": made.partner}
    kept = {link.digest for link in SignedLink.objects.all()}
    assert kept == {digest_of(token) for token in sent.values()}
    mail = OutgoingMail.objects.get(to="b@example.org")
    assert "NHS Tayside asks you to answer for Queens" in mail.text
    assert f"by {made.checklist.due_on:%-d %B %Y}" in mail.text
    assert sent["a@example.org"] not in mail.text + mail.html


def test_whoever_cannot_be_asked_is_named() -> None:
    made = Round()
    person = made.person(made.partner)
    later = make_coordinator(made.uk.member, email="late@example.org", since=date(2999, 1, 1))
    make_coordinator(made.uk.member, email="gone@example.org", until=date(2020, 1, 1))
    mailboxes.record_bounce(person.email, at=NOW)
    invited = inviting.invite(made.checklist, by=made.champion, at=NOW)
    assert [p.name for p in invited.people] == ["Nurse A"]
    assert invited.without == [made.partner]
    assert later not in invited.people


def test_pressing_twice_sends_once_and_an_invitation_can_go_out_again() -> None:
    made = Round()
    for minutes in (0, 1, 60):
        inviting.invite(
            made.checklist, by=made.champion, parts=[made.uk], at=NOW + timedelta(minutes=minutes)
        )
    assert [m.to for m in OutgoingMail.objects.all()] == ["a@example.org"] * 2
    assert SignedLink.objects.open(NOW).count() == 2


def test_strangers_neither_invite_nor_withdraw() -> None:
    made, stranger = Round(), make_champion(make_board())
    with pytest.raises(NotAllowed, match="owning Board"):
        inviting.invite(made.checklist, by=stranger, at=NOW)
    with pytest.raises(NotAllowed, match="owning Board"):
        inviting.withdraw(made.checklist, by=stranger, at=NOW)
    assert not OutgoingMail.objects.exists()


def test_links_end_when_withdrawn_abandoned_expired_or_their_owner_leaves() -> None:
    made = Round()

    def refused(token: str, says: str, at: datetime = NOW) -> None:
        with pytest.raises(LinkRefused, match=says):
            answering.asked(token, at=at)

    one, other = made.token(made.uk), made.token(made.partner)
    assert inviting.withdraw(made.checklist, by=made.champion, parts=[made.uk], at=NOW) == 1
    refused(one, "withdrawn")
    assert answering.asked(other, at=NOW).part == made.partner
    refused(other, "too old", NOW + timedelta(days=366))
    refused("nothing", "not complete")
    person = made.person(made.partner)
    coordinators.change(person, by=made.champion, values={"until": date(2020, 1, 1)})
    refused(other, "not a coordinator any more")
    coordinators.change(person, by=made.champion, values={"until": None})
    checklists.abandon(made.checklist, by=made.champion, reason="They stopped")
    refused(other, "withdrawn")
    with pytest.raises(NotAllowed, match="abandoned"):
        inviting.invite(made.checklist, by=made.champion, at=NOW)


def test_links_of_other_purposes_open_no_checklist_and_the_other_way_round() -> None:
    made = Round()
    confirm = links.make(
        purpose=LinkPurpose.CONFIRMATION, partnership=made.partnership, side="uk", at=NOW
    )
    with pytest.raises(LinkRefused, match="withdrawn, or"):
        answering.asked(confirm, at=NOW)
    with pytest.raises(LinkRefused, match="withdrawn, or"):
        links.find(made.token(made.uk), purpose=LinkPurpose.CONFIRMATION, at=NOW)


def test_a_link_reads_and_writes_its_own_part_alone() -> None:
    made = Round()
    made.rate_all(made.uk, note="Ours alone")
    token, hallmark = made.token(made.partner), made.hallmarks[0]
    standing = answering.standing(answering.asked(token, at=NOW))
    assert (standing.said, standing.rated, standing.total) == ({}, 0, 4)
    assert save(token, hallmark, "2", "Theirs") == {}
    assert [(r.part, r.level) for r in Rating.objects.filter(note="Theirs")] == [
        (made.partner, "2")
    ]
    foreign = checklists.hallmarks_of(make_framework()).first()
    with pytest.raises(ValidationError):
        save(token, foreign, "2")


def test_saving_again_changes_nothing_and_nothing_of_a_colleague_is_written_over() -> None:
    made = Round()
    token, hallmark = made.token(made.uk), made.hallmarks[0]
    for _ in range(2):
        assert save(token, hallmark, "2", "Mine") == {}
    rating = Rating.objects.get()
    assert rating.history.count() == 1
    # A colleague, who had seen the page before that.
    assert save(token, hallmark, "4", "Theirs") == {hallmark.pk: Said("2", "Mine")}
    rating.refresh_from_db()
    assert (rating.level, rating.note) == ("2", "Mine")
    # Not touched: nothing to say.
    assert save(token, hallmark, "", "") == {}
    # Having seen both, theirs is kept.
    assert save(token, hallmark, "4", "Theirs", seen=Said("2", "Mine")) == {}
    rating.refresh_from_db()
    assert (rating.level, rating.note) == ("4", "Theirs")


def test_a_note_without_an_answer_is_kept_and_does_not_count() -> None:
    made = Round()
    token, hallmark = made.token(made.uk), made.hallmarks[0]
    save(token, hallmark, "", "To be asked on Monday")
    standing = answering.standing(answering.asked(token, at=NOW))
    assert standing.said[hallmark.pk].note == "To be asked on Monday"
    assert standing.rated == 0
    for level, note in (("5", ""), ("2", "x" * 2001), ("2", "nul\0")):
        with pytest.raises(ValidationError):
            save(token, hallmark, level, note)


def test_submitting_twice_is_submitting_once_and_the_last_side_tells_everybody() -> None:
    made = Round()
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    made.submit(made.uk)
    made.rate_all(made.partner)
    link = answering.asked(made.token(made.partner), at=NOW)
    seen = answering.standing(link).version
    for _ in range(2):
        answering.submit(link, seen=seen, at=NOW)
    made.checklist.refresh_from_db()
    assert made.checklist.state == ChecklistState.COMPARED
    told = OutgoingMail.objects.filter(kind="checklist_compared")
    assert sorted(told.values_list("to", flat=True)) == ["a@example.org", "b@example.org"]
    with pytest.raises(NotAllowed, match="stand as they are"):
        save(made.token(made.partner), made.hallmarks[0], "1")


def test_whoever_has_no_link_or_had_it_withdrawn_gets_none_when_all_can_be_compared() -> None:
    made = Round()
    make_coordinator(made.partner.member, email="never@example.org")
    inviting.invite(made.checklist, by=made.champion, parts=[made.uk], at=NOW)
    inviting.withdraw(made.checklist, by=made.champion, parts=[made.uk], at=NOW)
    links.make(
        purpose=LinkPurpose.CHECKLIST,
        part=made.partner,
        coordinator=made.partner.member.coordinators.earliest("pk"),
        at=NOW,
    )
    for part in (made.uk, made.partner):
        made.submit(part)
    inviting.tell_compared(made.checklist, at=NOW)
    told = OutgoingMail.objects.filter(kind="checklist_compared")
    assert [mail.to for mail in told] == ["b@example.org"]


# ---------------------------------------------------------------------------- closing early


def test_closing_early_needs_every_submitted_side_and_late_answers_still_count() -> None:
    made = Round()
    with pytest.raises(NotAllowed, match="Nobody has submitted"):
        checklists.close_early(made.checklist, by=made.champion)
    with pytest.raises(NotAllowed, match="submits its own"):
        checklists.compare_early(made.uk, is_willing=True)
    made.submit(made.uk)
    with pytest.raises(NotAllowed, match="Ninewells has to agree first"):
        checklists.close_early(made.checklist, by=made.champion)
    checklists.compare_early(made.uk, is_willing=True)
    with pytest.raises(NotAllowed, match="owning Board"):
        checklists.close_early(made.checklist, by=make_champion(make_board()))
    checklists.close_early(made.checklist, by=made.champion, at=NOW)
    made.checklist.refresh_from_db()
    assert (made.checklist.state, made.checklist.closed_early_at) == ("compared", NOW)

    checklists.agree(made.uk)
    made.checklist.refresh_from_db()
    assert made.checklist.state == ChecklistState.COMPARED  # one side is no agreement
    made.rate_all(made.partner, "1")
    made.partner.refresh_from_db()
    assert {r.part for r in checklists.ratings_visible_to(made.partner)} == {made.partner}
    assert {r.part for r in checklists.ratings_visible_to(made.uk)} == {made.uk}
    checklists.submit(made.partner)
    made.uk.refresh_from_db()
    made.partner.refresh_from_db()
    assert made.uk.agreed_at is None  # asked again, with the late answers
    assert {r.part for r in checklists.ratings_visible_to(made.uk)} == {made.uk, made.partner}


def test_consent_to_compare_early_can_be_taken_back() -> None:
    made = Round()
    made.submit(made.uk)
    link = answering.asked(made.token(made.uk), at=NOW)
    for is_willing in (True, True, False):
        answering.compare_early(link, is_willing=is_willing, at=NOW)
    with pytest.raises(NotAllowed, match="has to agree first"):
        checklists.close_early(made.checklist, by=made.champion)


def test_a_cycle_of_steps_and_a_day_that_has_passed_are_refused_with_words() -> None:
    framework, unit = make_framework(), make_unit()
    told = {"partnership": make_partnership(), "framework": framework, "by": unit}
    with pytest.raises(NotAllowed, match="has passed"):
        checklists.open_round(**told, due_on=date(2020, 1, 1))
    framework.shape = FrameworkShape.STEPS
    framework.save()
    with pytest.raises(NotAllowed, match="nothing in it to rate"):
        checklists.open_round(**told)


def test_a_member_is_left_out_only_before_anybody_answers_and_never_a_whole_side() -> None:
    made = Round()
    extra = make_member(made.partnership, make_institution("Zomba", country="MW"))
    checklist = checklists.open_round(
        partnership=made.partnership, framework=make_framework(), by=made.champion
    )
    uk, queens, zomba = checklist.parts.order_by("pk")
    assert zomba.member == extra
    leave = {"by": made.champion, "reason": "It has closed"}
    with pytest.raises(NotAllowed, match="only one of its side"):
        checklists.leave_out(uk, **leave)
    hallmark = checklists.hallmarks_of(checklist.framework).first()
    checklists.rate(queens, hallmark=hallmark, level="2")
    with pytest.raises(NotAllowed, match="has begun"):
        checklists.leave_out(queens, **leave)
    token = links.make(purpose=LinkPurpose.CHECKLIST, part=zomba, at=NOW)
    link = answering.asked(token, at=NOW)
    checklists.leave_out(zomba, **leave)
    assert set(checklist.parts.all()) == {uk, queens}
    for late in (
        lambda: answering.save_page(link, typed={}, at=NOW),
        lambda: answering.standing(link),
        lambda: part_behind(link),
        lambda: answering.asked(token, at=NOW),
    ):
        with pytest.raises(LinkRefused, match="withdrawn"):
            late()
    with pytest.raises(NotAllowed, match="left out already"):
        checklists.leave_out(zomba, **leave)

    made.submit(made.uk)
    with pytest.raises(NotAllowed, match="nobody has submitted"):
        checklists.leave_out(made.partner, **leave)


def test_a_round_that_is_compared_stays_to_read_when_a_champion_abandons_it() -> None:
    made = Round()
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    token = tokens()["b@example.org"]
    for part in (made.uk, made.partner):
        made.submit(part)
    stopped = checklists.abandon(made.checklist, by=made.champion, reason="They stopped", at=NOW)
    for _ in range(2):
        inviting.tell_abandoned(stopped, at=NOW)
    told = OutgoingMail.objects.filter(kind="checklist_abandoned")
    assert sorted(told.values_list("to", flat=True)) == ["a@example.org", "b@example.org"]
    part = part_behind(answering.asked(token, at=NOW))
    assert compare(part) is not None
    with pytest.raises(NotAllowed, match="agreed once every side"):
        checklists.agree(part)


def test_whoever_can_open_a_comparison_early_is_told_when_all_that_answered_would() -> None:
    made = Round()
    made.submit(made.uk)
    link = answering.asked(made.token(made.uk), at=NOW)
    for is_willing in (True, True, False, True):
        answering.compare_early(link, is_willing=is_willing, at=NOW)
    mail = OutgoingMail.objects.get(kind="checklist_willing")
    assert mail.to == made.champion.email
    assert f"/admin/partnerships/checklist/{made.checklist.pk}/change/" in mail.text


# -------------------------------------------------------------------------------- reminders


def test_a_side_that_has_not_answered_is_reminded_now_and_then() -> None:
    made = Round()
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    made.submit(made.uk)
    assert inviting.remind(at=NOW + timedelta(days=13)) == []
    day = NOW + timedelta(days=14)
    assert len(inviting.remind(at=day, is_dry=True)) == 1
    assert [r.asks for r in inviting.remind(at=day)] == [
        [(made.partnership.slug, "partner", "checklist")]
    ]
    mail = OutgoingMail.objects.get(kind="checklist_reminder")
    assert (mail.to, bool(mail.unsubscribe_url)) == ("b@example.org", True)
    assert answering.asked(tokens()["b@example.org"], at=day).part == made.partner
    # At most one recurring mail in 30 days, and three of one round.
    OutgoingMail.objects.update(state="sent", sent_at=day)
    days = [d for d in (15, 43, 44, 73, 74, 104, 300) if reminded(NOW + timedelta(days=d))]
    assert days == [44, 74]


def reminded(at: datetime) -> bool:
    sent = bool(inviting.remind(at=at))
    OutgoingMail.objects.filter(state="waiting").update(state="sent", sent_at=at)
    return sent


def test_nobody_is_reminded_who_was_not_invited_or_wants_no_mail() -> None:
    made, later = Round(), NOW + timedelta(days=40)
    assert inviting.remind(at=later) == []
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    inviting.withdraw(made.checklist, by=made.champion, parts=[made.uk], at=NOW)
    mailboxes.refuse(mailboxes.mailbox_of("b@example.org"), at=NOW)
    assert inviting.remind(at=later, is_dry=True) == inviting.remind(at=later) == []


def test_nobody_is_reminded_for_what_is_withdrawn_or_ended_or_for_who_has_left() -> None:
    made, later = Round(), NOW + timedelta(days=40)
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    record = made.partnership
    for values in ({"moderation": "withdrawn"}, {"stage": "ended"}):
        Partnership.objects.filter(pk=record.pk).update(**values)
        assert inviting.remind(at=later, is_dry=True) == []
        Partnership.objects.filter(pk=record.pk).update(moderation="listed", stage="active")
    record.members.update(until=NOW.year - 1)
    assert inviting.remind(at=later, is_dry=True) == []
    assert inviting.invite(made.checklist, by=made.champion, at=later).people == []


def test_two_checklists_are_one_mail() -> None:
    made = Round()
    again = checklists.open_round(
        partnership=made.partnership, framework=make_framework(), by=made.champion
    )
    for checklist in (made.checklist, again):
        inviting.invite(checklist, by=made.champion, at=NOW)
    assert [len(r.asks) for r in inviting.remind(at=NOW + timedelta(days=20))] == [2, 2]
    assert OutgoingMail.objects.filter(kind="checklist_reminder").count() == 2
