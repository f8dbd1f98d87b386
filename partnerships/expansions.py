"""Public records with the whole public record of what they only name: for `?expand=`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from partnerships.models import HealthBoard, Institution
from partnerships.public_lists import board_record, institution_record
from partnerships.records import BATCH

Record = dict[str, Any]


def with_institutions(records: Iterable[Record], *, site_url: str) -> Iterator[Record]:
    """Members' institutions with all that their own addresses tell. What stands there already
    keeps its form: `kind` stays a code. Three queries for each 500 records."""
    for batch in _batches(records):
        members = [member for record in batch for member in record["members"]]
        slugs = {member["institution"]["slug"] for member in members}
        rows = Institution.objects.for_api().filter(slug__in=slugs)
        found = {row.slug: institution_record(row, site_url=site_url) for row in rows}
        for member in members:
            named = member["institution"]
            member["institution"] = found.get(named["slug"], {}) | named
        yield from batch


def with_boards(records: Iterable[Record], *, site_url: str) -> Iterator[Record]:
    """The owning Health Board with its whole record. One query for each 500 records."""
    for batch in _batches(records):
        owned = [record for record in batch if record["health_board"]]
        slugs = {record["health_board"]["slug"] for record in owned}
        rows = HealthBoard.objects.for_list().filter(institution__slug__in=slugs)
        found = {row.institution.slug: board_record(row, site_url=site_url) for row in rows}
        for record in owned:
            named = record["health_board"]
            record["health_board"] = found.get(named["slug"], {}) | named
        yield from batch


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    stream = iter(records)
    while batch := list(islice(stream, BATCH)):
        yield batch
