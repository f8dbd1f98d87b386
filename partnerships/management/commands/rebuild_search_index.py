"""rebuild_search_index: make what searching reads anew, from what the registry says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from partnerships.indexing import rebuild
from partnerships.management.progress import Progress
from partnerships.models import Partnership


class Command(BaseCommand):
    help = "Make the search index anew. Needed after changes behind the services' back only."

    def handle(self, *args: Any, **options: Any) -> None:
        progress, total = Progress(self.stderr), Partnership.objects.count()
        done = rebuild(lambda number: progress("index", number, total))
        if options["verbosity"]:
            self.stdout.write(f"Indexed {done:,} partnerships.")
