"""Which key somebody sent. Reads only; the keys that are in use cost no query.

A process keeps the keys that it has read for as long as the version of the data is the same, and
issuing, changing and revoking one makes a new version. So a key is refused with the first request
after it was revoked, in every process.
"""

from __future__ import annotations

import re
from datetime import datetime

from partnerships import versions
from partnerships.models import ApiKey, KeyState

_TOKEN = re.compile(r"hp_([0-9a-f]{8})_([0-9a-f]{64})")
#: The version, and the keys that were read under it by prefix. Replaced whole, so that threads
#: never see keys of one version under the name of another.
_kept: tuple[str, dict[str, ApiKey]] = ("", {})


class UnknownKey(Exception):
    """There is no such key, or its secret is another: which of the two is told to nobody."""


class UnusableKey(Exception):
    """A key from somebody who has its secret. `state` says what has become of it."""

    def __init__(self, key: ApiKey, state: KeyState) -> None:
        super().__init__(state)
        self.key, self.state = key, state


def is_familiar(token: str) -> bool:
    """Whether this process has let the same key in before. No query; says nothing of today."""
    found = _TOKEN.fullmatch(token)
    key = _kept[1].get(found[1]) if found else None
    return found is not None and key is not None and key.is_opened_by(found[2])


def key_of(token: str, *, at: datetime) -> ApiKey:
    """The key that a client sent as hp_<prefix>_<secret>.

    One query, or none where the version of the data is known (`versions.reading`) and the key was
    seen under it. Raises UnknownKey and UnusableKey.
    """
    found = _TOKEN.fullmatch(token)
    key = _key(found[1]) if found else None
    if found is None or key is None or not key.is_opened_by(found[2]):
        raise UnknownKey
    state = key.state(at)
    if state != KeyState.VALID:
        raise UnusableKey(key, state)
    return key


def _key(prefix: str) -> ApiKey | None:
    global _kept  # noqa: PLW0603  # one for the process, as it says above
    version = versions.known()
    if version is None:
        return _read(prefix)
    if _kept[0] != version:
        _kept = (version, {})
    keys = _kept[1]
    if prefix not in keys and (key := _read(prefix)) is not None:
        keys[prefix] = key  # only those that exist: guesses would fill the memory
    return keys.get(prefix)


def _read(prefix: str) -> ApiKey | None:
    """From the primary: a replica may not know of it yet."""
    return ApiKey.objects.using("default").filter(prefix=prefix).first()
