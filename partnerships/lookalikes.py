"""Records that may be one and the same: they name the same institutions, or have the same name, but
for a slip of the pen.

Found over the whole register at once, and kept as long as the data is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import connections

from partnerships.choices import Moderation
from partnerships.models import (
    HOME_COUNTRY,
    Country,
    Institution,
    InstitutionAlias,
    Member,
    NotTheSame,
    Partnership,
)
from partnerships.policies.normalise import STOP_WORDS, key
from partnerships.policies.permissions import Viewer, can_edit
from partnerships.policies.slips import slips
from partnerships.versions import once

#: A name, or a set of institutions, that more records share is a programme and no slip.
MOST_ALIKE = 5
#: Words that half of all names have.
_COMMON = STOP_WORDS | frozenset(
    ["health", "link", "links", "partnership", "project", "programme", "twinning"]
)
#: Each record that may be told of; then, for those of both ends that share their members with a
#: few others, what tells a set of members from another. Joined here: SQLite would do it row by row.
_RECORDS = f"""
SELECT id, health_board_id, moderation, name_key,
    NULL AS n, NULL AS lo, NULL AS hi, NULL AS total, NULL AS squares
FROM {Partnership._meta.db_table}
WHERE moderation <> %s
UNION ALL
SELECT partnership_id, NULL, NULL, NULL, n, lo, hi, total, squares
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
WHERE alike BETWEEN 2 AND %s
UNION ALL
SELECT NULL, NULL, NULL, common_name, NULL, NULL, NULL, NULL, NULL
FROM {Country._meta.db_table}
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
    one more where the data have changed since anybody asked."""
    found = [pair for pair in once("lookalikes", all_pairs) if pair.concerns(viewer)]
    if not found:
        return []
    apart = set(NotTheSame.objects.values_list("first", "second"))
    return [pair for pair in found if (pair.first, pair.second) not in apart]


def all_pairs() -> list[Pair]:
    """Every pair that looks alike. One query."""
    rows: dict[int, tuple[int | None, str]] = {}
    named: dict[str, list[int]] = defaultdict(list)
    placed: dict[tuple[int, ...], list[int]] = defaultdict(list)
    countries: set[str] = set()
    written: dict[int, list[str]] = {}
    for pk, board, moderation, name, *members in _records():
        if pk is None:
            countries.update(key(name).split())
            continue
        if members[0] is not None:
            placed[tuple(int(value) for value in members)].append(pk)
            continue
        rows[pk] = (board, moderation)
        written[pk] = words = [word for word in name.split() if word not in _COMMON]
        if words:
            named[" ".join(sorted(set(words)))].append(pk)
    by_name = {*_combined(named.values()), *slips(written, countries)}
    together = by_name | set(
        _combined([pk for pk in group if pk in rows] for group in placed.values())
    )
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


def _records() -> list[tuple[Any, ...]]:
    with connections[Partnership.objects.db].cursor() as cursor:
        cursor.execute(_RECORDS, [Moderation.WITHDRAWN.value, HOME_COUNTRY, MOST_ALIKE])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _combined(groups: Iterable[list[int]]) -> Iterator[tuple[int, int]]:
    for group in groups:
        if 2 <= len(group) <= MOST_ALIKE:
            yield from combinations(sorted(group), 2)


def institutions_alike() -> list[tuple[int, int]]:
    """Institutions of one country with the same name, but for a slip, or with the name that another
    is also called by; the older one first. Two queries, kept as long as the data is the same."""
    return once("institutions alike", _institutions_alike)


def _institutions_alike() -> list[tuple[int, int]]:
    countries: dict[str, dict[int, list[str]]] = defaultdict(dict)
    places: dict[int, str] = {}
    named: dict[tuple[str, str], set[int]] = defaultdict(set)
    for pk, country, name in Institution.objects.values_list("pk", "country_id", "name_key"):
        countries[country][pk] = name.split()
        places[pk] = country
        named[country, " ".join(sorted(set(name.split())))].add(pk)
    for pk, name in InstitutionAlias.objects.values_list("institution_id", "name"):
        words = sorted(set(key(name).split()))
        if len(words) > 1:
            named[places[pk], " ".join(words)].add(pk)
    found = set(_combined(map(list, named.values())))
    for names in countries.values():
        found.update(slips(names))
    return sorted(found)
