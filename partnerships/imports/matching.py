"""What the registry holds that a file may name, read once: so that no row asks the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from partnerships.models import (
    HOME_COUNTRY,
    Activity,
    Country,
    FormerInstitutionSlug,
    FormerPartnershipSlug,
    Funder,
    HealthBoard,
    Institution,
    Partnership,
    Profession,
    Topic,
)
from partnerships.policies.normalise import key
from partnerships.records import Record, public_records

#: Column of a partnership table → its vocabulary and what people call one of its values.
VOCABULARIES: dict[str, tuple[type[Any], str]] = {
    "focus_areas": (Topic, "topic"),
    "activity_types": (Activity, "activity"),
    "professions": (Profession, "profession"),
    "funders": (Funder, "funder"),
}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Place:
    """An institution as far as rows need it. `board` is its own key as a Health Board."""

    slug: str
    country: str
    parent: str = ""
    board: int | None = None


@dataclass(frozen=True, slots=True)
class TermRow:
    """A row of a vocabulary."""

    pk: int
    label: str
    retired_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """Look-ups by what a cell may say. Institutions can be added by a plan that comes first."""

    countries: dict[str, str]
    country_names: dict[str, str]
    places: dict[str, Place]
    former_places: dict[str, str]
    terms: dict[str, dict[str, TermRow]] = field(default_factory=dict)

    def with_places(self, places: Iterable[Place]) -> Known:
        """The same, and institutions that are planned but not written yet."""
        return replace(self, places=self.places | {place.slug: place for place in places})

    def place(self, slug: str) -> Place | None:
        """The institution with a slug, or with that slug in former times."""
        return self.places.get(slug) or self.places.get(self.former_places.get(slug, ""))

    def board_of(self, slugs: Iterable[str]) -> int | None:
        """The Health Board of the first UK institution that is one or stands under one."""
        for slug in slugs:
            place, seen = self.place(slug), set[str]()
            if place is None or place.country != HOME_COUNTRY:
                continue
            while place is not None and place.slug not in seen:
                if place.board is not None:
                    return place.board
                seen.add(place.slug)
                place = self.places.get(place.parent)
        return None


def load_known() -> Known:
    """Read the look-ups: eight queries, whatever the file holds."""
    names: dict[str, str] = {}
    countries: dict[str, str] = {}
    rows = Country.objects.order_by("pk").values_list("pk", "name", "common_name", "aliases")
    for code, name, common_name, aliases in rows:
        countries[code] = common_name
        names |= {key(text): code for text in (name, common_name, *aliases)}
    boards = set(HealthBoard.objects.values_list("pk", flat=True))
    places = Institution.objects.values_list("pk", "slug", "country_id", "parent__slug")
    former = FormerInstitutionSlug.objects.values_list("slug", "institution__slug")
    return Known(
        countries=countries,
        country_names=names,
        places={
            slug: Place(slug, country, parent or "", pk if pk in boards else None)
            for pk, slug, country, parent in places
        },
        former_places=dict(former),
        terms={column: _terms(model) for column, (model, _) in VOCABULARIES.items()},
    )


def _terms(model: type[Any]) -> dict[str, TermRow]:
    rows = model._default_manager.values_list("pk", "label", "retired_on")
    return {label.casefold(): TermRow(pk, label, retired_on) for pk, label, retired_on in rows}


@dataclass(frozen=True, slots=True)
class Stored:
    """The partnerships that a file may mean, found by its slugs and ids."""

    #: slug → key and what an export says of it.
    by_slug: dict[str, tuple[int, Record]]
    #: former slug → the slug of today.
    former: dict[str, str]
    #: permanent id → slug, of those that the file names by id.
    by_id: dict[str, str]


def load_stored(slugs: Iterable[str], ids: Iterable[str]) -> Stored:
    """Read the partnerships that a file names: a few queries for each 500 rows."""
    by_slug: dict[str, tuple[int, Record]] = {}
    former: dict[str, str] = {}
    for batch in _batches(slugs):
        keys = dict(Partnership.objects.filter(slug__in=batch).values_list("slug", "pk"))
        for record in public_records(sorted(keys.values()), site_url=""):
            by_slug[record["slug"]] = (keys[record["slug"]], record)
        rows = FormerPartnershipSlug.objects.filter(slug__in=batch)
        former |= dict(rows.values_list("slug", "partnership__slug"))
    by_id: dict[str, str] = {}
    for batch in _batches(filter(is_id, ids)):
        found = Partnership.objects.filter(public_id__in=batch).values_list("public_id", "slug")
        by_id |= {str(public_id): slug for public_id, slug in found}
    return Stored(by_slug, former, by_id)


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    distinct = iter(sorted({text for text in texts if text}))
    while batch := list(islice(distinct, _BATCH)):
        yield batch
