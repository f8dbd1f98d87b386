"""What the list of files looks like, for OpenAPI. Nothing runs through it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from mapapp.api.schema.parts import told


class Twin(s.Serializer[object]):
    url = told(
        s.URLField,
        "Address of the file, compressed with gzip.",
        "https://map.example.org/api/v1/bulk/partnerships.csv",
    )
    bytes = told(s.IntegerField, "Its size in bytes.", 182044)
    sha256 = told(s.CharField, "Its SHA-256 checksum, in hexadecimal digits.", "9f86d081884c7d65…")


class BulkFile(s.Serializer[object]):
    name = told(s.CharField, "Name of the file, such as partnerships.csv.", "partnerships.csv")
    title = told(s.CharField, "What is in it, in a few words.", "Partnerships")
    description = told(
        s.CharField, "What a row, line or feature of it is.", "A row for each partnership."
    )
    url = told(
        s.URLField,
        "Address of the file. It stays the same.",
        "https://map.example.org/api/v1/bulk/partnerships.csv",
    )
    media_type = told(s.CharField, "Such as text/csv.", "text/csv")
    rows = told(s.IntegerField, "Rows without the heading; lines; features.", 146)
    bytes = told(s.IntegerField, "Its size in bytes.", 182044)
    sha256 = told(s.CharField, "Its SHA-256 checksum, in hexadecimal digits.", "9f86d081884c7d65…")
    gzip = Twin(help_text="The same compressed.")


class Licence(s.Serializer[object]):
    name = told(s.CharField, "SPDX identifier.", "OGL-UK-3.0")
    title = told(s.CharField, "Name for people.", "Open Government Licence v3.0")
    path = told(
        s.URLField,
        "Address of its text.",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    )


class Origin(s.Serializer[object]):
    title = told(
        s.CharField,
        "What is from whom, and under which licence.",
        "Country names and codes: Unicode CLDR. Unicode License v3",
    )


class Bulk(s.Serializer[object]):
    made = told(
        s.DateTimeField,
        "When the data were read; all files are of this moment.",
        "2026-01-31T09:00:00+00:00",
    )
    version = told(s.CharField, "The same data have the same version.", "649ab4d1d6900")
    license = Licence(help_text="Of the register's own data.")
    attribution = told(s.CharField, "What to write beside the data.", "Contains information from …")
    sources = Origin(many=True, help_text="What is others', and under which licence.")
    data_dictionary = told(
        s.URLField, "Page with the meaning of each column.", "https://map.example.org/api/v1/docs/"
    )
    datapackage = told(
        s.URLField,
        "Data Package descriptor of the files.",
        "https://map.example.org/api/v1/bulk/datapackage.json",
    )
    files = BulkFile(many=True, help_text="Each with its checksum.")


@extend_schema_field({"type": "object", "additionalProperties": True})
class DataPackage(s.JSONField):
    """A Data Package descriptor, version 2."""
