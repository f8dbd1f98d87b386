"""What people may call the places, topics, professions and Boards that a question may name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Count, TextField, Value
from django.db.models.functions import Cast

from partnerships.choices import LocationLevel, Nation
from partnerships.indexing import names_a_nation
from partnerships.models import Activity, Country, HealthBoard, Member, Profession, Topic
from partnerships.policies.coordinates import shows_city
from partnerships.policies.normalise import key
from partnerships.search import PartnershipSearch
from partnerships.versions import current, kept, may_keep

#: parameter → its rows, and the fields that hold their code, label and other names.
_TERMS: dict[str, tuple[Any, str, str, str]] = {
    "country": (Country, "alpha2", "common_name", "aliases"),
    "topic": (Topic, "code", "label", "synonyms"),
    "profession": (Profession, "code", "label", "synonyms"),
    "activity": (Activity, "code", "label", "synonyms"),
}
_COUNTED = ("nation", "board", *_TERMS)
_PUBLIC_LEVELS = [level for level in LocationLevel.values if shows_city(level)]


class Entry(NamedTuple):
    """One thing that a question may name by `parameter` and `value`, with a result at least.

    A town is asked for by its words: `parameter` is `q`. `names` are (normalised, as written),
    the label first. `number` is of partnerships; of a town, of those with a member there.
    """

    parameter: str
    value: str
    label: str
    detail: str
    names: tuple[tuple[str, str], ...]
    number: int


def entries() -> list[Entry]:
    """All that a visitor's question may name. Four queries; one where it was asked of this version
    of the data before."""
    everything = PartnershipSearch({})
    if not may_keep():
        return _made(everything)
    keys = {"entries": f"thesaurus:{current()}:{everything.today}"}
    found: list[Entry] = kept(keys, lambda missing: {"entries": _made(everything)})["entries"]
    return found


def _made(everything: PartnershipSearch) -> list[Entry]:
    counted = everything.tally(_COUNTED)
    made = [
        Entry("nation", value, label, "", _names([label]), counted["nation"][value])
        for value, label in Nation.choices
        if counted["nation"].get(value)
    ]
    rows = _rows()
    for parameter in _TERMS:
        for value, label, others in rows[parameter]:
            if number := counted[parameter].get(value):
                names = [label, *(o for o in json.loads(others) if not names_a_nation(o))]
                made.append(Entry(parameter, value, label, "", _names(names), number))
    return [*made, *_boards(rows["board"], counted["board"]), *_towns(everything)]


def _rows() -> dict[str, list[tuple[str, str, str]]]:
    """parameter → value, label and other names, by label: of terms all of them as JSON, of Boards
    one in each row, or none. One query."""
    scans = [
        _scan(model.objects, parameter, fields) for parameter, (model, *fields) in _TERMS.items()
    ]
    path = "institution"
    boards = (f"{path}__slug", f"{path}__name", f"{path}__aliases__name")
    found: dict[str, list[tuple[str, str, str]]] = {name: [] for name in (*_TERMS, "board")}
    for parameter, *row in scans[0].union(
        *scans[1:], _scan(HealthBoard.objects, "board", boards), all=True
    ):
        found[parameter].append((row[0], row[1], row[2] or ""))
    for rows in found.values():
        rows.sort(key=lambda row: (key(row[1]), row))
    return found


def _scan(rows: Any, parameter: str, fields: Iterable[str]) -> Any:
    texts = [Cast(field, TextField()) for field in fields]
    return rows.order_by().values_list(Value(parameter, output_field=TextField()), *texts)


def _names(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((key(name), name) for name in names if key(name))


def _boards(rows: list[tuple[str, str, str]], counted: dict[str, int]) -> Iterable[Entry]:
    """Health Boards, also those without a partnership: they have a page and a champion."""
    for (slug, name), some in groupby(rows, key=lambda row: row[:2]):
        names = [name, *(alias for _, _, alias in some if alias)]
        where = str(Nation.SCOTLAND.label)
        yield Entry("board", slug, name, where, _names(names), counted.get(slug, 0))


def _towns(everything: PartnershipSearch) -> Iterable[Entry]:
    """Towns of members that words find: where record and institution both let them be known."""
    places = (
        Member.objects.filter(
            partnership__in=everything.results().values("pk"),
            partnership__location_level__in=_PUBLIC_LEVELS,
            partnership__is_sensitive=False,
            institution__location_level__in=_PUBLIC_LEVELS,
        )
        .exclude(institution__city="")
        .order_by("institution__city", "institution__country")
        .values_list(
            "institution__city", "institution__uk_nation", "institution__country__common_name"
        )
        .annotate(n=Count("partnership", distinct=True))
    )
    nations = dict(Nation.choices)
    for city, nation, country, number in places:
        if key(city):
            where = str(nations.get(nation, country))
            yield Entry("q", city, city, where, _names([city]), number)
