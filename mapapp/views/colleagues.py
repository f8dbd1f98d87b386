"""Who works with whom: the other institutions in partnerships that are loaded already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from partnerships.choices import Side
from partnerships.models import Institution, Partnership


@dataclass(frozen=True, slots=True)
class Colleague:
    institution: Institution
    count: int


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Those at each end, most shared partnerships first."""

    uk: list[Colleague]
    partner: list[Colleague]

    def __bool__(self) -> bool:
        return bool(self.uk or self.partner)


def colleagues_of(
    institution: Institution | None, partnerships: Iterable[Partnership]
) -> Colleagues:
    """Members of the partnerships besides the institution. Needs `with_parts()`; asks nothing."""
    known: dict[int, Institution] = {}
    counted: Counter[int] = Counter()
    own = institution.pk if institution else None
    for partnership in partnerships:
        for member in partnership.members.all():
            if member.institution_id != own:
                known[member.institution_id] = member.institution
                counted[member.institution_id] += 1
    ordered = sorted(known.values(), key=lambda other: (-counted[other.pk], other.name_key))
    return Colleagues(
        *(
            [Colleague(other, counted[other.pk]) for other in ordered if other.side == side]
            for side in (Side.UK, Side.PARTNER)
        )
    )
