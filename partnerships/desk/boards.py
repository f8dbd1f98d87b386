"""The Boards of a desk: who leads each, what needs somebody there, when something last happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Trim

from partnerships.choices import ChampionRole
from partnerships.desk.sections import Scope
from partnerships.models import Champion, HealthBoard, Partnership

Counts = Mapping[str, Mapping[int | None, int]]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A Board and its counts by section; of the unit's own records `board` is None."""

    board: HealthBoard | None
    slug: str
    name: str
    lead: str
    last_activity: datetime | None
    #: When the viewer last changed a record there.
    own_activity: datetime | None
    counts: dict[str, int]


def rows_of(boards: Iterable[HealthBoard], scope: Scope, counts: Counts) -> list[BoardRow]:
    """Each of these Boards that is in the scope, the unit's own records last for who sees all."""
    found = [
        _row(board, counts)
        for board in boards
        if not scope.without_board and (scope.boards is None or board.pk in scope.boards)
    ]
    if scope.boards is None:
        own = {section: numbers.get(None, 0) for section, numbers in counts.items()}
        found.append(BoardRow(None, "unit", "The unit’s own records", "", None, None, own))
    return found


def boards_of(scope: Scope) -> QuerySet[HealthBoard]:
    """The Boards of a scope by name, with their leads and when something last happened there."""
    leads = (
        Champion.objects.on(scope.day)
        .filter(role=ChampionRole.LEAD, board=OuterRef("pk"))
        .annotate(
            name=Trim(
                Concat(
                    "user__first_name",
                    Value(" "),
                    "user__last_name",
                    output_field=CharField(),
                )
            )
        )
    )
    versions = Partnership.history.model._default_manager.filter(health_board=OuterRef("pk"))
    newest = versions.order_by("-history_date").values("history_date")
    own = newest.filter(history_user=scope.viewer.user_id)
    rows = HealthBoard.objects.select_related("institution").order_by("institution__name_key")
    if scope.boards is not None:
        rows = rows.filter(pk__in=scope.boards)
    return rows.annotate(
        has_lead_since=Subquery(leads.values("since")[:1]),
        lead_name=Subquery(leads.values("name")[:1]),
        last_activity=Subquery(newest[:1]),
        own_activity=Subquery(own[:1]),
    )


def _row(board: HealthBoard, counts: Counts) -> BoardRow:
    lead = ""
    if board.has_lead_since:  # type: ignore[attr-defined]
        lead = board.lead_name or "In office"  # type: ignore[attr-defined]
    return BoardRow(
        board,
        board.institution.slug,
        board.institution.name,
        lead,
        board.last_activity,  # type: ignore[attr-defined]
        board.own_activity,  # type: ignore[attr-defined]
        {section: numbers.get(board.pk, 0) for section, numbers in counts.items()},
    )
