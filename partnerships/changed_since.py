"""Which fields of a record changed after a version of it: names, and never what they said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from partnerships.models import Funding, Member, Partnership, PartnershipTopic
from partnerships.proposed import COLUMNS

_LISTS = {
    "countries": "declared_countries",
    "activities": "activities",
    "professions": "professions",
    "professions_wanted": "professions_wanted",
    "sdgs": "sdgs",
}
_ROWS: dict[str, Any] = {"members": Member, "topics": PartnershipTopic, "funders": Funding}
#: Rows are written a moment after the version that they belong to was named.
_ONE_ACT = timedelta(seconds=1)


def fields_changed_since(partnership: Partnership, moment: datetime) -> list[str]:
    """Of the fields that may be proposed, those that changed after the version of a moment, as
    well as the history tells. At most six queries."""
    then = _version_at(partnership, moment)
    if then is None:
        return []
    changed = {
        name
        for name, columns in COLUMNS.items()
        if any(getattr(then, column) != getattr(partnership, column) for column in columns)
    }
    now = partnership.history.order_by("-history_id").first()
    changed |= {name for name, part in _LISTS.items() if _keys(then, part) != _keys(now, part)}
    for name, model in _ROWS.items():
        rows = model.history.filter(partnership=partnership.pk)
        if rows.filter(history_date__gt=moment + _ONE_ACT).exists():
            changed.add(name)
    return sorted(changed)


def _version_at(partnership: Partnership, moment: datetime) -> Any:
    """The version that was written as of a moment, else the last before it."""
    written = partnership.history.filter(modified_at=moment).order_by("history_id").first()
    before = partnership.history.filter(history_date__lte=moment).order_by("-history_id")
    return written or before.first()


def _keys(version: Any, part: str) -> set[Any]:
    field = Partnership._meta.get_field(part)
    key = field.m2m_reverse_field_name()  # type: ignore[union-attr]
    return set(getattr(version, part).values_list(f"{key}_id", flat=True))
