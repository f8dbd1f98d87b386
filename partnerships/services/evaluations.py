"""Verbs on rounds of evaluation: write, open, remind, close, open again, withdraw. The unit's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from partnerships.choices import Moderation, QuestionnaireState, RoundState
from partnerships.models import Invitation, Member, Round, RoundReport, User
from partnerships.policies.permissions import can_keep_rounds
from partnerships.services import answerers, evaluation_mail, links
from partnerships.services.asking import check
from partnerships.services.invitable import Candidate, answers_for, candidate_of, candidates
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reminders import Reminded
from partnerships.services.writing import credit, write

#: Days before the last one from which those who have not answered are reminded by themselves.
DAYS_BEFORE = 5
_OF_VERBS = ("state", "opened_at", "closed_at", "last_closed_at", "published_at")
#: Columns of a round that stand once it is open.
_FIXED = ("questionnaire_id", "question", "slug")


@dataclass(slots=True)
class Done:
    """What opening, or reminding, came to."""

    #: Members asked, and mails put: one for each mailbox.
    asked: int = 0
    mails: int = 0
    #: Of reminding: the same mails, with what each asks.
    put: list[Reminded] = field(default_factory=list)
    #: Of opening: who cannot be asked, with the reason.
    left_out: list[Candidate] = field(default_factory=list)
    #: Of reminding: members whose coordinators had a mail lately, want none, or have gone.
    passed_over: int = 0


def preview(asked_in: Round, *, by: User, at: datetime) -> list[Candidate]:
    """Who would be invited now, and who cannot be. Writes nothing."""
    _check(by, at)
    return candidates(asked_in.question, at=at)


@transaction.atomic
def save(asked_in: Round, *, by: User, reason: str = "", at: datetime | None = None) -> bool:
    """Write a round's own columns; False where nothing changed.

    Opening and closing have verbs of their own. Once open, what is asked and of whom stands.
    Raises ValidationError for a question that the search does not understand.
    """
    now = at or timezone.now()
    _check(by, now)
    stored = Round.objects.select_for_update().filter(pk=asked_in.pk).first()
    if stored is None or stored.state == RoundState.DRAFT:
        candidates(asked_in.question, at=now)  # later lists may know other words than then
    if stored:
        for name in (*_OF_VERBS, "opened_by_id"):
            setattr(asked_in, name, getattr(stored, name))
        is_fixed = stored.state != RoundState.DRAFT
        if is_fixed and any(getattr(stored, n) != getattr(asked_in, n) for n in _FIXED):
            raise NotAllowed("This round has been opened, so what it asks, and of whom, stands.")
    elif asked_in.state != RoundState.DRAFT:
        raise NotAllowed("A round begins as a draft, and is opened then.")
    return write(asked_in, by=by, reason=reason)


@transaction.atomic
def delete(asked_in: Round, *, by: User, reason: str) -> None:
    """Remove a round that was never opened."""
    _check(by, timezone.now())
    stored = Round.objects.select_for_update().get(pk=asked_in.pk)
    if stored.state != RoundState.DRAFT:
        raise NotAllowed("A round that was opened stays, with what was answered. Close it instead.")
    credit(stored, by=by, reason=reason)
    stored.delete()


@transaction.atomic
def open_round(asked_in: Round, *, by: User, reason: str = "", at: datetime) -> Done:
    """Invite by mail everybody who can be, one mail for each mailbox; open a draft, or add to it.

    Again, it asks only those who could not be asked before, and in place of coordinators who have
    gone. Refuses closed rounds and those whose last day is over, drafts of questionnaires, and a
    round that could ask nobody.
    """
    _check(by, at)
    stored = _locked(asked_in)
    if stored.state == RoundState.CLOSED:
        raise NotAllowed("This round is closed. Open it again first.")
    _check_not_over(stored, at)
    if (
        stored.state == RoundState.DRAFT
        and stored.questionnaire.state != QuestionnaireState.PUBLISHED
    ):
        raise NotAllowed("This questionnaire is not published. Publish it, or choose another.")
    every = candidates(stored.question, at=at)
    known = {
        each.member_id: each
        for each in stored.invitations.select_related("coordinator", "response")
    }
    done = Done(left_out=[each for each in every if each.why_not and each.member.pk not in known])
    if stored.state == RoundState.DRAFT:
        if not any(each.coordinator for each in every):
            raise NotAllowed("Nobody can be asked: see the reasons in the preview.")
        stored.state, stored.opened_at, stored.opened_by = RoundState.OPEN, at, by
        write(stored, by=by, reason=reason)
    asked: list[Invitation] = []
    for each in every:
        own = known.get(each.member.pk)
        if each.coordinator and (own is None or _is_orphan(own, at)):
            asked.append(_invite(stored, each, own, by=by, reason=reason, at=at))
    done.asked, done.mails = len(asked), evaluation_mail.invite(stored, asked, at=at)
    asked_in.refresh_from_db()
    return done


@transaction.atomic
def invite_again(
    invitation: Invitation, *, by: User, seen: datetime, reason: str = "", at: datetime
) -> Invitation | None:
    """Ask one member once more, with a new link; the earlier ones open nothing any more.

    For whoever lost the mail, for another coordinator, who begins anew, and after a withdrawal.
    `seen` is when it was last invited, as whoever asks has read it; None, and nothing is done,
    where somebody has invited it since.
    """
    _check(by, at)
    stored = _locked(invitation.round)
    _check_open(stored)
    _check_not_over(stored, at)
    found = stored.invitations.select_for_update(of=("self",)).get(pk=invitation.pk)
    if found.invited_at != seen:
        return None
    members = Member.objects.select_related("partnership", "institution__country")
    candidate = candidate_of(members.get(pk=found.member_id), at=at)
    if candidate.coordinator is None:
        raise NotAllowed(f"Nobody can be asked: {candidate.why_not}")
    if found.partnership.moderation != Moderation.LISTED:
        raise NotAllowed("This partnership is not public at the moment, so nobody is asked.")
    again = _invite(stored, candidate, found, by=by, reason=reason, at=at)
    evaluation_mail.invite(stored, [again], at=at)
    return again


@transaction.atomic
def revoke(invitation: Invitation, *, by: User, reason: str, at: datetime) -> bool:
    """Withdraw an invitation: its links open nothing, and its answers are not counted.

    False where that was so already. `invite_again` takes it back.
    """
    _check(by, at)
    _locked(invitation.round)
    stored = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if stored.revoked_at is not None:
        return False
    stored.revoked_at = at
    links.revoke(invitation=stored, at=at)
    return write(stored, by=by, reason=reason)


@transaction.atomic
def remind(asked_in: Round, *, by: User | None, at: datetime) -> Done:
    """Put a reminder for everybody who has not answered, one mail for each mailbox.

    Recurring mail: nobody gets more than one in 30 days, whatever it is about, nor one who wants
    none or has withdrawn the consent to surveys; nobody is reminded within 7 days of the
    invitation, nor after the last day to answer. A mail names every open evaluation that its
    reader has not answered.
    """
    _check(by, at)
    stored = _locked(asked_in)
    _check_open(stored)
    _check_not_over(stored, at)
    done = Done()
    for own, mail in evaluation_mail.remind(asked_in, at=at):
        if mail is not None:
            done.asked, done.mails = done.asked + own, done.mails + 1
            done.put.append(mail)
        else:
            done.passed_over += own
    return done


def remind_at_last(*, at: datetime, is_dry: bool = False) -> list[Reminded]:
    """Remind as `remind` does in every open round whose last day is near: the registry's own act.

    May run any number of times: whoever had a reminder not long ago gets none. Writes nothing
    where `is_dry`.
    """
    today = timezone.localdate(at)
    near = Q(closes_on__gte=today, closes_on__lte=today + timedelta(days=DAYS_BEFORE))
    put: list[Reminded] = []
    for each in Round.objects.filter(near, state=RoundState.OPEN).order_by("closes_on", "pk"):
        if is_dry:
            put += [mail for mail in evaluation_mail.due(each, at=at) if mail not in put]
        else:
            with suppress(NotAllowed):  # closed just now
                put += remind(each, by=None, at=at).put
    return put


@transaction.atomic
def close(asked_in: Round, *, by: User, reason: str = "", at: datetime) -> bool:
    """End the answering. Links still show what was answered; False where it is closed already."""
    _check(by, at)
    stored = _locked(asked_in)
    if stored.state == RoundState.CLOSED:
        return False
    _check_open(stored)
    stored.state, stored.closed_at = RoundState.CLOSED, at
    return _keep(stored, asked_in, by=by, reason=reason)


@transaction.atomic
def reopen(asked_in: Round, *, by: User, reason: str = "", at: datetime) -> bool:
    """Let people answer once more; no mail goes out. False where it is open already.

    What both sides of a partnership have sent stands: they could read each other's answers.
    Refuses once the report is drawn up: a second one of other answers would give those away.
    """
    _check(by, at)
    stored = _locked(asked_in)
    if stored.state == RoundState.OPEN:
        return False
    if stored.state == RoundState.DRAFT:
        raise NotAllowed("This round has not been open yet.")
    if RoundReport.objects.filter(round=stored).exists():
        raise NotAllowed("The report of this round has been drawn up, so it stays closed.")
    stored.last_closed_at = stored.closed_at
    stored.state, stored.closed_at, stored.published_at = RoundState.OPEN, None, None
    return _keep(stored, asked_in, by=by, reason=reason)


# -------------------------------------------------------------------------------------- parts


def _check(by: User | None, at: datetime) -> None:
    check(by, can_keep_rounds, "Only the coordination unit keeps rounds of evaluation.", at=at)


def _locked(asked_in: Round) -> Round:
    """The stored round: whatever is done to one at the same moment is done one after the other."""
    found = Round.objects.select_for_update(of=("self",)).select_related("questionnaire")
    return found.get(pk=asked_in.pk)


def _check_open(stored: Round) -> None:
    if stored.state == RoundState.DRAFT:
        raise NotAllowed("This round has not been opened yet.")
    if stored.state == RoundState.CLOSED:
        raise NotAllowed("This round is closed. Open it again first.")


def _check_not_over(stored: Round, at: datetime) -> None:
    """Mails say until when people can answer."""
    last = stored.closes_on
    if last is not None and last < timezone.localdate(at):
        said = f"{last.day} {last:%B %Y}"
        raise NotAllowed(f"The last day to answer was {said}, as the mail would say. Change it.")


def _keep(stored: Round, asked_in: Round, *, by: User, reason: str) -> bool:
    write(stored, by=by, reason=reason)
    asked_in.refresh_from_db()
    return True


def _is_orphan(invitation: Invitation, at: datetime) -> bool:
    """Whether nobody can answer any more: the coordinator has gone, or to another member, before
    sending answers."""
    response = getattr(invitation, "response", None)
    if invitation.revoked_at is not None or (response and response.submitted_at):
        return False
    person = invitation.coordinator
    return person is None or not answers_for(person, invitation, at=at)


def _invite(
    stored: Round,
    candidate: Candidate,
    before: Invitation | None,
    *,
    by: User,
    reason: str,
    at: datetime,
) -> Invitation:
    invitation = before or Invitation(
        round=stored, member=candidate.member, partnership=candidate.member.partnership
    )
    if before:
        links.revoke(invitation=before, at=at)
        if before.coordinator_id != (candidate.coordinator and candidate.coordinator.pk):
            answerers.drop_draft(before)
    invitation.member = candidate.member
    invitation.coordinator, invitation.invited_at = candidate.coordinator, at
    invitation.revoked_at = None
    write(invitation, by=by, reason=reason)
    return invitation
