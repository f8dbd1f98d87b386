"""The kept figures of a round as a page and a file show them: both sides beside each other."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from partnerships.choices import QuestionKind, Side
from partnerships.evaluation_figures import ENDS
from partnerships.exports import Echo, guard, storable
from partnerships.models import Round, RoundReport
from partnerships.policies import tallies
from partnerships.policies.questionnaires import Section, wording
from partnerships.policies.suppression import FEWEST, Apart, Told, widest_first
from partnerships.policies.tallies import BEGAN_AS, EVOLUTION, Item

SIDES = {str(Side.UK): "UK side", str(Side.PARTNER): "Partner side"}
COLUMNS = (
    "figure",
    "section",
    "question",
    "text",
    "side",
    "option",
    "label",
    "told",
    "at_least",
    "at_most",
    "of",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One option in the eyes of one side. `least` and `most` are None where nothing is told."""

    label: str
    code: str
    side: str
    told: str
    least: int | None
    most: int | None
    of: int

    @property
    def words(self) -> str:
        if self.told == Told.EXACT:
            return str(self.least)
        if self.told == Told.NEARLY_ALL:
            return f"{self.least} or more"
        return f"fewer than {FEWEST}" if self.told == Told.FEW else "not shown"

    @property
    def is_uk(self) -> bool:
        return self.side == Side.UK

    @property
    def is_exact(self) -> bool:
        return self.told == Told.EXACT

    @property
    def share(self) -> float:
        """Per cent that is certain."""
        return 100 * (self.least or 0) / self.of if self.of else 0

    @property
    def may_be(self) -> float:
        """Per cent that it can be besides."""
        return 100 * ((self.most or 0) - (self.least or 0)) / self.of if self.of else 0


@dataclass(frozen=True, slots=True)
class SideTable:
    """How one side answered, as far as it is told."""

    side: str
    of: int
    bars: tuple[Bar, ...]

    @property
    def name(self) -> str:
        return SIDES[self.side]

    @property
    def is_uk(self) -> bool:
        return self.side == Side.UK

    @property
    def is_withheld(self) -> bool:
        return all(bar.told == Told.WITHHELD for bar in self.bars)

    @property
    def remainder(self) -> int:
        """Who gave an answer that is not told, or none; 0 where people may choose several."""
        return self.of - sum(bar.least or 0 for bar in self.bars if bar.is_exact)


@dataclass(frozen=True, slots=True)
class Line:
    """One option with the bars of the UK side and the partner side; those of the round before."""

    label: str
    bars: tuple[Bar, ...]
    before: tuple[Bar, ...] = ()

    @property
    def is_told(self) -> bool:
        told = {bar.told for bar in (*self.bars, *self.before)}
        return bool(told & {Told.EXACT, Told.NEARLY_ALL})

    @property
    def cells(self) -> list[tuple[Bar, Bar | None]]:
        """For each side its bar, and that of the round before."""
        return list(zip(self.bars, self.before or (None,) * len(self.bars), strict=True))


