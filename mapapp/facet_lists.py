"""How facets stand on the page: what shows at once, what behind “show more”, and two trees.

Countries stand under their region, institutions under their Board. They are parameters of their
own, and different parameters mean *and*: so a branch below a ticked value narrows it. What would
find nothing under the other filters keeps its place and cannot be ticked.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from partnerships.facets import Facet, FacetOption
from partnerships.models import HOME_COUNTRY

#: Options that a list shows unopened, besides those that are chosen; and those of a branch.
SHOWN, SHOWN_IN_BRANCH = 6, 4
#: So few further options stand with the others, if these show at all.
NOT_WORTH_HIDING = 2
#: A list that hides more than this many options gets a search of its own.
SEARCHED_FROM = 10
#: Lists that stand open; the others open when asked or chosen from.
_OPEN = ("country", "nation", "board", "topic", "profession", "stage")

#: Lists that most registers have nothing for: shown only where something would be found.
_RARE = ("step",)


class Links(Protocol):
    """What is asked of a `Question`."""

    def replacing(self, **values: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One box to tick. `note` is said after its label."""

    parameter: str
    option: FacetOption
    depth: int = 0
    note: str = ""

    @property
    def is_disabled(self) -> bool:
        """Nothing would be found; what is chosen can still be taken back."""
        return not self.option.count and not self.option.is_selected


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that show, and those behind “show more”."""

    name: str
    rows: list[Row]
    further: list[Row]
    noun: str = ""

    @property
    def more(self) -> str:
        """What opens the rest, and whether that is worth it."""
        number = sum(row.depth == self.further[0].depth for row in self.further)
        rest = f"{number} {self.noun or 'more'}"
        return f"{rest} without results" if self.is_empty else f"Show {rest}"

    @property
    def is_empty(self) -> bool:
        """What is behind “show more” finds nothing."""
        return all(row.is_disabled for row in self.further)

    @property
    def is_branch(self) -> bool:
        return bool(self.further) and self.further[0].depth > 0

    @property
    def is_searched(self) -> bool:
        return len(self.further) > SEARCHED_FROM


@dataclass(frozen=True, slots=True)
class Group:
    """One facet, or a tree of two. `clear` is the question without it."""

    parameter: str
    heading: str
    sections: list[Section]
    clear: str
    hint: str = ""

    @property
    def rows(self) -> Iterator[Row]:
        return (row for part in self.sections for row in (*part.rows, *part.further))

    @property
    def chosen(self) -> int:
        return sum(row.option.is_selected for row in self.rows)

    @property
    def stands_open(self) -> bool:
        return bool(self.chosen) or (self.parameter in _OPEN and self.offers_something)

    @property
    def offers_something(self) -> bool:
        return any(not row.is_disabled for row in self.rows)


def groups(facets: Sequence[Facet], question: Links) -> list[Group]:
    """Facets as the page shows them, in their order, without those that nothing is known of."""
    named = {facet.parameter: facet for facet in facets}
    found = []
    for parameter, facet in named.items():
        if parameter == "country":
            found.append(_places(named["region"], facet, question))
        elif parameter == "board":
            found.append(_boards(facet, named["institution"], question))
        elif parameter not in ("region", "institution"):
            sections = [_section(parameter, parameter, facet.options)]
            found.append(Group(parameter, facet.heading, sections, _clear(question, parameter)))
    return [
        group
        for group in found
        if any(group.rows) and (group.parameter not in _RARE or group.offers_something)
    ]


def _clear(question: Links, *parameters: str) -> str:
    return question.replacing(**dict.fromkeys(parameters, ""))


def _section(
    name: str,
    parameter: str,
    options: Iterable[FacetOption],
    most: int = SHOWN,
    *,
    depth: int = 0,
    wanted: Container[str] = (),
) -> Section:
    """The most frequent options and those chosen or wanted; then the rest, unless that is hardly
    any."""
    rows = [Row(parameter, option, depth) for option in options]
    if most and len(rows) <= most + NOT_WORTH_HIDING:
        return Section(name, rows, [])
    first = [
        row
        for place, row in enumerate(rows)
        if (place < most and row.option.count)
        or row.option.is_selected
        or row.option.value in wanted
    ]
    return Section(name, first, [row for row in rows if row not in first])


def _places(regions: Facet, countries: Facet, question: Links) -> Group:
    """Each region with its countries. The one that holds the UK, where nearly every partnership
    has an end, comes last; so does what belongs to no region."""
    home = next((o.parent for o in countries.options if o.value == HOME_COUNTRY), None)
    sections = [
        _region(region, countries, is_home=region.value == home, ticked=bool(regions.selected))
        for region in sorted(regions.options, key=lambda o: (o.value == home, -o.count))
    ]
    loose = _abroad(countries, "")
    if loose:
        sections.append(_section("country-other", "country", loose, most=0))
    for index, section in enumerate(sections):
        shown = [row for row in section.rows if row.parameter == "country"]
        if not shown and section.further:
            noun = _noun(section.further, "country", "countries")
            sections[index] = Section(section.name, section.rows, section.further, noun)
    found = [section for section in sections if not _finds_nothing(section)]
    rest = [row for part in sections if part not in found for row in (*part.rows, *part.further)]
    if rest:
        noun = _noun([row for row in rest if not row.depth], "region", "regions")
        found.append(Section("country-rest", [], rest, noun))
    hint = "Countries narrow the regions that are ticked." if regions.selected else ""
    clear = _clear(question, "country", "region")
    return Group("country", "Country or region", found, clear, hint)


def _finds_nothing(region: Section) -> bool:
    return bool(region.rows) and region.is_empty and all(row.is_disabled for row in region.rows)


def _noun(rows: Sequence[Row], one: str, several: str) -> str:
    return one if len(rows) == 1 else several


def _region(region: FacetOption, countries: Facet, *, is_home: bool, ticked: bool) -> Section:
    if region.is_selected:
        most = SHOWN
    else:
        most = 0 if is_home or ticked or not region.count else SHOWN_IN_BRANCH
    inside = _abroad(countries, region.value)
    section = _section(f"country-{region.value}", "country", inside, most, depth=1)
    note = "with the UK" if is_home else ""
    return Section(section.name, [Row("region", region, 0, note), *section.rows], section.further)


def _abroad(countries: Facet, region: str) -> list[FacetOption]:
    """Nearly every partnership has a UK end: as a country it would say nothing, unless chosen."""
    return [
        option
        for option in countries.options
        if option.parent == region and (option.value != HOME_COUNTRY or option.is_selected)
    ]


def _boards(boards: Facet, institutions: Facet, question: Links) -> Group:
    """Boards, each with the institutions under it: shown below a chosen Board, else on demand."""
    under: dict[str, list[FacetOption]] = {}
    for option in institutions.options:
        under.setdefault(option.parent, []).append(option)
    whole = _section(
        "board", "board", boards.options, wanted={o.parent for o in institutions.selected}
    )
    sections: list[Section] = []
    waiting: list[Row] = []
    for row in whole.rows:
        waiting.append(row)
        board = row.option
        if board.value in under:
            most = SHOWN if board.is_selected else 0
            branch = _section(
                f"board-{board.value}", "institution", under[board.value], most, depth=1
            )
            noun = "" if len(branch.rows) else _noun(branch.further, "institution", "institutions")
            sections.append(Section(branch.name, [*waiting, *branch.rows], branch.further, noun))
            waiting = []
    further = [
        each
        for row in whole.further
        for each in (row, *(Row("institution", o, 1) for o in under.get(row.option.value, [])))
    ]
    sections.append(Section("board", waiting, further))
    hint = "Institutions narrow the Boards that are ticked." if boards.selected and under else ""
    clear = _clear(question, "board", "institution")
    return Group("board", boards.heading, sections, clear, hint)
