"""`visible_to` in SQL and `can_see` in Python say the same, for everybody and every record."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from partnerships.choices import Moderation
from partnerships.models import Partnership, User, viewer_of
from partnerships.policies.permissions import VISITOR, can_see
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_partnership,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 1)


@pytest.fixture
def cast() -> dict[str, object]:
    """Everybody whose view differs, and records in every state of two Boards and of none."""
    own, other = make_board(), make_board()
    author = make_user()
    people: dict[str, object] = {
        "visitor": None,
        "author": author,
        "champion": make_champion(own),
        "champion of both": make_champion(other, user=make_champion(own)),
        "another Board's champion": make_champion(other),
        "former champion": make_champion(own, until=TODAY),
        "next champion": make_champion(own, since=date(2026, 5, 2)),
        "unit": make_unit(),
        "auditor": make_auditor(),
        "superuser": make_user(is_superuser=True),
        "closed account of the unit": make_unit(is_active=False),
    }
    for moderation, board, by in product(Moderation, (own, other, None), (author, None)):
        make_partnership(moderation=moderation, health_board=board, by=by)
    return people


def test_both_say_the_same(cast) -> None:
    records = list(Partnership.objects.all())
    seen = {}
    for name, person in cast.items():
        viewer = viewer_of(person, on=TODAY)
        in_sql = set(Partnership.objects.visible_to(viewer))
        in_python = {
            record
            for record in records
            if can_see(
                viewer,
                moderation=record.moderation,
                board_id=record.health_board_id,
                created_by_id=record.created_by_id,
            )
        }
        assert in_sql == in_python, name
        seen[name] = len(in_sql)
    # 5 states × 3 owners × 2 authors; 6 are listed, 24 are not: 8 of them of each Board.
    assert seen == {
        "visitor": 6,
        "author": 6 + 12,
        "champion": 6 + 8,
        "champion of both": 6 + 16,
        "another Board's champion": 6 + 8,
        "former champion": 6,
        "next champion": 6,
        "unit": 30,
        "auditor": 30,
        "superuser": 30,
        "closed account of the unit": 6,
    }


def test_strangers_of_every_kind_are_visitors() -> None:
    for stranger in (None, object(), "root", User(is_superuser=True, is_active=False)):
        assert viewer_of(stranger, on=TODAY) == VISITOR
