"""Verbs on keys of the API: issue one, change what it may, revoke it, note that it is used."""

from __future__ import annotations

from datetime import date, datetime
from secrets import token_hex

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from partnerships.models import ApiKey, User
from partnerships.models.api_keys import hash_of
from partnerships.policies.permissions import can_keep_keys
from partnerships.services.asking import check
from partnerships.services.writing import write


@transaction.atomic
def issue_key(key: ApiKey, *, by: User, reason: str = "", at: datetime | None = None) -> str:
    """Write a new key; what its owner sends, which is told this once and kept nowhere.

    This and what follows refuses (NotAllowed) everybody but the unit.
    """
    _check(by)
    secret = token_hex(32)
    key.prefix, key.hash = token_hex(4), hash_of(secret)
    key.created_by, key.created_at = by, at or timezone.now()
    write(key, by=by, reason=reason)
    return f"hp_{key.prefix}_{secret}"


@transaction.atomic
def save(key: ApiKey, *, by: User, reason: str = "") -> bool:
    """Write what may be changed of a key; False where nothing changed."""
    _check(by)
    return write(key, by=by, reason=reason)


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User, reason: str = "", at: datetime | None = None) -> bool:
    """From now on the key is refused, for good. False if it was so already."""
    _check(by)
    stored = ApiKey.objects.select_for_update().get(pk=key.pk)
    if stored.revoked_at is not None:
        return False
    stored.revoked_at = key.revoked_at = at or timezone.now()
    stored.revoked_by = key.revoked_by = by
    return write(stored, by=by, reason=reason)


def note_use(key: ApiKey, *, on: date) -> None:
    """Write down the day of the last use: no history, no new version of the data.

    Two processes may both try; the second finds nothing left to write.
    """
    unknown = Q(last_used_on__isnull=True) | Q(last_used_on__lt=on)
    ApiKey.objects.using("default").filter(unknown, pk=key.pk).update(last_used_on=on)


def _check(by: User) -> None:
    check(by, can_keep_keys, "Only the coordination unit keeps keys of the API.")
