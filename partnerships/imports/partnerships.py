"""The plan for a table of partnerships, with the columns of exports.COLUMNS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from partnerships.choices import PartnershipKind, Stage
from partnerships.exports import COLUMNS, HEADINGS, SEPARATOR
from partnerships.imports.cells import CellProblem, canonical, choice, several, unknown
from partnerships.imports.institutions import field_errors, read_country
from partnerships.imports.matching import (
    VOCABULARIES,
    Known,
    Stored,
    load_stored,
)
from partnerships.imports.plan import Change, Plan, PlannedRow, mark_duplicates, start
from partnerships.imports.readers import Table, read_file
from partnerships.models import HOME_COUNTRY, Partnership
from partnerships.policies import partial_dates
from partnerships.policies.contacts import contact_in
from partnerships.policies.lifecycle import missing_for_listing
from partnerships.records import Record

REQUIRED = ("slug", "name")
#: Columns of plain text and the field that each fills.
_TEXTS = {
    "name": "name",
    "summary": "summary",
    "website": "website",
    "source_url": "source_url",
    "checked_fact_note": "source_note",
}
_ADDRESSES = ("website", "source_url")
_DATES = {"start_year": "began", "end_year": "ended"}
#: Field of the record → the column that fills it.
COLUMN_OF = (
    {field: column for column, field in _TEXTS.items()}
    | {f"{field}_on": column for column, field in _DATES.items()}
    | {"slug": "slug", "kind": "kind", "stage": "status"}
)
PARTS = {
    "focus_areas": "topics",
    "activity_types": "activities",
    "professions": "professions",
    "funders": "funders",
}
_SIDES = {"uk_institutions": "uk", "overseas_institutions": "partner"}
_READ = [column for column in COLUMNS if column.is_read and column.name != "slug"]


def read(path: Path) -> Table:
    """The table in a file. Raises FileProblem."""
    return read_file(path, columns=HEADINGS, required=REQUIRED)


def plan_partnerships(table: Table, known: Known) -> Plan:
    """What applying a table of partnerships would do.

    A row means the record with its slug. A column that the file lacks leaves its values alone,
    an empty cell clears them; a cell that says what an export would say changes nothing.
    """
    cells = [row.cells for row in table.rows]
    stored = load_stored(
        (canonical(row.get("slug", "")) for row in cells),
        (canonical(row.get("id", "")) for row in cells),
    )
    rows = [start(row, canonical(row.cells.get("slug", ""))) for row in table.rows]
    for row in rows:
        if _match(row, stored):
            _RowPlan(row, stored.by_slug.get(row.slug, (0, None))[1], known).work_out()
    mark_duplicates(rows)
    return Plan(table.name, table.sha256, rows, table.read_as)


def _match(row: PlannedRow, stored: Stored) -> bool:
    """Find the record that a row means; False where it can mean none."""
    if not row.slug:
        row.errors.append("slug: it is empty. Give the record a short name for its address")
        return False
    named = stored.by_id.get(canonical(row.cells.get("id", "")).lower())
    if row.slug in stored.by_slug:
        row.pk = stored.by_slug[row.slug][0]
        row.modified_at = datetime.fromisoformat(stored.by_slug[row.slug][1]["modified"])
    elif now := stored.former.get(row.slug):
        row.conflicts.append(
            f"slug: this was once the address of “{now}”. Write that to change that record, or "
            "another slug for a new one"
        )
    if named and named != row.slug:
        row.conflicts.append(
            f"id: this is the id of “{named}”, not of “{row.slug}”. Correct the slug, or empty "
            "the id for a new record"
        )
    return not row.conflicts


class _RowPlan:
    """Works out one row: reads each cell, and compares it with what the registry says."""

    def __init__(self, row: PlannedRow, record: Record | None, known: Known) -> None:
        self.row = row
        self.record = record
        self.known = known
        #: side → slugs of the members that there would be.
        self.members = {side: _stored_members(record, side) for side in ("uk", "partner")}

    def work_out(self) -> None:
        given = {name: canonical(text) for name, text in self.row.cells.items()}
        for column in _READ:
            if column.name not in given or column.name == "countries":
                continue
            text = given[column.name]
            old = canonical(column.write(self.record)) if self.record else ""
            if self.record and text == old:
                continue
            try:
                new = self._read(column.name, text)
            except CellProblem as problem:
                self.row.errors.append(f"{column.name}: {problem}")
                continue
            if new is not None and self.record:
                self.row.changes.append(Change(column.name, old, new))
        if self.record is None:
            self._begin_new(given)
        self._set_members()
        self._set_countries(given)
        if not self.row.errors:
            self._check_whole()

    def _read(self, column: str, text: str) -> str | None:
        """Take a cell into the plan; the text that it now stands for, None for no change."""
        if column in _TEXTS:
            self.row.values[_TEXTS[column]] = text
            return text
        return self._readers[column](self, column, text)

    def _read_code(self, column: str, text: str) -> str | None:
        if column == "status":
            stage = {"unknown": Stage.NOT_KNOWN.value, "": Stage.NOT_KNOWN.value}
            code, field = choice(text, Stage, "status", stage), "stage"
        else:
            if not text:
                raise CellProblem(f"it is empty. Write one of {', '.join(PartnershipKind.values)}")
            code, field = choice(text, PartnershipKind, "kind of partnership", {}), "kind"
        if self.record and code == self.record[field]["code"]:
            return None
        self.row.values[field] = code
        return code

    def _read_date(self, column: str, text: str) -> str | None:
        field = _DATES[column]
        if not text:
            self.row.values |= {f"{field}_on": None, f"{field}_precision": ""}
            return ""
        try:
            date = partial_dates.parse(text, end=field == "ended")
        except ValueError as problem:
            raise CellProblem(str(problem)) from None
        if self.record and self.record[field] and str(date) == self.record[field]["value"]:
            return None
        self.row.values |= {f"{field}_on": date.day, f"{field}_precision": date.precision}
        return str(date)

    def _read_members(self, column: str, text: str) -> str | None:
        side = _SIDES[column]
        slugs: list[str] = []
        problems: list[str] = []
        for slug in several(text):
            place = self.known.place(slug)
            if place is None:
                then = "Add it to the file of institutions, or correct it."
                problems.append(unknown("institution", slug, self.known.places, then))
            elif (place.country == HOME_COUNTRY) != (side == "uk"):
                other = next(name for name in _SIDES if name != column)
                problems.append(f"“{slug}” is in {place.country}: write it under {other}")
            else:
                slugs.append(place.slug)
        if problems:
            raise CellProblem("; ".join(problems))
        slugs = list(dict.fromkeys(slugs))
        if slugs == self.members[side]:
            return None
        self.members[side] = slugs
        return SEPARATOR.join(slugs)

    def _read_terms(self, column: str, text: str) -> str | None:
        what, terms = VOCABULARIES[column][1], self.known.terms[column]
        part = PARTS[column]
        had = [term["label"] for term in self.record[part]] if self.record else []
        labels = several(text)
        found = [terms.get(label.casefold()) for label in labels]
        problems = [
            unknown(what, label, [term.label for term in terms.values()])
            for label, term in zip(labels, found, strict=True)
            if term is None
        ]
        problems += [
            f"the {what} “{term.label}” is retired since {term.retired_on}. Choose another"
            for term in found
            if term and term.retired_on and term.label not in had
        ]
        if problems:
            raise CellProblem("; ".join(problems))
        chosen = list(dict.fromkeys(term for term in found if term))
        now = [term.label for term in chosen]
        same_first = column != "focus_areas" or now[:1] == had[:1]
        if self.record and same_first and set(now) == set(had):
            return None
        self.row.parts[part] = [term.pk for term in chosen]
        return SEPARATOR.join(now)

    def _begin_new(self, given: dict[str, str]) -> None:
        self.row.values["slug"] = self.row.slug
        if not given.get("name"):
            self.row.errors.append("name: a new record needs one")
        if "kind" not in given:
            kinds = ", ".join(PartnershipKind.values)
            self.row.errors.append(f"kind: a new record needs one. Add the column, with {kinds}")

    def _set_members(self) -> None:
        if any(self.members[side] != _stored_members(self.record, side) for side in self.members):
            self.row.parts["members"] = [*self.members["uk"], *self.members["partner"]]

    def _set_countries(self, given: dict[str, str]) -> None:
        """Declared are the countries listed that no member stands for already."""
        by_members = {
            place.country
            for slugs in self.members.values()
            for slug in slugs
            if (place := self.known.place(slug))
        }
        stored = _declared(self.record)
        wanted = stored
        if "countries" in given:
            try:
                codes = [read_country(text, self.known) for text in several(given["countries"])]
            except CellProblem as problem:
                self.row.errors.append(f"countries: {problem}")
                return
            # Files leave the UK out, so they cannot mean to take a declared UK away.
            wanted = ({*codes} - {HOME_COUNTRY} | stored & {HOME_COUNTRY}) - by_members
            if wanted != stored or "members" in self.row.parts:
                self.row.parts["declared_countries"] = sorted(wanted)
        if self.record:
            had, has = set(self.record["countries"]), by_members | wanted
            if had - {HOME_COUNTRY} != has - {HOME_COUNTRY}:
                texts = (SEPARATOR.join(sorted(codes - {HOME_COUNTRY})) for codes in (had, has))
                self.row.changes.append(Change("countries", *texts))
        self._explain_gap(sum(map(len, self.members.values())), len(by_members | wanted))

    def _explain_gap(self, members: int, countries: int) -> None:
        """A record that names too few gets a note that says so, unless a person wrote one."""
        note = gap_note(members, countries)
        if self.record is None:
            self.row.values["gap_note"] = note
        else:
            had = self.record["gap_note"]
            was = gap_note(len(self.record["members"]), len(self.record["countries"]))
            if note != had and had in ("", was) and self.row.changes:
                self.row.values["gap_note"] = note
        if note and self.row.values.get("gap_note"):
            self.row.notes.append(f"with the note “{note}”")

    def _check_whole(self) -> None:
        values = self.row.values
        began, ended = (
            values[f"{field}_on"] if f"{field}_on" in values else _stored_day(self.record, field)
            for field in ("began", "ended")
        )
        if began and ended and ended < began:
            self.row.errors.append(
                f"end_year: {ended} is before {began}, when it began. Correct one of the two"
            )
        self.row.errors += field_errors(Partnership(**values), values, COLUMN_OF)
        self.row.errors += [
            f"{column}: “{contact}” would be public. Leave it out"
            for column, field in _TEXTS.items()
            if column not in _ADDRESSES and (contact := contact_in(values.get(field, "")))
        ]

    _readers: ClassVar[dict[str, Callable[[_RowPlan, str, str], str | None]]] = {
        **dict.fromkeys(("kind", "status"), _read_code),
        **dict.fromkeys(_DATES, _read_date),
        **dict.fromkeys(_SIDES, _read_members),
        **dict.fromkeys(PARTS, _read_terms),
    }


def _stored_members(record: Record | None, side: str) -> list[str]:
    members = record["members"] if record else []
    return [member["institution"]["slug"] for member in members if member["side"] == side]


def _declared(record: Record | None) -> set[str]:
    if record is None:
        return set()
    return set(record["countries"]) - {
        member["institution"]["country"] for member in record["members"]
    }


def _stored_day(record: Record | None, field: str) -> Any:
    if record is None or record[field] is None:
        return None
    return partial_dates.parse(record[field]["value"], end=field == "ended").day


def gap_note(members: int, countries: int) -> str:
    """Why a record of a public source has fewer members or countries than a whole one; "" if
    it has enough."""
    if missing_for_listing(members, countries) is None:
        return ""
    institutions = {0: "no institution", 1: "one institution and no partner"}.get(
        members, f"{members} institutions"
    )
    if countries >= 2:
        return f"The public source names {institutions}."
    places = "one country only" if countries else "no country"
    return f"The public source names {institutions}, and {places}."
