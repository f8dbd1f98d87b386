"""The plan for a table of institutions, with the columns of reference/institutions.csv."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from partnerships.choices import InstitutionKind, Nation, Precision
from partnerships.imports.cells import CellProblem, canonical, choice, unknown
from partnerships.imports.matching import Known, Place
from partnerships.imports.plan import Change, Plan, PlannedRow, mark_duplicates, start
from partnerships.imports.readers import Table, read_file
from partnerships.indexing import MAX_DEPTH
from partnerships.models import HOME_COUNTRY, Institution
from partnerships.policies.coordinates import problem_with
from partnerships.policies.normalise import key

#: Column → the field of the record that it fills.
FIELDS: dict[str, str] = {
    "id": "slug",
    "name": "name",
    "kind": "kind",
    "country": "country_id",
    "uk_nation": "uk_nation",
    "parent": "parent",
    "city": "city",
    "latitude": "latitude",
    "longitude": "longitude",
    "coordinate_precision": "precision",
    "coordinate_source": "location_source",
    "website": "website",
    "source_url": "source_url",
}
COLUMNS = tuple(FIELDS)
REQUIRED = ("id", "name")
#: Field of the record → the column that fills it.
COLUMN_OF = {name: column for column, name in FIELDS.items()}
_NEEDED = ("name", "kind", "country")


def read(path: Path) -> Table:
    """The table in a file. Raises FileProblem."""
    return read_file(path, columns=COLUMNS, required=REQUIRED)


def plan_institutions(table: Table, known: Known) -> Plan:
    """What applying a table of institutions would do. `parent` in `values` is a slug or ""."""
    slugs = [canonical(row.cells.get("id", "")) for row in table.rows]
    stored = Institution.objects.select_related("parent").in_bulk(slugs, field_name="slug")
    rows = [start(row, slug) for row, slug in zip(table.rows, slugs, strict=True)]
    in_file = {row.slug for row in rows}
    for row in rows:
        _plan_row(row, stored.get(row.slug), known, in_file)
    mark_duplicates(rows)
    _check_parents(rows, known)
    return Plan(table.name, table.sha256, rows, table.read_as)


def planned_places(plan: Plan, known: Known) -> list[Place]:
    """The institutions of a plan, for the plan of partnerships that comes after it."""
    places = []
    for row in plan.rows:
        old = known.places.get(row.slug)
        country = row.values.get("country_id", old.country if old else "")
        parent = row.values.get("parent", old.parent if old else "")
        places.append(Place(row.slug, country, parent, old.board if old else None))
    return places


def _plan_row(row: PlannedRow, stored: Institution | None, known: Known, in_file: set[str]) -> None:
    if not row.slug:
        row.errors.append("id: it is empty. Give the institution a short name for its address")
        return
    if stored is None and row.slug in known.former_places:
        now = known.former_places[row.slug]
        row.conflicts.append(f"id: this was once the address of “{now}”. Write that, or another")
        return
    if stored:
        row.pk, row.modified_at = stored.pk, stored.modified_at
    wanted: dict[str, Any] = {}
    for column, text in row.cells.items():
        try:
            wanted[FIELDS[column]] = _READERS[column](canonical(text), known, in_file)
        except CellProblem as problem:
            row.errors.append(f"{column}: {problem}")
    if stored is None:
        row.values = wanted | {"slug": row.slug}
        row.errors += [
            f"{column}: a new institution needs one"
            for column in _NEEDED
            if not row.cells.get(column, "").strip()
        ]
    else:
        for name, value in wanted.items():
            old = _stored_value(stored, name)
            if value != old:
                row.values[name] = value
                row.changes.append(Change(COLUMN_OF[name], _text(old), _text(value)))
    if not row.errors:
        _check_whole(row, stored)


def _stored_value(stored: Institution, name: str) -> Any:
    if name == "parent":
        return stored.parent.slug if stored.parent else ""
    value = getattr(stored, name)
    return canonical(value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _check_whole(row: PlannedRow, stored: Institution | None) -> None:
    """What the record would break as a whole, and field by field."""
    merged = {
        name: row.values.get(name, getattr(stored, name, None))
        for name in ("latitude", "longitude", "country_id", "uk_nation")
    }
    if problem := problem_with(merged["latitude"], merged["longitude"]):
        row.errors.append(f"latitude: {problem}")
    if merged["uk_nation"] and merged["country_id"] != HOME_COUNTRY:
        row.errors.append("uk_nation: only institutions in GB have one. Empty the cell")
    fields = {name: value for name, value in row.values.items() if name != "parent"}
    row.errors += field_errors(Institution(**fields), fields, COLUMN_OF)


def field_errors(
    record: Any, fields: Iterable[str], column_of: dict[str, str], *, skip: Iterable[str] = ()
) -> list[str]:
    """What the model says of the given fields, each with its column. Asks no database."""
    checked = {name.removesuffix("_id") for name in fields} - {"country", *skip}
    others = [field.name for field in record._meta.fields if field.name not in checked]
    try:
        record.clean_fields(exclude=others)
    except ValidationError as error:
        return [
            f"{column_of.get(name, name)}: {' '.join(messages)}"
            for name, messages in error.message_dict.items()
        ]
    return []


def _check_parents(rows: list[PlannedRow], known: Known) -> None:
    """Finds institutions that would stand above themselves, or too deep."""
    parents = {place.slug: place.parent for place in known.places.values()}
    moved = {row.slug: row for row in rows if "parent" in row.values}
    parents |= {slug: row.values["parent"] for slug, row in moved.items()}
    _find_loops(rows, parents)
    _find_depths(moved, parents)


def _find_loops(rows: list[PlannedRow], parents: dict[str, str]) -> None:
    for row in rows:
        seen, above = {row.slug}, parents.get(row.slug, "")
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above and row.values.get("parent"):
            row.errors.append(f"parent: “{row.slug}” would stand above itself. Choose another")


def _find_depths(moved: dict[str, PlannedRow], parents: dict[str, str]) -> None:
    """Of a line that is too long, the lowest institution that the file moves has the error."""
    told: set[str] = set()
    for slug, parent in parents.items():
        line, above = [slug], parent
        while above and len(line) <= MAX_DEPTH:
            line.append(above)
            above = parents.get(above, "")
        lowest = next((name for name in line if name in moved), None)
        if len(line) <= MAX_DEPTH or lowest is None or lowest in told:
            continue
        told.add(lowest)
        row = moved[lowest]
        if not row.errors:  # a loop is as long as you like
            row.errors.append(
                f"parent: “{slug}” would stand deeper than {MAX_DEPTH} levels. Choose another"
            )


def _read_kind(text: str, known: Known, in_file: set[str]) -> str:
    return choice(text, InstitutionKind, "kind of institution", {}) if text else ""


def read_country(text: str, known: Known, in_file: set[str] | None = None) -> str:
    """A country's ISO code. Raises CellProblem for what is not one, with the code to write."""
    code = text.upper()
    if code in known.countries or not text:
        return code
    meant = known.country_names.get(key(text)) or ("GB" if code == "UK" else None)
    then = f"Write {meant}." if meant else "Write its two-letter ISO 3166-1 code."
    raise CellProblem(f"there is no country code “{text[:80]}”. {then}")


