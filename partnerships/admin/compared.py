"""What members of a round let champions and the unit see of it: to read, while all of them do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partnerships.admin.scoping import ReadOnlyInline
from partnerships.comparison import Answer, Comparison, HallmarkRow
from partnerships.models import ActionPoint

NOT_SHARED = "Shown while every member that has answered lets you see it."


class ActionInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    """What the members do: theirs to write."""

    model = ActionPoint
    fields = ["member", "who", "what", "why", "due_on", "progress", "done_on"]
    ordering = ["due_on", "pk"]
    verbose_name_plural = "what the members want to do"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("member__institution", "checklist__partnership")


def beside(comparison: Comparison | None) -> SafeString | str:
    """Every answer of every member, hallmark by hallmark: never one averaged number."""
    if comparison is None:
        return NOT_SHARED
    names = ((seat.name,) for seat in comparison.seats)
    return format_html(
        '<table><thead><tr><th scope="col">Hallmark</th>{}<th scope="col">Agreed</th></tr></thead>'
        "<tbody>{}</tbody></table>",
        format_html_join("", '<th scope="col">{}</th>', names),
        format_html_join("", "{}", ((_row(row),) for row in comparison.hallmarks)),
    )


def _row(row: HallmarkRow) -> SafeString:
    cells = format_html_join("", "<td>{}</td>", ((_said(answer),) for answer in row.answers))
    agreed = row.agreed
    together = (agreed.get_level_display(), agreed.reason) if agreed else ("–", "")
    return format_html(
        '<tr><th scope="row">{}</th>{}<td>{}</td></tr>', row.text, cells, _noted(*together)
    )


def _said(answer: Answer) -> SafeString | str:
    return _noted(answer.label, answer.note)


def _noted(label: str, note: str) -> SafeString | str:
    return format_html("{}<br>{}", label, note) if note else label
