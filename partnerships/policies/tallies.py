"""What the answers of an evaluation add up to: counts by side, gaps, rates. Pure, and exact.

Nothing here is fit for the public: `suppression` decides what of it may be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from partnerships.choices import QuestionKind, Side
from partnerships.policies.questionnaires import (
    BESIDE,
    LEVELS,
    PREFER_NOT,
    Form,
    Option,
    Question,
    Row,
)

#: Which description fits the link, from one profession to the wider community: when it began, and
#: now.
BEGAN_AS, EVOLUTION = "A9", "A8"
#: What numbers and years are told in: the first number of each class, and its label.
NUMBERS = ((0, "None"), (1, "1 to 5"), (6, "6 to 20"), (21, "21 to 50"), (51, "More than 50"))
YEARS = (
    (0, "Before 1990"),
    (1990, "1990 to 1999"),
    (2000, "2000 to 2009"),
    (2010, "2010 to 2019"),
    (2020, "2020 or later"),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one member of one partnership submitted."""

    partnership: int
    member: int
    side: str
    answers: Mapping[str, Any]
    shares_words: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is counted: a question, or a line of a grid."""

    section: str
    question: Question
    row: Row | None = None

    @property
    def key(self) -> str:
        return f"{self.question.code}.{self.row.code}" if self.row else self.question.code

    @property
    def text(self) -> Mapping[str, str]:
        return self.row.text if self.row else self.question.text

    @property
    def options(self) -> tuple[Option, ...]:
        classes = {QuestionKind.NUMBER: NUMBERS, QuestionKind.YEAR: YEARS}
        if self.question.kind in classes:
            told = classes[QuestionKind(self.question.kind)]
            return tuple(Option(str(first), label) for first, label in told)
        return self.question.choices

    @property
    def takes_several(self) -> bool:
        """Whether one who answers may choose more than one option."""
        return self.question.kind in (QuestionKind.MANY, QuestionKind.RANK)

    @property
    def steps(self) -> tuple[str, ...]:
        """The codes of its options from low to high, if they have such an order."""
        if self.question.kind == QuestionKind.SCALE:
            return tuple(LEVELS)
        if self.row is not None:
            return tuple(option.code for option in self.options if option.code not in BESIDE)
        return ()


def items(form: Form) -> Iterator[Item]:
    """Everything of a form that can be counted, in its order; own words cannot."""
    for section in form.sections:
        for question in section.questions:
            if question.kind == QuestionKind.WORDS:
                continue
            for row in question.rows or (None,):
                yield Item(section.code, question, row)


def chosen(item: Item, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of the options that were chosen; none where nothing was answered.

    Numbers and years come as the class that they lie in.
    """
    value = answers.get(item.question.code)
    if item.row is not None:
        value = value.get(item.row.code) if isinstance(value, Mapping) else None
    if value is None or value == PREFER_NOT:
        return ()
    if item.question.kind == QuestionKind.NUMBER:
        return (_class_of(value, NUMBERS),)
    if item.question.kind == QuestionKind.YEAR:
        return (_class_of(value, YEARS),)
    return tuple(value) if item.takes_several else (value,)


def _class_of(value: int, classes: Sequence[tuple[int, str]]) -> str:
    return str(max(first for first, _ in classes if first <= value))


# ---------------------------------------------------------------------------------- counts by side


@dataclass(slots=True)
class Table:
    """How one side answered one item. `answered` + `missing` are all who submitted."""

    item: Item
    side: str
    answered: int = 0
    #: No answer, or “I prefer not to say”.
    missing: int = 0
    #: Option → partnership → answers. Two members of one side may be of one partnership.
    by_option: dict[str, Counter[int]] = field(default_factory=dict)
    #: Partnership → answers, of all who submitted.
    everyone: Counter[int] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, int]:
        """Option → answers, in the order of the options, noughts included."""
        return {code: held.total() for code, held in self.by_option.items()}


def table(item: Item, side: str, submitted: Iterable[Answered]) -> Table:
    counted = Table(item, side, by_option={each.code: Counter() for each in item.options})
    for each in submitted:
        counted.everyone[each.partnership] += 1
        codes = chosen(item, each.answers)
        counted.answered += bool(codes)
        counted.missing += not codes
        for code in codes:
            counted.by_option[code][each.partnership] += 1
    return counted


# -------------------------------------------------------------------------------- gaps of a round


@dataclass(frozen=True, slots=True)
class Gaps:
    """How far the two sides of each partnership lie apart on one item.

    `steps` counts partnerships by UK minus partner, in steps of the scale: 1 where the UK side
    stands one step higher. `unknown` are those where a side gave no step: it is no gap of 0.
    """

    item: Item
    steps: Mapping[int, int]
    unknown: int

    @property
    def partnerships(self) -> int:
        """Those of which both sides submitted."""
        return sum(self.steps.values()) + self.unknown

    def apart(self, steps: int) -> int:
        """How many partnerships have sides that are at least so many steps apart."""
        return sum(number for gap, number in self.steps.items() if abs(gap) >= steps)


def pairs(submitted: Iterable[Answered]) -> list[tuple[Answered, Answered]]:
    """UK and partner of each partnership of which both sides submitted.

    Where a side has several members, its first stands for it: the others' answers count in the
    tables, and are shown in the partnership's own report.
    """
    first: dict[tuple[int, str], Answered] = {}
    for each in submitted:
        first.setdefault((each.partnership, each.side), each)
    both = [(each, first.get((key, Side.PARTNER))) for (key, side), each in first.items()
            if side == Side.UK]  # fmt: skip
    return [(uk, partner) for uk, partner in both if partner is not None]


def gaps_of(item: Item, both: Iterable[tuple[Answered, Answered]]) -> Gaps:
    steps: Counter[int] = Counter()
    unknown = 0
    for uk, partner in both:
        gap = gap_between(item, uk.answers, partner.answers)
        if gap is None:
            unknown += 1
        else:
            steps[gap] += 1
    return Gaps(item, dict(sorted(steps.items())), unknown)


def gap_between(item: Item, uk: Mapping[str, Any], partner: Mapping[str, Any]) -> int | None:
    """UK minus partner in steps; None unless both gave a step."""
    places = [_place(item, answers) for answers in (uk, partner)]
    if None in places:
        return None
    return places[0] - places[1]  # type: ignore[operator]


def _place(item: Item, answers: Mapping[str, Any]) -> int | None:
    codes = chosen(item, answers)
    return item.steps.index(codes[0]) if codes and codes[0] in item.steps else None


# ------------------------------------------------------------------------------------------ rates


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of those asked on one side submitted; and of how many partnerships."""

    side: str
    invited: int
    answered: int
    partnerships: int


def rates(
    invited: Iterable[tuple[int, str]], submitted: Collection[Answered]
) -> tuple[list[Rate], int]:
    """The rate of each side, and of how many partnerships both sides submitted.

    `invited` has a partnership and a side for each member that was asked.
    """
    asked = Counter(side for _, side in invited)
    told = []
    for side in (Side.UK, Side.PARTNER):
        own = [each.partnership for each in submitted if each.side == side]
        told.append(Rate(str(side), asked[side], len(own), len(set(own))))
    return told, len(pairs(submitted))
