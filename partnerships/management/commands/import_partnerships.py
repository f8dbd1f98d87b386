"""import_partnerships: what a CSV or XLSX file would change, and with --apply changes it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from partnerships.imports.institutions import plan_institutions, planned_places
from partnerships.imports.institutions import read as read_institutions
from partnerships.imports.matching import load_known
from partnerships.imports.partnerships import plan_partnerships
from partnerships.imports.partnerships import read as read_partnerships
from partnerships.imports.plan import Plan, write_report
from partnerships.imports.readers import FileProblem
from partnerships.management.progress import Progress
from partnerships.services import imports
from partnerships.services.reference import load_aliases
from partnerships.services.users import system_user


class Command(BaseCommand):
    help = "Show what a file of partnerships would change: a line for each row, and totals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV (UTF-8) or XLSX, columns as exported")
        parser.add_argument(
            "--institutions", type=Path, help="a file of institutions that goes before"
        )
        parser.add_argument(
            "--apply", action="store_true", help="write all of it, or nothing if a row is wrong"
        )
        parser.add_argument("--report", type=Path, help="write the plan as CSV to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # One transaction: what is planned is what stands there when it is applied.
            with transaction.atomic():
                plans = self._plan(options["file"], options["institutions"])
                self._tell(plans, options["report"], options["verbosity"])
                if options["apply"]:
                    self._apply(*plans)
        except (FileProblem, imports.NotApplicable) as problem:
            raise CommandError(str(problem)) from problem
        if any(plan and plan.is_in_error for plan in plans):
            raise CommandError("Rows are in error: correct them in the file.")

    def _plan(self, file: str, institutions_file: str | None) -> tuple[Plan | None, Plan]:
        known = load_known()
        first = None
        if institutions_file:
            first = plan_institutions(read_institutions(Path(institutions_file)), known)
            known = known.with_places(planned_places(first, known))
        return first, plan_partnerships(read_partnerships(Path(file)), known)

    def _tell(self, plans: Iterable[Plan | None], report: str | None, verbosity: int) -> None:
        found = [plan for plan in plans if plan]
        for plan in found:
            for line in plan.lines() if verbosity else ():
                self.stdout.write(line)
        for plan in found:
            self.stdout.write(plan.summary())
        if report:
            try:
                with Path(report).open("w", encoding="utf-8", newline="") as file:
                    write_report(found, file)
            except OSError as error:
                raise CommandError(f"{report} cannot be written: {error.strerror}.") from error

    def _apply(self, first: Plan | None, second: Plan) -> None:
        for plan in (first, second):
            if plan and not plan.is_applicable:
                raise imports.NotApplicable(
                    f"{plan.file_name} has rows in error or conflict, so nothing was written. "
                    "Correct them and import again."
                )
        by, at, progress = system_user(), timezone.now(), Progress(self.stderr)
        if first:
            imports.apply_institutions(first, by=by, at=at, progress=progress)
            load_aliases(by=by)
        imports.apply(second, by=by, at=at, progress=progress)
        self.stdout.write("Applied.")
