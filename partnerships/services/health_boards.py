"""Verbs on Health Boards."""

from __future__ import annotations

from django.db import transaction

from partnerships.indexing import reindex
from partnerships.models import HealthBoard, User
from partnerships.services.asking import check_keeps_lists
from partnerships.services.institutions import affected_partnerships
from partnerships.services.writing import write


@transaction.atomic
def save(board: HealthBoard, *, by: User | None, reason: str = "") -> bool:
    """Write a Board; False where nothing changed. A new one owns what its institutions do.

    Refuses (NotAllowed) everybody but the unit.
    """
    check_keeps_lists(by, "the Health Boards")
    written = write(board, by=by, reason=reason)
    if written:
        reindex(affected_partnerships(board.institution))
    return written
