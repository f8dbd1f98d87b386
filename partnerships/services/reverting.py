"""The verb that takes one change of a record back, as a new change with its own history.

Only the fields that the change wrote, and only while they still say what it wrote: whatever was
done since by others stays. Moderation, confirmation and ownership have verbs of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.acts import LISTS, PARTS, Act, acts_of, state_of
from partnerships.models import (
    Agreement,
    Coordinator,
    Funding,
    Identifier,
    Institution,
    InstitutionAlias,
    Member,
    Partnership,
    Topic,
    User,
)
from partnerships.services import coordinators, details, institutions, partnerships
from partnerships.services.parts import Parts

#: Other verbs write these.
_NEVER = frozenset(["health_board_id"])


def revertible(record: Any, names: Collection[str]) -> list[str]:
    """Of some fields of an act, those that can be taken back here."""
    own = {each.attname for each in record._meta.concrete_fields if each.editable} - _NEVER
    own |= {*LISTS[type(record)], *PARTS[type(record)]}
    return [name for name in names if name in own]


@transaction.atomic
def undo(
    record: Partnership | Institution,
    *,
    act: str,
    by: User,
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Set what one act changed to what it said before. False where it says so already.

    `act` is the key of one of `acts_of(record)`. Raises ValidationError where nothing is kept from
    before, where a field has been changed again since, and where what it said then would break a
    rule now; NotAllowed for whoever may not change the record. Then nothing is written.
    """
    type(record)._default_manager.select_for_update().get(pk=record.pk)
    found = next((each for each in acts_of(record) if each.key == act), None)
    if found is None:
        raise ValidationError("This change is not in the history. Load the page again.")
    wanted = _wanted(record, found)
    why = f"Took back the change of {timezone.localtime(found.at):%-d %B %Y, %H:%M}. {reason}"
    if not wanted:
        return False
    write = _partnership if isinstance(record, Partnership) else _institution
    return write(record, wanted, by, why.strip(), at or timezone.now())  # type: ignore[arg-type]


def _wanted(record: Any, act: Act) -> dict[str, Any]:
    """Field → what it shall say again."""
    if act.before is None or act.is_first:
        raise ValidationError("Nothing is kept from before this, so it cannot be taken back.")
    names = revertible(record, act.changed)
    if not names:
        raise ValidationError(
            "What this changed has steps of its own: use those on the record's page."
        )
    now = state_of(record)
    since = [name for name in names if now[name] not in (act.after[name], act.before.get(name))]
    if since:
        fields = ", ".join(label_of(type(record), name) for name in since)
        raise ValidationError(
            f"This has been changed again since: {fields}. Take the later change back first, or "
            "change it by hand."
        )
    return {name: act.before[name] for name in names if now[name] != act.before[name]}


def label_of(model: type[Any], name: str) -> str:
    """A field of a state in words."""
    if name in PARTS[model]:
        return {"identifiers": "numbers", "aliases": "other names"}.get(name, name)
    return str(model._meta.get_field(name).verbose_name)


