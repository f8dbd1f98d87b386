"""Verbs on what comes in by the public form: hold it, mail a code, take it when the code is back.

Nobody who decides sees anything of it before: an address that is not the sender's is of no use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from secrets import randbelow
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from partnerships.choices import Moderation, SuggestionChannel, SuggestionState
from partnerships.models import Partnership, Suggestion, UnconfirmedSuggestion
from partnerships.policies import codes
from partnerships.services import outbox
from partnerships.services.suggestions import AlreadyWaiting, Sender, propose
from partnerships.services.telling import tell


class CodeRefused(Exception):
    """The code does not open it; the message says what to do."""


class NoMoreCodes(Exception):
    """Enough codes were mailed for one form."""


class NotPublic(Exception):
    """The record has been taken off the site meanwhile."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to suggest: checked, and as it was typed."""

    words: str
    changes: Mapping[str, Any]
    partnership: Partnership | None = None
    base_version: str = ""
    base: Mapping[str, Any] = field(default_factory=dict)
    source_url: str = ""
    name: str = ""
    email: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def hold(draft: Draft, *, attempt: UUID, at: datetime) -> UnconfirmedSuggestion:
    """Keep a draft, and mail a code to its address. The same form again holds it once: another
    code is mailed only to another address, or where the last one is no longer good. A form that
    was confirmed already is another one if it says something else now.

    Raises NoMoreCodes, and ValidationError for an address that is none.
    """
    validate_email(draft.email)
    UnconfirmedSuggestion.objects.get_or_create(attempt=attempt, defaults={"created_at": at})
    held = UnconfirmedSuggestion.objects.select_for_update().get(attempt=attempt)
    if held.confirmed_at is not None:
        return held if _says_the_same(held, draft) else hold(draft, attempt=uuid4(), at=at)
    is_same = held.email.lower() == draft.email.lower()
    for name in ("partnership", "base_version", "words", "source_url", "name", "email"):
        setattr(held, name, getattr(draft, name))
    held.changes, held.base, held.typed = dict(draft.changes), dict(draft.base), dict(draft.typed)
    if not is_same or not codes.is_good(tries=held.tries, expires_at=held.code_expires_at, at=at):
        _mail_code(held, at)
    held.save()
    return held


def _says_the_same(held: UnconfirmedSuggestion, draft: Draft) -> bool:
    sent = held.suggestion
    if sent is None:
        return True
    changes = {name: value for name, value in draft.changes.items() if name != "health_board"}
    return (sent.changes, sent.words) == (changes, draft.words)


@transaction.atomic
def send_again(held: UnconfirmedSuggestion, *, at: datetime, email: str = "") -> None:
    """Another code, to another address if one is given. Raises NoMoreCodes."""
    held = UnconfirmedSuggestion.objects.select_for_update().get(pk=held.pk)
    if held.confirmed_at is not None:
        return
    if email:
        validate_email(email)
        held.email = email
    _mail_code(held, at)
    held.save()


def _mail_code(held: UnconfirmedSuggestion, at: datetime) -> None:
    if held.codes_sent >= codes.MOST_CODES:
        raise NoMoreCodes
    code = f"{randbelow(10**codes.DIGITS):0{codes.DIGITS}}"
    held.codes_sent += 1
    held.code_digest, held.tries = _digest(held, code), 0
    held.code_expires_at = at + codes.GOOD_FOR
    outbox.put(
        to=held.email,
        kind="suggestion_code",
        context={"code": code, "until": held.code_expires_at},
        at=at,
        once=f"suggestion_code:{held.attempt}:{held.codes_sent}",
    )


def _digest(held: UnconfirmedSuggestion, code: str) -> str:
    """With the installation's key: six digits alone would soon be guessed from their digest."""
    return salted_hmac("partnerships.suggestion_code", f"{held.attempt} {code}").hexdigest()


def confirm(held: UnconfirmedSuggestion, *, code: str, at: datetime) -> None:
    """Take it into the queue, and tell the suggester. A form that was sent already stays as it is.

    Raises CodeRefused; NotPublic where the record was withdrawn since; and ValidationError where
    the record has changed so that the suggestion no longer fits. Then nothing is in the queue.
    """
    rows = UnconfirmedSuggestion.objects.filter(pk=held.pk)
    tried = rows.filter(tries__lt=codes.MOST_TRIES, code_expires_at__gt=at, confirmed_at=None)
    # Counted first and in one statement, so that no two tries at once count as one.
    if not tried.update(tries=F("tries") + 1):
        if rows.filter(confirmed_at__isnull=False).exists():
            return
        raise CodeRefused("This code is no longer good. Ask for a new one below.")
    held.refresh_from_db()
    if not compare_digest(held.code_digest, _digest(held, codes.as_typed(code)[:12])):
        raise CodeRefused(
            "This is not the code that we sent. Look at the newest mail, and type its six digits."
            if held.tries < codes.MOST_TRIES
            else "This was not the code, and it is no longer good. Ask for a new one below."
        )
    _take(held, at)


@transaction.atomic
def _take(held: UnconfirmedSuggestion, at: datetime) -> None:
    first = UnconfirmedSuggestion.objects.filter(pk=held.pk, confirmed_at=None)
    if not first.update(confirmed_at=at):
        return
    sender = Sender(SuggestionChannel.PUBLIC_FORM, name=held.name, email=held.email)
    suggestion = _suggest(held, sender, at)
    emptied = {"words": "", "name": "", "email": "", "source_url": "", "code_digest": ""}
    UnconfirmedSuggestion.objects.filter(pk=held.pk).update(
        suggestion=suggestion, changes={}, base={}, typed={}, **emptied
    )


@transaction.atomic
def mend(returned: Suggestion, draft: Draft, *, at: datetime) -> Suggestion:
    """Suggest a returned suggestion anew, for whoever has its link; once, however often it is sent.

    The link came by mail, so no code is asked for. Raises NotPublic and ValidationError as
    `confirm` does, and ValidationError for a suggestion that was not returned.
    """
    returned = Suggestion.objects.select_for_update().get(pk=returned.pk)
    if again := Suggestion.objects.filter(mends=returned.pk).first():
        return again
    if returned.state != SuggestionState.RETURNED or not returned.suggester_email:
        raise ValidationError("Only a suggestion that was returned can be mended.")
    sender = Sender(returned.channel, name=returned.suggester_name, email=returned.suggester_email)
    return _suggest(draft, sender, at, mends=returned)


def _suggest(
    what: UnconfirmedSuggestion | Draft,
    sender: Sender,
    at: datetime,
    mends: Suggestion | None = None,
) -> Suggestion:
    if what.partnership and what.partnership.moderation != Moderation.LISTED:
        raise NotPublic
    try:
        suggestion = propose(
            sender=sender,
            partnership=what.partnership,
            changes=dict(what.changes),
            words=what.words,
            source_url=what.source_url,
            base_version=what.base_version,
            base=what.base,
            mends=mends,
            at=at,
        )
    except AlreadyWaiting as waiting:
        return waiting.suggestion
    tell(suggestion, at=at)
    return suggestion
