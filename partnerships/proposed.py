"""What may be proposed of a partnership, field by field, in the shape of its public record.

A proposed value is kept as plain JSON: codes instead of code and label, institutions by their
permanent id, sets sorted. So what a record says now, said when it was looked at, and should say
can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from partnerships import proposed_values as values
from partnerships.choices import Delivery, Direction, PartnershipKind, Stage
from partnerships.models import Activity, Funder, Profession
from partnerships.proposed_values import Reader, Wrong
from partnerships.records import Record

Changes = dict[str, Any]
Errors = dict[str, list[str]]
#: Field → the columns of a partnership that hold it; parts are not columns.
COLUMNS: dict[str, tuple[str, ...]] = {
    **{
        name: (name,)
        for name in (
            "name", "other_names", "summary", "kind", "stage", "stage_reason", "goals",
            "project_origin", "evidence_of_need", "languages", "delivery", "direction",
            "website", "source_url", "source_note", "gap_note",
        )
    },
    "learning.uk": ("uk_learning",),
    "learning.partner": ("partner_learning",),
    "began": ("began_on", "began_precision"),
    "ended": ("ended_on", "ended_precision"),
}  # fmt: skip
FIELD_OF = {column: name for name, columns in COLUMNS.items() for column in columns} | {
    "declared_countries": "countries"
}
#: Of the record, written by the registry itself.
READ_ONLY = frozenset(
    [
        "id",
        "slug",
        "url",
        "moderation",
        "locations",
        "confirmed",
        "created",
        "modified",
        "version",
        "twinning_step",
    ]
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: from JSON to the value that is kept, and the same from a public record."""

    label: str
    read: Reader
    of_record: Callable[[Record], Any]
    empty: Any = ""


def _plain(name: str) -> Callable[[Record], Any]:
    return lambda record: record[name]


def _coded(name: str) -> Callable[[Record], Any]:
    return lambda record: record[name] and record[name]["code"]


def _codes(name: str) -> Callable[[Record], Any]:
    return lambda record: sorted(term["code"] for term in record[name])


def _members_of(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "institution": member["institution"]["id"],
            **{part: member[part] for part in ("role", "since", "until")},
        }
        for member in record["members"]
    ]


def _vocabulary(name: str, label: str, model: type[models.Model]) -> Field:
    return Field(label, values.terms(model), _codes(name), empty=[])


FIELDS: dict[str, Field] = {
    "name": Field("Name", values.text, _plain("name")),
    "other_names": Field("Other names", values.texts, _plain("other_names"), empty=[]),
    "summary": Field("Summary", values.text, _plain("summary")),
    "kind": Field("Kind", values.choice(PartnershipKind), _coded("kind"), empty=None),
    "stage": Field("Stage", values.choice(Stage), _coded("stage"), empty=Stage.NOT_KNOWN.value),
    "stage_reason": Field("Why it is at this stage", values.text, _plain("stage_reason")),
    "began": Field("Began", values.date(end=False), _plain("began"), empty=None),
    "ended": Field("Ended", values.date(end=True), _plain("ended"), empty=None),
    "members": Field("Members", values.members, _members_of, empty=[]),
    "countries": Field("Countries", values.countries, _plain("countries"), empty=[]),
    "topics": Field(
        "Topics",
        values.topics,
        lambda record: values.primary_first([topic["code"] for topic in record["topics"]]),
        empty=[],
    ),
    "activities": _vocabulary("activities", "Activities", Activity),
    "professions": _vocabulary("professions", "Professions involved", Profession),
    "professions_wanted": _vocabulary("professions_wanted", "Professions wanted", Profession),
    "funders": _vocabulary("funders", "Funded by", Funder),
    "sdgs": Field("SDGs", values.goals, _plain("sdgs"), empty=[]),
    "goals": Field("What for", values.text, _plain("goals")),
    "learning.uk": Field(
        "What the UK side learns", values.text, lambda record: record["learning"]["uk"]
    ),
    "learning.partner": Field(
        "What the partner side learns", values.text, lambda record: record["learning"]["partner"]
    ),
    "project_origin": Field("How it came about", values.text, _plain("project_origin")),
    "evidence_of_need": Field("Evidence of need", values.text, _plain("evidence_of_need")),
    "languages": Field("Languages", values.languages, _plain("languages"), empty=[]),
    "delivery": Field(
        "Delivery", values.choice(Delivery, optional=True), _coded("delivery"), empty=None
    ),
    "direction": Field(
        "Direction", values.choice(Direction, optional=True), _coded("direction"), empty=None
    ),
    "website": Field("Website", values.text, _plain("website")),
    "source_url": Field("Source", values.text, _plain("source_url")),
    "source_note": Field("Note on the source", values.text, _plain("source_note")),
    "gap_note": Field("Why it names so few", values.text, _plain("gap_note")),
}
#: Only of a new partnership: whose champions decide, and keep it then.
BOARD = Field("Health Board", values.board, lambda record: None, empty=None)


def present(record: Record | None) -> Changes:
    """What a public record says of every field that may be proposed; of none, nothing."""
    return {
        name: field.of_record(record) if record else field.empty for name, field in FIELDS.items()
    }


def read(given: Any, *, record: Record | None) -> tuple[Changes, Errors]:
    """The proposed changes in the order of the record, without those that change nothing; and
    what is wrong, by path. `record` is the public record, None for a new partnership."""
    if not isinstance(given, dict):
        return {}, {"": ["Write an object: a field of the record, and what it should say."]}
    now = present(record)
    fields = FIELDS if record else FIELDS | {"health_board": BOARD}
    flat, errors = _flattened(given)
    found: Changes = {}
    for name, value in flat.items():
        if name not in fields:
            errors[name] = [_why_not(name)]
            continue
        try:
            found[name] = fields[name].read(value, now.get(name))
        except Wrong as error:
            errors |= {f"{name}.{p}".rstrip("."): [said] for p, said in error.said.items()}
    changed = {name: found[name] for name in fields if name in found}
    return {n: value for n, value in changed.items() if value != now.get(n)}, errors


def in_order(changes: Changes) -> Changes:
    """In the order of the record: PostgreSQL keeps the members of JSON in an order of its own."""
    return {name: changes[name] for name in FIELDS if name in changes}


def _flattened(given: dict[str, Any]) -> tuple[dict[str, Any], Errors]:
    """`learning` as the two fields that it is."""
    flat = {name: value for name, value in given.items() if name != "learning"}
    sides = given.get("learning", {})
    if not isinstance(sides, dict):
        return flat, {"learning": ["Write an object with uk, partner or both."]}
    return flat | {f"learning.{side}": said for side, said in sides.items()}, {}


def _why_not(name: str) -> str:
    if name in READ_ONLY:
        return "The registry itself writes this. Leave it out."
    if name == "health_board":
        return "The owning Health Board is not changed by a proposal. Leave it out."
    return "A record has no such field. Leave it out."
