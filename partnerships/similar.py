"""What to look at before entering a record: others that may be the same, or are near it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from partnerships.choices import Moderation
from partnerships.models import Institution, Partnership, Topic
from partnerships.policies.coordinates import shows_city
from partnerships.policies.normalise import STOP_WORDS, key, query_words
from partnerships.policies.permissions import Viewer

#: So many are named; the words tell the whole number.
MOST = 5
#: A word of a name that says something of it.
LETTERS = 4
_COMMON = STOP_WORDS | frozenset(
    ["health", "hospital", "link", "links", "partnership", "project", "programme", "twinning"]
)


@dataclass(frozen=True, slots=True)
class Similar:
    """Why, in words, and the first few records."""

    words: str
    records: list[Any] = field(default_factory=list)


def similar_partnerships(
    viewer: Viewer,
    *,
    name: str = "",
    institutions: Collection[int] = (),
    topics: Collection[int] = (),
    without: int | None = None,
) -> list[Similar]:
    """By name, and by what happens where. Only records that the viewer may see; at most
    14 queries, for two places and two topics."""
    seen = Partnership.objects.visible_to(viewer).exclude(moderation=Moderation.WITHDRAWN)
    if without is not None:
        seen = seen.exclude(pk=without)
    found = []
    words = _telling(name)
    if words:
        named = seen.filter(*(Q(name_key__contains=word) for word in words))
        found.append(_told(named, lambda n: f"{_others(n, 'has', 'have')} a name like this"))
    chosen = list(Topic.objects.filter(pk__in=topics).order_by("label")[:2])
    abroad = list(
        Institution.objects.filter(pk__in=institutions, uk_nation="").order_by("name_key")[:2]
    )
    for place in abroad:
        there = _same_place(seen, place)
        where = place.city if place.city and shows_city(place.location_level) else place.name
        for topic in chosen:
            near = there.filter(topics=topic)
            what = f"on {topic.label.lower()} in {where}"
            found.append(_told(near, lambda n, w=what: f"{_others(n, 'works', 'work')} {w}"))
        if not chosen:
            found.append(_told(there, lambda n, w=where: f"{_others(n, 'works', 'work')} in {w}"))
    return [one for one in found if one.records]


def similar_institutions(
    *, name: str, country: str = "", without: int | None = None
) -> list[Similar]:
    """By the words of any of their names, in the same country if there is one."""
    words = query_words(" ".join(_telling(name)))
    if not words:
        return []
    found = Institution.objects.matching_words(words)
    if without is not None:
        found = found.exclude(pk=without)
    if country:
        found = found.filter(country=country)
    return [
        one
        for one in [_told(found, lambda n: f"{_others(n, 'has', 'have')} a name or town like this")]
        if one.records
    ]


def _telling(name: str) -> list[str]:
    words = dict.fromkeys(key(name[:200]).split())
    return [word for word in words if len(word) >= LETTERS and word not in _COMMON][:6]


def _same_place(rows: Any, place: Institution) -> Any:
    """Records with a member at the institution, or in its town where that may be told."""
    there = Q(members__institution=place.pk)
    if place.city and shows_city(place.location_level):
        there |= Q(
            members__institution__city=place.city,
            members__institution__country=place.country_id,
            members__institution__location_level__in=["exact", "city"],
        )
    return rows.filter(there)


def _told(rows: Any, words: Any) -> Similar:
    """Rows of a query as words, with the first few of them."""
    found = rows.distinct().order_by("name_key", "pk")
    number = found.count()
    return Similar(words(number), list(found[:MOST]) if number else [])


def _others(number: int, one: str, more: str) -> str:
    return f"1 other {one}" if number == 1 else f"{number} others {more}"
