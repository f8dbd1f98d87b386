"""Suggestions while somebody types: a few things that there are, the likeliest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Value, When

from partnerships.choices import InstitutionKind, Nation
from partnerships.institution_search import InstitutionSearch
from partnerships.models import HOME_COUNTRY, FacetValue
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.coordinates import shows_city
from partnerships.policies.normalise import key, query_words
from partnerships.search import PartnershipSearch
from partnerships.spelling import meant
from partnerships.textsearch import in_a_name, matching
from partnerships.thesaurus import Entry, entries
from partnerships.versions import current, reading

#: Suggestions altogether, and of one group while others have some too.
MOST, MOST_OF_A_GROUP = 8, 3
#: Fewer letters say too little.
FEWEST_LETTERS = 2
#: So many institutions are looked at, and so many records with the words: of a hundred thousand
#: records a common word begins tens of thousands.
INSTITUTIONS_READ, RECORDS_READ = 12, 300

#: group → its heading; in this order where they match equally well.
GROUPS = {
    "places": "Places",
    "terms": "Topics and professions",
    "institutions": "Institutions",
    "partnerships": "Partnerships",
}
_KINDS = {
    "country": "Country",
    "nation": "UK nation",
    "q": "Town",
    "topic": "Topic",
    "profession": "Profession",
    "activity": "What happens",
    "board": "Health Board",
}
#: parameter → group, of what the thesaurus knows.
_GROUP_OF = {
    "country": "places",
    "nation": "places",
    "q": "places",
    "topic": "terms",
    "profession": "terms",
    "activity": "terms",
    "board": "institutions",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to go to.

    `parameter` and `value` are what to ask for; the parameters `institution`, `board` and
    `partnership` mean the page of the record with that slug. `count` is of partnerships, or None
    where that is not known. `rank`: 0 for exactly what was typed, 1 for what begins so, else 2.
    """

    group: str
    parameter: str
    value: str
    label: str
    detail: str
    count: int | None
    rank: int


def suggestions(text: str) -> list[Suggestion]:
    """At most `MOST`, of what every visitor may see; by group, those with the best match first.

    Where nothing begins so, what was probably meant: marked in its detail. Twelve queries at most,
    where the words of the data's version were asked before.
    """
    typed = key(text)
    if len(typed.replace(" ", "")) < FEWEST_LETTERS:
        return []
    with reading(current()):
        found = _suggested(typed)
        likely = None if found else meant(text)
        if not likely:
            return found
        return [_as_guess(each) for each in _suggested(key(likely))[:MOST_OF_A_GROUP]]


def _as_guess(each: Suggestion) -> Suggestion:
    parts = ("did you mean?", each.detail)
    return replace(each, detail=" · ".join(part for part in parts if part), rank=2)


def _suggested(typed: str) -> list[Suggestion]:
    known = entries()
    visible = PartnershipSearch({}).results()
    named = _of_entries(known, typed)
    institutions = named["institutions"] + _institutions(typed, visible)
    countries = {entry.value: entry.label for entry in known if entry.parameter == "country"}
    return _fairly(
        [
            named["places"],
            named["terms"],
            sorted(institutions, key=lambda each: (each.rank == 2, not each.count, each.rank)),
            _partnerships(typed, visible, countries),
        ]
    )


def _fairly(groups: Sequence[list[Suggestion]]) -> list[Suggestion]:
    """A few of each group; what is left over goes to the groups that have more."""
    taken = [min(len(group), MOST_OF_A_GROUP) for group in groups]
    while sum(taken) > MOST:
        taken[taken.index(max(taken))] -= 1
    for index, group in enumerate(groups):
        taken[index] += min(len(group) - taken[index], MOST - sum(taken))
    shown = [group[:number] for group, number in zip(groups, taken, strict=True) if number]
    return [each for group in sorted(shown, key=_best) for each in group]


def _best(group: Sequence[Suggestion]) -> int:
    return min(each.rank for each in group)


# ------------------------------------------------------------------------------ places and terms


def _of_entries(known: Iterable[Entry], typed: str) -> dict[str, list[Suggestion]]:
    """By group, the best first."""
    words = query_words(typed)
    found: list[tuple[Entry, int, str]] = []
    for entry in known:
        ranked = [(_rank(name, typed, words), as_written) for name, as_written in entry.names]
        rank, as_written = min(ranked, key=lambda pair: pair[0])
        if rank is not _NO_MATCH:
            found.append((entry, rank, as_written))
    # What is called so comes before what may also be called so.
    found.sort(key=lambda each: (each[1], each[2] != each[0].label, -each[0].number, each[0].label))
    groups: dict[str, list[Suggestion]] = {group: [] for group in GROUPS}
    for each in found:
        suggestion = _of_entry(*each)
        groups[suggestion.group].append(suggestion)
    return groups


