"""The files of the whole dataset as a Data Package (version 2) describes them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers as s

from mapapp.api import schema
from partnerships.bulk import File, Snapshot
from partnerships.sources import LICENCE_ID, LICENCE_NAME, LICENCE_URL, SOURCES
from partnerships.tables import TABLES, Table

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
MEDIA_TYPES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "geojson": "application/geo+json",
}
TITLES = {
    "partnerships.jsonl": "Partnerships, every field",
    "partnerships.geojson": "Partnerships for maps",
    "institutions.jsonl": "Institutions, every field",
    "institutions.geojson": "Institutions for maps",
}
MEANINGS = {
    "partnerships.jsonl": "A line of JSON for each partnership, as the API gives it.",
    "partnerships.geojson": "A feature for each partnership: a MultiPoint of its public places.",
    "institutions.jsonl": "A line of JSON for each institution, as the API gives it.",
    "institutions.geojson": "A feature for each institution: its public place, where it has one.",
}
_RECORDS: dict[str, type[s.Serializer[Any]]] = {
    "partnerships.jsonl": schema.Partnership,
    "institutions.jsonl": schema.Institution,
}
#: Kind of field → type and format in Table Schema. The first that fits.
_TYPES: tuple[tuple[type[Any], str, str], ...] = (
    (s.ListSerializer, "array", ""),
    (s.ListField, "array", ""),
    (s.BaseSerializer, "object", ""),
    (s.BooleanField, "boolean", ""),
    (s.IntegerField, "integer", ""),
    (s.FloatField, "number", ""),
    (s.DateTimeField, "datetime", ""),
    (s.DateField, "date", ""),
    (s.UUIDField, "string", "uuid"),
    (s.URLField, "string", "uri"),
)


def licence() -> dict[str, str]:
    return {"name": LICENCE_ID, "title": LICENCE_NAME, "path": LICENCE_URL}


def sources() -> list[dict[str, str]]:
    """What is whose, in words: few of the sources have an address of their own."""
    return [
        {"title": f"{each.what}: {each.whence}. {each.licence}".replace(" .", ".")}
        for each in SOURCES
    ]


def descriptor(snapshot: Snapshot) -> dict[str, Any]:
    """`datapackage.json`. Paths are relative to its own address."""
    return {
        "$schema": PROFILE,
        "name": "health-partnership-map",
        "title": "Health Partnership Map: the whole register",
        "description": (
            "Partnerships between the health services of Scotland and the United Kingdom and the "
            "world, who takes part in them, and the lists of codes. Public records only."
        ),
        "homepage": settings.SITE_URL + "/",
        "created": snapshot.made.isoformat(timespec="seconds"),
        "version": f"{snapshot.made:%Y.%m.%d}+{snapshot.of}",
        "keywords": ["global health", "health partnerships", "NHS Scotland"],
        "contributors": [
            {"title": settings.OPERATOR_NAME or "Health Partnership Map", "roles": ["publisher"]}
        ],
        "licenses": [licence()],
        "sources": sources(),
        "resources": [_resource(file) for file in snapshot.files.values()],
    }


def title(name: str) -> str:
    return TITLES.get(name) or TABLES[name.partition(".")[0]].title


def meaning(name: str) -> str:
    return MEANINGS.get(name) or TABLES[name.partition(".")[0]].meaning


def _resource(file: File) -> dict[str, Any]:
    stem, _, ending = file.name.partition(".")
    found: dict[str, Any] = {
        "name": stem if ending == "csv" else f"{stem}-{ending}",
        "path": file.name,
        "title": title(file.name),
        "description": meaning(file.name),
        "format": ending,
        "mediatype": MEDIA_TYPES[ending],
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "rows": file.rows,
        "licenses": [licence()],
    }
    if ending == "csv":
        found |= {"type": "table", "schema": table_schema(TABLES[stem])}
    elif file.name in _RECORDS:
        found |= {"type": "table", "schema": {"fields": _fields(_RECORDS[file.name]())}}
    return found


def table_schema(table: Table) -> dict[str, Any]:
    """Table Schema of a CSV file, keys included."""
    fields = [
        {"name": each.name, "type": each.type, "description": each.meaning}
        | ({"format": each.format} if each.format else {})
        for each in table.fields
    ]
    found: dict[str, Any] = {"fields": fields, "primaryKey": list(table.key)}
    if table.refers:
        found["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": other, "fields": [there]}}
            for column, (other, there) in table.refers.items()
        ]
    return found


def _fields(described: s.Serializer[Any]) -> list[dict[str, str]]:
    return [_field(name, field) for name, field in described.fields.items()]


def _field(name: str, field: s.Field[Any, Any, Any, Any]) -> dict[str, str]:
    kind, form = next(
        ((kind, form) for base, kind, form in _TYPES if isinstance(field, base)), ("string", "")
    )
    told = {"name": name, "type": kind, "format": form, "description": field.help_text or ""}
    return {key: str(value) for key, value in told.items() if value}
