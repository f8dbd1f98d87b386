"""Who answered an evaluation, and what goes with them: their words, and what nobody has sent.

A link is made for one coordinator and remembers when it was first used: nothing else says who
answered.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from partnerships.choices import QuestionKind
from partnerships.models import Coordinator, Invitation, Response, Round, SignedLink
from partnerships.services.writing import credit, write


def forget(person: Coordinator, *, at: datetime) -> None:
    """Drop a person's drafts, and of what they sent their own words, private ones too, with the
    consent to quote them; what they chose stays counted. Part of the caller's transaction."""
    for own in _answered_by(person):
        if own.submitted_at is None:
            _drop(own)
        else:
            _forget_words(own, at)


def drop_drafts(person: Coordinator) -> None:
    """Drop what a person began and has not sent: the row is somebody else's now. Part of the
    caller's transaction."""
    for own in _answered_by(person):
        if own.submitted_at is None:
            _drop(own)


def drop_draft(invitation: Invitation) -> None:
    """Drop what was begun there and not sent: whoever is asked next does not go on with it. Part
    of the caller's transaction, which holds the invitation."""
    for draft in Response.objects.filter(invitation=invitation, submitted_at__isnull=True):
        _drop(draft)


# -------------------------------------------------------------------------------------- parts


def _answered_by(person: Coordinator) -> list[Response]:
    """Locks as saving does: rounds, then invitations."""
    used = SignedLink.objects.filter(coordinator=person, used_at__isnull=False)
    some = Invitation.objects.filter(Q(coordinator=person) | Q(pk__in=used.values("invitation")))
    rounds = Round.objects.filter(pk__in=some.values("round")).order_by("pk")
    list(rounds.select_for_update(no_key=True))
    held = list(some.order_by("pk").select_for_update(of=("self",)))
    found = Response.objects.filter(invitation__in=held).order_by("pk")
    every = found.select_related("invitation__round__questionnaire")
    return [response for response in every if _is_of(person, response)]


def _is_of(person: Coordinator, response: Response) -> bool:
    """Links that were used before it began are of a draft that was dropped."""
    began = response.history.earliest().saved_at
    links = SignedLink.objects.filter(invitation=response.invitation, used_at__gte=began)
    keys: list[int | None] = list(links.values_list("coordinator", flat=True))
    return person.pk in (keys or [response.invitation.coordinator_id])


def _drop(draft: Response) -> None:
    credit(draft, by=None, reason="Whoever began it has gone")
    draft.delete()


def _forget_words(sent: Response, at: datetime) -> None:
    questions = sent.invitation.round.questionnaire.form.questions()
    words = {each.code for each in questions if each.kind == QuestionKind.WORDS}
    left = {code: value for code, value in sent.answers.items() if code not in words}
    if not left:
        _drop(sent)
        return
    sent.answers = left
    sent.shares_words = False
    sent.saved_at = max(sent.saved_at, at)
    write(sent, by=None, reason="Whoever wrote its words was removed")