def _columns(record: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    parts = {*LISTS[type(record)], *PARTS[type(record)]}
    return {name: value for name, value in wanted.items() if name not in parts}


def _rows(model: Any, keys: Collection[Any], what: str) -> list[Any]:
    """In the order of the keys. Raises ValidationError where one is gone."""
    found = model._default_manager.in_bulk(list(keys))
    if len(found) != len(set(keys)):
        raise ValidationError(f"One of the {what} of then is no longer there. Change it by hand.")
    return [found[key] for key in keys]


def _partnership(
    record: Partnership, wanted: Mapping[str, Any], by: User, why: str, at: datetime
) -> bool:
    record = Partnership.objects.get(pk=record.pk)
    changed = partnerships.update(
        record, by=by, values=_columns(record, wanted), parts=_parts(wanted), reason=why, at=at
    )
    written: list[Any] = []
    removed: list[Any] = []
    if "members" in wanted:
        roles = {key: rest for key, *rest in wanted["members"]}
        for row in (rows := list(record.members.all())):
            row.role, row.since, row.until = roles[row.institution_id]
        written += rows
    for name in _MODELS.keys() & wanted.keys():
        made, gone = _replaced(record, name, wanted[name])
        written, removed = [*written, *made], [*removed, *gone]
    if details.apply(written=written, removed=removed, by=by, reason=why) and not changed:
        record.modified_at = at
        partnerships.settle(record, by=by, reason=why, at=at)
        changed = True
    if "coordinators" in wanted:
        changed |= _coordinators(record, wanted["coordinators"], by, why, at)
    return changed


def _parts(wanted: Mapping[str, Any]) -> Parts:
    parts: dict[str, Any] = {}
    for name in LISTS[Partnership]:
        if name in wanted:
            related = Partnership._meta.get_field(name).related_model
            parts[name] = _rows(related, wanted[name], label_of(Partnership, name))
    if "topics" in wanted:
        ordered = sorted(wanted["topics"], key=lambda row: not row[1])
        if ordered and not ordered[0][1]:
            raise ValidationError("No topic was the primary one then. Change it by hand.")
        parts["topics"] = _rows(Topic, [key for key, _ in ordered], "topics")
    if "members" in wanted:
        parts["members"] = _rows(Institution, [row[0] for row in wanted["members"]], "members")
    return Parts(**parts)


def _coordinators(
    record: Partnership, wanted: tuple[tuple[Any, ...], ...], by: User, why: str, at: datetime
) -> bool:
    """Who is named now for what they were named for then. Raises ValidationError where one was
    removed: nothing of a person is kept."""
    rows = Coordinator.objects.filter(member__partnership=record)
    present = {row.pk: row for row in rows.select_related("member__partnership")}
    before = {key: rest for key, *rest in wanted}
    if before.keys() - present.keys():
        raise ValidationError(
            "A coordinator who was removed cannot come back: nothing of a person is kept. Name "
            "them again."
        )
    members = _rows(Member, [rest[0] for rest in before.values()], "members")
    by_key = {member.pk: member for member in members}
    changed = False
    for key, person in present.items():
        if key not in before:
            coordinators.remove(person, by=by, reason=why, at=at)
            changed = True
            continue
        member, *rest = before[key]
        person.member = by_key[member]
        person.purposes, person.since, person.until = rest
        changed |= coordinators.save(person, by=by, reason=why, at=at)
    return changed


#: Parts whose rows are known by what they say. Part → model, and its field for the record.
_MODELS: dict[str, tuple[Any, str]] = {
    "aliases": (InstitutionAlias, "institution"),
    "identifiers": (Identifier, "institution"),
    "funding": (Funding, "partnership"),
    "agreements": (Agreement, "partnership"),
}


def _replaced(record: Any, name: str, wanted: Any) -> tuple[list[Any], list[Any]]:
    """The rows to write and those to remove, for a part to say what is wanted."""
    model, owner = _MODELS[name]
    columns = PARTS[type(record)][name][1]
    present = {
        tuple(getattr(row, column) for column in columns): row
        for row in model.objects.filter(**{owner: record})
    }
    gone = [row for values, row in present.items() if values not in wanted]
    made = []
    for values in wanted:
        if values not in present:
            # The row that says something else now, where there is one: it stays the same row.
            row = gone.pop(0) if gone else model(**{owner: record})
            for column, value in zip(columns, values, strict=True):
                setattr(row, column, value)
            made.append(row)
    return made, gone


def _institution(
    record: Institution, wanted: Mapping[str, Any], by: User, why: str, at: datetime
) -> bool:
    record = Institution.objects.get(pk=record.pk)
    for name, value in _columns(record, wanted).items():
        setattr(record, name, value)
    changed = institutions.save(record, by=by, reason=why, at=at)
    for name in _MODELS.keys() & wanted.keys():
        made, gone = _replaced(record, name, wanted[name])
        if details.apply(written=made, removed=gone, by=by, reason=why):
            institutions.settle(record, by=by, reason=why)
            changed = True
    return changed