@dataclass(frozen=True, slots=True)
class Asked:
    """One item: a table for each side, and how far apart the sides of partnerships are."""

    item: Item
    #: The title of its section.
    section: str
    sides: tuple[SideTable, ...]
    before: tuple[SideTable, ...]
    apart: Apart

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def text(self) -> str:
        return wording(self.item.text, Side.UK, ENDS)

    @property
    def other_text(self) -> str:
        """What the partner side was asked, where that differs."""
        told = wording(self.item.text, Side.PARTNER, ENDS)
        return "" if told == self.text else told

    @property
    def takes_several(self) -> bool:
        return self.item.takes_several

    @property
    def is_rank(self) -> bool:
        return self.item.question.kind == QuestionKind.RANK

    @property
    def is_withheld(self) -> bool:
        return all(side.is_withheld for side in self.sides)

    @property
    def grid_text(self) -> str:
        """Of a line of a grid, the question above it."""
        return wording(self.item.question.text, Side.UK, ENDS) if self.item.row else ""

    @property
    def lines(self) -> list[Line]:
        """Options of which something is told of a side, in the order of the form."""
        return [line for line in self.all_lines if line.is_told]

    @property
    def folded(self) -> list[str]:
        """Labels of the other options: few on each side, or not to be told."""
        return [line.label for line in self.all_lines if not line.is_told]

    @property
    def all_lines(self) -> list[Line]:
        rows = list(zip(*(side.bars for side in self.sides), strict=True))
        before = list(zip(*(side.bars for side in self.before), strict=True)) or [()] * len(rows)
        return [Line(bars[0].label, bars, was) for bars, was in zip(rows, before, strict=True)]

    @property
    def gap(self) -> str:
        """In how many partnerships the sides are far apart, in words; empty where not told."""
        least, most = self.apart.least, self.apart.most
        if least is None:
            return ""
        return f"{least} or more" if most is None else f"{least} to {most}"


@dataclass(frozen=True, slots=True)
class Evolution:
    """Which description fitted the link when it began, and which does now: each side's two tables,
    never who went from which to which."""

    now: Asked
    #: None where a questionnaire asks about now alone.
    then: Asked | None

    @property
    def lines(self) -> list[tuple[str, list[tuple[Bar, Bar, Bar | None]]]]:
        """(Option, for each side its bars: when it began, now, and now in the round before)."""
        return [
            (
                now.label,
                [(was, *cell) for was, cell in zip(then.bars, now.cells, strict=True)],
            )
            for then, now in self._pairs
            if then.is_told or now.is_told
        ]

    @property
    def folded(self) -> list[str]:
        return [now.label for then, now in self._pairs if not (then.is_told or now.is_told)]

    @property
    def _pairs(self) -> list[tuple[Line, Line]]:
        return list(zip(self.then.all_lines, self.now.all_lines, strict=True)) if self.then else []


@dataclass(frozen=True, slots=True)
class Part:
    section: Section
    asked: tuple[Asked, ...]

    @property
    def told(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.lines or asked.gap]

    @property
    def untold(self) -> list[Asked]:
        """Of which no number may be shown: too few answers, or too scattered."""
        return [asked for asked in self.asked if not asked.lines and not asked.gap]


@dataclass(frozen=True)
class RoundView:
    """A report to be read, and the one of the round before if it can stand beside it."""

    report: RoundReport
    earlier: RoundReport | None = None

    @property
    def round(self) -> Round:
        return self.report.round

    @property
    def partnerships(self) -> int:
        """Of how many partnerships somebody was asked."""
        return int(self.report.figures["partnerships"])

    @property
    def both(self) -> int | None:
        both: int | None = self.report.figures["both"]
        return both

    @property
    def is_too_small(self) -> bool:
        """Whether there are too few partnerships to tell even who took part."""
        return not self.report.figures["rates"]

    @property
    def rates(self) -> list[dict[str, Any]]:
        was = {r["side"]: r for r in self.earlier.figures["rates"]} if self.earlier else {}
        return [
            rate | {"name": SIDES[rate["side"]], "before": was.get(rate["side"])}
            for rate in self.report.figures["rates"]
        ]

    @property
    def invited(self) -> int:
        return sum(rate["invited"] for rate in self.report.figures["rates"])

    @property
    def answered(self) -> int:
        return sum(rate["answered"] for rate in self.report.figures["rates"])

    @cached_property
    def asked(self) -> dict[str, Asked]:
        """Each item that is counted for others, by its key, in the order of the form."""
        kept = self.report.figures
        was = self.earlier.figures["tables"] if self.earlier else {}
        form = self.round.questionnaire.form
        titles = {section.code: section.title for section in form.sections}
        return {
            item.key: Asked(
                item,
                titles[item.section],
                _sides(item, kept["tables"][item.key]),
                _sides(item, was[item.key]) if item.key in was else (),
                Apart(*kept["gaps"].get(item.key, (None, None))),
            )
            for item in tallies.items(form)
            if item.key in kept["tables"]
        }

    @property
    def parts(self) -> list[Part]:
        """The sections with what was asked in them, without the evolution, which stands first."""
        first = self.evolution
        above = {each.key for each in (first.then, first.now) if each} if first else set()
        told = [asked for asked in self.asked.values() if asked.key not in above]
        sections = self.round.questionnaire.form.sections
        found = (Part(s, tuple(a for a in told if a.item.section == s.code)) for s in sections)
        return [part for part in found if part.asked]

    @property
    def evolution(self) -> Evolution | None:
        now, then = self.asked.get(EVOLUTION), self.asked.get(BEGAN_AS)
        if now is None:
            return None
        is_same = then is not None and then.item.options == now.item.options
        return Evolution(now, then if is_same else None)

    @property
    def ranking(self) -> list[Asked]:
        """Where the sides of most partnerships are far apart, widest first."""
        order = widest_first({key: asked.apart for key, asked in self.asked.items()})
        return [self.asked[key] for key in order]

    @property
    def unranked(self) -> int:
        """Of how many items with steps no gap is told."""
        return sum(bool(asked.item.steps) for asked in self.asked.values()) - len(self.ranking)


