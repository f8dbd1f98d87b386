"""Verbs behind the link of an evaluation: what is asked, saving a page, sending, consents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from partnerships.choices import (
    LinkPurpose,
    Moderation,
    PrefilledFact,
    RoundState,
    SuggestionChannel,
)
from partnerships.evaluation_pair import stands
from partnerships.models import (
    Invitation,
    Partnership,
    Response,
    Round,
    SignedLink,
    Suggestion,
)
from partnerships.policies.answer_merging import Cell, merged
from partnerships.policies.questionnaires import CONSENTS, Form, Question, wording, wrong_with
from partnerships.policies.record_version import version_of
from partnerships.prefilled import Fact, changes_for, facts_of, is_disputed, said
from partnerships.proposed_values import is_text
from partnerships.services import links, suggestions
from partnerships.services.invitable import answers_for
from partnerships.services.links import LinkRefused
from partnerships.services.partnerships import NotAllowed
from partnerships.services.suggestions import MOST_WORDS, AlreadyWaiting, Sender


@dataclass(slots=True)
class Asked:
    """What a link opens: the invitation with all that its pages name, and what was answered."""

    link: SignedLink
    invitation: Invitation
    form: Form
    facts: dict[str, Fact]
    response: Response | None
    #: Answers can be changed no more, though the round may be open again.
    stands: bool

    @property
    def side(self) -> str:
        return self.invitation.side

    @property
    def is_open(self) -> bool:
        is_open = self.invitation.round.state == RoundState.OPEN
        return bool(is_open and not self.stands)

    @property
    def answers(self) -> Mapping[str, Any]:
        return self.response.answers if self.response else {}


@dataclass(slots=True)
class Saved:
    """What became of a page: sentences by question, and what another page changed as well."""

    wrong: dict[str, str] = field(default_factory=dict)
    clashes: set[Cell] = field(default_factory=set)


def asked(token: str, *, at: datetime) -> Asked:
    """What a token opens. Changes nothing: scanners of mail open links.

    Raises LinkRefused, also where the record is not public now.
    """
    link = links.find(token, purpose=LinkPurpose.EVALUATION, at=at)
    assert link.invitation_id is not None  # noqa: S101  # the purpose says so, and a constraint
    records = Partnership.objects.using("default").with_parts()
    invitation = (
        Invitation.objects.using("default")
        .select_related(
            "round__questionnaire", "member__institution__country", "response", "coordinator"
        )
        .prefetch_related(Prefetch("partnership", records))
        .get(pk=link.invitation_id)
    )
    if link.coordinator and not answers_for(link.coordinator, invitation, at=at):
        raise LinkRefused("This link was for somebody who does not answer for this side any more.")
    if invitation.revoked_at is not None:
        raise LinkRefused("This invitation has been withdrawn, so there is nothing to answer.")
    if invitation.partnership.moderation != Moderation.LISTED:
        raise LinkRefused("This record is not public at the moment, so nothing is asked about it.")
    form = invitation.round.questionnaire.form
    facts = facts_of(invitation.partnership, invitation.side, form, today=timezone.localdate(at))
    response = getattr(invitation, "response", None)
    return Asked(link, invitation, form, facts, response, stands(invitation))


@transaction.atomic
def save_page(
    asked: Asked,
    questions: Iterable[Question],
    *,
    shown: Mapping[str, Any],
    typed: Mapping[str, Any],
    at: datetime,
) -> Saved:
    """Keep what a page says that showed `shown`; two pages at once lose nothing of each other.

    What does not fit its question is not kept, and named; the rest of the page is. Saving the
    same again writes nothing. Raises NotAllowed once the round is closed.
    """
    questions = list(questions)
    invitation = _locked(asked, at)
    response = Response.objects.filter(invitation=invitation).first()
    stored = response.answers if response else {}
    done = Saved()
    fits = dict(typed)
    for question in questions:
        value = fits.get(question.code)
        if value is not None and (wrong := _wrong(question, value)):
            done.wrong[question.code] = wrong
            _take(fits, question.code, shown)  # as if the page had not touched it
    result = merged(questions, stored=stored, shown=shown, typed=fits)
    done.clashes = result.clashes
    if result.answers != stored:
        row = response or Response(invitation=invitation)
        row.answers, row.saved_at = result.answers, at
        row.facts = row.facts | _seen(questions, asked.facts, result.answers, row.facts)
        if not row.answers:
            row.submitted_at = None  # nothing is left that was sent
        if row.submitted_at is not None:
            _propose(asked, row, at=at)
        _keep(row, "Saved through a link")
        links.use(asked.link, at=at)
    return done


@transaction.atomic
def submit(asked: Asked, *, consents: Mapping[str, bool], at: datetime) -> Response:
    """Send the answers, with what the one who answers allows; facts that they see differently
    become one suggestion, once. Again, it only changes what is allowed.

    Raises ValidationError where nothing is answered, NotAllowed once the round is closed.
    """
    invitation = _locked(asked, at)
    response = Response.objects.filter(invitation=invitation).first()
    if response is None or not response.answers:
        raise ValidationError("Nothing is answered yet. Answer at least one question.")
    before = (response.submitted_at, response.shares(), response.suggestion_id)
    for name in CONSENTS:
        setattr(response, name, bool(consents.get(name)))
    response.submitted_at = response.submitted_at or at
    _propose(asked, response, at=at)
    if before != (response.submitted_at, response.shares(), response.suggestion_id):
        response.saved_at = at
        _keep(response, "Sent through a link")
        links.use(asked.link, at=at)
    return response


@transaction.atomic
def take_away(asked: Asked, *, consents: Mapping[str, bool], at: datetime) -> bool:
    """Take away what was allowed and is not any more, at any time; nothing is allowed by it.

    False where nothing is taken away.
    """
    own = Response.objects.select_for_update(of=("self",))
    response = own.filter(invitation=asked.invitation).first()
    taken = [name for name in CONSENTS if response and not consents.get(name)]
    taken = [name for name in taken if getattr(response, name)]
    if response is None or not taken:
        return False
    for name in taken:
        setattr(response, name, False)
    response.saved_at = at
    _keep(response, "Taken away through a link")
    links.use(asked.link, at=at)
    return True


# -------------------------------------------------------------------------------------- parts


def _locked(asked: Asked, at: datetime) -> Invitation:
    """The stored invitation: of two requests at once, the second sees what the first saved.

    The round is held first, as by whoever closes it: a report is never drawn up around a page
    that is being saved.
    """
    rounds = Round.objects.select_for_update(no_key=True)
    rounds.get(pk=asked.invitation.round_id)
    if not SignedLink.objects.open(at).filter(pk=asked.link.pk).exists():
        raise NotAllowed("This link has been withdrawn, so nothing is kept any more.")
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("round")
    invitation = rows.get(pk=asked.invitation.pk)
    if invitation.revoked_at is not None:
        raise NotAllowed("This invitation has been withdrawn, so nothing is kept any more.")
    if invitation.round.state != RoundState.OPEN:
        raise NotAllowed("This round is closed, so answers stand as they are.")
    if stands(invitation):
        raise NotAllowed("Both sides had sent their answers when the round closed, so they stand.")
    return invitation


def _keep(response: Response, reason: str) -> None:
    """Unlike `services.writing.write` this makes no new version of the data: nothing of a
    response is public, so answers that are kept for visitors stay right."""
    response.full_clean()
    response._history_user = None  # type: ignore[attr-defined]
    response._change_reason = reason  # type: ignore[attr-defined]
    response.save()


def _wrong(question: Question, value: Any) -> str:
    if not is_text(value):
        return "This holds a character that no text has. Write it without."
    return wrong_with(question, value)


def _take(typed: dict[str, Any], code: str, shown: Mapping[str, Any]) -> None:
    if code in shown:
        typed[code] = shown[code]
    else:
        typed.pop(code, None)


def _seen(
    questions: Iterable[Question],
    facts: Mapping[str, Fact],
    answers: Mapping[str, Any],
    before: Mapping[str, Any],
) -> dict[str, Any]:
    """What the register said when a question of the page was answered."""
    return {
        question.code: {**before.get(question.code, {}), "says": fact.says, "value": fact.value}
        for question in questions
        if (fact := facts.get(question.code)) and question.code in answers
    }


def _propose(asked: Asked, response: Response, *, at: datetime) -> None:
    """One suggestion of every fact that is seen differently and was not suggested before."""
    changes: dict[str, Any] = {}
    lines: list[str] = []
    facts = {code: dict(fact) for code, fact in response.facts.items()}
    for code, fact in facts.items():
        answer = response.answers.get(code)
        question = asked.form.question(code)
        if fact.get("is_suggested") or not is_disputed(question, answer, fact["value"]):
            continue
        changes |= changes_for(question, answer, asked.invitation.partnership)
        told, label = said(question, answer), PrefilledFact(question.prefill).label
        if question.prefill == PrefilledFact.DELIVERY:
            told = f"{told}” to “{wording(question.text, asked.side)}"  # of one year
        lines.append(f"{label}: the register says “{fact['says']}”; they say “{told}”.")
        fact["is_suggested"] = True
    if lines:
        response.suggestion = _suggest(asked, changes, lines, at) or response.suggestion
        response.facts = facts


def _suggest(
    asked: Asked, changes: dict[str, Any], lines: list[str], at: datetime
) -> Suggestion | None:
    """None where the record refuses even the words: then the answer stands alone."""
    record, person = asked.invitation.partnership, asked.invitation.coordinator
    heading = f"A coordinator of {asked.invitation.member.institution.name} sees this differently "
    heading += f"from the register ({asked.invitation.round.name})."
    for attempt in (changes, {}):
        try:
            return suggestions.propose(
                sender=Sender(
                    SuggestionChannel.COORDINATOR,
                    name=person.name if person else "",
                    email=person.email if person else "",
                ),
                partnership=record,
                base_version=version_of(record.modified_at),
                changes=attempt,
                words="\n".join([heading, *lines])[:MOST_WORDS],
                at=at,
            )
        except AlreadyWaiting as waiting:
            return waiting.suggestion
        except ValidationError:
            continue
    return None
