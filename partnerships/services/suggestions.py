"""The verb by which anything is suggested. It never touches a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from partnerships import proposed
from partnerships.changed_since import fields_changed_since
from partnerships.choices import SuggestionChannel, SuggestionKind
from partnerships.models import ApiKey, HealthBoard, Partnership, Suggestion, User
from partnerships.policies.record_version import moment_of, version_of
from partnerships.proposed_values import is_text
from partnerships.records import public_records
from partnerships.services import partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.proposed_parts import (
    board_above,
    by_field,
    free_slug,
    parts_of,
    values_of,
)

#: Characters of the words that go with a suggestion, and of those that answer it.
MOST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Sender:
    """Who suggests something, and on which way. Names and addresses are never published."""

    channel: str
    api_key: ApiKey | None = None
    user: User | None = None
    name: str = ""
    email: str = ""

    @property
    def key(self) -> str:
        """Tells one sender from another; the same for each request of one."""
        parts = (self.channel, self.api_key and self.api_key.pk, self.user and self.user.pk)
        return json.dumps([*parts, self.email.lower()])


@dataclass(frozen=True, slots=True)
class Request:
    """How the sender named the request, so that sending it twice suggests it once."""

    key: str = ""
    digest: str = ""


class StaleVersion(Exception):
    """The record is another than the one that was looked at. `changed` names fields."""

    def __init__(self, version: str, changed: list[str], present: Mapping[str, Any]) -> None:
        super().__init__(version)
        self.version, self.changed, self.present = version, changed, present


class KeyUsedBefore(Exception):
    """The Idempotency-Key named another request of the same sender."""


class AlreadyWaiting(Exception):
    """The same suggestion of the same sender waits already."""

    def __init__(self, suggestion: Suggestion) -> None:
        super().__init__(suggestion.public_id)
        self.suggestion = suggestion


@transaction.atomic
def propose(
    *,
    sender: Sender,
    changes: Any,
    words: str,
    partnership: Partnership | None = None,
    base_version: str = "",
    base: Mapping[str, Any] | None = None,
    source_url: str = "",
    request: Request = Request(),
    mends: Suggestion | None = None,
    at: datetime | None = None,
) -> Suggestion:
    """Keep a suggestion for whoever decides; the record stays as it is.

    `changes` is JSON in the shape of the public record, whole or in part; without a partnership
    it describes a new one. A request that was taken before gives the same suggestion again.
    `base` is what a person saw of these fields: then the record may have changed since, and
    whoever decides sees where. People may suggest a change in words alone.

    Raises NotAllowed for keys that may not propose; KeyUsedBefore; StaleVersion; AlreadyWaiting;
    and ValidationError by path (`changes.members.0.role`, `words` …). Then nothing is kept.
    """
    if sender.channel == SuggestionChannel.API and not (
        sender.api_key and sender.api_key.may_propose
    ):
        raise NotAllowed("This key may not propose changes. Ask those who run this site.")
    if known := taken_before(sender=sender, request=request):
        return known
    record = _record(partnership) if partnership else None
    if partnership and base is None:
        _check_version(partnership, base_version, record, changes)
    suggestion = Suggestion(
        kind=SuggestionKind.CHANGE if partnership else SuggestionKind.NEW,
        partnership=partnership,
        base_version=base_version,
        words=words,
        source_url=source_url,
        channel=sender.channel,
        api_key=sender.api_key,
        suggested_by=sender.user,
        suggester_name=sender.name,
        suggester_email=sender.email,
        idempotency_key=request.key,
        body_digest=request.digest,
        mends=mends,
        created_at=at or timezone.now(),
    )
    _fill(suggestion, changes, record)
    if base is not None:
        suggestion.base |= {name: base[name] for name in suggestion.changes if name in base}
    suggestion.digest = _digest(sender, suggestion)
    return _keep(suggestion, sender, request)


def drafted(
    *, changes: Any, words: str, partnership: Partnership | None = None, source_url: str = ""
) -> Suggestion:
    """What a person would suggest, checked as `propose` checks it; kept nowhere. A new partnership
    without a name or kind, a word too many: ValidationError by path."""
    suggestion = Suggestion(
        kind=SuggestionKind.CHANGE if partnership else SuggestionKind.NEW,
        partnership=partnership,
        base_version=version_of(partnership.modified_at) if partnership else "",
        words=words,
        source_url=source_url,
        channel=SuggestionChannel.PUBLIC_FORM,
    )
    _fill(suggestion, changes, _record(partnership) if partnership else None)
    return suggestion


def _record(partnership: Partnership) -> Any:
    return next(public_records([partnership.pk], site_url=""))


def taken_before(*, sender: Sender, request: Request) -> Suggestion | None:
    """What a request of the same name has suggested. Raises KeyUsedBefore for another body."""
    if not request.key:
        return None
    found = Suggestion.objects.filter(api_key=sender.api_key, idempotency_key=request.key).first()
    if found and found.body_digest != request.digest:
        raise KeyUsedBefore(request.key)
    return found


def _check_version(partnership: Partnership, base: str, record: Any, changes: Any) -> None:
    now = version_of(partnership.modified_at)
    if base == now:
        return
    moment = moment_of(base)
    if moment is None or moment > partnership.modified_at:
        raise ValidationError({"base_version": "Send the `version` of the record that you read."})
    says = proposed.present(record)
    asked = changes.keys() if isinstance(changes, dict) else ()
    present = {name: says[name] for name in says if name.partition(".")[0] in asked}
    raise StaleVersion(now, fields_changed_since(partnership, moment), present)


def _fill(suggestion: Suggestion, given: Any, record: Any) -> None:
    """Read the changes, and check all of them as the record's own service would."""
    if not is_text([given, suggestion.words, suggestion.source_url]):
        raise ValidationError({"changes": "These hold a character that no text has."})
    changes, wrong = proposed.read(given, record=record)
    errors = {f"changes.{path}".rstrip("."): said for path, said in wrong.items()}
    board = changes.pop("health_board", None)
    in_words = suggestion.partnership and suggestion.channel != SuggestionChannel.API
    if not changes and not errors and not in_words:
        errors["changes"] = ["The record says all this already."]
    if not suggestion.partnership and not errors:
        errors |= {
            f"changes.{name}": ["A new partnership needs this."]
            for name in ("name", "kind")
            if not changes.get(name)
        }
    errors |= _wrong_with_words(suggestion)
    if errors:
        raise ValidationError(errors)
    _check_whole(suggestion.partnership, changes)
    suggestion.changes = changes
    if suggestion.partnership:
        now = proposed.present(record)
        suggestion.base = {name: now[name] for name in changes}
    else:
        members = changes.get("members", [])
        suggestion.health_board = (
            HealthBoard.objects.get(institution__slug=board) if board else board_above(members)
        )


