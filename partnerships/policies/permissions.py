"""Who may see, edit and list which record: one set of predicates over plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from partnerships.choices import Moderation, UserRole


@dataclass(frozen=True, slots=True)
class Viewer:
    """Everything about a person that permission depends on, on one day."""

    user_id: int | None = None
    role: str = ""
    is_superuser: bool = False
    #: Primary keys of the Boards where the person has a champion's tenure on that day.
    boards: frozenset[int] = field(default_factory=frozenset)

    @property
    def sees_everything(self) -> bool:
        return self.is_superuser or self.role in (UserRole.UNIT, UserRole.AUDITOR)

    @property
    def edits_everything(self) -> bool:
        return self.is_superuser or self.role == UserRole.UNIT


VISITOR = Viewer()


def can_see(
    viewer: Viewer, *, moderation: str, board_id: int | None, created_by_id: int | None
) -> bool:
    """Listed records are public; the rest is for the owning Board, the unit and the author."""
    if moderation == Moderation.LISTED or viewer.sees_everything:
        return True
    if board_id is not None and board_id in viewer.boards:
        return True
    return viewer.user_id is not None and viewer.user_id == created_by_id


def can_edit(viewer: Viewer, *, board_id: int | None) -> bool:
    """The owning Board's champions and the unit; a record without a Board is the unit's."""
    if viewer.edits_everything:
        return True
    return board_id is not None and board_id in viewer.boards


def can_write(
    viewer: Viewer, *, board_id: int | None, moderation: str, created_by_id: int | None
) -> bool:
    """Who edits, and an author until the own record is submitted or when it comes back."""
    if can_edit(viewer, board_id=board_id):
        return True
    is_author = viewer.user_id is not None and viewer.user_id == created_by_id
    return is_author and moderation in (Moderation.DRAFT, Moderation.RETURNED)


def can_list(viewer: Viewer, *, board_id: int | None, created_by_id: int | None) -> bool:
    """Nobody approves their own first listing, superusers for operations excepted."""
    if viewer.is_superuser:
        return True
    if viewer.user_id is not None and viewer.user_id == created_by_id:
        return False
    return can_edit(viewer, board_id=board_id)


def can_see_contacts(viewer: Viewer, *, board_id: int | None) -> bool:
    """Coordinators' contact details: the owning Board's champions and the unit."""
    return viewer.edits_everything or (board_id is not None and board_id in viewer.boards)
