"""What the list of files looks like, for OpenAPI. Nothing runs through it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s


class Twin(s.Serializer[object]):
    url = s.URLField(help_text="Address of the file, compressed with gzip.")
    bytes = s.IntegerField(help_text="Its size in bytes.")
    sha256 = s.CharField(help_text="Its SHA-256 checksum, in hexadecimal digits.")


class BulkFile(s.Serializer[object]):
    name = s.CharField(help_text="Name of the file, such as partnerships.csv.")
    title = s.CharField(help_text="What is in it, in a few words.")
    description = s.CharField(help_text="What a row, line or feature of it is.")
    url = s.URLField(help_text="Address of the file. It stays the same.")
    media_type = s.CharField(help_text="Such as text/csv.")
    rows = s.IntegerField(help_text="Rows without the heading; lines; features.")
    bytes = s.IntegerField(help_text="Its size in bytes.")
    sha256 = s.CharField(help_text="Its SHA-256 checksum, in hexadecimal digits.")
    gzip = Twin(help_text="The same compressed.")


class Licence(s.Serializer[object]):
    name = s.CharField(help_text="SPDX identifier.")
    title = s.CharField(help_text="Name for people.")
    path = s.URLField(help_text="Address of its text.")


class Origin(s.Serializer[object]):
    title = s.CharField(help_text="What is from whom, and under which licence.")


class Bulk(s.Serializer[object]):
    made = s.DateTimeField(help_text="When the data were read; all files are of this moment.")
    version = s.CharField(help_text="The same data have the same version.")
    license = Licence(help_text="Of the register's own data.")
    attribution = s.CharField(help_text="What to write beside the data.")
    sources = Origin(many=True, help_text="What is others', and under which licence.")
    data_dictionary = s.URLField(help_text="Page with the meaning of each column.")
    datapackage = s.URLField(help_text="Data Package descriptor of the files.")
    files = BulkFile(many=True)


@extend_schema_field({"type": "object", "additionalProperties": True})
class DataPackage(s.JSONField):
    """A Data Package descriptor, version 2."""
