"""Rebuilds what searching reads from what the registry says: documents, facets, locations.

Services call `reindex` in the transaction that changed a record. The facet rows are made by
the database from ORM selects, so a hundred thousand records take seconds, not minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from partnerships.changes import ALL
from partnerships.choices import Nation, Side
from partnerships.models import (
    HOME_COUNTRY,
    FacetSheet,
    FacetValue,
    Institution,
    Member,
    Partnership,
    PublicLocation,
    SearchDocument,
)
from partnerships.policies.coordinates import (
    coarser,
    effective_level,
    public_point,
    shows_city,
)
from partnerships.policies.normalise import index_words, key
from partnerships.sheets import insert_sheets
from partnerships.textsearch import EVERYWHERE, names_document
from partnerships.versions import changed

BATCH = 1000
#: Institutions stand at most this many levels below their topmost parent.
MAX_DEPTH = 6
#: Spoken and written differently: a document with one word also answers to the others.
TWINS = (
    {"saint", "st"},
    {"centre", "center"},
    {"paediatric", "paediatrics", "pediatric", "pediatrics"},
)

#: facet → the ORM paths from a partnership to its values.
FACET_PATHS: dict[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "stage": ("stage",),
    "country": ("members__institution__country", "declared_countries"),
    "region": (
        "members__institution__country__who_region",
        "declared_countries__who_region",
    ),
    "income": (
        "members__institution__country__income_group",
        "declared_countries__income_group",
    ),
    "nation": ("members__institution__uk_nation",),
    "board": ("health_board__institution__slug",),  # and those above members: _insert_lines
    "topic": ("topics__code",),
    "activity": ("activities__code",),
    "profession": ("professions__code",),
    "funder": ("funding__funder__code",),
    "sdg": ("sdgs__number",),
    "step": ("twinning_step",),
}
#: Those whose values are numbers.
_NUMBERS = ("sdg", "step")


_noted: ContextVar[set[int] | None] = ContextVar("noted", default=None)


@contextmanager
def deferred() -> Iterator[None]:
    """Within, `reindex` only takes note; at the end all that was noted is indexed in bulk.

    For services that change many records in one transaction: indexing one costs 25 ms, a
    thousand together about a second.
    """
    if _noted.get() is not None:
        yield
        return
    token = _noted.set(set())
    try:
        yield
        noted = _noted.get() or set()
    finally:
        _noted.reset(token)
    reindex(sorted(noted))


def reindex(partnership_ids: Iterable[int]) -> None:
    """Make the index of some partnerships say what their records say. One transaction."""
    noted = _noted.get()
    if noted is not None:
        noted.update(partnership_ids)
        return
    ids = iter(partnership_ids)
    with transaction.atomic():
        while batch := list(islice(ids, BATCH)):
            _lock(batch)
            changed(partnerships=batch)
            _forget(Q(partnership__in=batch))
            some = Partnership.objects.filter(pk__in=batch)
            members = _members(some)
            lines = Lines({institution for _, institution in members})
            _insert_facets(some)
            _insert_all_but_facets(some, members, lines)
            insert_sheets(some)


def rebuild(progress: Callable[[int], None] = lambda done: None) -> int:
    """Make the whole index anew; returns the number of partnerships. One transaction.

    Every record counts as changed: what was done by hand is known to nobody.
    """
    with transaction.atomic():
        changed(partnerships=ALL, institutions=ALL)
        _refresh_keys()
        _forget(Q())
        _insert_facets(Partnership.objects.all())
        ids = Partnership.objects.order_by("pk").values_list("pk", flat=True)
        done = 0
        lines = Lines(Institution.objects.values_list("pk", flat=True))
        for batch in _batches(list(ids)):
            some = Partnership.objects.filter(pk__in=batch)
            _insert_all_but_facets(some, _members(some), lines)
            done += len(batch)
            progress(done)
        insert_sheets(Partnership.objects.all())
    _analyse()
    return done


def _lock(batch: list[int]) -> None:
    """Two transactions that index the same record take turns, always in the same order."""
    rows = Partnership.objects.select_for_update(of=("self",)).filter(pk__in=batch)
    list(rows.order_by("pk").values_list("pk"))


def _refresh_keys() -> None:
    """Make the keys that names are sorted by what the present normalisation says."""
    searched: tuple[type[Any], ...] = (Partnership, Institution)
    for model in searched:
        rows = model._default_manager.only("name", "name_key")
        changed = [row for row in rows.iterator() if row.name_key != key(row.name)[:200]]
        for row in changed:
            row.name_key = key(row.name)[:200]
        model._default_manager.bulk_update(changed, ["name_key"], batch_size=BATCH)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _analyse() -> None:
    """Tell the query planner of the new sizes; it plans badly after a bulk change otherwise.

    Of our own tables: PostgreSQL would lock its catalogues too, for every database of the server.
    """
    connection = connections["default"]
    own = apps.get_app_config("partnerships").get_models(include_auto_created=True)
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in own)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else f"ANALYZE {tables}")


def _forget(condition: Q) -> None:
    for model in (FacetSheet, FacetValue, SearchDocument, PublicLocation):
        model._default_manager.filter(condition).delete()


def _insert_facets(partnerships: QuerySet[Partnership]) -> None:
    for facet, paths in FACET_PATHS.items():
        for path in paths:
            rows = (
                partnerships.annotate(
                    facet=Value(facet, output_field=CharField()),
                    value=Cast(F(path), CharField()) if facet in _NUMBERS else F(path),
                )
                .filter(value__isnull=False)
                .order_by()
                .values_list("pk", "facet", "value")
            )
            _insert_select(rows if facet in _NUMBERS else rows.exclude(value=""))


def _insert_select(rows: QuerySet[Any, Any]) -> None:
    """INSERT … SELECT, passing over what is there already (many paths lead to one value)."""
    table = FacetValue._meta.db_table
    sql, params = rows.query.sql_with_params()
    with connections[rows.db].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (partnership_id, facet, value) {sql} ON CONFLICT DO NOTHING",
            params,
        )


class Lines:
    """The institutions from some up to their topmost parents; a query for each level."""

    def __init__(self, institutions: Iterable[int]) -> None:
        self._known: dict[int, tuple[int | None, str, str, bool]] = {}
        wanted = set(institutions)
        while wanted:
            rows = Institution.objects.filter(pk__in=wanted).values_list(
                "pk", "parent_id", "slug", "name", "health_board__code"
            )
            for pk, parent, slug, name, code in rows:
                self._known[pk] = (parent, slug, name, code is not None)
            above = {parent for parent, *_ in self._known.values() if parent is not None}
            wanted = above - set(self._known)

    def of(self, institution: int) -> Iterator[tuple[str, str, bool]]:
        """(slug, name, is a Health Board) of an institution and of each one above it."""
        above: int | None = institution
        for _ in range(MAX_DEPTH):
            if above is None:
                return
            above, slug, name, is_board = self._known[above]
            yield slug, name, is_board


def _members(partnerships: QuerySet[Partnership]) -> list[tuple[int, int]]:
    members = Member.objects.filter(partnership__in=partnerships).order_by()
    return list(members.values_list("partnership_id", "institution_id"))


def _insert_all_but_facets(
    partnerships: QuerySet[Partnership], members: list[tuple[int, int]], lines: Lines
) -> None:
    _insert_lines(members, lines)
    _insert_documents(partnerships, members, lines)
    _insert_locations(partnerships)


def _insert_lines(members: list[tuple[int, int]], lines: Lines) -> None:
    """The facets of members and of all that stand above them: institution and board."""
    rows = {
        (partnership, facet, slug): None
        for partnership, institution in members
        for slug, _, is_board in lines.of(institution)
        for facet in (("institution", "board") if is_board else ("institution",))
    }
    # The owning Board is there already.
    insert_rows(FacetValue, ("partnership_id", "facet", "value"), rows, on_conflict="DO NOTHING")


def _insert_documents(
    partnerships: QuerySet[Partnership], members: list[tuple[int, int]], lines: Lines
) -> None:
    words = _words_of(partnerships)
    for partnership, institution in members:
        words[partnership].update(name for _, name, _ in lines.of(institution))
    rows = (
        (
            pk,
            names_document(name, *other_names),
            " ".join(_with_twins(index_words(*EVERYWHERE, *words[pk]))),
        )
        for pk, name, other_names in partnerships.values_list("pk", "name", "other_names")
    )
    insert_rows(SearchDocument, ("partnership_id", "names", "words"), rows)


def _with_twins(words: list[str]) -> list[str]:
    return sorted(set(words).union(*(twins for twins in TWINS if not twins.isdisjoint(words))))


#: What people may look for, by its path from a partnership. Never a coordinator: a search for a
#: private name must find nothing.
_TEXT_PATHS = (
    "members__institution__name",
    "members__institution__local_name",
    "members__institution__slug",
    "members__institution__aliases__name",
    "health_board__institution__name",
    *(
        f"{vocabulary}__{field}"
        for vocabulary in ("topics", "professions", "activities", "funding__funder")
        for field in ("label", "synonyms")
    ),
)
_COUNTRY_PATHS = tuple(
    f"{country}__{field}"
    for country in ("members__institution__country", "declared_countries")
    for field in ("name", "common_name", "aliases")
)
_NATIONS: dict[str, str] = dict(Nation.choices)


def _words_of(partnerships: QuerySet[Partnership]) -> dict[int, set[str]]:
    texts: dict[int, set[str]] = defaultdict(set)
    own = partnerships.values_list("pk", "name", "other_names", "slug", "summary")
    for pk, name, other_names, slug, summary in own:
        texts[pk].update((name, *other_names, slug, summary))
    for path in _TEXT_PATHS:
        found = partnerships.filter(**{f"{path}__isnull": False}).values_list("pk", path).order_by()
        for pk, text in found:
            texts[pk].update(text if isinstance(text, list) else (text,))
    for path in _COUNTRY_PATHS:
        found = partnerships.filter(**{f"{path}__isnull": False}).values_list("pk", path).order_by()
        for pk, text in found:
            names = text if isinstance(text, list) else (text,)
            texts[pk].update(name for name in names if not names_a_nation(name))
    places = partnerships.values_list(
        "pk",
        "location_level",
        "is_sensitive",
        "members__institution__location_level",
        "members__institution__city",
        "members__institution__uk_nation",
    )
    named = places.filter(members__isnull=False).order_by()
    for pk, level, is_sensitive, own_level, city, nation in named:
        if shows_city(coarser(effective_level(level, is_sensitive), own_level)):
            texts[pk].add(city)
        texts[pk].add(_NATIONS.get(nation, ""))
    return texts


def names_a_nation(name: str) -> bool:
    """Whether a name of the United Kingdom lists its nations: a search for Scotland means
    members in Scotland, not all that the UN calls "… and Northern Ireland"."""
    return any(nation in name for nation in _NATIONS.values())


def _insert_locations(partnerships: QuerySet[Partnership]) -> None:
    places = Member.objects.filter(partnership__in=partnerships).values_list(
        "partnership_id",
        "institution_id",
        "institution__country_id",
        "institution__latitude",
        "institution__longitude",
        "institution__precision",
        "institution__location_level",
        "partnership__location_level",
        "partnership__is_sensitive",
    )
    rows = (
        (
            pk,
            institution,
            str(Side.UK if country == HOME_COUNTRY else Side.PARTNER),
            point.latitude,
            point.longitude,
            str(point.precision),
        )
        for pk, institution, country, lat, lon, precision, own, level, is_sensitive in places
        if (
            point := public_point(
                lat, lon, precision, coarser(effective_level(level, is_sensitive), own)
            )
        )
    )
    columns = ("partnership_id", "institution_id", "side", "latitude", "longitude", "precision")
    insert_rows(PublicLocation, columns, rows)


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    *,
    on_conflict: str = "",
) -> None:
    """Insert plain values into a table without history.

    A model instance for each of a million rows would take minutes. `on_conflict` is what the
    databases shall do about a row that is there already, in SQL; else it is an error.
    """
    # Names of our own tables and columns, never a value.
    start = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES "  # noqa: S608
    places = f"({', '.join(['%s'] * len(columns))})"
    end = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    connection = connections["default"]
    waiting = iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(waiting, BATCH)):
            if connection.vendor == "sqlite":
                cursor.executemany(f"{start}{places}{end}", some)
            else:  # psycopg sends the rows of executemany one at a time
                values = [value for row in some for value in row]
                cursor.execute(f"{start}{', '.join([places] * len(some))}{end}", values)
