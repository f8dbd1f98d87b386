"""Verbs on the rows that hang on a record: members, topics, agreements, aliases, identifiers …

Whoever calls them settles the record afterwards, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models, transaction
from django.utils import timezone

from partnerships.models import Institution, Partnership, PartnershipTopic, User, viewer_of
from partnerships.policies.permissions import Viewer, can_write
from partnerships.services import institutions
from partnerships.services.partnerships import NotAllowed
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
    ValidationError or ProtectedError, or NotAllowed where the actor may not change the record;
    then nothing is written.
    """
    written, removed = list(written), list(removed)
    _check_may_change([*removed, *written], by)
    changed = False
    for row in removed:
        _remove(row, by, reason)
        changed = True
    for row in sorted(written, key=_takes_a_single_place):
        changed |= write(row, by=by, reason=reason)
    return changed


@transaction.atomic
def remove(row: models.Model, *, by: User, reason: str = "") -> None:
    """Delete one row, with its history. Refuses (NotAllowed) who may not change its record."""
    _check_may_change([row], by)
    _remove(row, by, reason)


def _remove(row: models.Model, by: User, reason: str) -> None:
    credit(row, by=by, reason=reason)
    row.delete()


def _takes_a_single_place(row: models.Model) -> bool:
    return isinstance(row, PartnershipTopic) and row.is_primary


def _check_may_change(rows: Iterable[models.Model], by: User) -> None:
    """Rows belong to a partnership or an institution: the one that they hang on, and the one that
    they hung on before. Anything else is the unit's."""
    rows = list(rows)
    if not rows:
        return
    viewer = viewer_of(by, on=timezone.localdate())
    if viewer.edits_everything:
        return
    allowed = (
        _may_change_partnerships(_owners(rows, "partnership"), viewer)
        and _may_change_institutions(
            _owners([row for row in rows if not _has(row, "partnership")], "institution"), viewer
        )
        and all(_has(row, "partnership") or _has(row, "institution") for row in rows)
    )
    if not allowed:
        raise NotAllowed(
            "Only people who may change the record change what hangs on it. Suggest the change to "
            "the owning Board's champions or the coordination unit."
        )


def _has(row: models.Model, name: str) -> bool:
    return any(field.name == name for field in row._meta.concrete_fields)


def _owners(rows: Iterable[models.Model], name: str) -> set[int]:
    """Keys of the records that the rows belong to, in memory and as stored."""
    keys: set[int] = set()
    for row in rows:
        if _has(row, name):
            stored = type(row)._default_manager.filter(pk=row.pk)
            keys |= {getattr(row, f"{name}_id"), *stored.values_list(f"{name}_id", flat=True)}
    return keys


def _may_change_partnerships(keys: set[int], viewer: Viewer) -> bool:
    return all(
        can_write(viewer, board_id=board, moderation=moderation, created_by_id=author)
        for board, moderation, author in Partnership.objects.filter(pk__in=keys).values_list(
            "health_board_id", "moderation", "created_by_id"
        )
    )


def _may_change_institutions(keys: set[int], viewer: Viewer) -> bool:
    found = Institution.objects.filter(pk__in=keys)
    return all(institutions.may_change(viewer, institution) for institution in found)
