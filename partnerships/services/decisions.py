"""Verbs by which suggestions are decided: accept in whole or in part, return with words, decline.

Accepting changes the record through its own services, so that permissions, rules, history and
index are those of any other change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships import proposed
from partnerships.choices import Moderation, SuggestionKind, SuggestionState
from partnerships.models import Partnership, Suggestion, User, viewer_of
from partnerships.policies.permissions import can_decide
from partnerships.proposed_values import is_text
from partnerships.records import public_records
from partnerships.services import details, partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.proposed_parts import (
    by_field,
    free_slug,
    member_rows,
    parts_of,
    values_of,
)
from partnerships.services.suggestions import MOST_WORDS, keep
from partnerships.services.telling import tell

CHANGED_SINCE = "The record has changed here since. Look at it, and change it by hand."


@transaction.atomic
def accept(
    suggestion: Suggestion,
    *,
    by: User,
    fields: Collection[str] | None = None,
    answer: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> Suggestion:
    """Take all of a suggestion, or the named fields, into the record. The rest is refused.

    A new partnership becomes a submitted record, never a listed one. Raises NotAllowed for whoever
    may not edit the record, and for the suggester; ValidationError, by field, where the record has
    changed since in one of these fields, or would break its rules. Then nothing is written.
    """
    now = at or timezone.now()
    suggestion = _undecided(suggestion, by, now)
    changes = proposed.in_order(suggestion.changes)
    names = [name for name in changes if fields is None or name in fields]
    if not names and changes:
        raise ValidationError("Choose what to accept. To accept nothing, return or decline it.")
    asked = {name: changes[name] for name in names}
    why = _for_the_history(suggestion, reason)
    try:
        if suggestion.kind == SuggestionKind.NEW:
            suggestion.partnership = _make(suggestion, asked, by, why, now)
        else:
            _change(suggestion, asked, by, why, now)
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise ValidationError(
                {name or NON_FIELD_ERRORS: said for name, said in by_field(error).items()}
            ) from None
        raise
    whole = len(names) == len(suggestion.changes)
    suggestion.accepted = names
    state = SuggestionState.ACCEPTED if whole else SuggestionState.PARTLY_ACCEPTED
    return _decide(suggestion, state, by=by, answer=answer, reason=reason, at=now)


@transaction.atomic
def return_with_words(
    suggestion: Suggestion,
    *,
    by: User,
    answer: str,
    reason: str = "",
    at: datetime | None = None,
) -> Suggestion:
    """Say what is missing; the suggester may suggest it anew. Refuses as `accept` does."""
    now = at or timezone.now()
    suggestion = _undecided(suggestion, by, now)
    return _decide(
        suggestion, SuggestionState.RETURNED, by=by, answer=answer, reason=reason, at=now
    )


@transaction.atomic
def decline(
    suggestion: Suggestion,
    *,
    by: User,
    answer: str,
    reason: str = "",
    at: datetime | None = None,
) -> Suggestion:
    """Refuse it, and say why. Refuses as `accept` does."""
    now = at or timezone.now()
    suggestion = _undecided(suggestion, by, now)
    return _decide(
        suggestion, SuggestionState.DECLINED, by=by, answer=answer, reason=reason, at=now
    )


def may_decide(suggestion: Suggestion, by: User, *, at: datetime | None = None) -> bool:
    """Reads suggestion.partnership and .api_key."""
    mailboxes = {suggestion.suggester_email, suggestion.api_key and suggestion.api_key.contact}
    is_own = suggestion.suggested_by_id == by.pk or (
        bool(by.email) and by.email.lower() in {box.lower() for box in mailboxes if box}
    )
    viewer = viewer_of(by, on=timezone.localdate(at))
    return can_decide(viewer, board_id=suggestion.board_id, is_own=is_own)


def _undecided(suggestion: Suggestion, by: User, at: datetime) -> Suggestion:
    """The stored suggestion, locked. Raises where it is decided, or is not for the actor."""
    rows = Suggestion.objects.select_related("partnership", "api_key")
    stored = rows.select_for_update(of=("self",)).get(pk=suggestion.pk)
    if not may_decide(stored, by, at=at):
        raise NotAllowed(
            "Only the owning Board's champions and the coordination unit decide on this, and "
            "nobody on their own suggestion."
        )
    if not stored.is_waiting:
        raise ValidationError(
            f"{stored.decided_by} has decided on this already: {stored.get_state_display()}."
        )
    return stored


def _for_the_history(suggestion: Suggestion, reason: str) -> str:
    who = suggestion.api_key.name if suggestion.api_key else suggestion.get_channel_display()
    told = f"Suggested ({who}, {str(suggestion.public_id)[:8]}) and accepted."
    return f"{told} {reason}".strip()


def _change(
    suggestion: Suggestion, asked: Mapping[str, Any], by: User, why: str, at: datetime
) -> None:
    locked = Partnership.objects.select_for_update(of=("self",))
    partnership = locked.get(suggestions=suggestion.pk)
    if stale := [name for name in conflicts(suggestion) if name in asked]:
        raise ValidationError(dict.fromkeys(stale, CHANGED_SINCE))
    changed_columns = partnerships.update(
        partnership,
        by=by,
        values=values_of(asked),
        parts=parts_of(asked, partnership),
        reason=why,
        at=at,
    )
    _set_roles(partnership, asked, by, why, at, settled=changed_columns)


def conflicts(suggestion: Suggestion) -> dict[str, Any]:
    """Fields of which the record says neither what it said then nor what is proposed, with what
    it says now."""
    if suggestion.kind == SuggestionKind.NEW or suggestion.partnership_id is None:
        return {}
    record = next(public_records([suggestion.partnership_id], site_url=""))
    now = proposed.present(record)
    return {
        name: now[name]
        for name, wanted in suggestion.changes.items()
        if now[name] not in (suggestion.base[name], wanted)
    }


def _set_roles(
    partnership: Partnership,
    asked: Mapping[str, Any],
    by: User,
    why: str,
    at: datetime,
    *,
    settled: bool,
) -> None:
    """Roles and years of members, which `partnerships.update` leaves as they are."""
    if "members" not in asked:
        return
    rows = member_rows(partnership, asked["members"])
    if details.apply(written=rows, by=by, reason=why) and not settled:
        partnership.modified_at = at
        partnerships.settle(partnership, by=by, reason=why, at=at)


def _make(
    suggestion: Suggestion, asked: Mapping[str, Any], by: User, why: str, at: datetime
) -> Partnership:
    if missing := [name for name in ("name", "kind") if name not in asked]:
        raise ValidationError(dict.fromkeys(missing, "A new record needs this."))
    values = values_of(asked) | {
        "slug": free_slug(asked["name"]),
        "health_board": suggestion.health_board,
    }
    partnership = partnerships.create(
        by=by, values=values, parts=parts_of(asked, None), reason=why, at=at
    )
    _set_roles(partnership, asked, by, why, at, settled=True)
    partnerships.moderate(partnership, to=Moderation.SUBMITTED, by=by, reason=why, at=at)
    partnership.refresh_from_db()
    return partnership


def _decide(
    suggestion: Suggestion, state: str, *, by: User, answer: str, reason: str, at: datetime
) -> Suggestion:
    for name, text in (("answer", answer), ("reason", reason)):
        if len(text) > MOST_WORDS or not is_text(text):
            raise ValidationError({name: f"Write at most {MOST_WORDS} characters of text."})
    suggestion.state = state
    suggestion.answer, suggestion.reason = answer.strip(), reason.strip()
    suggestion.decided_by, suggestion.decided_at = by, at
    keep(suggestion, by=by, reason=reason)
    tell(suggestion, at=at)
    return suggestion
