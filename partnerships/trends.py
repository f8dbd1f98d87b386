"""A round beside those that the same members agreed before, hallmark by hallmark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from partnerships.choices import RatingLevel
from partnerships.comparison import Comparison, HallmarkRow, PrincipleRow, Seat
from partnerships.models import AgreedAnswer, ChecklistMember
from partnerships.policies import scoring
from partnerships.policies.scoring import Change
from partnerships.services.checklists import ratings_visible_to
from partnerships.services.frameworks import corresponding_each

#: Rounds before this one that are shown.
MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """A round: when it was agreed, or None for the one that is compared now."""

    agreed_at: datetime | None
    version: str
    #: Of how many of this round's hallmarks it has an answer to compare with.
    shared: int


@dataclass(frozen=True, slots=True)
class Line:
    """One member's means, round by round, the latest last; the change is of what is in both."""

    seat: Seat
    scores: tuple[float | None, ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Said:
    """One member's answers to one hallmark, round by round."""

    seat: Seat
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HallmarkTrend:
    text: str
    lines: list[Said]
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrincipleTrend:
    number: int
    title: str
    lines: list[Line]
    hallmarks: list[HallmarkTrend]


@dataclass(frozen=True, slots=True)
class Trend:
    moments: list[Moment]
    principles: list[PrincipleTrend]
    total: int


@dataclass(frozen=True, slots=True)
class _Past:
    """What was said in an earlier round, by member and by hallmark of this round."""

    moment: Moment
    levels: Mapping[tuple[int, int], str]
    agreed: Mapping[int, str]


def trend_of(earlier: Sequence[ChecklistMember], now: Comparison) -> Trend:
    """Those of a member's `earlier_rounds` that have hallmarks in common with this one. Of them,
    only hallmarks that correspond count. Four queries, whatever their number."""
    past = [each for each in _past(earlier[-MOST_ROUNDS:], now) if each.moment.shared]
    total = len(now.hallmarks)
    today = Moment(now.checklist.agreed_at, now.checklist.framework.version, total)
    return Trend(
        [*(each.moment for each in past), today],
        [_principle(row, now.seats, past) for row in now.principles],
        total,
    )


def _past(earlier: Sequence[ChecklistMember], now: Comparison) -> list[_Past]:
    versions = [part.checklist.framework for part in earlier]
    later = corresponding_each(versions, now.checklist.framework)
    levels: dict[int, dict[tuple[int, int], str]] = defaultdict(dict)
    for rating in ratings_visible_to(*earlier):
        levels[rating.part.checklist_id][rating.part.member_id, rating.hallmark_id] = rating.level
    agreed: dict[int, dict[int, str]] = defaultdict(dict)
    for row in AgreedAnswer.objects.filter(checklist__parts__in=earlier):
        agreed[row.checklist_id][row.hallmark_id] = row.level
    found = []
    for part, version in zip(earlier, versions, strict=True):
        keys, key = later[version.pk], part.checklist_id
        said = {(who, keys[h]): level for (who, h), level in levels[key].items() if h in keys}
        settled = {keys[h]: level for h, level in agreed[key].items() if h in keys}
        moment = Moment(part.checklist.agreed_at, version.version, len(keys))
        found.append(_Past(moment, said, settled))
    return found


def _principle(row: PrincipleRow, seats: list[Seat], past: list[_Past]) -> PrincipleTrend:
    lines = []
    for at, seat in enumerate(seats):
        levels = [
            {
                hallmark.pk: each.levels.get((seat.member, hallmark.pk), "")
                for hallmark in row.hallmarks
            }
            for each in past
        ]
        levels.append({hallmark.pk: hallmark.answers[at].level for hallmark in row.hallmarks})
        means = tuple(scoring.mean(said.values()) for said in levels)
        lines.append(Line(seat, means, scoring.change(_scored(said) for said in levels)))
    hallmarks = [_hallmark(hallmark, seats, past) for hallmark in row.hallmarks]
    return PrincipleTrend(row.number, row.title, lines, hallmarks)


def _scored(said: Mapping[int, str]) -> dict[int, int]:
    found = {key: scoring.score(level) for key, level in said.items()}
    return {key: score for key, score in found.items() if score is not None}


def _hallmark(row: HallmarkRow, seats: list[Seat], past: list[_Past]) -> HallmarkTrend:
    lines = []
    for at, seat in enumerate(seats):
        levels = [each.levels.get((seat.member, row.pk), "") for each in past]
        levels.append(row.answers[at].level)
        lines.append(Said(seat, tuple(_label(level) for level in levels)))
    agreed = [each.agreed.get(row.pk, "") for each in past]
    agreed.append(row.agreed.level if row.agreed else "")
    return HallmarkTrend(row.text, lines, tuple(_label(level) for level in agreed))


def _label(level: str) -> str:
    return str(RatingLevel(level).label) if level else "–"
