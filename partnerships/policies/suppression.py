"""Which figures of an evaluation may be told, so that none gives a partnership away. See ADR 0041.

The source of the number is the project's own rule (docs/domain.md): public figures are aggregates
over at least five partnerships. Read strictly: no count that rests on fewer than five is told, nor
one that leaves fewer than five of those who answered, for that is the same by subtraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from partnerships.choices import QuestionKind
from partnerships.policies.tallies import Gaps, Table

FEWEST = 5
#: Partnerships that are far apart are told in classes of so many, never exactly. At least 4.
STEP = 5
#: From how many steps of the scale two sides are called far apart.
FAR = 2


class Told(StrEnum):
    """What is told of a count."""

    #: The count itself.
    EXACT = "exact"
    #: All who submitted but those of fewer than five partnerships, or all.
    NEARLY_ALL = "nearly_all"
    #: Those of fewer than five partnerships, or nobody.
    FEW = "few"
    #: Nothing: it, or another, could be found by subtraction.
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Figure:
    """One option. `number` is the count where it is exact, the least that it can be where nearly
    all chose it, and 0 otherwise."""

    told: Told
    number: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be told of a table."""

    figures: dict[str, Figure]
    #: All who submitted on this side, and of how many partnerships. Who took part is no answer.
    submitted: int
    partnerships: int

    @property
    def is_withheld(self) -> bool:
        return all(figure.told == Told.WITHHELD for figure in self.figures.values())

    def least(self, code: str) -> int:
        """How many certainly chose an option, for somebody who knows only what is told."""
        return self.figures[code].number


def is_few(partnerships: int, fewest: int = FEWEST) -> bool:
    """Whether nothing may be told of so many: of `fewest`, what is said of some is said of all; of
    one more, whoever is one of them is left with `fewest`."""
    return partnerships <= fewest + 1


def shown(table: Table, *, fewest: int = FEWEST) -> Shown:
    """What may be told of how one side answered one item."""
    people = table.everyone
    is_rank = table.item.question.kind == QuestionKind.RANK
    if is_few(len(people), fewest) or (is_rank and len(people) < 2 * fewest):
        figures = _all_withheld(table.by_option)
    elif table.item.takes_several:
        figures = {}
        for code, held in table.by_option.items():
            figures |= _of_one_choice({code: held}, people, fewest)
        if _has_no_slack(table, figures):
            figures = _all_withheld(table.by_option)
    else:
        figures = _of_one_choice(table.by_option, people, fewest)
    return Shown(figures, people.total(), len(people))


def with_others(kept: Shown, others: Table) -> Shown:
    """What may be told of all, to readers who know the answers of `others` one by one and of the
    rest what is in `kept`: so much that, less the others, it is what is told of the rest alone."""
    people = others.everyone
    figures = {}
    for code, figure in kept.figures.items():
        chose = others.by_option[code]
        told, number = figure.told, figure.number + chose.total()
        if told == Told.NEARLY_ALL:
            is_told = chose.total() == people.total()
        else:
            is_told = told == Told.EXACT or (told == Told.FEW and not chose)
        figures[code] = Figure(told, number) if is_told else Figure(Told.WITHHELD)
    return Shown(figures, kept.submitted + people.total(), kept.partnerships + len(people))


def _all_withheld(codes: Iterable[str]) -> dict[str, Figure]:
    return {code: Figure(Told.WITHHELD) for code in codes}


def _of_one_choice(
    by_option: Mapping[str, Counter[int]], people: Counter[int], fewest: int
) -> dict[str, Figure]:
    """Of options of which everybody chose one at most. `people`: everybody, by partnership.

    Whoever is in no told option is in the remainder, with those who did not answer; it is told
    only as what is left, and must rest on enough partnerships itself.
    """
    large = [code for code, held in by_option.items() if len(held) >= fewest]
    if not large:
        return {code: Figure(Told.FEW) for code in by_option}
    large.sort(key=lambda code: -by_option[code].total())
    if _rests_on(people, by_option, large) < fewest:
        if len(large) == 1:
            least = people.total() - sum(sorted(people.values())[1 - fewest :])
            nearly = {large[0]: Figure(Told.NEARLY_ALL, max(fewest, least))}
            return {code: nearly.get(code, Figure(Told.FEW)) for code in by_option}
        large.pop()
    told = {code: Figure(Told.EXACT, by_option[code].total()) for code in large}
    return {code: told.get(code, Figure(Told.WITHHELD)) for code in by_option}


