"""How every service asks who acts. `by` is None only where the registry itself does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from partnerships.models import User, viewer_of
from partnerships.policies.permissions import Viewer, can_keep_lists
from partnerships.services.partnerships import NotAllowed


def check(
    by: User | None, may: Callable[[Viewer], bool], refusal: str, *, at: datetime | None = None
) -> None:
    """Raises NotAllowed with the sentence, unless the actor may on that day."""
    if by is not None and not may(viewer_of(by, on=timezone.localdate(at))):
        raise NotAllowed(refusal)


def check_keeps_lists(by: User | None, what: str) -> None:
    """Vocabularies, countries, frameworks and Boards are kept by the unit."""
    check(by, can_keep_lists, f"Only the coordination unit keeps {what}.")
