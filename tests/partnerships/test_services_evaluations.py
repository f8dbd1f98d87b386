"""Rounds of evaluation: who is asked, by how many mails, and what may be done when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from partnerships.choices import Moderation
from partnerships.models import Invitation, Mailbox, OutgoingMail, Round, SignedLink
from partnerships.services import (
    coordinators,
    evaluations,
    links,
    mailboxes,
    outbox,
    partnerships,
    responses,
)
from partnerships.services.invitable import NO_CONSENT, NOBODY, in_words
from partnerships.services.links import LinkRefused
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reaching import NO_ADDRESS, NO_ARRIVAL
from tests.factories.evaluations import make_questionnaire, make_response, make_round, make_willing
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_partnership,
    make_unit,
    make_user,
)
from tests.partnerships.test_reminder_locks import Other

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def members(record):
    """The UK's, then the partner's."""
    every = list(record.members.select_related("institution__country").order_by("position"))
    return sorted(every, key=lambda member: member.side != "uk")


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def record():
    return make_partnership("Borders and Zomba")


def mails(kind: str = "evaluation_invitation") -> list[str]:
    return sorted(OutgoingMail.objects.filter(kind=kind).values_list("to", flat=True))


def opened(record, unit, at=NOW, **values) -> Round:
    for number, member in enumerate(members(record)):
        make_willing(member, f"person{number}@example.org")
    asked_in = make_round(**values)
    evaluations.open_round(asked_in, by=unit, at=at)
    return asked_in


# ------------------------------------------------------------------------------- who is asked


def test_the_preview_says_who_cannot_be_asked_and_why(unit) -> None:
    one, two, three = (make_partnership(f"Record {n}") for n in "abc")
    willing = make_willing(members(one)[0])
    make_coordinator(members(one)[1], email="quiet@example.org")
    make_willing(members(two)[0], "dead@example.org")
    mailboxes.record_bounce("dead@example.org", at=NOW)
    no_address = make_willing(members(two)[1])
    no_address.email = ""
    no_address.save()
    gone = make_willing(members(three)[0])
    gone.until = NOW.date() - DAY
    gone.save()
    make_partnership("Record d", moderation=Moderation.DRAFT)
    asked_in = make_round()

    found = evaluations.preview(asked_in, by=unit, at=NOW)

    assert [(c.member.partnership.name, c.member.side, c.why_not) for c in found] == [
        ("Record a", "uk", ""),
        ("Record a", "partner", NO_CONSENT),
        ("Record b", "uk", NO_ARRIVAL),
        ("Record b", "partner", NO_ADDRESS),
        ("Record c", "uk", NOBODY),
        ("Record c", "partner", NOBODY),
    ]
    assert [c.coordinator for c in found if c.coordinator] == [willing]
    assert OutgoingMail.objects.count() == Invitation.objects.count() == 0


def test_a_round_asks_those_whom_its_question_finds(unit) -> None:
    here, elsewhere = make_partnership("Here"), make_partnership("Elsewhere")
    for each in (here, elsewhere):
        make_willing(members(each)[0])
    asked_in = make_round(question="q=here")
    done = evaluations.open_round(asked_in, by=unit, at=NOW)
    assert (done.asked, done.mails) == (1, 1)
    assert [each.partnership for each in asked_in.invitations.all()] == [here]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("country=QQ", "country"),
        ("stage=alive", "stage"),
        ("contry=ZM", "no “contry”"),
        ("/partnerships/?country=ZM&contry=", "no “contry”"),
        ("https://example.org/partnerships/", "narrows nothing"),
        ("country=", "narrows nothing"),
        ("?sort=name&page=2", "narrows nothing"),
        ("https://[", "no address"),
    ],
)
def test_a_question_that_the_search_does_not_know_is_refused(unit, question, says) -> None:
    with pytest.raises(ValidationError, match=says):
        evaluations.save(make_round(question=question), by=unit)


def test_a_round_is_named_anew_when_its_question_no_longer_parses(unit, record) -> None:
    asked_in = opened(record, unit)
    evaluations.close(asked_in, by=unit, at=NOW + DAY)
    Round.objects.update(question="country=QQ")
    asked_in.refresh_from_db()
    asked_in.name = "Better"
    assert evaluations.save(asked_in, by=unit)


def test_the_address_of_the_find_page_is_a_question(unit) -> None:
    here = make_partnership("Here")
    make_partnership("Elsewhere")
    page = "https://example.org/partnerships/map/?at=1,2,3&show=x&page_size=50&q=here#list"
    for question in ("q=here", "?q=here", " /?q=here", page):
        found = evaluations.preview(make_round(question=question), by=unit, at=NOW)
        assert {each.member.partnership for each in found} == {here}
    assert in_words("/?q=here&began_from=+2001&began_from=&sort=name", at=NOW) == [
        ("Words", "“here”"),
        ("Began from", "2001"),
    ]


def test_one_mail_for_each_mailbox_and_a_link_for_each_member(unit) -> None:
    for _ in range(3):
        make_willing(members(make_partnership())[0], "Same@example.org")
    done = evaluations.open_round(make_round(), by=unit, at=NOW)
    assert (done.asked, done.mails, mails()) == (3, 1, ["Same@example.org"])
    text = OutgoingMail.objects.get().text
    assert text.count("/evaluations/") == SignedLink.objects.count() == 3


def test_opening_again_asks_only_whom_it_could_not_ask_before(unit, record) -> None:
    uk, partner = members(record)
    make_willing(uk, "first@example.org")
    asked_in = make_round()
    assert len(evaluations.open_round(asked_in, by=unit, at=NOW).left_out) == 1
    assert evaluations.open_round(asked_in, by=unit, at=NOW).asked == 0
    make_willing(partner, "second@example.org")
    assert evaluations.open_round(asked_in, by=unit, at=NOW + DAY).asked == 1
    assert mails() == ["first@example.org", "second@example.org"]
    assert asked_in.opened_at == NOW


def test_whoever_follows_a_coordinator_who_left_is_asked(unit, record) -> None:
    asked_in = opened(record, unit)
    invitation = asked_in.invitations.get(member=members(record)[1])
    coordinators.remove(invitation.coordinator, by=unit, reason="Asked for it")
    make_willing(invitation.member, "next@example.org")
    assert evaluations.open_round(asked_in, by=unit, at=NOW + DAY).asked == 1
    invitation.refresh_from_db()
    assert invitation.coordinator.email == "next@example.org"
    assert invitation.links.filter(revoked_at=None).count() == 1


def test_nothing_opens_without_anybody_to_ask(unit, record) -> None:
    asked_in = make_round()
    with pytest.raises(NotAllowed, match="Nobody can be asked"):
        evaluations.open_round(asked_in, by=unit, at=NOW)
    asked_in.refresh_from_db()
    assert asked_in.state == "draft"


def test_a_draft_of_a_questionnaire_is_not_asked(unit, record) -> None:
    asked_in = make_round(questionnaire=make_questionnaire(state="draft"))
    make_willing(members(record)[0])
    with pytest.raises(NotAllowed, match="not published"):
        evaluations.open_round(asked_in, by=unit, at=NOW)


# --------------------------------------------------------------------------------- reminding


def test_only_those_who_have_not_answered_are_reminded_once_in_thirty_days(unit, record) -> None:
    asked_in = opened(record, unit)
    make_response(asked_in.invitations.get(member=members(record)[0]), {"A5": 3})

    assert evaluations.remind(asked_in, by=unit, at=NOW + 6 * DAY).asked == 0
    done = evaluations.remind(asked_in, by=unit, at=NOW + 8 * DAY)
    assert (done.asked, done.mails, done.passed_over) == (1, 1, 0)
    assert mails("evaluation_reminder") == ["person1@example.org"]
    outbox.send_due(at=NOW + 8 * DAY)
    again = evaluations.remind(asked_in, by=unit, at=NOW + 20 * DAY)
    assert (again.asked, again.passed_over) == (0, 1)
    assert evaluations.remind(asked_in, by=unit, at=NOW + 39 * DAY).asked == 1


def test_a_reminder_names_everything_open_and_can_be_ended(unit, record) -> None:
    asked_in = opened(record, unit)
    other = make_round()
    evaluations.open_round(other, by=unit, at=NOW)
    evaluations.remind(asked_in, by=unit, at=NOW + 8 * DAY)
    mail = OutgoingMail.objects.filter(kind="evaluation_reminder").first()
    assert mail.text.count("/evaluations/") == 2
    assert "/unsubscribe/" in mail.unsubscribe_url
    assert evaluations.remind(other, by=unit, at=NOW + 8 * DAY).asked == 0


@pytest.mark.parametrize("how", ["refused", "withdrawn", "bounced", "gone"])
def test_nobody_is_reminded_against_their_will(unit, record, how) -> None:
    asked_in = opened(record, unit)
    person = asked_in.invitations.get(member=members(record)[1]).coordinator
    if how == "refused":
        mailboxes.refuse(mailboxes.mailbox_of(person.email), at=NOW)
    elif how == "withdrawn":
        coordinators.withdraw_consent(person, purpose="surveys", by=unit)
    elif how == "bounced":
        mailboxes.record_bounce(person.email, at=NOW)
    else:
        coordinators.remove(person, by=unit, reason="Asked for it")
    done = evaluations.remind(asked_in, by=unit, at=NOW + 8 * DAY)
    assert (done.asked, done.passed_over) == (1, 1)
    assert mails("evaluation_reminder") == ["person0@example.org"]


# ------------------------------------------------------------------------ close, open, withdraw


def test_closing_and_opening_again_are_repeatable(unit, record) -> None:
    asked_in = opened(record, unit)
    assert evaluations.close(asked_in, by=unit, at=NOW + DAY)
    assert not evaluations.close(asked_in, by=unit, at=NOW + 2 * DAY)
    assert (asked_in.state, asked_in.closed_at) == ("closed", NOW + DAY)
    for verb in (evaluations.open_round, evaluations.remind):
        with pytest.raises(NotAllowed, match="closed"):
            verb(asked_in, by=unit, at=NOW + 9 * DAY)
    Round.objects.update(published_at=NOW + DAY)
    assert evaluations.reopen(asked_in, by=unit, at=NOW + 2 * DAY)
    assert not evaluations.reopen(asked_in, by=unit, at=NOW + 2 * DAY)
    assert (asked_in.closed_at, asked_in.published_at) == (None, None)
    assert len(mails()) == 2


def test_a_withdrawn_invitation_opens_nothing_until_it_is_sent_again(unit, record) -> None:
    asked_in = opened(record, unit)
    invitation = asked_in.invitations.get(member=members(record)[0])
    token = links.make(purpose="evaluation", invitation=invitation, at=NOW)
    assert evaluations.revoke(invitation, by=unit, reason="Wrong person", at=NOW)
    assert not evaluations.revoke(invitation, by=unit, reason="Wrong person", at=NOW)
    with pytest.raises(LinkRefused):
        links.find(token, purpose="evaluation", at=NOW)
    assert evaluations.open_round(asked_in, by=unit, at=NOW).asked == 0
    again = evaluations.invite_again(invitation, by=unit, seen=NOW, at=NOW + DAY)
    assert again.revoked_at is None
    assert mails().count("person0@example.org") == 2


def test_what_was_opened_stands(unit, record) -> None:
    asked_in = opened(record, unit)
    asked_in.question = "country=MW"
    with pytest.raises(NotAllowed, match="stands"):
        evaluations.save(asked_in, by=unit)
    asked_in.refresh_from_db()
    asked_in.name = "Better words"
    assert evaluations.save(asked_in, by=unit)
    with pytest.raises(NotAllowed, match="Close it"):
        evaluations.delete(asked_in, by=unit, reason="Mistake")


def test_rounds_are_the_units(record) -> None:
    board = make_board()
    partnerships.update(record, by=make_unit(), values={"health_board": board})
    asked_in = opened(record, make_unit())
    invitation = asked_in.invitations.first()
    for by in (make_champion(board), make_user()):
        for verb in (
            lambda: evaluations.preview(asked_in, by=by, at=NOW),  # noqa: B023
            lambda: evaluations.save(asked_in, by=by),  # noqa: B023
            lambda: evaluations.open_round(asked_in, by=by, at=NOW),  # noqa: B023
            lambda: evaluations.remind(asked_in, by=by, at=NOW),  # noqa: B023
            lambda: evaluations.close(asked_in, by=by, at=NOW),  # noqa: B023
            lambda: evaluations.reopen(asked_in, by=by, at=NOW),  # noqa: B023
            lambda: evaluations.revoke(invitation, by=by, reason="x", at=NOW),  # noqa: B023
            lambda: evaluations.invite_again(invitation, by=by, seen=NOW, at=NOW),  # noqa: B023
        ):
            with pytest.raises(NotAllowed, match="coordination unit"):
                verb()


# --------------------------------------------------------------------------- several machines


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_round_closes_after_what_is_being_sent(record) -> None:
    unit = make_unit()
    asked_in = opened(record, unit)
    token = links.make(purpose="evaluation", invitation=asked_in.invitations.first(), at=NOW)
    found = responses.asked(token, at=NOW)
    with transaction.atomic():
        responses.save_page(found, [found.form.question("A5")], shown={}, typed={"A5": 3}, at=NOW)
        other = Other(lambda: evaluations.close(asked_in, by=unit, at=NOW + DAY))
        responses.submit(found, consents={}, at=NOW)
    assert other.end() == []
    assert Round.objects.get().closed_at == NOW + DAY


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_opening_and_reminding_at_once_ask_everybody_once() -> None:
    unit = make_unit()
    for number in range(4):
        for member in members(make_partnership()):
            make_willing(member, f"{member.side}{number}@example.org")
    asked_in = make_round()

    def at_once(verb, at) -> list[int]:
        start, counts = Barrier(3), []

        def run() -> None:
            start.wait()
            own = Round.objects.get(pk=asked_in.pk)
            counts.append(verb(own, by=unit, at=at).asked)
            connection.close()

        threads = [Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(counts)

    assert at_once(evaluations.open_round, NOW) == [0, 0, 8]
    assert at_once(evaluations.remind, NOW + 8 * DAY) == [0, 0, 8]
    everybody = [f"{side}{n}@example.org" for side in ("partner", "uk") for n in range(4)]
    assert mails() == mails("evaluation_reminder") == everybody
    assert Mailbox.objects.exclude(reminded_at=None).count() == 8
