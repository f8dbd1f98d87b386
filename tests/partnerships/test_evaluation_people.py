"""People come and go during a round: whose answers they are, who goes on, who is reminded."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from partnerships.models import Invitation, OutgoingMail, Response, Round
from partnerships.services import coordinators, evaluation_mail, evaluations, links, responses
from partnerships.services.links import LinkRefused
from partnerships.services.partnerships import NotAllowed
from tests.factories.evaluations import make_response, make_round, make_willing
from tests.factories.records import make_institution, make_partnership, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = timezone.now()
DAY = timedelta(days=1)
SECRET = "Somebody was harmed"


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def record():
    return make_partnership("Borders and Zomba")


@pytest.fixture
def asked_in(record, unit) -> Round:
    """Open, with a coordinator on each side."""
    for member in record.members.all():
        make_willing(member, f"{member.side}@example.org")
    made = make_round(question="q=borders")
    evaluations.open_round(made, by=unit, at=NOW)
    return made


def uk_of(asked_in: Round) -> Invitation:
    rows = asked_in.invitations.select_related("member__institution__country", "coordinator")
    return next(each for each in rows if each.side == "uk")


def opened(invitation: Invitation, *, at=NOW) -> responses.Asked:
    """Through a link of whoever is asked."""
    invitation.refresh_from_db()
    made = {"invitation": invitation, "coordinator": invitation.coordinator}
    return responses.asked(links.make(purpose="evaluation", at=at, **made), at=at)


def write(invitation: Invitation, *, is_sent: bool = False, at=NOW) -> None:
    """Private words, words that may be quoted, and a choice."""
    found = opened(invitation, at=at)
    typed = {"D2": "yes", "D2_words": SECRET, "C2": "Words to quote", "A7": "weekly"}
    questions = [found.form.question(code) for code in typed]
    responses.save_page(found, questions, shown={}, typed=typed, at=at)
    if is_sent:
        responses.submit(opened(invitation, at=at), consents={"shares_words": True}, at=at)


# ---------------------------------------------------------------------------- whoever is removed


def test_who_is_removed_takes_words_along_and_leaves_what_was_chosen(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    write(invitation, is_sent=True)
    coordinators.remove(invitation.coordinator, by=unit, reason="Asked for it")
    kept = Response.objects.get()
    assert (kept.answers, kept.shares_words) == ({"D2": "yes", "A7": "weekly"}, False)
    assert kept.submitted_at == NOW


def test_answers_that_no_link_brought_are_those_of_who_was_asked(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    make_response(invitation, {"C2": SECRET, "A5": 3}, shares_words=True)
    coordinators.remove(invitation.coordinator, by=unit, reason="Asked for it")
    assert Response.objects.get().answers == {"A5": 3}
    other = next(each for each in asked_in.invitations.all() if each.pk != invitation.pk)
    make_response(other, {"C2": SECRET}, shares_words=True)
    coordinators.remove(other.coordinator, by=unit, reason="Asked for it")
    assert Response.objects.count() == 1


def test_drafts_go_with_who_is_removed_and_answers_of_others_stay(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    write(invitation)
    first = invitation.coordinator
    coordinators.change(first, by=unit, values={"until": timezone.localdate() - DAY})
    make_willing(invitation.member, "next@example.org")
    again = evaluations.invite_again(invitation, by=unit, seen=invitation.invited_at, at=NOW + DAY)
    assert again is not None
    write(again, is_sent=True, at=NOW + DAY)
    coordinators.remove(first, by=unit, reason="Asked for it")
    assert Response.objects.get().answers["D2_words"] == SECRET

    other = next(each for each in asked_in.invitations.all() if each.pk != invitation.pk)
    write(other)
    coordinators.remove(other.coordinator, by=unit, reason="Asked for it")
    assert [each.invitation for each in Response.objects.all()] == [invitation]


def test_a_page_that_was_open_saves_nothing_for_who_is_removed(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    before = opened(invitation)
    coordinators.remove(invitation.coordinator, by=unit, reason="Asked for it")
    question = before.form.question("C2")
    with pytest.raises(NotAllowed, match="withdrawn"):
        responses.save_page(before, [question], shown={}, typed={"C2": SECRET}, at=NOW + DAY)


# ---------------------------------------------------------------------------- whoever comes after


@pytest.mark.parametrize("how", ["left", "moved", "renamed"])
def test_who_comes_after_begins_anew(asked_in, unit, how) -> None:
    invitation = uk_of(asked_in)
    write(invitation)
    person = invitation.coordinator
    values: dict[str, object] = {"until": timezone.localdate() - DAY}
    if how == "moved":
        values = {"member": make_partnership().members.last()}
    if how == "renamed":
        values = {"name": "Somebody else", "email": "next@example.org"}
    coordinators.change(person, by=unit, values=values)
    if how == "renamed":
        invitation.refresh_from_db()
        seen = invitation.invited_at
        evaluations.invite_again(invitation, by=unit, seen=seen, at=NOW + DAY)
    else:
        make_willing(invitation.member, "next@example.org")
        assert evaluations.open_round(asked_in, by=unit, at=NOW + DAY).asked == 1
    assert opened(invitation).answers == {}
    assert opened(invitation).invitation.coordinator.email == "next@example.org"


def test_what_was_sent_stays_the_sides(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    write(invitation, is_sent=True)
    coordinators.change(
        invitation.coordinator, by=unit, values={"until": timezone.localdate() - DAY}
    )
    make_willing(invitation.member, "next@example.org")
    assert evaluations.open_round(asked_in, by=unit, at=NOW + DAY).asked == 0
    assert Response.objects.get().submitted_at


def test_who_answers_for_another_member_now_opens_nothing_of_this_one(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    person = invitation.coordinator
    other = make_partnership().members.last()
    coordinators.change(person, by=unit, values={"member": other})
    done = evaluations.remind(asked_in, by=unit, at=NOW + 8 * DAY)
    assert (done.asked, done.passed_over) == (1, 1)
    assert not OutgoingMail.objects.filter(kind="evaluation_reminder", to=person.email).exists()
    with pytest.raises(LinkRefused, match="does not answer for this side"):
        opened(invitation)


# --------------------------------------------------------------------------------- twice, late


def test_pressed_twice_invites_once(asked_in, unit) -> None:
    invitation = uk_of(asked_in)
    seen, mails = invitation.invited_at, OutgoingMail.objects.count()
    for _ in range(2):
        evaluations.invite_again(invitation, by=unit, seen=seen, at=NOW + DAY)
    assert OutgoingMail.objects.count() == mails + 1
    assert invitation.links.filter(revoked_at=None).count() == 1


def test_nobody_is_asked_once_the_last_day_is_over(asked_in, record, unit) -> None:
    last = timezone.localdate(NOW + 10 * DAY)
    Round.objects.update(closes_on=last)
    invitation = uk_of(asked_in)
    late, seen = NOW + 11 * DAY, invitation.invited_at
    for verb in (
        lambda: evaluations.remind(asked_in, by=unit, at=late),
        lambda: evaluations.open_round(asked_in, by=unit, at=late),
        lambda: evaluations.invite_again(invitation, by=unit, seen=seen, at=late),
    ):
        with pytest.raises(NotAllowed, match=f"last day to answer was {last.day} "):
            verb()
    other = make_round()
    evaluations.open_round(other, by=unit, at=NOW)
    evaluations.remind(other, by=unit, at=late)
    mail = OutgoingMail.objects.filter(kind="evaluation_reminder").first()
    assert len(re.findall(r"/evaluations/[\w-]+/", mail.text)) == 1


def test_reminding_leaves_alone_what_was_withdrawn_meanwhile(asked_in, unit, monkeypatch) -> None:
    other = make_round()
    evaluations.open_round(other, by=unit, at=NOW)
    invitation, askable = uk_of(other), evaluation_mail.askable

    def meanwhile(some, *, at):
        """The letters are made; somebody withdraws what nothing holds yet."""
        evaluations.revoke(uk_of(other), by=unit, reason="Wrong person", at=at)
        return askable(some, at=at)

    monkeypatch.setattr(evaluation_mail, "askable", meanwhile)
    assert evaluations.remind(asked_in, by=unit, at=NOW + 8 * DAY).asked == 2
    invitation.refresh_from_db()
    assert invitation.revoked_at
    assert invitation.reminded_at is None
    assert not invitation.links.filter(revoked_at=None).exists()


def test_whoever_has_not_answered_is_reminded_before_the_last_day(asked_in, unit) -> None:
    Round.objects.update(closes_on=timezone.localdate(NOW + 20 * DAY))
    make_response(uk_of(asked_in), {"A5": 3})
    for days in (8, 14):
        assert evaluations.remind_at_last(at=NOW + days * DAY) == []
    due = evaluations.remind_at_last(at=NOW + 15 * DAY, is_dry=True)
    assert [each.asks for each in due] == [[("borders-and-zomba", "partner", "evaluation")]]
    assert not OutgoingMail.objects.filter(kind="evaluation_reminder").exists()
    call_command("send_reminders", at=(NOW + 15 * DAY).isoformat(), verbosity=0)
    assert evaluations.remind_at_last(at=NOW + 19 * DAY) == []
    assert OutgoingMail.objects.get(kind="evaluation_reminder").to == "partner@example.org"
    assert evaluations.remind_at_last(at=NOW + 21 * DAY, is_dry=True) == []


def test_nobody_is_reminded_where_both_sides_had_read_each_other(unit) -> None:
    """A third member, whose answers nobody takes any more."""
    places = [make_institution(country=code) for code in ("GB", "MW", "ZM")]
    record = make_partnership("Three ends", members=places)
    for member in record.members.all():
        make_willing(member)
    made = make_round(question="q=three")
    evaluations.open_round(made, by=unit, at=NOW)
    for invitation in made.invitations.filter(member__institution__country__in=("GB", "MW")):
        write(invitation, is_sent=True, at=NOW + DAY)
    evaluations.close(made, by=unit, at=NOW + 2 * DAY)
    evaluations.reopen(made, by=unit, at=NOW + 3 * DAY)
    done = evaluations.remind(made, by=unit, at=NOW + 9 * DAY)
    assert (done.asked, done.passed_over) == (0, 0)
    assert not opened(made.invitations.get(member__institution__country="ZM")).is_open
