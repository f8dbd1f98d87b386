"""Who may see, edit and list which record: one set of predicates over plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from partnerships.choices import ChampionRole, Moderation, UserRole


@dataclass(frozen=True, slots=True)
class Viewer:
    """Everything about a person that permission depends on, on one day."""

    user_id: int | None = None
    role: str = ""
    is_superuser: bool = False
    #: Primary keys of the Boards where the person has a champion's tenure on that day.
    boards: frozenset[int] = field(default_factory=frozenset)
    #: Those of them where the tenure is the lead's.
    leads: frozenset[int] = field(default_factory=frozenset)

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
    """Who edits, and the author of a record that no Board owns while it is not submitted.

    Having written a Board's record gives nothing once the tenure there has ended.
    """
    if can_edit(viewer, board_id=board_id):
        return True
    is_author = viewer.user_id is not None and viewer.user_id == created_by_id
    is_open = moderation in (Moderation.DRAFT, Moderation.RETURNED)
    return is_author and is_open and board_id is None


def can_list(viewer: Viewer, *, board_id: int | None, created_by_id: int | None) -> bool:
    """Nobody approves their own first listing, superusers included."""
    if viewer.user_id is not None and viewer.user_id == created_by_id:
        return False
    return can_edit(viewer, board_id=board_id)


def can_see_suggestion(viewer: Viewer, *, board_id: int | None) -> bool:
    """Whoever decides on it, and auditors. `board_id` is the owning Board's."""
    return viewer.sees_everything or (board_id is not None and board_id in viewer.boards)


def can_decide(viewer: Viewer, *, board_id: int | None, is_own: bool) -> bool:
    """Who edits the record decides on suggestions; nobody, superusers included, on their own."""
    return not is_own and can_edit(viewer, board_id=board_id)


def can_import(viewer: Viewer) -> bool:
    """Champions and the unit send files; which rows are theirs, `can_edit` says of each."""
    return viewer.edits_everything or bool(viewer.boards)


def can_see_import(viewer: Viewer, *, applied_by_id: int | None) -> bool:
    """Whoever applied it, the unit and auditors: its rows say what records said before."""
    return viewer.sees_everything or (
        viewer.user_id is not None and viewer.user_id == applied_by_id
    )


def can_undo_import(viewer: Viewer, *, applied_by_id: int | None) -> bool:
    """Whoever applied it while in office, and the unit; `can_edit` decides on each record."""
    return can_import(viewer) and (viewer.edits_everything or viewer.user_id == applied_by_id)


def can_see_contacts(viewer: Viewer, *, board_id: int | None) -> bool:
    """Coordinators' contact details: the owning Board's champions and the unit."""
    return viewer.edits_everything or (board_id is not None and board_id in viewer.boards)


def can_see_report(viewer: Viewer, *, board_id: int) -> bool:
    """A Board's report: its champions, the unit and auditors."""
    return viewer.sees_everything or board_id in viewer.boards


def can_keep_lists(viewer: Viewer) -> bool:
    """Vocabularies, countries, frameworks and Health Boards: the unit's."""
    return viewer.edits_everything


def can_appoint(viewer: Viewer) -> bool:
    """The unit appoints champions, and a lead the deputies of the own Board."""
    return viewer.edits_everything or bool(viewer.leads)


def can_keep_tenure(viewer: Viewer, *, board_id: int | None, role: str) -> bool:
    """Open, change, hand over or end a tenure: the unit any, a lead those of the own deputies."""
    if viewer.edits_everything:
        return True
    return role == ChampionRole.DEPUTY and board_id is not None and board_id in viewer.leads


def can_have_link(
    viewer: Viewer, *, is_superuser: bool, role: str, boards: Iterable[int | None]
) -> bool:
    """Who may be shown somebody's first way in: it opens all that the account may do.

    `boards` are those of the account's tenures, past ones too. A lead sees it only for people who
    are nothing else but champions of the lead's own Boards.
    """
    if viewer.edits_everything:
        return viewer.is_superuser or not is_superuser
    return not is_superuser and not role and set(boards) <= viewer.leads


def can_keep_account(viewer: Viewer, *, is_superuser: bool) -> bool:
    """Accounts are the unit's; one that is or becomes a superuser's, only a superuser's."""
    return viewer.is_superuser or (viewer.edits_everything and not is_superuser)


def needs_second_factor(viewer: Viewer) -> bool:
    """Whoever can change what others rely on: the unit, superusers, and lead champions."""
    return viewer.edits_everything or bool(viewer.leads)


def signed_in_as(viewer: Viewer, *, has_second_factor: bool) -> Viewer:
    """Without the second factor that a role asks for, signing in gives nothing of the role."""
    return viewer if has_second_factor or not needs_second_factor(viewer) else VISITOR


def can_end_sessions(viewer: Viewer, *, is_own: bool, is_superuser: bool) -> bool:
    """Everybody ends their own; of others whoever keeps the account."""
    return is_own or can_keep_account(viewer, is_superuser=is_superuser)


def can_reset_second_factor(viewer: Viewer, *, is_own: bool, is_superuser: bool) -> bool:
    """Never one's own: whoever has lost it needs somebody who has seen their face."""
    return not is_own and can_keep_account(viewer, is_superuser=is_superuser)


def can_keep_keys(viewer: Viewer) -> bool:
    """Keys of the API, and who has them: the unit's."""
    return viewer.edits_everything


def can_keep_mail(viewer: Viewer) -> bool:
    """Who was written to, and what failed: the unit's. Auditors have no use for addresses."""
    return viewer.edits_everything


def can_add_institution(viewer: Viewer, *, under_board_id: int | None = None) -> bool:
    """The unit, and every champion; below a Board only that Board's."""
    if viewer.edits_everything:
        return True
    return bool(viewer.boards) and (under_board_id is None or under_board_id in viewer.boards)


def can_edit_institution(
    viewer: Viewer,
    *,
    is_board: bool,
    under_board_id: int | None,
    used_by: Iterable[int | None],
) -> bool:
    """The unit; and a champion, until others rely on it.

    Others do where it is a Health Board, where it stands below another one than the champion's,
    and where a record of another Board, or of the unit (None), names it.
    """
    if viewer.edits_everything:
        return True
    if is_board or not can_add_institution(viewer, under_board_id=under_board_id):
        return False
    return all(board_id in viewer.boards for board_id in used_by)


def can_keep_rounds(viewer: Viewer) -> bool:
    """Rounds of evaluation, and who is asked in them: the unit's."""
    return viewer.edits_everything


def can_see_progress(viewer: Viewer) -> bool:
    """Who has answered a round, never what: the unit of all, champions of their own Boards'."""
    return viewer.edits_everything or bool(viewer.boards)