def _read_nation(text: str, known: Known, in_file: set[str]) -> str:
    return choice(text.upper().removeprefix("GB-"), Nation, "UK nation", {}) if text else ""


def _read_parent(text: str, known: Known, in_file: set[str]) -> str:
    if not text or text in in_file:
        return text
    place = known.place(text)
    if place is None:
        raise CellProblem(unknown("institution", text, [*known.places, *in_file]))
    return place.slug


def _read_degrees(text: str, known: Known, in_file: set[str]) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise CellProblem(f"“{text[:40]}” is not a number. Write degrees, such as 55.9") from None


def _read_precision(text: str, known: Known, in_file: set[str]) -> str:
    return choice(text, Precision, "precision", {}) if text else Precision.SITE.value


def _read_text(text: str, known: Known, in_file: set[str]) -> str:
    return text


_READERS: dict[str, Callable[[str, Known, set[str]], Any]] = {
    "id": _read_text,
    "name": _read_text,
    "kind": _read_kind,
    "country": read_country,
    "uk_nation": _read_nation,
    "parent": _read_parent,
    "city": _read_text,
    "latitude": _read_degrees,
    "longitude": _read_degrees,
    "coordinate_precision": _read_precision,
    "coordinate_source": _read_text,
    "website": _read_text,
    "source_url": _read_text,
}
