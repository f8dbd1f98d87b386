"""What a record said of the things that an import changes, kept so that it can be said again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from partnerships.imports.plan import PlannedRow
from partnerships.models import (
    Activity,
    Country,
    Funder,
    Funding,
    Institution,
    Member,
    Partnership,
    Profession,
    Topic,
    User,
)
from partnerships.services import details, partnerships
from partnerships.services.parts import Parts

_COLUMNS = {field.name: field for field in Partnership._meta.concrete_fields}
#: Part of a record → the models of what it names.
_NAMED: dict[str, type[models.Model]] = {
    "members": Institution,
    "topics": Topic,
    "activities": Activity,
    "professions": Profession,
    "funders": Funder,
    "declared_countries": Country,
}


def snapshot(record: Partnership, row: PlannedRow) -> dict[str, Any]:
    """What `restore` needs to take back what a planned row changes, as JSON can hold it."""
    return {
        "modified_at": record.modified_at.isoformat(),  # the encoder would drop microseconds
        "values": {name: getattr(record, name) for name in row.values},
        "parts": {name: _READERS[name](record) for name in row.parts},
    }


def restore(
    record: Partnership, before: Mapping[str, Any], *, by: User, reason: str, at: datetime
) -> None:
    """Write a snapshot back, through the record's own services. What these raise is raised,
    and ValidationError where something that the record named then is gone."""
    parts = before["parts"]
    funders = set(record.funding.values_list("funder", flat=True))
    partnerships.update(
        record,
        by=by,
        values={name: _COLUMNS[name].to_python(value) for name, value in before["values"].items()},
        parts=Parts(**{name: _things(name, kept) for name, kept in parts.items()}),
        reason=reason,
        at=at,
    )
    rows: list[models.Model] = [
        *_members(record, parts.get("members", ())),
        *_funding(record, parts.get("funders", ()), funders),
    ]
    if details.apply(written=rows, by=by, reason=reason):
        partnerships.settle(record, by=by, reason=reason, at=at)


def _rows(rows: Any) -> list[dict[str, Any]]:
    """Rows that hang on a record, whole."""
    return [
        {
            field.attname: getattr(row, field.attname)
            for field in row._meta.concrete_fields
            if not field.primary_key and field.name != "partnership"
        }
        for row in rows
    ]


def _keys(name: str) -> Callable[[Partnership], list[Any]]:
    return lambda record: list(getattr(record, name).order_by("pk").values_list("pk", flat=True))


_READERS: dict[str, Callable[[Partnership], list[Any]]] = {
    "members": lambda record: _rows(record.members.order_by("position", "pk")),
    "funders": lambda record: _rows(record.funding.order_by("pk")),
    "topics": lambda record: list(
        record.topic_links.order_by("-is_primary", "pk").values_list("topic", flat=True)
    ),
    "activities": _keys("activities"),
    "professions": _keys("professions"),
    "declared_countries": _keys("declared_countries"),
}
#: Of parts whose rows are kept whole: the column that names the thing.
_COLUMN = {"members": "institution_id", "funders": "funder_id"}


def _things(name: str, kept: Sequence[Any]) -> list[Any]:
    """What the part named, in its order, each once."""
    keys = [row[_COLUMN[name]] for row in kept] if name in _COLUMN else kept
    model = _NAMED[name]
    found = model._default_manager.in_bulk(list(keys))
    if len(found) < len(set(keys)):
        raise ValidationError("Something that it named then is no longer in the registry.")
    return [found[key] for key in dict.fromkeys(keys)]


def _members(record: Partnership, kept: Sequence[dict[str, Any]]) -> list[Member]:
    """The members that had other roles, years and places, with these."""
    present = {member.institution_id: member for member in record.members.all()}
    changed = []
    for row in kept:
        member = present[row["institution_id"]]
        if any(getattr(member, name) != value for name, value in row.items()):
            for name, value in row.items():
                setattr(member, name, value)
            changed.append(member)
    return changed


def _funding(
    record: Partnership, kept: Sequence[dict[str, Any]], stayed: set[int]
) -> list[Funding]:
    """The funding of funders who were taken off: one row of each is back, as good as empty."""
    back = {row.funder_id: row for row in record.funding.exclude(funder__in=stayed)}
    rows = []
    for values in kept:
        if values["funder_id"] in stayed:
            continue
        row = back.pop(values["funder_id"], None) or Funding(partnership=record)
        for name, value in values.items():
            setattr(row, name, value)
        rows.append(row)
    return rows
