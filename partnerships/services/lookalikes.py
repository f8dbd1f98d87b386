"""Verbs on records that look alike."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from partnerships.models import NotTheSame, Partnership, User, viewer_of
from partnerships.policies.permissions import Viewer, can_edit, can_see
from partnerships.services.partnerships import NotAllowed


@transaction.atomic
def tell_apart(
    one: Partnership, other: Partnership, *, by: User, at: datetime | None = None
) -> bool:
    """Remember that two records are not the same; False where somebody has said so already.

    Refuses (NotAllowed) people who may change neither, or may not see one of them.
    """
    now = at or timezone.now()
    first, second = sorted((one, other), key=lambda record: record.pk)
    # One at a time for a pair: of two at once, one finds what the other has written.
    Partnership.objects.select_for_update(of=("self",)).get(pk=first.pk)
    _check_may_decide([first, second], viewer_of(by, on=timezone.localdate(now)))
    if NotTheSame.objects.filter(first=first, second=second).exists():
        return False
    pair = NotTheSame(first=first, second=second, said_by=by, said_at=now)
    pair.full_clean()
    # No new version of the data as `writing.write` makes: nothing of this is public.
    pair._history_user = by  # type: ignore[attr-defined]
    pair.save()
    return True


@transaction.atomic
def take_back(one: Partnership, other: Partnership, *, by: User) -> bool:
    """Ask about the pair again; False where nobody had told them apart. Refuses the same."""
    first, second = sorted((one, other), key=lambda record: record.pk)
    _check_may_decide([first, second], viewer_of(by, on=timezone.localdate()))
    found = NotTheSame.objects.filter(first=first, second=second).first()
    if found is None:
        return False
    found._history_user = by  # type: ignore[attr-defined]
    found.delete()
    return True


def _check_may_decide(records: list[Partnership], viewer: Viewer) -> None:
    keeps = any(can_edit(viewer, board_id=record.health_board_id) for record in records)
    sees = all(
        can_see(
            viewer,
            moderation=record.moderation,
            board_id=record.health_board_id,
            created_by_id=record.created_by_id,
        )
        for record in records
    )
    if not (keeps and sees):
        raise NotAllowed(
            "Only the champions of a record's own Board and the coordination unit can say that it "
            "is not the same as another."
        )
