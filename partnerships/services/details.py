"""Verbs on the rows that hang on a record: members, topics, agreements, aliases, identifiers …

Whoever calls them settles the record afterwards, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models, transaction

from partnerships.models import PartnershipTopic, User
from partnerships.services.writing import credit, write


@transaction.atomic
def apply(
    *,
    written: Iterable[models.Model] = (),
    removed: Iterable[models.Model] = (),
    by: User,
    reason: str = "",
) -> bool:
    """Remove some rows and write others; True if anything changed.

    Rows that go make room first, and so does a primary topic that stops being it. Raises
    ValidationError or ProtectedError; then nothing is written.
    """
    changed = False
    for row in removed:
        remove(row, by=by, reason=reason)
        changed = True
    for row in sorted(written, key=_takes_a_single_place):
        changed |= write(row, by=by, reason=reason)
    return changed


@transaction.atomic
def remove(row: models.Model, *, by: User, reason: str = "") -> None:
    """Delete one row, with its history."""
    credit(row, by=by, reason=reason)
    row.delete()


def _takes_a_single_place(row: models.Model) -> bool:
    return isinstance(row, PartnershipTopic) and row.is_primary
