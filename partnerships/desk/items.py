"""The rows of the desk as people read them: the record, what it needs, since when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone

from partnerships.choices import Freshness, LinkAnswerKind, Moderation, Side
from partnerships.desk.contacts import Reach
from partnerships.desk.sections import BY_CODE, Key, Section, coordinating
from partnerships.lookalikes import Pair
from partnerships.models import (
    Decision,
    Member,
    Partnership,
    PartnershipTopic,
    Reminder,
)
from partnerships.policies.freshness import freshness
from partnerships.policies.record_version import version_of
from partnerships.proposed import BOARD, FIELDS

#: Towns that a row names of the partner side before it says how many more there are.
TOWNS = 2
#: Reminders of so long ago were about an earlier confirmation.
REMINDED_WITHIN = timedelta(days=200)
#: Field of the form → what is said to be missing.
FACTS = {
    "summary": "summary",
    "topics": "topic",
    "began": "year in which it began",
    "coordinator": "coordinator",
}


@dataclass(slots=True)
class Item:
    """One thing to do, or to know. `since` is the day from which it waits, or None for never;
    of an agreement it is the day on which it ends."""

    section: Section
    key: int
    subject: str
    what: str
    record: Partnership | None = None
    other: Partnership | None = None
    where: str = ""
    board: str = ""
    since: date | None = None
    is_overdue: bool = False
    #: The record as it was shown, for services that refuse to act on another.
    version: str = ""
    #: Which sides are to confirm; which facts are missing; where the places are missing.
    needs: list[str] = field(default_factory=list)
    #: How its sides are called: Scotland, Malawi, or the UK side, the partner side.
    names: dict[str, str] = field(default_factory=dict)
    #: Of what is to be confirmed, where the viewer may know: who could be asked.
    reach: Reach | None = None
    #: The only institution without a place, where one is enough to draw the record.
    institution: int | None = None
    #: Whether others rely on that institution, so that the viewer cannot change it.
    is_shared: bool = False

    @property
    def is_ahead(self) -> bool:
        """Whether `since` is still to come."""
        return self.section.code == "agreements"

    @property
    def anchor(self) -> str:
        return f"{self.section.code}-{self.key}"


def items_of(
    keys: Iterable[Key], pairs: Iterable[Pair], boards: dict[int, str], day: date
) -> list[Item]:
    """Keys and pairs as items, in their order; `boards` gives names by key. Two queries."""
    keys, pairs = list(keys), list(pairs)
    wanted = {key.record for key in keys if key.record is not None}
    wanted |= {pk for pair in pairs for pk in (pair.first, pair.second)}
    records = {record.pk: record for record in _loaded(wanted, day)}
    items = [_item(key, records, boards, day) for key in keys]
    return [item for item in items if item] + [
        _pair(pair, records) for pair in pairs if pair.first in records and pair.second in records
    ]


def _loaded(keys: set[int], day: date) -> QuerySet[Partnership]:
    members = Member.objects.select_related("institution__country").order_by("position", "pk")
    asked = (
        Reminder.objects.filter(
            partnership=OuterRef("pk"), put_at__gte=timezone.now() - REMINDED_WITHIN
        )
        .order_by()
        .values("partnership")
        .annotate(n=Count("pk"))
        .values("n")
    )
    returned = Decision.objects.filter(partnership=OuterRef("pk"), after=Moderation.RETURNED)
    topics = PartnershipTopic.objects.filter(partnership=OuterRef("pk"))
    return (
        Partnership.objects.filter(pk__in=keys)
        .select_related("health_board__institution")
        .prefetch_related(Prefetch("members", queryset=members))
        .annotate(
            has_topic=Exists(topics),
            has_coordinator=Exists(coordinating(day)),
            reminders_sent=Subquery(asked),
            why_returned=Subquery(returned.order_by("-decided_at").values("reason")[:1]),
        )
    )


def _item(
    key: Key, records: dict[int, Partnership], boards: dict[int, str], day: date
) -> Item | None:
    record = records.get(key.record) if key.record is not None else None
    if key.section == "vacancies":
        name = boards.get(key.key, "")
        return Item(BY_CODE[key.section], key.key, name, "No lead champion in office", board=name)
    if record is None:
        if key.section != "suggestions":
            return None  # gone since the keys were read
        return _suggested(key, None)
    item = _WRITERS[key.section](key, record, day)
    item.record, item.where, item.board = record, where(record), board_of(record)
    item.version, item.names = version_of(record.modified_at), names_of(record)
    return item


def names_of(record: Partnership) -> dict[str, str]:
    """What each side is called: its nation or country, where all its members have the same."""
    found: dict[str, set[str]] = {Side.UK: set(), Side.PARTNER: set()}
    for member in record.members.all():
        of = member.institution
        name = of.get_uk_nation_display() if of.side == Side.UK else of.country.common_name
        found[of.side].add(name)
    plain = {Side.UK: "the UK side", Side.PARTNER: "the partner side"}
    return {
        str(side): names.pop() or plain[Side(side)] if len(names) == 1 else plain[Side(side)]
        for side, names in found.items()
    }


def where(record: Partnership) -> str:
    """Dundee – Blantyre and 4 more; countries where no town is known."""
    towns: dict[str, list[str]] = {Side.UK: [], Side.PARTNER: []}
    for member in record.members.all():
        institution = member.institution
        name = institution.city or (
            institution.country.common_name if institution.side == Side.PARTNER else ""
        )
        if name and name not in towns[institution.side]:
            towns[institution.side].append(name)
    return " – ".join(_few(names) for names in towns.values() if names)


def _few(names: list[str]) -> str:
    if len(names) <= TOWNS:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} more"


def board_of(record: Partnership) -> str:
    return record.health_board.institution.name if record.health_board else "The unit"


# --------------------------------------------------------------------- a sentence for each section


def _to_confirm(key: Key, record: Partnership, day: date) -> Item:
    names = names_of(record)
    asked = {member.institution.side for member in record.members.all()}
    confirmed = {Side.UK: record.uk_confirmed_on, Side.PARTNER: record.partner_confirmed_on}
    ages = {side: (on, names[side]) for side, on in confirmed.items() if side in asked}
    states = {side: freshness(on, day) for side, (on, _) in ages.items()}
    needs = [side for side, state in states.items() if state != Freshness.YES]
    late = [on for on, _ in ages.values() if on is not None]
    return Item(
        BY_CODE["confirm"],
        record.pk,
        record.name,
        _standing([(states[side], name, on) for side, (on, name) in ages.items()])
        + _reminded(record.reminders_sent),  # type: ignore[attr-defined]
        since=min(late) if late else None,
        is_overdue=Freshness.OVERDUE in states.values(),
        needs=[str(side) for side in needs],
    )


def _standing(sides: list[tuple[Freshness, str, date | None]]) -> str:
    states = {state for state, _, _ in sides}
    if len(sides) > 1 and states == {Freshness.NEVER}:
        return "Not yet confirmed by either side"
    if len(sides) > 1 and states <= {Freshness.OVERDUE, Freshness.DUE}:
        return "Neither side has confirmed it for a year"
    told = []
    for state, name, on in sides:
        if state == Freshness.NEVER:
            told.append(f"{name} has not answered yet")
        elif on is not None:
            verb = "confirmed" if state == Freshness.YES else "last confirmed"
            told.append(f"{name} {verb} it in {on:%B %Y}")
    text = "; ".join(told)
    return text[0].upper() + text[1:]


def _reminded(number: int | None) -> str:
    if not number:
        return ""
    return "; one reminder sent" if number == 1 else f"; {number} reminders sent"


def _suggested(key: Key, record: Partnership | None) -> Item:
    """What is proposed, without who proposes it."""
    changes: dict[str, Any] = json.loads(key.text)
    labels = [
        (FIELDS.get(name) or BOARD).label.lower()
        for name in [*FIELDS, "health_board"]
        if name in changes
    ]
    if record is None:
        what = "A new partnership, suggested by somebody else"
    else:
        what = f"Suggested change: {', '.join(labels)}"
    return Item(
        BY_CODE["suggestions"],
        key.key,
        record.name if record else str(changes.get("name", "A new partnership")),
        what,
        since=timezone.localdate(key.moment),
    )


#: What somebody answered to a reminder, where that needs people.
_ANSWERS: dict[str, str] = {
    LinkAnswerKind.NOT_ME: "Somebody whom we asked says that they are not the right person",
    LinkAnswerKind.CHANGE: "Somebody whom we asked says that something should change",
    LinkAnswerKind.ENDED: "Somebody whom we asked says that it has ended",
}


def _answered(key: Key, record: Partnership, day: date) -> Item:
    return Item(
        BY_CODE["answers"],
        key.key,
        record.name,
        _ANSWERS.get(key.text, "Answered"),
        since=timezone.localdate(key.moment),
    )


def _submitted(key: Key, record: Partnership, day: date) -> Item:
    return Item(
        BY_CODE["submissions"],
        record.pk,
        record.name,
        "Submitted: list it for the public, or return it with words",
        since=timezone.localdate(record.modified_at),
    )


def _draft(key: Key, record: Partnership, day: date) -> Item:
    what = "A draft that nobody has submitted yet"
    if record.moderation == Moderation.RETURNED:
        why = record.why_returned  # type: ignore[attr-defined]
        what = f"Returned: {why}" if why else "Returned to its author"
    return Item(
        BY_CODE["drafts"],
        record.pk,
        record.name,
        what,
        since=timezone.localdate(record.modified_at),
    )


def _ending(key: Key, record: Partnership, day: date) -> Item:
    return Item(
        BY_CODE["agreements"],
        key.key,
        record.name,
        f"“{key.text}” ends on {key.day:%-d %B %Y}",
        since=key.day,
    )


def _unplaced(key: Key, record: Partnership, day: date) -> Item:
    lacking = []
    needs: list[str] = []
    alone: list[int] = []
    for side, name in ((Side.UK, "UK"), (Side.PARTNER, "partner")):
        members = [member for member in record.members.all() if member.side == side]
        if not members:
            lacking.append(f"no {name} institution is named")
            needs.append(side)
        elif all(member.institution.latitude is None for member in members):
            lacking.append(f"{members[0].institution.name} has no place yet")
            alone.append(members[0].institution_id)
    text = " and ".join(lacking)
    return Item(
        BY_CODE["places"],
        record.pk,
        record.name,
        f"{text[:1].upper()}{text[1:]}, so it is not on the map",
        since=timezone.localdate(record.created_at),
        needs=needs,
        institution=alone[0] if alone and not needs else None,
    )


def _lacking(key: Key, record: Partnership, day: date) -> Item:
    has = {
        "summary": bool(record.summary),
        "topics": record.has_topic,  # type: ignore[attr-defined]
        "began": record.began_on is not None,
        "coordinator": record.has_coordinator,  # type: ignore[attr-defined]
    }
    needs = [name for name in FACTS if not has[name]]
    return Item(
        BY_CODE["facts"],
        record.pk,
        record.name,
        f"No {_either([FACTS[name] for name in needs])}",
        since=timezone.localdate(record.created_at),
        needs=needs,
    )


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _changed(key: Key, record: Partnership, day: date) -> Item:
    return Item(
        BY_CODE["changed"],
        record.pk,
        record.name,
        f"Changed by {key.text or 'somebody else'}",
        since=timezone.localdate(key.moment),
    )


_WRITERS = {
    "confirm": _to_confirm,
    "suggestions": lambda key, record, day: _suggested(key, record),
    "answers": _answered,
    "submissions": _submitted,
    "drafts": _draft,
    "agreements": _ending,
    "places": _unplaced,
    "facts": _lacking,
    "changed": _changed,
}


def _pair(pair: Pair, records: dict[int, Partnership]) -> Item:
    first, second = records[pair.first], records[pair.second]
    why = "has nearly the same name" if pair.by_name else "names the same institutions"
    return Item(
        BY_CODE["lookalikes"],
        pair.second,
        second.name,
        f"Looks like “{first.name}”: {why}",
        record=second,
        other=first,
        where=where(second),
        board=board_of(second),
        since=timezone.localdate(second.created_at),
        version=version_of(second.modified_at),
    )
