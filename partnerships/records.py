"""A partnership as machines see it: one assembly for API, GeoJSON and downloads.

Written by hand over `values_list`, because a nested serializer costs some thirty times what
the database does. Every record costs the same number of queries per batch, whatever it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from partnerships.choices import (
    CycleStep,
    Delivery,
    Direction,
    InstitutionKind,
    MemberRole,
    PartnershipKind,
    Stage,
)
from partnerships.models import (
    HOME_COUNTRY,
    Funding,
    Member,
    Partnership,
    PartnershipTopic,
    PublicLocation,
)
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.partial_dates import written
from partnerships.policies.record_version import version_of

BATCH = 500

_COLUMNS = (
    "pk",
    "public_id",
    "slug",
    "name",
    "other_names",
    "summary",
    "goals",
    "uk_learning",
    "partner_learning",
    "project_origin",
    "evidence_of_need",
    "kind",
    "stage",
    "stage_reason",
    "moderation",
    "began_on",
    "began_precision",
    "ended_on",
    "ended_precision",
    "health_board__institution__slug",
    "health_board__institution__name",
    "languages",
    "delivery",
    "direction",
    "twinning_step",
    "website",
    "source_url",
    "source_note",
    "gap_note",
    "uk_confirmed_on",
    "partner_confirmed_on",
    "created_at",
    "modified_at",
)
_KINDS: dict[str, str] = dict(PartnershipKind.choices)
_STAGES: dict[str, str] = dict(Stage.choices)
_DELIVERIES: dict[str, str] = dict(Delivery.choices)
_DIRECTIONS: dict[str, str] = dict(Direction.choices)
_ROLES: dict[str, str] = dict(MemberRole.choices)
_INSTITUTION_KINDS: dict[str, str] = dict(InstitutionKind.choices)

Record = dict[str, Any]
Grouped = dict[int, list[Any]]


def public_records(
    partnerships: PartnershipQuerySet | list[int],
    *,
    site_url: str,
    fields: Collection[str] | None = None,
) -> Iterator[Record]:
    """The public record of each partnership, in the given order, as the contract's API v1 says.

    `partnerships` is an ordered queryset or a list of primary keys. Keys are read first and
    records in batches of 500, so memory does not grow with the answer. `site_url` has no slash
    at its end. With `fields` only what those need is read, and the others stay empty.
    """
    wanted = set(_PARTS) if fields is None else {p for f in fields for p in _NEEDS.get(f, (f,))}
    keys: Iterable[int] = (
        partnerships
        if isinstance(partnerships, list)
        else partnerships.values_list("pk", flat=True).iterator(chunk_size=10_000)
    )
    stream = iter(keys)
    while batch := list(islice(stream, BATCH)):
        yield from _batch(batch, site_url, wanted)


def _batch(keys: list[int], site_url: str, wanted: set[str]) -> Iterator[Record]:
    rows = Partnership.objects.filter(pk__in=keys).order_by().values_list(*_COLUMNS)
    by_key = {row[0]: row for row in rows}
    parts = {name: read(keys) if name in wanted else {} for name, read in _PARTS.items()}
    for key in keys:
        if key in by_key:  # else removed between the two reads
            yield _record(
                by_key[key], {name: part.get(key, []) for name, part in parts.items()}, site_url
            )


def _record(row: tuple[Any, ...], parts: dict[str, list[Any]], site_url: str) -> Record:
    (
        _key, public_id, slug, name, other_names, summary, goals, uk_learning, partner_learning,
        project_origin, evidence_of_need, kind, stage, stage_reason, moderation, began_on,
        began_precision, ended_on, ended_precision, board_slug, board_name, languages, delivery,
        direction, twinning_step, website, source_url, source_note, gap_note, uk_confirmed_on,
        partner_confirmed_on, created_at, modified_at,
    ) = row  # fmt: skip
    members = parts["members"]
    countries = {member["institution"]["country"] for member in members} | set(parts["declared"])
    return {
        "id": str(public_id),
        "slug": slug,
        "url": f"{site_url}/partnerships/{slug}/",
        "name": name,
        "other_names": other_names,
        "summary": summary,
        "goals": goals,
        "learning": {"uk": uk_learning, "partner": partner_learning},
        "project_origin": project_origin,
        "evidence_of_need": evidence_of_need,
        "kind": {"code": kind, "label": _KINDS[kind]},
        "stage": {"code": stage, "label": _STAGES[stage]},
        "stage_reason": stage_reason,
        "moderation": moderation,
        "began": _partial(began_on, began_precision),
        "ended": _partial(ended_on, ended_precision),
        "health_board": {"slug": board_slug, "name": board_name} if board_slug else None,
        "members": members,
        "countries": sorted(countries),
        "topics": parts["topics"],
        "activities": parts["activities"],
        "professions": parts["professions"],
        "professions_wanted": parts["professions_wanted"],
        "funders": parts["funders"],
        "sdgs": parts["sdgs"],
        "languages": [part.strip() for part in languages.split(",") if part.strip()],
        "delivery": _coded(delivery, _DELIVERIES),
        "direction": _coded(direction, _DIRECTIONS),
        "twinning_step": _step(twinning_step),
        "locations": parts["locations"],
        "confirmed": {"uk": _day(uk_confirmed_on), "partner": _day(partner_confirmed_on)},
        "website": website,
        "source_url": source_url,
        "source_note": source_note,
        "gap_note": gap_note,
        "created": created_at.isoformat(),
        "modified": modified_at.isoformat(),
        "version": version_of(modified_at),
    }


def _partial(day: Any, precision: str) -> dict[str, str] | None:
    return {"value": written(day, precision), "precision": precision} if day else None


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _coded(code: str, labels: dict[str, str]) -> dict[str, str] | None:
    return {"code": code, "label": labels[code]} if code else None


def _step(number: int | None) -> dict[str, Any] | None:
    return {"number": number, "label": CycleStep(number).label} if number else None


def _grouped(rows: Iterable[tuple[Any, ...]]) -> Grouped:
    """Pairs of a partnership's key and one of its things, gathered by key in their order."""
    found: Grouped = defaultdict(list)
    for key, thing in rows:
        found[key].append(thing)
    return found


