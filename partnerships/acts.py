"""A record's history as acts: who did what when and why, with what it said before and after.

One act writes several rows: of the record, its members, its topics. Rows of one person for one
reason within moments are one act. Read from the oldest on, so each act knows both states whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from partnerships.models import (
    Agreement,
    Coordinator,
    Funding,
    Identifier,
    Institution,
    InstitutionAlias,
    Member,
    Partnership,
    PartnershipTopic,
    User,
)

#: Rows further apart are another act, whoever wrote them and why.
_ONE_ACT = timedelta(seconds=5)
#: The newest rows of each table; what is older is neither shown nor taken back.
MOST_ROWS = 1000
#: Parts with a history of their own: model, columns that count, column that orders them.
PARTS: dict[type[Any], dict[str, tuple[type[Any], tuple[str, ...], str]]] = {
    Partnership: {
        "members": (Member, ("institution_id", "role", "since", "until"), "position"),
        "topics": (PartnershipTopic, ("topic_id", "is_primary"), "topic_id"),
        "funding": (Funding, ("funder_id", "scheme", "from_year", "until_year", "band"), "id"),
        "agreements": (
            Agreement,
            ("title", "signed_on", "renewed_on", "expires_on", "document_url"),
            "id",
        ),
        # By their keys: nothing else of a person is kept in a history.
        "coordinators": (Coordinator, ("id", "member_id", "purposes", "since", "until"), "id"),
    },
    Institution: {
        "aliases": (InstitutionAlias, ("name", "kind", "until"), "name"),
        "identifiers": (Identifier, ("scheme", "value"), "scheme"),
    },
}
_OWNER: dict[type[Any], str] = {Partnership: "partnership", Institution: "institution"}
_OWNER_OF_PART = {"coordinators": "member__partnership"}
#: Lists of a record that its own versions keep.
LISTS: dict[type[Any], tuple[str, ...]] = {
    Partnership: ("declared_countries", "activities", "professions", "professions_wanted", "sdgs"),
    Institution: (),
}
#: Follow from everything else.
_UNTOLD = frozenset(["modified_at", "created_at", "last_confirmed_on"])
State = dict[str, Any]


@dataclass(slots=True)
class Act:
    """`before` is None where nothing is kept from before. Names are fields of the record, columns
    by their `attname`, or parts of it."""

    key: str
    at: datetime
    until: datetime
    user_id: int | None
    reason: str
    is_first: bool = False
    before: State | None = None
    after: State = field(default_factory=dict)
    user: User | None = None

    @property
    def changed(self) -> list[str]:
        """Fields that say something else after it."""
        if self.before is None:
            return []
        return [name for name, value in self.after.items() if self.before.get(name) != value]


def acts_of(record: Any) -> list[Act]:
    """Oldest first. A number of queries that does not grow with the history."""
    model = type(record)
    rows = _versions(record)
    lists = _lists(model, rows)
    marked: list[tuple[Any, str]] = [(row, "") for row in rows]
    state: State = {}
    running: dict[str, dict[int, Any]] = {}
    for name in PARTS[model]:
        part_rows = _part_rows(record, name)
        marked += [(row, name) for row in part_rows]
        running[name] = _at_first(record, name, part_rows)
    marked.sort(key=lambda each: (each[0].history_date, bool(each[1]), each[0].history_id))
    acts: list[Act] = []
    for row, name in marked:
        if not acts or not _belongs(row, acts[-1]):
            before = {**state, **_told(model, running)} if state else None
            acts.append(_begun(row, name, before))
        act = acts[-1]
        act.key, act.until = f"{name or 'record'}-{row.history_id}", row.history_date
        if name:
            _apply(running[name], row)
        else:
            act.is_first |= row.history_type == "+"
            state = _columns(row) | lists.get(row.history_id, dict.fromkeys(LISTS[model], ()))
        act.after = {**state, **_told(model, running)} if state else {}
    _name(acts)
    return [act for act in acts if act.is_first or act.before is None or act.changed]


def state_of(record: Any) -> State:
    """What a record says now, as stored, in the same terms. Five to eleven queries."""
    model = type(record)
    stored = model._default_manager.get(pk=record.pk)
    found = _columns(stored, model.history.model)
    for name in LISTS[model]:
        found[name] = tuple(sorted(getattr(stored, name).values_list("pk", flat=True)))
    for name, (part, columns, order) in PARTS[model].items():
        rows = part._default_manager.filter(**_of(record, name))
        found[name] = tuple(rows.order_by(order, "pk").values_list(*columns))
    return found


def _of(record: Any, part: str) -> dict[str, Any]:
    """The rows of a part that belong to a record, for `filter`."""
    return {_OWNER_OF_PART.get(part, _OWNER[type(record)]): record.pk}


def _versions(record: Any) -> list[Any]:
    return list(record.history.order_by("-history_date", "-history_id")[:MOST_ROWS])[::-1]


def _part_rows(record: Any, name: str) -> list[Any]:
    model = PARTS[type(record)][name][0]
    rows = model.history.filter(**_of(record, name))
    return list(rows.order_by("-history_date", "-history_id")[:MOST_ROWS])[::-1]


def _at_first(record: Any, name: str, rows: Iterable[Any]) -> dict[int, Any]:
    """The rows of a part that were there before its history begins: made in bulk, without one."""
    first: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.id, row)
    found = {key: row for key, row in first.items() if row.history_type != "+"}
    model = PARTS[type(record)][name][0]
    present = model._default_manager.filter(**_of(record, name))
    found |= {row.pk: row for row in present if row.pk not in first}
    return {key: _values(row, *PARTS[type(record)][name][1:]) for key, row in found.items()}


def _values(row: Any, columns: tuple[str, ...], order: str) -> tuple[Any, tuple[Any, ...]]:
    return getattr(row, order), tuple(getattr(row, column) for column in columns)


def _apply(rows: dict[int, Any], row: Any) -> None:
    for parts in PARTS.values():
        for model, columns, order in parts.values():
            if row.instance_type is model:
                if row.history_type == "-":
                    rows.pop(row.id, None)
                else:
                    rows[row.id] = _values(row, columns, order)


def _told(model: type[Any], running: Mapping[str, dict[int, Any]]) -> State:
    found: State = {}
    for name in PARTS[model]:
        rows = sorted((order, key, values) for key, (order, values) in running[name].items())
        found[name] = tuple(values for _, _, values in rows)
    return found


def _columns(row: Any, versions: type[Any] | None = None) -> State:
    kept = (versions or type(row)).tracked_fields
    return {
        each.attname: getattr(row, each.attname)
        for each in kept
        if each.concrete and not each.primary_key and each.name not in _UNTOLD
    }


def _lists(model: type[Any], rows: list[Any]) -> dict[int, State]:
    """Version → its lists, as sorted keys. One query for each list."""
    found: dict[int, State] = {row.history_id: dict.fromkeys(LISTS[model], ()) for row in rows}
    for name in LISTS[model]:
        related = f"{model.history.model.__name__.lower()}_{name}"
        table = model.history.model._meta.get_field(related).related_model
        key = model._meta.get_field(name).m2m_reverse_field_name()
        gathered: dict[int, list[Any]] = {}
        for version, term in table._default_manager.filter(history__in=list(found)).values_list(
            "history_id", f"{key}_id"
        ):
            gathered.setdefault(version, []).append(term)
        for version, terms in gathered.items():
            found[version][name] = tuple(sorted(terms))
    return found


def _belongs(row: Any, act: Act) -> bool:
    who = (row.history_user_id, row.history_change_reason or "")
    return who == (act.user_id, act.reason) and row.history_date - act.until <= _ONE_ACT


def _begun(row: Any, name: str, before: State | None) -> Act:
    return Act(
        key="",
        at=row.history_date,
        until=row.history_date,
        user_id=row.history_user_id,
        reason=row.history_change_reason or "",
        before=before,
    )


def _name(acts: list[Act]) -> None:
    users = User.objects.in_bulk({act.user_id for act in acts if act.user_id})
    for act in acts:
        act.user = users.get(act.user_id) if act.user_id else None
