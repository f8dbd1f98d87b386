"""A small registry with two champions, for tests of the files that people send."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.utils import timezone

from partnerships.exports import as_csv
from partnerships.models import HealthBoard, ImportRun, Institution, Partnership, PlannedImport
from partnerships.records import public_records
from partnerships.services import import_batches, undoing
from tests.factories.imports import csv_of, make_small_registry
from tests.factories.records import make_board, make_champion, make_partnership, make_unit


class World:
    """The small registry, a champion of its Board and one of another, with a record each."""

    def __init__(self) -> None:
        make_small_registry()
        self.board = HealthBoard.objects.get()
        self.other_board = make_board("NHS Theirs")
        self.champion, self.other = make_champion(self.board), make_champion(self.other_board)
        self.unit = make_unit()
        ours = [Institution.objects.get(slug=s) for s in ("borders-general", "st-francis")]
        self.ours = make_partnership("Ours", members=ours, health_board=self.board)
        self.theirs = make_partnership(
            "Theirs", health_board=self.other_board, summary="Canary of theirs", moderation="draft"
        )

    def send(self, *rows: dict[str, str], by: Any = None) -> PlannedImport:
        columns = dict.fromkeys(column for row in rows for column in row)
        content = csv_of(*(dict.fromkeys(columns, "") | row for row in rows))
        return import_batches.plan(
            content=content, name="a.csv", by=by or self.champion, at=timezone.now()
        )

    def apply(self, planned: PlannedImport, *numbers: int, by: Any = None) -> ImportRun:
        chosen = numbers or tuple(planned.rows.values_list("number", flat=True))
        return import_batches.apply_rows(
            planned, numbers=chosen, by=by or self.champion, at=timezone.now()
        )

    def undo(self, run: ImportRun, by: Any = None) -> ImportRun:
        return undoing.undo(run, by=by or self.champion, at=timezone.now())


def row_of(record: Partnership, **cells: str) -> dict[str, str]:
    """What an export says of a record, with some cells changed."""
    text = "".join(as_csv(public_records([record.pk], site_url=""))).removeprefix("\ufeff")
    return next(csv.DictReader(io.StringIO(text))) | cells


def verdicts(planned: PlannedImport) -> dict[int, str]:
    return dict(planned.rows.values_list("number", "verdict"))


def says(record: Partnership) -> dict[str, Any]:
    said = next(public_records([record.pk], site_url=""))
    return {name: value for name, value in said.items() if name not in ("modified", "version")}
