"""Who may what: every predicate, and for each whom it lets and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from partnerships.policies import permissions
from partnerships.policies.permissions import VISITOR, Viewer, signed_in_as

OWN, OTHER = 7, 8
WHO = {
    "visitor": VISITOR,
    "deputy": Viewer(user_id=1, boards=frozenset({OWN})),
    "lead": Viewer(user_id=2, boards=frozenset({OWN}), leads=frozenset({OWN})),
    "stranger": Viewer(user_id=3, boards=frozenset({OTHER}), leads=frozenset({OTHER})),
    "unit": Viewer(user_id=4, role="unit"),
    "auditor": Viewer(user_id=5, role="auditor"),
    "author": Viewer(user_id=6),
    "superuser": Viewer(user_id=7, is_superuser=True),
}
AUTHOR = WHO["author"].user_id
EVERYBODY = " ".join(WHO)
UNIT = "unit superuser"
EDITORS = f"deputy lead {UNIT}"

#: predicate, what is asked of it, and whom it lets.
TABLE: list[tuple[str, dict[str, Any], str]] = [
    ("can_see", {"moderation": "listed", "board_id": OWN, "created_by_id": None}, EVERYBODY),
    *(
        (
            "can_see",
            {"moderation": moderation, "board_id": OWN, "created_by_id": AUTHOR},
            f"{EDITORS} auditor author",
        )
        for moderation in ("draft", "submitted", "returned", "withdrawn")
    ),
    # nobody wrote it, and visitors are nobody
    (
        "can_see",
        {"moderation": "draft", "board_id": None, "created_by_id": None},
        f"{UNIT} auditor",
    ),
    ("can_edit", {"board_id": OWN}, EDITORS),
    ("can_edit", {"board_id": None}, UNIT),
    *(
        (
            "can_write",
            {"board_id": None, "moderation": moderation, "created_by_id": AUTHOR},
            f"author {UNIT}",
        )
        for moderation in ("draft", "returned")
    ),
    (
        "can_write",
        {"board_id": None, "moderation": "submitted", "created_by_id": AUTHOR},
        UNIT,
    ),
    ("can_write", {"board_id": OWN, "moderation": "draft", "created_by_id": AUTHOR}, EDITORS),
    ("can_write", {"board_id": None, "moderation": "draft", "created_by_id": None}, UNIT),
    ("can_list", {"board_id": OWN, "created_by_id": 99}, EDITORS),
    ("can_list", {"board_id": OWN, "created_by_id": None}, EDITORS),
    ("can_list", {"board_id": OWN, "created_by_id": 1}, f"lead {UNIT}"),
    ("can_list", {"board_id": OWN, "created_by_id": 4}, "deputy lead superuser"),
    ("can_list", {"board_id": OWN, "created_by_id": 7}, "deputy lead unit"),
    ("can_see_suggestion", {"board_id": OWN}, f"{EDITORS} auditor"),
    ("can_see_suggestion", {"board_id": None}, f"{UNIT} auditor"),
    ("can_decide", {"board_id": OWN, "is_own": False}, EDITORS),
    ("can_decide", {"board_id": None, "is_own": False}, UNIT),
    ("can_decide", {"board_id": OWN, "is_own": True}, ""),
    ("can_import", {}, f"{EDITORS} stranger"),
    ("can_see_import", {"applied_by_id": 1}, f"deputy {UNIT} auditor"),
    ("can_see_import", {"applied_by_id": None}, f"{UNIT} auditor"),
    ("can_undo_import", {"applied_by_id": 1}, f"deputy {UNIT}"),
    ("can_undo_import", {"applied_by_id": AUTHOR}, UNIT),  # no longer in office
    ("can_undo_import", {"applied_by_id": 5}, UNIT),  # auditors read
    ("can_see_contacts", {"board_id": OWN}, EDITORS),
    ("can_see_contacts", {"board_id": None}, UNIT),
    ("can_see_report", {"board_id": OWN}, f"{EDITORS} auditor"),
    ("can_keep_lists", {}, UNIT),
    ("can_appoint", {}, f"lead stranger {UNIT}"),
    ("can_keep_tenure", {"board_id": OWN, "role": "deputy"}, f"lead {UNIT}"),
    ("can_keep_tenure", {"board_id": OWN, "role": "lead"}, UNIT),
    ("can_keep_tenure", {"board_id": None, "role": "deputy"}, UNIT),
    ("can_have_link", {"is_superuser": False, "role": "", "boards": [OWN]}, f"lead {UNIT}"),
    ("can_have_link", {"is_superuser": False, "role": "", "boards": [OWN, OTHER]}, UNIT),
    ("can_have_link", {"is_superuser": False, "role": "", "boards": [None]}, UNIT),
    ("can_have_link", {"is_superuser": False, "role": "auditor", "boards": [OWN]}, UNIT),
    ("can_have_link", {"is_superuser": True, "role": "", "boards": [OWN]}, "superuser"),
    ("can_keep_account", {"is_superuser": False}, UNIT),
    ("can_keep_account", {"is_superuser": True}, "superuser"),
    ("needs_second_factor", {}, f"lead stranger {UNIT}"),
    ("can_end_sessions", {"is_own": True, "is_superuser": True}, EVERYBODY),
    ("can_end_sessions", {"is_own": False, "is_superuser": False}, UNIT),
    ("can_end_sessions", {"is_own": False, "is_superuser": True}, "superuser"),
    ("can_reset_second_factor", {"is_own": True, "is_superuser": False}, ""),
    ("can_reset_second_factor", {"is_own": False, "is_superuser": False}, UNIT),
    ("can_reset_second_factor", {"is_own": False, "is_superuser": True}, "superuser"),
    ("can_keep_keys", {}, UNIT),
    ("can_see_progress", {}, f"{EDITORS} stranger"),
    ("can_keep_mail", {}, UNIT),
    ("can_keep_rounds", {}, UNIT),
    ("can_add_institution", {}, f"{EDITORS} stranger"),
    ("can_add_institution", {"under_board_id": OTHER}, f"stranger {UNIT}"),
    *(
        (
            "can_edit_institution",
            {"is_board": is_board, "under_board_id": under, "used_by": used_by},
            who,
        )
        for is_board, under, used_by, who in [
            (False, None, [], f"{EDITORS} stranger"),
            (False, OWN, [], EDITORS),
            (False, None, [OWN], EDITORS),
            (False, OWN, [OTHER], UNIT),
            (False, None, [OWN, None], UNIT),
            (False, None, [OWN, OTHER], UNIT),
            (True, None, [], UNIT),
            (True, OWN, [], UNIT),
        ]
    ),
]


@pytest.mark.parametrize(("name", "asked", "let"), TABLE)
def test_whom_it_lets(name: str, asked: dict[str, Any], let: str) -> None:
    predicate = getattr(permissions, name)
    assert {who for who, viewer in WHO.items() if predicate(viewer, **asked)} == set(let.split())


def test_no_predicate_is_left_out() -> None:
    there = {name for name in dir(permissions) if name.startswith(("can_", "needs_"))}
    assert there == {name for name, _, _ in TABLE}


def test_each_lets_somebody_and_refuses_somebody() -> None:
    for name in {name for name, _, _ in TABLE}:
        lets = {frozenset(let.split()) for each, _, let in TABLE if each == name}
        assert any(lets), name
        assert any(let < set(WHO) for let in lets), name


def test_without_its_second_factor_a_role_is_nothing() -> None:
    for who, viewer in WHO.items():
        assert signed_in_as(viewer, has_second_factor=True) == viewer
        stays = who not in ("lead", "stranger", "unit", "superuser")
        assert signed_in_as(viewer, has_second_factor=False) == (viewer if stays else VISITOR)