_NO_MATCH = 9


def _rank(name: str, typed: str, words: Sequence[str]) -> int:
    if name.startswith(typed):
        return 0 if name == typed else 1
    padded = f" {name}"
    return 2 if all(f" {word}" in padded for word in words) else _NO_MATCH


def _of_entry(entry: Entry, rank: int, as_written: str) -> Suggestion:
    detail = _KINDS[entry.parameter]
    if entry.detail:
        detail += f", {entry.detail}"
    if as_written != entry.label:
        detail += f", “{as_written}”"
    group = _GROUP_OF[entry.parameter]
    count = None if entry.parameter == "q" else entry.number
    return Suggestion(group, entry.parameter, entry.value, entry.label, detail, count, rank)


# ---------------------------------------------------------------------------------- institutions


def _institutions(typed: str, visible: PartnershipQuerySet) -> list[Suggestion]:
    found = (
        InstitutionSearch({"q": [typed]})
        .results()
        .filter(health_board__isnull=True)  # the thesaurus knows those
        .annotate(
            rank=Case(
                When(name_key=typed, then=Value(0)),
                When(name_key__startswith=typed, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("rank", "name_key", "pk")
        .values_list(
            "slug",
            "name",
            "kind",
            "city",
            "location_level",
            "uk_nation",
            "country__common_name",
            "rank",
        )[:INSTITUTIONS_READ]
    )
    rows = list(found)
    counts = _counted([row[0] for row in rows], visible)
    return [
        Suggestion(
            "institutions",
            "institution",
            slug,
            name,
            _whereabouts(kind, city if shows_city(level) else "", nation, country),
            counts.get(slug, 0),
            rank,
        )
        for slug, name, kind, city, level, nation, country, rank in rows
    ]


def _whereabouts(kind: str, city: str, nation: str, country: str) -> str:
    what = "" if kind == InstitutionKind.OTHER else InstitutionKind(kind).label
    where = str(dict(Nation.choices).get(nation, country))
    return ", ".join(part for part in (what, city, where) if part)


def _counted(slugs: list[str], visible: PartnershipQuerySet) -> dict[str, int]:
    if not slugs:
        return {}
    # One by one: as a list to look in, SQLite would begin with a hundred thousand partnerships.
    shown = Exists(visible.filter(pk=OuterRef("partnership")))
    rows = FacetValue.objects.filter(shown, facet="institution", value__in=slugs)
    return dict(rows.order_by().values_list("value").annotate(n=Count("pk")))


# ---------------------------------------------------------------------------------- partnerships


def _partnerships(
    typed: str, visible: PartnershipQuerySet, countries: dict[str, str]
) -> list[Suggestion]:
    rows = list(_named(visible.called(typed)))
    if len(rows) < MOST_OF_A_GROUP:
        some = matching(typed, using=visible.db, most=RECORDS_READ)
        others = visible.filter(some & in_a_name(typed)) if some else visible.none()
        rows += [row for row in _named(others) if row not in rows]
    abroad = _countries_of([pk for pk, *_ in rows], countries)
    return [
        Suggestion(
            "partnerships",
            "partnership",
            slug,
            name,
            ", ".join(abroad[pk]),
            None,
            _rank(name_key, typed, ()),
        )
        for pk, slug, name, name_key in rows
    ]


def _named(some: PartnershipQuerySet) -> Iterable[tuple[int, str, str, str]]:
    return some.order_by("name_key", "pk").values_list("pk", "slug", "name", "name_key")[:MOST]


def _countries_of(ids: list[int], countries: dict[str, str]) -> dict[int, list[str]]:
    """The partner countries of some partnerships, three at most."""
    found: dict[int, list[str]] = defaultdict(list)
    if ids:
        rows = FacetValue.objects.filter(facet="country", partnership__in=ids)
        for pk, value in (
            rows.exclude(value=HOME_COUNTRY).order_by("value").values_list("partnership", "value")
        ):
            if len(found[pk]) < 3:
                found[pk].append(countries.get(value, value))
    return found