def _members(keys: list[int]) -> Grouped:
    rows = (
        Member.objects.filter(partnership__in=keys)
        .order_by("partnership", "position", "pk")
        .values_list(
            "partnership_id",
            "role",
            "since",
            "until",
            "institution__public_id",
            "institution__slug",
            "institution__name",
            "institution__kind",
            "institution__country_id",
        )
    )
    return _grouped(
        (
            key,
            {
                "side": "uk" if country == HOME_COUNTRY else "partner",
                "role": role,
                "role_label": _ROLES[role],
                "since": since,
                "until": until,
                "institution": {
                    "id": str(public_id),
                    "slug": slug,
                    "name": name,
                    "kind": kind,
                    "kind_label": _INSTITUTION_KINDS[kind],
                    "country": country,
                },
            },
        )
        for key, role, since, until, public_id, slug, name, kind, country in rows.iterator()
    )


def _declared_countries(keys: list[int]) -> Grouped:
    through = Partnership.declared_countries.through
    rows = through._default_manager.filter(partnership__in=keys)
    return _grouped(rows.order_by("country").values_list("partnership_id", "country_id"))


def _topics(keys: list[int]) -> Grouped:
    rows = (
        PartnershipTopic.objects.filter(partnership__in=keys)
        .order_by("partnership", "-is_primary", "topic__position", "topic__label")
        .values_list("partnership_id", "topic__code", "topic__label", "is_primary")
    )
    return _grouped(
        (key, {"code": code, "label": label, "primary": primary})
        for key, code, label, primary in rows.iterator()
    )


def _terms(keys: list[int], field: str) -> Grouped:
    relation = Partnership._meta.get_field(field)
    term = relation.related_model._meta.model_name  # type: ignore[union-attr]
    through = getattr(Partnership, field).through
    rows = (
        through._default_manager.filter(partnership__in=keys)
        .order_by("partnership", f"{term}__position", f"{term}__label")
        .values_list("partnership_id", f"{term}__code", f"{term}__label")
    )
    return _grouped((key, {"code": code, "label": label}) for key, code, label in rows.iterator())


def _funders(keys: list[int]) -> Grouped:
    rows = (
        Funding.objects.filter(partnership__in=keys)
        .order_by("partnership", "funder__label", "pk")
        .values_list("partnership_id", "funder__code", "funder__label")
    )
    found = _grouped((key, (code, label)) for key, code, label in rows.iterator())
    return {
        key: [{"code": code, "label": label} for code, label in dict.fromkeys(pairs)]
        for key, pairs in found.items()
    }


def _goals(keys: list[int]) -> Grouped:
    through = Partnership.sdgs.through
    rows = through._default_manager.filter(partnership__in=keys).order_by("developmentgoal")
    return _grouped(rows.values_list("partnership_id", "developmentgoal_id"))


def _locations(keys: list[int]) -> Grouped:
    rows = (
        PublicLocation.objects.filter(partnership__in=keys)
        .order_by("partnership", "side", "pk")
        .values_list("partnership_id", "institution__slug", "latitude", "longitude", "precision")
    )
    return _grouped(
        (
            key,
            {
                "institution": slug,
                "latitude": latitude,
                "longitude": longitude,
                "precision": precision,
            },
        )
        for key, slug, latitude, longitude, precision in rows.iterator()
    )


#: What a record is put together from, besides its columns: one query each.
_PARTS: dict[str, Callable[[list[int]], Grouped]] = {
    "members": _members,
    "declared": _declared_countries,
    "topics": _topics,
    "activities": partial(_terms, field="activities"),
    "professions": partial(_terms, field="professions"),
    "professions_wanted": partial(_terms, field="professions_wanted"),
    "funders": _funders,
    "sdgs": _goals,
    "locations": _locations,
}
#: Fields that are not a part of the same name.
_NEEDS = {"countries": ("members", "declared")}
