"""What changed of one record while the public could see it: fields and days, nobody and no reason.

Never the words that a field once had: what was taken out of a text was perhaps taken out because
it should not be public (docs/adr/0018-what-the-public-history-tells.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from django.db.models import CharField, F, Value
from django.utils import timezone

from partnerships.choices import Moderation
from partnerships.models import (
    Agreement,
    Funding,
    Member,
    Partnership,
    PartnershipTopic,
)

#: At most so many rows of each table are read, and so many days told, newest first.
ROWS_READ, DAYS_TOLD = 200, 50
#: What is written so soon after the first listing belongs to it: an import adds members last.
_ONE_ACT = timedelta(seconds=60)

#: Columns whose values are choices or days: told as before → after.
_VALUES = ("kind", "stage", "delivery", "direction")
_DATES = {"began_on": "Began", "ended_on": "Ended"}
_CONFIRMED = {
    "uk_confirmed_on": "Confirmed by the UK side",
    "partner_confirmed_on": "Confirmed by the partner side",
}
#: Columns whose words are not told, only that they changed.
_WORDS = {
    "name": "Name",
    "other_names": "Other names",
    "slug": "Address of this page",
    "summary": "Summary",
    "goals": "What for",
    "uk_learning": "What the UK side learns",
    "partner_learning": "What the partner side learns",
    "project_origin": "How it came about",
    "evidence_of_need": "Evidence of need",
    "stage_reason": "Why it is at this stage",
    "languages": "Languages",
    "website": "Website",
    "source_url": "Source",
    "source_note": "Note on the source",
    "gap_note": "Why it names so few",
    "health_board_id": "Owning Health Board",
    "twinning_step": "Step of the twinning cycle",
}
#: Lists: the table of each, the path of a label, and whether the labels are told.
_LISTS = {
    "activities": ("Activities", "activity", "label", True),
    "professions": ("Who takes part", "profession", "label", True),
    "professions_wanted": ("Looking for", "profession", "label", True),
    "sdgs": ("Goals (SDG)", "developmentgoal", "label", True),
    "declared_countries": ("Countries", "country", "common_name", False),
}
_PARTS = {
    Member: ("Members", "institution__name"),
    PartnershipTopic: ("Topics", "topic__label"),
    Funding: ("Funded by", "funder__label"),
    Agreement: ("Agreements", None),
}
_VERBS = {"+": "added", "-": "taken off", "~": "changed"}


@dataclass(frozen=True, slots=True)
class Day:
    """What changed on one day, in lines to read."""

    on: date
    lines: list[str]


@dataclass(frozen=True, slots=True)
class PublicHistory:
    """Newest day first. `is_whole` is false where older changes were left out."""

    days: list[Day]
    is_whole: bool


def public_history(partnership: Partnership) -> PublicHistory:
    """The public changes of a record with its members loaded. Three queries, bounded."""
    rows = list(partnership.history.order_by("-history_date", "-history_id")[:ROWS_READ])[::-1]
    is_whole = len(rows) < ROWS_READ
    listed = [row for row in rows if row.moderation == Moderation.LISTED]
    if not listed:
        return PublicHistory([], is_whole)
    start = listed[0].history_date
    lines = [(start, "First listed")] if is_whole else []
    settled = start + _ONE_ACT if is_whole else start
    lists = _lists(listed)
    found = [*_of_columns(rows, listed), *_of_lists(listed, lists), *_of_parts(partnership, rows)]
    lines += [(at, line) for at, line in found if at > settled]
    days = list(_by_day(lines))
    return PublicHistory(days[:DAYS_TOLD], is_whole and len(days) <= DAYS_TOLD)


Lines = Iterator[tuple[datetime, str]]


def _by_day(lines: Iterable[tuple[datetime, str]]) -> Iterator[Day]:
    ordered = sorted(lines, key=lambda line: line[0], reverse=True)
    for day, group in groupby(ordered, key=lambda line: timezone.localdate(line[0])):
        yield Day(day, list(dict.fromkeys(text for _, text in group)))


def _of_columns(rows: list[Any], listed: list[Any]) -> Lines:
    """Each public version against the public version before it, whatever lay between."""
    hidden = {row.history_id for row in rows} - {row.history_id for row in listed}
    for before, after in pairwise(listed):
        if any(before.history_id < between < after.history_id for between in hidden):
            yield after.history_date, "Public again"
        for line in _differences(before, after):
            yield after.history_date, line


def _differences(before: Any, after: Any) -> Iterator[str]:
    changed = {
        name
        for name in (*_VALUES, *_DATES, *_CONFIRMED, *_WORDS)
        if getattr(before, name) != getattr(after, name)
    }
    for name in (name for name in _VALUES if name in changed):
        label = str(Partnership._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        yield f"{label.capitalize()}: {_shown(before, name)} → {_shown(after, name)}"
    yield from (label for name, label in _CONFIRMED.items() if name in changed)
    for name, label in (_DATES | _WORDS).items():
        if name in changed:
            yield f"{label}: {_change(getattr(before, name), getattr(after, name))}"


def _shown(row: Any, name: str) -> str:
    return str(getattr(row, f"get_{name}_display")() or "not said")


def _change(before: Any, after: Any) -> str:
    if not before:
        return "added"
    return "changed" if after else "taken out"


def _lists(listed: list[Any]) -> dict[tuple[int, str], set[str]]:
    """(version, list) → labels. One query."""
    keys = [row.history_id for row in listed]
    versions = Partnership.history.model._meta
    scans = []
    for name, (_, term, label, _) in _LISTS.items():
        table = versions.get_field(f"historicalpartnership_{name}").related_model
        scans.append(
            table._default_manager.filter(history__in=keys)
            .order_by()
            .values_list("history_id", Value(name, output_field=CharField()), F(f"{term}__{label}"))
        )
    first, *rest = scans
    found: dict[tuple[int, str], set[str]] = {}
    for key, name, label in first.union(*rest, all=True):
        if label:
            found.setdefault((key, name), set()).add(label)
    return found


def _of_lists(listed: list[Any], lists: dict[tuple[int, str], set[str]]) -> Lines:
    for before, after in pairwise(listed):
        for name, (heading, _, _, is_told) in _LISTS.items():
            was = lists.get((before.history_id, name), set())
            now = lists.get((after.history_id, name), set())
            if was == now:
                continue
            if not is_told:
                yield after.history_date, f"{heading}: changed"
                continue
            for verb, labels in (("added", now - was), ("taken off", was - now)):
                if labels:
                    yield after.history_date, f"{heading}: {', '.join(sorted(labels))} {verb}"


def _of_parts(partnership: Partnership, rows: list[Any]) -> Lines:
    """Members, topics, funders and agreements, while the record was public. One query.

    An institution is named only while it is a member, and a funder while it funds: nobody learns
    here who was taken off.
    """
    present = {
        "Members": {member.institution.name for member in partnership.members.all()},
        "Funded by": set(partnership.funding.values_list("funder__label", flat=True)),
    }
    for at, kind, heading, label in _part_rows(partnership):
        if not _is_public_at(rows, at):
            continue
        verb = _VERBS[kind]
        is_told = heading not in present or (label in present[heading] and kind != "-")
        told = label if is_told else ""
        nameless = "an institution" if heading == "Members" else "one"
        yield at, f"{heading}: {told or nameless} {verb}"


def _part_rows(partnership: Partnership) -> Any:
    scans = []
    for model, (heading, path) in _PARTS.items():
        rows = model.history.model._default_manager.filter(partnership=partnership.pk)  # type: ignore[attr-defined]
        label = F(path) if path else Value("", output_field=CharField())
        heading_value = Value(heading, output_field=CharField())
        scans.append(
            rows.order_by().values_list("history_date", "history_type", heading_value, label)
        )
    first, *rest = scans
    return first.union(*rest, all=True).order_by("-history_date")[:ROWS_READ]


def _is_public_at(rows: list[Any], at: datetime) -> bool:
    """Whether the newest version by then was listed; rows are oldest first."""
    state = ""
    for row in rows:
        if row.history_date > at:
            break
        state = row.moderation
    return state == Moderation.LISTED
