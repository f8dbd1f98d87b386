"""Verbs behind a link in a mail: what is asked, the four answers, and settling them."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.choices import (
    LinkAnswerKind,
    LinkPurpose,
    Moderation,
    Side,
    Stage,
    SuggestionChannel,
)
from partnerships.models import LinkAnswer, Partnership, SignedLink, Suggestion, User, viewer_of
from partnerships.policies.permissions import can_edit
from partnerships.policies.record_version import version_of
from partnerships.proposed_values import is_text
from partnerships.services import links, partnerships, suggestions
from partnerships.services.links import LinkRefused
from partnerships.services.partnerships import NotAllowed
from partnerships.services.suggestions import MOST_WORDS, AlreadyWaiting, Sender
from partnerships.services.unconfirmed import Draft

#: What a confirmation through a link says of itself; nobody is named.
HOW = "By a coordinator, through a link in a mail"
STALE = "Somebody has changed the record since you looked. Look at it again, then answer."


def asked(token: str, *, at: datetime) -> SignedLink:
    """The link behind a token, with its record. Changes nothing: scanners of mail open links.

    Raises LinkRefused, also where the record is not public now.
    """
    link = links.find(token, purpose=LinkPurpose.CONFIRMATION, at=at)
    if link.partnership is None or link.partnership.moderation != Moderation.LISTED:
        raise LinkRefused("This record is not public at the moment, so nothing is asked about it.")
    return link


def given(link: SignedLink) -> LinkAnswer | None:
    """What was answered through a link."""
    return LinkAnswer.objects.using("default").filter(link=link).first()


@transaction.atomic
def change(link: SignedLink, draft: Draft, *, at: datetime) -> LinkAnswer:
    """“Something should change”, said field by field; once, as `answer` does.

    Raises ValidationError for what the record would refuse; then the link is still good.
    """
    return answer(link, answer=LinkAnswerKind.CHANGE, words=draft.words, draft=draft, at=at)


@transaction.atomic
def answer(
    link: SignedLink,
    *,
    answer: str,
    words: str = "",
    draft: Draft | None = None,
    seen: str | None = None,
    at: datetime,
) -> LinkAnswer:
    """Act on an answer, once; a second one gives the first again and does nothing.

    “Still right” confirms the record for the link's side. “It has ended” and what should
    change are suggestions that the owning Board's champions decide on. “Not me” ends no record:
    it closes this mailbox's links to it, keeps reminders about it away, and tells the champions.
    Raises ValidationError for words that are missing or too long, and for “still right” of
    another version of the record than was `seen`, if told; then the link is still good.
    """
    answer, words = LinkAnswerKind(answer), words.strip()
    if len(words) > MOST_WORDS or not is_text(words):
        raise ValidationError({"words": f"Write at most {MOST_WORDS} characters."})
    if answer == LinkAnswerKind.CHANGE and not words:
        raise ValidationError({"words": "Say what should change."})
    # Locked before it is used: of two answers at once, the second waits and finds the first.
    locked = SignedLink.objects.select_for_update(of=("self",)).select_related("coordinator")
    link = locked.get(pk=link.pk)
    if not links.use(link, at=at):
        return LinkAnswer.objects.get(link=link)
    record = Partnership.objects.select_for_update(of=("self",)).get(links=link.pk)
    suggestion = None
    if answer == LinkAnswerKind.RIGHT:
        if seen is not None and seen != version_of(record.modified_at):
            raise ValidationError(STALE)
        partnerships.confirm(record, side=link.side, by=None, how=HOW, at=at)
    elif answer == LinkAnswerKind.CHANGE:
        suggestion = _propose(record, link, draft or Draft(words, {}), at, is_typed=bool(draft))
    elif answer == LinkAnswerKind.ENDED and record.stage != Stage.ENDED:
        said = words or f"A coordinator ({Side(link.side).label}) answered a mail: it has ended."
        suggestion = _propose(record, link, Draft(said, {"stage": Stage.ENDED.value}), at)
    elif answer == LinkAnswerKind.NOT_ME and link.mailbox_id is not None:
        links.revoke(mailbox=link.mailbox_id, partnership=record, used_at=None, at=at)
    return LinkAnswer.objects.create(
        link=link,
        partnership=record,
        side=link.side,
        mailbox_id=link.mailbox_id,
        answer=answer,
        words=words,
        suggestion=suggestion,
        answered_at=at,
    )


def _propose(
    record: Partnership, link: SignedLink, draft: Draft, at: datetime, *, is_typed: bool = False
) -> Suggestion | None:
    """None where the record would break a rule, or refuses the words: then people must look.

    Whoever filled in a form hears of it instead, and can mend what they typed.
    """
    person = link.coordinator
    try:
        return suggestions.propose(
            sender=Sender(
                SuggestionChannel.COORDINATOR,
                name=person.name if person else "",
                email=person.email if person else "",
            ),
            partnership=record,
            base_version=draft.base_version or version_of(record.modified_at),
            base=draft.base,
            changes=dict(draft.changes),
            words=draft.words,
            source_url=draft.source_url,
            at=at,
        )
    except AlreadyWaiting as waiting:
        return waiting.suggestion
    except ValidationError:
        if is_typed:
            raise
        return None


@transaction.atomic
def settle(answer: LinkAnswer, *, by: User, at: datetime | None = None) -> bool:
    """A champion has dealt with it; False where somebody had. Refuses people of other Boards."""
    now = at or timezone.now()
    stored = LinkAnswer.objects.select_related("partnership").get(pk=answer.pk)
    viewer = viewer_of(by, on=timezone.localdate(now))
    if not can_edit(viewer, board_id=stored.partnership.health_board_id):
        raise NotAllowed("Only the owning Board's champions and the unit settle this.")
    mine = LinkAnswer.objects.filter(pk=stored.pk, settled_at__isnull=True)
    return bool(mine.update(settled_at=now, settled_by=by))


@transaction.atomic
def reopen(answer: LinkAnswer, *, by: User, at: datetime | None = None) -> bool:
    """It waits again: whoever settled it pressed by mistake. False where they did not."""
    viewer = viewer_of(by, on=timezone.localdate(at))
    stored = LinkAnswer.objects.select_related("partnership").get(pk=answer.pk)
    if not can_edit(viewer, board_id=stored.partnership.health_board_id):
        raise NotAllowed("Only the owning Board's champions and the unit settle this.")
    mine = LinkAnswer.objects.filter(pk=stored.pk, settled_by=by)
    return bool(mine.update(settled_at=None, settled_by=None))
