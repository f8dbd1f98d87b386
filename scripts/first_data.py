"""Bring the database up to date, and fill an empty registry with the public-sources dataset.

One process for all steps: starting Django costs more than a step that has nothing to do.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "partnerships" / "reference"

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with timed("Database: migrating"):
            call_command("migrate", verbosity=0)
    with timed("Reference data: countries, Health Boards, vocabularies, frameworks"):
        call_command("load_reference_data", verbosity=0)

    from partnerships.models import Partnership

    if not Partnership.objects.exists():
        with timed("Registry: empty, so loading the partnerships known from public sources"):
            call_command(
                "import_partnerships",
                str(REFERENCE / "partnerships.csv"),
                institutions=str(REFERENCE / "institutions.csv"),
                apply=True,
                verbosity=0,
                stdout=open(os.devnull, "w", encoding="utf-8"),  # noqa: PTH123, SIM115
            )
    from django.conf import settings

    from partnerships.bulk import Bulk

    bulk = Bulk(settings.BULK_DIR, settings.SITE_URL, settings.RELEASE)
    found = bulk.latest()
    if not found or found.of != bulk.of():
        with timed("Whole dataset: files for /api/v1/bulk/"):
            call_command("make_bulk", verbosity=0)
    print(f"Registry: {Partnership.objects.count()} partnerships", flush=True)


class timed:  # noqa: N801 - reads as a word at `with`
    """Say what is going on, and how long it took."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.started = time.monotonic()
        print(f"{self.what} …", flush=True)

    def __exit__(self, *failed: object) -> None:
        if failed[0] is None:
            print(f"    {time.monotonic() - self.started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
