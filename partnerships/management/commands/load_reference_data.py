"""load_reference_data: countries, Health Boards, vocabularies, frameworks, toolkits and guides."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from partnerships.management.progress import Progress
from partnerships.services import reference
from partnerships.services.users import system_user


class Command(BaseCommand):
    help = "Bring countries, Health Boards, vocabularies, frameworks and guides up to the files."

    def handle(self, *args: Any, **options: Any) -> None:
        tallies = reference.load(
            by=system_user(), at=timezone.now(), progress=Progress(self.stderr)
        )
        if options["verbosity"] == 0:
            return
        for name, tally in tallies.items():
            kept = f", {tally.kept} kept as a person changed them" if tally.kept else ""
            self.stdout.write(
                f"{name.replace('_', ' ')}: {tally.created} created, {tally.updated} updated, "
                f"{tally.unchanged} unchanged{kept}"
            )