def _wrong_with_words(suggestion: Suggestion) -> dict[str, list[str]]:
    wrong = {}
    if not suggestion.words.strip():
        wrong["words"] = ["Say why, for whoever decides."]
    elif len(suggestion.words) > MOST_WORDS:
        wrong["words"] = [f"Write at most {MOST_WORDS} characters."]
    try:
        suggestion.clean_fields(
            exclude=[f.name for f in suggestion._meta.fields if f.name != "source_url"]
        )
    except ValidationError as error:
        wrong |= error.message_dict
    return wrong


def _check_whole(partnership: Partnership | None, changes: Mapping[str, Any]) -> None:
    copy = Partnership.objects.get(pk=partnership.pk) if partnership else Partnership()
    values = values_of(changes)
    if partnership is None:
        values["slug"] = free_slug(values["name"])
    try:
        partnerships.check(copy, values=values, parts=parts_of(changes, partnership))
    except ValidationError as error:
        said = by_field(error)
        raise ValidationError(
            {f"changes.{name}".rstrip("."): lines for name, lines in said.items()}
        ) from None


def _digest(sender: Sender, suggestion: Suggestion) -> str:
    what = [sender.key, suggestion.kind, suggestion.partnership_id, suggestion.health_board_id]
    said = suggestion.changes or suggestion.words
    return sha256(json.dumps([*what, said], sort_keys=True).encode()).hexdigest()


def _keep(suggestion: Suggestion, sender: Sender, request: Request) -> Suggestion:
    """Write it; of two requests at once, one finds what the other has written."""

    def there_already() -> Suggestion | None:
        waiting = Suggestion.objects.waiting().filter(digest=suggestion.digest).first()
        if waiting and not taken_before(sender=sender, request=request):
            raise AlreadyWaiting(waiting)
        return taken_before(sender=sender, request=request)

    if found := there_already():
        return found
    try:
        with transaction.atomic():
            keep(suggestion, by=sender.user, reason="")
    except (IntegrityError, ValidationError):
        found = there_already()
        if found is None:
            raise
        return found
    return suggestion


def keep(suggestion: Suggestion, *, by: User | None, reason: str) -> None:
    """Unlike `services.writing.write` this makes no new version of the data: nothing of a
    suggestion is public, so answers that are kept stay right."""
    suggestion.full_clean()
    suggestion._history_user = by  # type: ignore[attr-defined]
    suggestion._change_reason = reason  # type: ignore[attr-defined]
    suggestion.save()
