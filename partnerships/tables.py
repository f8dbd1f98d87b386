"""The tables of the whole dataset: columns with type and meaning, for files and their descriptor.

Flat tables that join by key; what a cell cannot hold is in the JSON Lines.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from partnerships.exports import COLUMNS, Echo, guard, storable

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `type` and `format` are Table Schema's; `value` gives text, number or None."""

    name: str
    meaning: str
    value: Callable[[Record], Any]
    type: str = "string"
    format: str = ""

    def cell(self, record: Record) -> str:
        """Its text in CSV. Texts are guarded against formulas; a minus is the number's own."""
        value = self.value(record)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return guard(storable(value)) if isinstance(value, str) else str(value)


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file. `refers` maps a column to the table and column that it names a row of."""

    name: str
    title: str
    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    refers: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def headings(self) -> list[str]:
        return [each.name for each in self.fields]

    def row(self, record: Record) -> list[str]:
        return [each.cell(record) for each in self.fields]


def _of(name: str) -> Callable[[Record], Any]:
    return lambda record: record[name]


def _in(name: str, part: str) -> Callable[[Record], Any]:
    return lambda record: record[name][part] if record[name] else None


_TYPES = {
    "website": ("string", "uri"),
    "source_url": ("string", "uri"),
    "url": ("string", "uri"),
    "id": ("string", "uuid"),
    "confirmed_uk": ("date", ""),
    "confirmed_partner": ("date", ""),
    "modified": ("datetime", ""),
}

PARTNERSHIPS = Table(
    "partnerships",
    "Partnerships",
    "A row for each partnership; several values of a cell stand between |.",
    tuple(
        Field(column.name, column.meaning, column.write, *_TYPES.get(column.name, ("string", "")))
        for column in COLUMNS
    ),
    ("id",),
)
MEMBERS = Table(
    "members",
    "Members",
    "Which institution takes part in which partnership, a row for each.",
    (
        Field("partnership_id", "Permanent id of the partnership.", _of("of_id"), format="uuid"),
        Field("partnership", "Its slug.", _of("of")),
        Field(
            "institution_id", "Permanent id of the institution.", _in("institution", "id"),
            format="uuid",
        ),
        Field("institution", "Its slug.", _in("institution", "slug")),
        Field("side", "`uk` or `partner`.", _of("side")),
        Field("role", "Code of its role.", _of("role")),
        Field("since", "First year, where known.", _of("since"), "year"),
        Field("until", "Last year, where it has left.", _of("until"), "year"),
    ),
    ("partnership_id", "institution_id"),
    {
        "partnership_id": ("partnerships", "id"),
        "institution_id": ("institutions", "permanent_id"),
    },
)  # fmt: skip
INSTITUTIONS = Table(
    "institutions",
    "Institutions",
    "A row for each institution on every side, with or without partnerships.",
    (
        Field("id", "Its slug: the address on this site.", _of("slug")),
        Field("name", "Name.", _of("name")),
        Field("kind", "Code of the kind of institution.", _in("kind", "code")),
        Field("country", "ISO 3166-1 alpha-2 code.", _of("country")),
        Field(
            "uk_nation",
            "`GB-SCT` `GB-ENG` `GB-WLS` `GB-NIR`; only in GB.",
            lambda record: record["nation"] and f"GB-{record['nation']}",
        ),
        Field("parent", "Slug of the institution it belongs to.", _in("parent", "slug")),
        Field("city", "Town or city, where it may be known.", _of("city")),
        Field(
            "latitude", "Degrees WGS 84, coarsened where asked for.", _in("location", "latitude"),
            "number",
        ),
        Field(
            "longitude", "Degrees WGS 84, coarsened where asked for.", _in("location", "longitude"),
            "number",
        ),
        Field(
            "coordinate_precision", "`site` `city` `district`.", _in("location", "precision")
        ),
        Field("website", "Its website.", _of("website"), format="uri"),
        Field("source_url", "The page that says that it exists.", _of("source_url"), format="uri"),
        Field("permanent_id", "Permanent id.", _of("id"), format="uuid"),
        Field("url", "Address of its page.", _of("url"), format="uri"),
        Field("modified", "When it last changed.", _of("modified"), "datetime"),
    ),
    ("permanent_id",),
    {"country": ("countries", "code"), "parent": ("institutions", "id")},
)  # fmt: skip
COUNTRIES = Table(
    "countries",
    "Countries and territories",
    "A row for each entry of ISO 3166-1, and Kosovo.",
    (
        Field("code", "ISO 3166-1 alpha-2 code.", _of("code")),
        Field("alpha3", "ISO 3166-1 alpha-3 code.", _of("alpha3")),
        Field("numeric", "ISO 3166-1 numeric code, three digits.", _of("numeric")),
        Field("name", "Everyday name.", _of("name")),
        Field("un_name", "Name of the United Nations.", _of("un_name")),
        Field("region", "Code of the WHO region.", _of("region")),
        Field("income", "Income group of the World Bank.", _of("income")),
        Field("income_year", "Fiscal year of the group.", _of("income_year")),
        Field(
            "is_least_developed", "A least developed country (UN).", _of("is_least_developed"),
            "boolean",
        ),
        Field(
            "is_on_safeguards_list", "On WHO's workforce support and safeguards list.",
            _of("is_on_safeguards_list"), "boolean",
        ),
        Field(
            "is_partner_country", "A partner country of the Scottish Government.",
            _of("is_partner_country"), "boolean",
        ),
        Field("url", "Address of its page.", _of("url"), format="uri"),
    ),
    ("code",),
)  # fmt: skip
VOCABULARIES = Table(
    "vocabularies",
    "Codes and their labels",
    "A row for each term of each coded list.",
    (
        Field("list", "Name of the list, such as `topics`.", _of("list")),
        Field("code", "Code: permanent within its list.", lambda record: str(record["code"])),
        Field("label", "Label: may change.", _of("label")),
        Field("description", "What belongs under it.", lambda record: record.get("description")),
        Field(
            "retired", "Day since which it is not given to new records.",
            lambda record: record.get("retired"), "date",
        ),
    ),
    ("list", "code"),
)  # fmt: skip
TABLES = {
    table.name: table for table in (PARTNERSHIPS, MEMBERS, INSTITUTIONS, COUNTRIES, VOCABULARIES)
}


def as_csv(table: Table, records: Iterable[Record]) -> Iterator[str]:
    """A table as pieces of CSV (RFC 4180), a byte order mark first so that Excel reads UTF-8."""
    writer = csv.writer(Echo())
    yield "\ufeff" + str(writer.writerow(table.headings))
    for record in records:
        yield str(writer.writerow(table.row(record)))
