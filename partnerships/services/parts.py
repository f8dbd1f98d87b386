"""What hangs on a partnership, set as a whole: members, topics, terms, countries, funders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from partnerships.choices import FundingBand, MemberRole
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    Funder,
    Funding,
    Institution,
    Member,
    Partnership,
    PartnershipTopic,
    Profession,
    Topic,
    User,
)
from partnerships.services.writing import credit, write


@dataclass(frozen=True, slots=True)
class Parts:
    """What hangs on a partnership. None leaves a part as it is; a list replaces the whole part.

    `topics` names the primary one first. `members` are institutions in their order; members
    that stay keep their roles and years. `funders` likewise.
    """

    members: Sequence[Institution] | None = None
    topics: Sequence[Topic] | None = None
    activities: Sequence[Activity] | None = None
    professions: Sequence[Profession] | None = None
    professions_wanted: Sequence[Profession] | None = None
    sdgs: Sequence[DevelopmentGoal] | None = None
    declared_countries: Sequence[Country] | None = None
    funders: Sequence[Funder] | None = None


NOTHING = Parts()


def set_parts(partnership: Partnership, parts: Parts, *, by: User, reason: str) -> bool:
    """Make the parts what is asked; True if any of them changed."""
    changed = False
    plain: dict[str, Sequence[Any]] = {}
    for field in fields(parts):
        wanted = getattr(parts, field.name)
        if wanted is None:
            continue
        if field.name in _SETTERS:
            changed |= _SETTERS[field.name](partnership, wanted, by, reason)
        elif _differs(partnership, field.name, wanted):
            plain[field.name] = wanted
    _set_many(partnership, plain, by, reason)
    return changed or bool(plain)


def _set_members(
    partnership: Partnership, wanted: Sequence[Institution], by: User, reason: str
) -> bool:
    present = {member.institution_id: member for member in partnership.members.all()}
    changed = False
    for position, institution in enumerate(wanted):
        member = present.pop(institution.pk, None) or Member(
            partnership=partnership, institution=institution, role=MemberRole.PARTNER
        )
        if member.pk and member.position == position:
            continue
        member.position = position
        changed |= write(member, by=by, reason=reason)
    return _remove(present.values(), by, reason) or changed


def _set_topics(partnership: Partnership, wanted: Sequence[Topic], by: User, reason: str) -> bool:
    present = {link.topic_id: link for link in partnership.topic_links.all()}
    gone = [link for topic, link in present.items() if topic not in {t.pk for t in wanted}]
    changed = _remove(gone, by, reason)
    ordered = list(enumerate(wanted))
    for position, topic in reversed(ordered):  # the old primary gives way before the new takes it
        link = present.get(topic.pk) or PartnershipTopic(partnership=partnership, topic=topic)
        if link.pk and link.is_primary == (position == 0):
            continue
        link.is_primary = position == 0
        changed |= write(link, by=by, reason=reason)
    return changed


def _set_funders(partnership: Partnership, wanted: Sequence[Funder], by: User, reason: str) -> bool:
    present = list(partnership.funding.all())
    wanted_keys = {funder.pk for funder in wanted}
    changed = _remove([row for row in present if row.funder_id not in wanted_keys], by, reason)
    known = {row.funder_id for row in present}
    for funder in wanted:
        if funder.pk not in known:
            row = Funding(partnership=partnership, funder=funder, band=FundingBand.UNDISCLOSED)
            changed |= write(row, by=by, reason=reason)
    return changed


def _differs(partnership: Partnership, name: str, wanted: Sequence[Any]) -> bool:
    present = getattr(partnership, name).values_list("pk", flat=True)
    return {row.pk for row in wanted} != set(present)


def _set_many(
    partnership: Partnership, wanted: Mapping[str, Sequence[Any]], by: User, reason: str
) -> None:
    """Set plain lists, with one history row for all of them: that of the last, which sees all."""
    credit(partnership, by=by, reason=reason)
    names = list(wanted)
    for name in names[:-1]:
        with without_history(partnership):
            getattr(partnership, name).set(wanted[name])
    for name in names[-1:]:
        getattr(partnership, name).set(wanted[name])


@contextmanager
def without_history(partnership: Partnership) -> Iterator[None]:
    partnership.skip_history_when_saving = True  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del partnership.skip_history_when_saving  # type: ignore[attr-defined]


_SETTERS: dict[str, Callable[[Partnership, Any, User, str], bool]] = {
    "members": _set_members,
    "topics": _set_topics,
    "funders": _set_funders,
}


def _remove(rows: Any, by: User, reason: str) -> bool:
    rows = list(rows)
    for row in rows:
        credit(row, by=by, reason=reason)
        row.delete()
    return bool(rows)
