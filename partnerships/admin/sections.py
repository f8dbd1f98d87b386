"""A long form in the order in which people think: fields and rows of one subject stand together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `parts` are names of fieldsets and prefixes of inlines, in order."""

    key: str
    heading: str
    about: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as one page shows it: each piece is a fieldset or an inline."""

    section: Section
    pieces: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(
            any(line.errors() for line in fields) if fields else _has_errors(rows.formset)
            for fields, rows in self.pieces
        )


class Sectioned(admin.options.BaseModelAdmin[Any]):
    """For admins with `sections`. Django would show all fields first, and all rows below them."""

    sections: Sequence[Section] = ()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["sections"] = list(self._shown(context))
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _shown(self, context: dict[str, Any]) -> Iterator[Shown]:
        """Every section that has something to show; what no section names ends the last one."""
        fieldsets = {each.name: each for each in context["adminform"]}
        inlines = {each.formset.prefix: each for each in context["inline_admin_formsets"]}
        for number, section in enumerate(self.sections, start=1):
            shown = Shown(section)
            for part in section.parts:
                if part in fieldsets:
                    shown.pieces.append((fieldsets.pop(part), None))
                elif part in inlines:
                    shown.pieces.append((None, inlines.pop(part)))
            if number == len(self.sections):
                shown.pieces.extend((each, None) for each in fieldsets.values())
                shown.pieces.extend((None, each) for each in inlines.values())
            for fields, _ in shown.pieces:
                if fields is not None and fields.name == section.key:
                    fields.name = None  # the section has said it
            if shown.pieces:
                yield shown


def _has_errors(formset: Any) -> bool:
    return bool(formset.is_bound and formset.total_error_count())
