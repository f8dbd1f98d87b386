"""Records that may be one and the same: they name the same institutions, or have the same name.

Found over the whole register at once, and kept as long as the data is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db import connections

from partnerships.choices import Moderation
from partnerships.models import HOME_COUNTRY, Institution, Member, NotTheSame, Partnership
from partnerships.policies.normalise import STOP_WORDS
from partnerships.policies.permissions import Viewer, can_edit
from partnerships.versions import once

#: A name, or a set of institutions, that more records share is a programme and no slip.
MOST_ALIKE = 5
#: Words that half of all names have.
_COMMON = STOP_WORDS | frozenset(
    ["health", "link", "links", "partnership", "project", "programme", "twinning"]
)
_SAME_MEMBERS = f"""
SELECT partnership_id, n, lo, hi, total, squares
FROM (
    SELECT sets.*, count(*) OVER (PARTITION BY n, lo, hi, total, squares) AS alike
    FROM (
        SELECT partnership_id, count(*) AS n, min(institution_id) AS lo,
            max(institution_id) AS hi, sum(institution_id) AS total,
            sum(institution_id * institution_id) AS squares
        FROM {Member._meta.db_table} AS m
        JOIN {Institution._meta.db_table} AS i ON i.id = m.institution_id
        GROUP BY partnership_id
        HAVING count(*) > 1 AND max(CASE WHEN i.country_id = %s THEN 0 ELSE 1 END) = 1
    ) AS sets
) AS counted
WHERE alike BETWEEN 2 AND {MOST_ALIKE}
"""  # noqa: S608  # names of our own tables, never a value


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records by their keys, the older one first, and whose they are."""

    first: int
    second: int
    boards: tuple[int | None, int | None]
    are_listed: tuple[bool, bool]
    #: Their names say the same; otherwise they name the same institutions.
    by_name: bool

    def concerns(self, viewer: Viewer) -> bool:
        """Whether the viewer keeps one of them and may see the other."""
        if viewer.sees_everything:
            return True
        keeps = [can_edit(viewer, board_id=board) for board in self.boards]
        return any(keeps) and all(
            kept or listed for kept, listed in zip(keeps, self.are_listed, strict=True)
        )


def pairs_for(viewer: Viewer) -> list[Pair]:
    """The pairs that a viewer could decide on and nobody has told apart, by age. Two queries, and
    two more where the data have changed since anybody asked."""
    found = [pair for pair in once("lookalikes", all_pairs) if pair.concerns(viewer)]
    if not found:
        return []
    apart = set(NotTheSame.objects.values_list("first", "second"))
    return [pair for pair in found if (pair.first, pair.second) not in apart]


def all_pairs() -> list[Pair]:
    """Every pair that looks alike. Two queries."""
    rows = {
        row[0]: row[1:]
        for row in Partnership.objects.exclude(moderation=Moderation.WITHDRAWN).values_list(
            "pk", "health_board_id", "moderation", "name_key"
        )
    }
    named: dict[str, list[int]] = defaultdict(list)
    for pk, (_, _, name) in rows.items():
        words = sorted(set(name.split()) - _COMMON)
        if words:
            named[" ".join(words)].append(pk)
    placed: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for pk, *members in _same_members():
        if pk in rows:
            placed[tuple(members)].append(pk)
    by_name = set(_combined(named.values()))
    together = by_name | set(_combined(placed.values()))
    return [
        Pair(
            first,
            second,
            (rows[first][0], rows[second][0]),
            (rows[first][1] == Moderation.LISTED, rows[second][1] == Moderation.LISTED),
            (first, second) in by_name,
        )
        for first, second in sorted(together)
    ]


def _same_members() -> list[tuple[int, ...]]:
    """Records whose members, of both ends, are exactly those of a few others; with what tells a
    set of members from another."""
    with connections[Member.objects.db].cursor() as cursor:
        cursor.execute(_SAME_MEMBERS, [HOME_COUNTRY])
        return [tuple(int(value) for value in row) for row in cursor.fetchall()]


def _combined(groups: Iterable[list[int]]) -> Iterator[tuple[int, int]]:
    for group in groups:
        if 2 <= len(group) <= MOST_ALIKE:
            yield from combinations(sorted(group), 2)
