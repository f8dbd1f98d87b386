"""make_synthetic_registry: a large made-up registry."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partnerships.models import Country, Partnership
from partnerships.services.reference import load
from partnerships.services.users import system_user
from partnerships.synthetic import make


class Command(BaseCommand):
    help = "Fill an empty registry with made-up partnerships, for benchmarks and trials."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--partnerships", type=int, required=True, help="how many")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same registry")
        parser.add_argument(
            "--add", action="store_true", help="add to a registry that holds partnerships already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["partnerships"]
        if number < 1:
            raise CommandError("--partnerships must be 1 or more.")
        if Partnership.objects.exists() and not options["add"]:
            raise CommandError(
                "This registry holds partnerships. Use an empty database, or --add to mix made-up "
                "records in with them."
            )
        at = timezone.now()
        if not Country.objects.exists():
            load(by=system_user(), at=at, progress=self._tell)
        make(number, seed=options["seed"], at=at, progress=self._tell)
        self.stdout.write(f"Made {number} partnerships that do not exist.")

    def _tell(self, what: str, done: int, of: int) -> None:
        self.stderr.write(f"{what}: {done:,} of {of:,}")
