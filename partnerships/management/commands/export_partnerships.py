"""export_partnerships: the public records that a question finds, to standard output."""

from __future__ import annotations

import io
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from partnerships.exports import as_csv, as_json, write_xlsx
from partnerships.geojson import collection
from partnerships.records import public_records
from partnerships.search import PartnershipSearch

TEXT_FORMATS = {"csv": as_csv, "geojson": collection, "json": as_json}


class Command(BaseCommand):
    help = "Write the public records to standard output; importing them again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--format", choices=[*TEXT_FORMATS, "xlsx"], default="csv", help="csv unless said"
        )
        parser.add_argument(
            "--query", default="", help="the query string of the list, such as country=MW&topic=…"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            params = QueryDict(options["query"].removeprefix("?"))
        except ValueError as problem:  # more fields than the settings allow
            raise CommandError("--query: this question holds too many values.") from problem
        search = PartnershipSearch(params)
        if search.errors:
            raise CommandError(
                "\n".join(
                    f"--query, {parameter}: {' '.join(messages)}"
                    for parameter, messages in search.errors.items()
                )
            )
        records = public_records(search.for_export(), site_url=settings.SITE_URL.rstrip("/"))
        try:
            if options["format"] == "xlsx":
                self._write_bytes(records)
            else:
                self._write_text(TEXT_FORMATS[options["format"]](records))
        except BrokenPipeError:
            # Whoever reads has read enough (`| head`). Python would complain again at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _write_text(self, pieces: Iterable[str]) -> None:
        """UTF-8 whatever the terminal's locale, and line ends as the format says."""
        stream = _binary(self.stdout)
        for piece in pieces:
            if stream is None:
                self.stdout.write(piece, ending="")
            else:
                stream.write(piece.encode())

    def _write_bytes(self, records: Iterable[dict[str, Any]]) -> None:
        stream = _binary(self.stdout)
        if stream is None:
            raise CommandError("A workbook is bytes: send standard output to a file.")
        file = io.BytesIO()  # a ZIP archive wants to seek, which a pipe cannot
        write_xlsx(records, file)
        stream.write(file.getvalue())


def _binary(stdout: Any) -> IO[bytes] | None:
    """The bytes under a text stream; None under one of text only, as in some tests."""
    stream: IO[bytes] | None = getattr(stdout, "buffer", None)
    if stream is not None:
        stdout.flush()
    return stream
