"""A Board's report: its partnerships, how they stand, and what changed in a year.

The same tables for the page and for the workbook. No score of a checklist is in it, and nobody but
the Board's own champions is named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import IO, Any

from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Font

from partnerships.choices import (
    ChampionRole,
    Delivery,
    Freshness,
    Moderation,
    Side,
    Stage,
    SuggestionState,
)
from partnerships.exports import guard, storable
from partnerships.models import (
    HOME_COUNTRY,
    Agreement,
    Champion,
    Checklist,
    Confirmation,
    Country,
    Decision,
    HealthBoard,
    Partnership,
    Suggestion,
)
from partnerships.policies.freshness import freshness
from partnerships.records import Record, public_records

Cell = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. `empty` is said where there are none."""

    title: str
    columns: Sequence[str]
    rows: list[list[Cell]]
    empty: str = "None."


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the report of a Board says of a year up to a day."""

    board: HealthBoard
    day: date
    year: int
    figures: list[tuple[str, int]]
    commitment: list[Table]
    monitoring: list[Table]
    partnerships: Table
    changes: Table

    @property
    def tables(self) -> list[Table]:
        return [*self.commitment, *self.monitoring, self.partnerships, self.changes]


def report_of(board: HealthBoard, day: date) -> Report:
    """The report on a day, of the records that the Board owns. The number of queries is the same
    whatever it owns."""
    owned = Partnership.objects.listed().filter(health_board=board.pk).order_by("name_key", "pk")
    records = list(public_records(owned, site_url=""))
    active = [record for record in records if record["stage"]["code"] != Stage.ENDED]
    agreed = _agreed(board)
    return Report(
        board=board,
        day=day,
        year=day.year,
        figures=_figures(records, active, agreed),
        commitment=[
            _champions(board, day),
            _tally("Stages", "Stage", [record["stage"]["label"] for record in records]),
            _tally("Countries", "Country", _countries(active)),
            _tally("Topics", "Topic", _labels(active, "topics")),
            _tally("Professions that take part", "Profession", _labels(active, "professions")),
            _tally("How people work together", "Delivery", _deliveries(active)),
        ],
        monitoring=[_confirmations(active, day), _done_this_year(board, day), _checklists(agreed)],
        partnerships=_partnerships(active, agreed),
        changes=_changes(board, day),
    )


def _figures(
    records: list[Record], active: list[Record], agreed: dict[str, date]
) -> list[tuple[str, int]]:
    in_stage = Counter(record["stage"]["code"] for record in records)
    overseas = {
        member["institution"]["slug"]
        for record in active
        for member in record["members"]
        if member["side"] == Side.PARTNER
    }
    return [
        ("partnerships known to be active", in_stage[Stage.ACTIVE]),
        ("listed and not ended", len(active)),
        ("partner countries", len({code for record in active for code in _abroad(record)})),
        ("partner institutions", len(overseas)),
        ("with a checklist that both sides agreed", len(agreed)),
    ]


def _abroad(record: Record) -> list[str]:
    return [code for code in record["countries"] if code != HOME_COUNTRY]


def _countries(active: list[Record]) -> list[str]:
    codes = [code for record in active for code in _abroad(record)]
    names = dict(Country.objects.filter(pk__in=set(codes)).values_list("pk", "common_name"))
    return [names[code] for code in codes]


def _labels(active: list[Record], name: str) -> list[str]:
    return [term["label"] for record in active for term in record[name]]


def _deliveries(active: list[Record]) -> list[str]:
    labels = dict(Delivery.choices)
    return [
        labels[record["delivery"]["code"]] if record["delivery"] else "Not said"
        for record in active
    ]


def _tally(title: str, heading: str, labels: Iterable[str]) -> Table:
    counted = sorted(Counter(labels).items(), key=lambda pair: (-pair[1], pair[0]))
    return Table(title, (heading, "Partnerships"), [[label, n] for label, n in counted])


def _champions(board: HealthBoard, day: date) -> Table:
    tenures = Champion.objects.on(day).filter(board=board.pk).select_related("user")
    rows: list[list[Cell]] = [
        [tenure.get_role_display(), tenure.user.get_full_name() or "–", f"{tenure.since:%-d %B %Y}"]
        for tenure in sorted(tenures, key=lambda each: (each.role != ChampionRole.LEAD, each.since))
    ]
    empty = "Nobody is in office. The coordination unit appoints a lead."
    return Table("Champions", ("Role", "Name", "Since"), rows, empty)


def _confirmations(active: list[Record], day: date) -> Table:
    """How many partnerships each side has confirmed, and when; both sides beside each other."""
    labels = {
        Freshness.YES: "Confirmed within a year",
        Freshness.DUE: "Due",
        Freshness.OVERDUE: "Overdue",
        Freshness.NEVER: "Not yet confirmed",
    }
    sides = [
        Counter(freshness(_day(record["confirmed"][side]), day) for record in active)
        for side in ("uk", "partner")
    ]
    rows: list[list[Cell]] = [
        [label, *(counted[state] for counted in sides)] for state, label in labels.items()
    ]
    return Table("Confirmation by each side", ("State", "UK side", "Partner side"), rows)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _agreed(board: HealthBoard) -> dict[str, date]:
    """Slug → when both sides last agreed a checklist: all that is told of checklists."""
    rows = (
        Checklist.objects.filter(
            partnership__health_board=board.pk,
            partnership__moderation=Moderation.LISTED,
            agreed_at__isnull=False,
        )
        .values_list("partnership__slug")
        .annotate(last=Max("agreed_at"))
    )
    return {slug: timezone.localdate(last) for slug, last in rows}


def _checklists(agreed: dict[str, date]) -> Table:
    years = Counter(on.year for on in agreed.values())
    rows: list[list[Cell]] = [[str(year), years[year]] for year in sorted(years, reverse=True)]
    empty = "No checklist has been agreed by both sides yet."
    return Table("Checklists agreed", ("Last agreed in", "Partnerships"), rows, empty)


def _done_this_year(board: HealthBoard, day: date) -> Table:
    said = dict(
        Confirmation.objects.filter(partnership__health_board=board.pk, confirmed_at__year=day.year)
        .order_by()
        .values_list("side")
        .annotate(n=Count("pk"))
    )
    decided = dict(
        Suggestion.objects.of_board(board.pk)
        .filter(decided_at__year=day.year)
        .order_by()
        .values_list("state")
        .annotate(n=Count("pk"))
    )
    taken = decided.get(SuggestionState.ACCEPTED, 0)
    taken += decided.get(SuggestionState.PARTLY_ACCEPTED, 0)
    rows: list[list[Cell]] = [
        ["Confirmations by the UK side", said.get(Side.UK, 0)],
        ["Confirmations by the partner side", said.get(Side.PARTNER, 0)],
        ["Suggestions accepted, in whole or in part", taken],
        ["Suggestions returned or declined", sum(decided.values()) - taken],
    ]
    return Table(f"Done in {day.year}", ("What", "Number"), rows)


def _partnerships(active: list[Record], agreed: dict[str, date]) -> Table:
    columns = (
        "Partnership",
        "Stage",
        "Countries",
        "Partner institutions",
        "Topics",
        "Began",
        "UK side confirmed",
        "Partner side confirmed",
        "Checklist agreed",
    )
    names = dict(Country.objects.values_list("pk", "common_name"))
    rows: list[list[Cell]] = [
        [
            record["name"],
            record["stage"]["label"],
            ", ".join(names[code] for code in _abroad(record)),
            ", ".join(
                member["institution"]["name"]
                for member in record["members"]
                if member["side"] == Side.PARTNER
            ),
            ", ".join(term["label"] for term in record["topics"]),
            record["began"]["value"] if record["began"] else "",
            record["confirmed"]["uk"] or "",
            record["confirmed"]["partner"] or "",
            agreed[record["slug"]].isoformat() if record["slug"] in agreed else "",
        ]
        for record in active
    ]
    return Table("Partnerships that have not ended", columns, rows)


def _changes(board: HealthBoard, day: date) -> Table:
    """Listed, withdrawn, another stage, agreements and checklists of the year; newest first."""
    found = [
        *_decisions(board, day.year),
        *_stages(board, day.year),
        *_agreements(board, day.year),
        *_rounds(board, day.year),
    ]
    rows: list[list[Cell]] = [
        [on.isoformat(), name, what]
        for on, name, what in sorted(found, key=lambda row: (row[0], row[1]), reverse=True)
    ]
    empty = "Nothing changed this year that a report would tell."
    return Table(f"What changed in {day.year}", ("Day", "Partnership", "What"), rows, empty)


Change = tuple[date, str, str]


def _of_year(rows: QuerySet[Any], field: str, year: int) -> QuerySet[Any]:
    return rows.filter(**{f"{field}__year": year})


def _decisions(board: HealthBoard, year: int) -> list[Change]:
    words: dict[str, str] = {
        Moderation.LISTED: "Listed for the public",
        Moderation.WITHDRAWN: "Withdrawn",
    }
    rows = Decision.objects.filter(partnership__health_board=board.pk, after__in=list(words))
    told = _of_year(rows, "decided_at", year)
    return [
        (timezone.localdate(at), name, words[after])
        for at, name, after in told.values_list("decided_at", "partnership__name", "after")
    ]


def _stages(board: HealthBoard, year: int) -> list[Change]:
    """Each version of a record whose stage is another than that of the version before it."""
    owned = Partnership.objects.filter(health_board=board.pk, moderation=Moderation.LISTED)
    names = dict(owned.values_list("pk", "name"))
    versions = Partnership.history.model._default_manager.filter(id__in=owned.values("pk"))
    rows = versions.order_by("id", "history_id").values_list("id", "history_date", "stage")
    labels: dict[str, str] = dict(Stage.choices)
    found = []
    for key, group in groupby(rows, key=lambda row: row[0]):
        before = ""
        for _, at, stage in group:
            if before and stage != before and timezone.localdate(at).year == year:
                what = f"{labels[before]} → {labels[stage]}"
                found.append((timezone.localdate(at), names.get(key, ""), what))
            before = stage
    return found


def _agreements(board: HealthBoard, year: int) -> list[Change]:
    rows = Agreement.objects.filter(
        partnership__health_board=board.pk, partnership__moderation=Moderation.LISTED
    ).values_list("partnership__name", "title", "signed_on", "renewed_on")
    found = []
    for name, title, signed, renewed in rows:
        for on, verb in ((signed, "signed"), (renewed, "renewed")):
            if on is not None and on.year == year:
                found.append((on, name, f"Agreement {verb}: {title}"))
    return found


def _rounds(board: HealthBoard, year: int) -> list[Change]:
    rows = Checklist.objects.filter(
        partnership__health_board=board.pk, partnership__moderation=Moderation.LISTED
    )
    told = _of_year(rows, "agreed_at", year).values_list("agreed_at", "partnership__name")
    return [(timezone.localdate(at), name, "Checklist agreed by both sides") for at, name in told]


# ------------------------------------------------------------------------------ the workbook


def write_xlsx(report: Report, file: IO[bytes]) -> None:
    """The report as a workbook: the figures, and a sheet for each part."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    summary = workbook.create_sheet("Summary")
    name = report.board.institution.name
    _append(summary, [f"{name}: global citizenship, {report.day:%-d %B %Y}"], bold=True)
    for label, number in report.figures:
        _append(summary, [label[0].upper() + label[1:], number])
    parts: dict[str, list[Table]] = {
        "Health Board Commitment": report.commitment,
        "Monitoring and Evaluation": report.monitoring,
        "Partnerships": [report.partnerships],
        "What changed": [report.changes],
    }
    for title, tables in parts.items():
        sheet = workbook.create_sheet(title)
        for table in tables:
            _append(sheet, [table.title], bold=True)
            _append(sheet, list(table.columns), bold=True)
            for row in table.rows or [[table.empty]]:
                _append(sheet, row)
            _append(sheet, [])
    for sheet in workbook.worksheets:
        _widen(sheet)
    workbook.save(file)


def _append(sheet: Any, cells: Sequence[Cell], *, bold: bool = False) -> None:
    sheet.append([guard(storable(cell)) if isinstance(cell, str) else cell for cell in cells])
    if bold:
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)


def _widen(sheet: Any) -> None:
    """Columns as wide as what they hold, up to what fits on a screen."""
    widths: dict[str, int] = defaultdict(int)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None and not (cell.row == 1 and len(row) > 1):
                widths[cell.column_letter] = max(widths[cell.column_letter], len(str(cell.value)))
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = min(width + 2, 60)
