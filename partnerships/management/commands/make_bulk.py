"""make_bulk: the whole public dataset as files, for everybody to download."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from partnerships.bulk import Bulk
from partnerships.management.progress import Progress
from partnerships.models import Partnership


class Command(BaseCommand):
    help = "Write the whole public dataset to files in BULK_DIR; nothing if they are up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="even if they are up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        bulk = Bulk(settings.BULK_DIR, settings.SITE_URL, settings.RELEASE)
        found = bulk.latest()
        if found and found.of == bulk.of() and not options["force"]:
            made = None
        else:
            progress, total = Progress(self.stderr), Partnership.objects.count()
            made = bulk.make(lambda number: progress("partnerships", number, total))
        if not options["verbosity"]:
            return
        if made is None:
            self.stdout.write("The files are up to date.")
            return
        size = sum(file.bytes for file in made.files.values()) / 1_000_000
        self.stdout.write(f"{len(made.files)} files, {size:.1f} MB, in {made.folder}")
