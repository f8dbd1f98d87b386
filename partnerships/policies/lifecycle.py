"""Which moderation steps a record may take, and what a listed record must have."""

from __future__ import annotations

from partnerships.choices import Moderation

_STEPS: dict[str, tuple[str, ...]] = {
    Moderation.DRAFT: (Moderation.SUBMITTED, Moderation.LISTED, Moderation.WITHDRAWN),
    Moderation.SUBMITTED: (Moderation.LISTED, Moderation.RETURNED, Moderation.WITHDRAWN),
    Moderation.RETURNED: (Moderation.SUBMITTED, Moderation.WITHDRAWN),
    Moderation.LISTED: (Moderation.WITHDRAWN,),
    Moderation.WITHDRAWN: (Moderation.DRAFT, Moderation.LISTED),
}


def can_move(moderation: str, to: str) -> bool:
    """Whether a record may go from one moderation state to another."""
    return to in _STEPS[moderation]


def missing_for_listing(members: int, countries: int) -> str | None:
    """What an ordinary listed record would have and this one lacks, or None.

    A partnership joins two or more institutions of two or more countries (domain rule). A source
    that names fewer is still worth listing, with a note that says why.
    """
    lacks = []
    if members < 2:
        lacks.append("two member institutions")
    if countries < 2:
        lacks.append("two countries")
    return " and ".join(lacks) or None
