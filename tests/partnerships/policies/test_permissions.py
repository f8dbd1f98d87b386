"""Who may see, edit and list: the whole table."""

from __future__ import annotations

import pytest

from partnerships.policies.permissions import (
    VISITOR,
    Viewer,
    can_add_institution,
    can_edit,
    can_edit_institution,
    can_keep_account,
    can_keep_lists,
    can_list,
    can_see,
    can_see_contacts,
    can_write,
)

OWN, OTHER = 7, 8
CHAMPION = Viewer(user_id=1, boards=frozenset({OWN}))
STRANGER = Viewer(user_id=2, boards=frozenset({OTHER}))
UNIT = Viewer(user_id=3, role="unit")
AUDITOR = Viewer(user_id=4, role="auditor")
AUTHOR = Viewer(user_id=5)
ROOT = Viewer(user_id=6, is_superuser=True)
EVERYONE = [VISITOR, CHAMPION, STRANGER, UNIT, AUDITOR, AUTHOR, ROOT]


def test_everyone_sees_listed_records():
    assert all(
        can_see(viewer, moderation="listed", board_id=OWN, created_by_id=None)
        for viewer in EVERYONE
    )


@pytest.mark.parametrize("moderation", ["draft", "submitted", "returned", "withdrawn"])
def test_other_records_are_for_owner_unit_auditor_and_author(moderation):
    seers = [
        viewer
        for viewer in EVERYONE
        if can_see(viewer, moderation=moderation, board_id=OWN, created_by_id=AUTHOR.user_id)
    ]
    assert seers == [CHAMPION, UNIT, AUDITOR, AUTHOR, ROOT]


def test_a_record_without_author_is_not_everybodys():
    assert not can_see(VISITOR, moderation="draft", board_id=None, created_by_id=None)


def test_editing_is_for_the_owning_board_and_the_unit():
    assert [v for v in EVERYONE if can_edit(v, board_id=OWN)] == [CHAMPION, UNIT, ROOT]
    assert [v for v in EVERYONE if can_edit(v, board_id=None)] == [UNIT, ROOT]


def test_contacts_are_for_those_who_edit():
    assert [v for v in EVERYONE if can_see_contacts(v, board_id=OWN)] == [CHAMPION, UNIT, ROOT]


def test_nobody_lists_their_own_record():
    assert can_list(CHAMPION, board_id=OWN, created_by_id=99)
    assert not can_list(CHAMPION, board_id=OWN, created_by_id=CHAMPION.user_id)
    assert not can_list(UNIT, board_id=OWN, created_by_id=UNIT.user_id)
    assert not can_list(STRANGER, board_id=OWN, created_by_id=99)
    assert not can_list(ROOT, board_id=OWN, created_by_id=ROOT.user_id)


@pytest.mark.parametrize("moderation", ["draft", "returned"])
def test_authors_write_what_no_board_owns_until_they_submit(moderation):
    def writers(board):
        return [
            viewer
            for viewer in EVERYONE
            if can_write(
                viewer, board_id=board, moderation=moderation, created_by_id=AUTHOR.user_id
            )
        ]

    assert writers(None) == [UNIT, AUTHOR, ROOT]
    assert writers(OWN) == [CHAMPION, UNIT, ROOT]
    assert not can_write(
        AUTHOR, board_id=None, moderation="submitted", created_by_id=AUTHOR.user_id
    )
    assert not can_write(VISITOR, board_id=None, moderation="draft", created_by_id=None)


def test_lists_and_accounts_are_the_units():
    assert [v for v in EVERYONE if can_keep_lists(v)] == [UNIT, ROOT]
    assert [v for v in EVERYONE if can_keep_account(v, is_superuser=False)] == [UNIT, ROOT]
    assert [v for v in EVERYONE if can_keep_account(v, is_superuser=True)] == [ROOT]


def test_institutions_are_shared_until_others_rely_on_them():
    def editors(*, is_board=False, under=None, used_by=()):
        return [
            v
            for v in EVERYONE
            if can_edit_institution(v, is_board=is_board, under_board_id=under, used_by=used_by)
        ]

    assert editors() == [CHAMPION, STRANGER, UNIT, ROOT]
    assert editors(under=OWN) == editors(used_by=[OWN]) == [CHAMPION, UNIT, ROOT]
    assert editors(under=OWN, used_by=[OTHER]) == [UNIT, ROOT]
    assert editors(used_by=[OWN, None]) == editors(used_by=[OWN, OTHER]) == [UNIT, ROOT]
    assert editors(is_board=True) == editors(is_board=True, under=OWN) == [UNIT, ROOT]
    adders = [v for v in EVERYONE if can_add_institution(v, under_board_id=OTHER)]
    assert adders == [STRANGER, UNIT, ROOT]