def view_of(report: RoundReport, *, for_public: bool) -> RoundView:
    """The report beside that of the round which it follows, if both asked the same and the other
    has been drawn up (for the public: published). At most one query."""
    before = report.round.follows_id
    found = RoundReport.objects.filter(
        round=before, round__questionnaire=report.round.questionnaire_id
    ).select_related("round")
    if for_public:
        found = found.filter(round__published_at__isnull=False)
    return RoundView(report, found.first() if before else None)


def _sides(item: Item, kept: Mapping[str, Any]) -> tuple[SideTable, ...]:
    return tuple(
        SideTable(side, kept[side]["submitted"], _bars(item, side, kept[side])) for side in SIDES
    )


def _bars(item: Item, side: str, kept: Mapping[str, Any]) -> tuple[Bar, ...]:
    of = kept["submitted"]
    return tuple(
        Bar(option.label, option.code, side, told, *_limits(told, number, of), of)
        for option in item.options
        for told, number in [kept["figures"][option.code]]
    )


def _limits(told: str, number: int, of: int) -> tuple[int | None, int | None]:
    if told == Told.WITHHELD:
        return None, None
    if told == Told.FEW:
        return 0, min(FEWEST - 1, of)
    return number, number if told == Told.EXACT else of


# --------------------------------------------------------------------------------------- the file


def as_csv(view: RoundView) -> Iterator[str]:
    """Who took part, every table, every gap, of sides that are told of; nothing of words."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for row in _rows(view):
        yield writer.writerow([guard(storable(str(cell))) for cell in row])


def _rows(view: RoundView) -> Iterator[Sequence[Any]]:
    for rate in view.rates:
        told = ("exact", rate["answered"], rate["answered"], rate["invited"])
        yield ("answered", "", "", "Coordinators who answered", rate["side"], "", "", *told)
    told_of = {rate["side"] for rate in view.rates}
    for asked in view.asked.values():
        section = asked.item.section
        for side in (each for each in asked.sides if each.side in told_of):
            text = wording(asked.item.text, side.side, ENDS)
            for bar in side.bars:
                limits = ["" if each is None else each for each in (bar.least, bar.most)]
                option = (bar.code, bar.label, bar.told, *limits, bar.of)
                yield ("answers", section, asked.key, text, side.side, *option)
        if asked.gap:
            most = "" if asked.apart.most is None else asked.apart.most
            of_pairs = ("class", asked.apart.least, most, view.both)
            text = "Partnerships whose sides are two or more steps apart"
            yield ("gap", section, asked.key, text, "both", "", "", *of_pairs)