def _rests_on(
    people: Counter[int], by_option: Mapping[str, Counter[int]], large: Sequence[str]
) -> int:
    """How many partnerships the remainder rests on."""
    left = people.copy()
    for code in large:
        left -= by_option[code]
    return len(left)


def _has_no_slack(table: Table, figures: Mapping[str, Figure]) -> bool:
    """Whether the least that is told of a rank fills every place that there was, so that what is
    not told must be nothing."""
    is_open = any(figure.told != Told.EXACT for figure in figures.values())
    if table.item.question.kind != QuestionKind.RANK or not is_open:
        return False
    least = sum(figure.number for figure in figures.values())
    known = max(table.everyone.values())  # whoever reads it may be one partnership
    return least >= table.item.question.most * (table.everyone.total() - known)


# ------------------------------------------------------------------------------------------- gaps


@dataclass(frozen=True, slots=True)
class Apart:
    """In how many partnerships the sides are far apart: `least` to `most`; `most` is None where
    it is “or more”. Both None where nothing may be told."""

    least: int | None = None
    most: int | None = None


def apart(
    gaps: Gaps,
    uk: Shown,
    partner: Shown,
    *,
    known: int = 0,
    own: int = 1,
    fewest: int = FEWEST,
    step: int = STEP,
) -> Apart:
    """The class in which the number of partnerships with sides far apart lies.

    Classes end where the two tables would begin to decide: whatever lies in the class could be,
    with every pair of tables that looks like these two. So a gap says nothing of either side that
    its table does not say, and which classes there are follows from the tables alone.

    `known` are partnerships far apart beside those of `gaps`, which some reader knows. `own` is how
    many of `gaps` a reader may be: each can move what is open by two at either end.
    """
    both, order = gaps.partnerships, gaps.item.steps
    left, right = _certain(uk, order), _certain(partner, order)
    near = _matched(left, right, lambda a, b: abs(a - b) < FAR)
    far = _matched(left, right, lambda a, b: abs(a - b) >= FAR)
    lowest = both - min(both, near) + 3 + 2 * own
    highest = min(min(both, far) - 2 - 2 * own, both - own - fewest + 1)
    cuts = [
        cut
        for cut in range(step, both + known + 1, step)
        if cut - known >= fewest + own and lowest <= cut - known <= highest
    ]
    if not cuts:
        return Apart()
    number = gaps.apart(FAR) + known
    below = [cut for cut in cuts if cut <= number]
    above = [cut for cut in cuts if cut > number]
    return Apart(below[-1] if below else 0, above[0] - 1 if above else None)


def _certain(shown: Shown, order: Sequence[str]) -> list[int]:
    """How many certainly stand on each step, counting each partnership once at most."""
    extra = shown.submitted - shown.partnerships
    return [max(0, shown.least(code) - extra) for code in order]


def _matched(left: Sequence[int], right: Sequence[int], fits: Callable[[int, int], bool]) -> int:
    """The most pairs of one on a left step and one on a right step that fit."""
    open_ = list(right)
    flow = [[0] * len(right) for _ in left]

    def place(a: int, seen: set[int]) -> int:
        """How many of one on step `a` find a place, moving others if need be: 0 or 1."""
        for b in range(len(right)):
            if b in seen or not fits(a, b):
                continue
            seen.add(b)
            if open_[b]:
                open_[b] -= 1
                flow[a][b] += 1
                return 1
            for other in range(len(left)):
                if flow[other][b] and other != a and place(other, seen):
                    flow[other][b] -= 1
                    flow[a][b] += 1
                    return 1
        return 0

    for a, number in enumerate(left):
        for _ in range(number):
            if not place(a, set()):
                break
    return sum(map(sum, flow))


def widest_first(found: Mapping[str, Apart]) -> list[str]:
    """The keys of items of which something is told, by what is told and in their order."""
    told = [key for key, each in found.items() if each.least is not None]
    return sorted(told, key=lambda key: -(found[key].least or 0))
