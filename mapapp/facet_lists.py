"""How facets stand on the page: what shows at once, what behind “show more”, and two trees.

Countries stand under their region, institutions under a chosen Board. They are parameters of
their own, and different parameters mean *and*: so a branch below a ticked value narrows it, and
below the values that are not ticked nothing is offered that would empty the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
        return f"Show {len(self.further)} {self.noun or 'more'}"

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
        return self.parameter in _OPEN or bool(self.chosen)

    @property
    def offers_something(self) -> bool:
        return any(not row.is_disabled for row in self.rows)


def groups(facets: Sequence[Facet], question: Links) -> list[Group]:
    """Facets as the page shows them, in their order; those that offer nothing are left out."""
    named = {facet.parameter: facet for facet in facets}
    found = []
    for parameter, facet in named.items():
        if parameter == "country":
            found.append(_places(named["region"], facet, question))
        elif parameter == "board":
            found.append(_boards(facet, named.get("institution"), question))
        elif parameter not in ("region", "institution"):
            sections = [_section(parameter, parameter, facet.options)]
            found.append(Group(parameter, facet.heading, sections, _clear(question, parameter)))
    return [group for group in found if group.offers_something]


def _clear(question: Links, *parameters: str) -> str:
    return question.replacing(**dict.fromkeys(parameters, ""))


def _section(
    name: str, parameter: str, options: Iterable[FacetOption], most: int = SHOWN, depth: int = 0
) -> Section:
    """The most frequent options and every chosen one; then the rest, unless that is hardly any."""
    rows = [Row(parameter, option, depth) for option in options]
    if most and len(rows) <= most + NOT_WORTH_HIDING:
        return Section(name, rows, [])
    first = [r for i, r in enumerate(rows) if (i < most and r.option.count) or r.option.is_selected]
    return Section(name, first, [row for row in rows if row not in first])


def _places(regions: Facet, countries: Facet, question: Links) -> Group:
    """Each region with its countries. The one that holds the UK, where nearly every partnership
    has an end, comes last; so does what belongs to no region."""
    home = next((o.parent for o in countries.options if o.value == HOME_COUNTRY), None)
    chosen = {country.parent for country in countries.selected}

    def reachable(region: FacetOption) -> bool:
        """Another country beside those chosen: its region has no results under them."""
        return not regions.selected and any(o.count for o in _abroad(countries, region.value))

    ordered = sorted(regions.options, key=lambda o: (o.value == home, -o.count))
    sections = [
        _region(region, countries, is_home=region.value == home, ticked=bool(regions.selected))
        for region in ordered
        if region.count or region.is_selected or region.value in chosen or reachable(region)
    ]
    loose = [o for o in _abroad(countries, "") if o.is_selected or not regions.selected]
    if loose:
        sections.append(_section("country-other", "country", loose, most=0))
    for index, section in enumerate(sections[1:], start=1):
        noun = "countries" if len(section.further) > 1 else "country"
        shown = [row for row in section.rows if row.parameter == "country"]
        if not shown and section.further:
            sections[index] = Section(section.name, section.rows, section.further, noun)
    hint = "Countries narrow the regions that are ticked." if regions.selected else ""
    clear = _clear(question, "country", "region")
    return Group("country", "Country or region", sections, clear, hint)


def _region(region: FacetOption, countries: Facet, *, is_home: bool, ticked: bool) -> Section:
    inside = _abroad(countries, region.value)
    if ticked and not region.is_selected:
        inside = [option for option in inside if option.is_selected]
    most = SHOWN if region.is_selected else 0 if is_home or ticked else SHOWN_IN_BRANCH
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


def _boards(boards: Facet, institutions: Facet | None, question: Links) -> Group:
    """Boards; under a chosen one its institutions."""
    whole = _section("board", "board", boards.options)
    sections: list[Section] = []
    waiting: list[Row] = []
    for row in whole.rows:
        waiting.append(row)
        under = [
            option
            for option in (institutions.options if institutions else [])
            if option.parent == row.option.value
        ]
        if row.option.is_selected and under:
            branch = _section(f"board-{row.option.value}", "institution", under, depth=1)
            sections.append(Section(branch.name, [*waiting, *branch.rows], branch.further))
            waiting = []
    sections.append(Section("board", waiting, whole.further))
    hint = "Institutions narrow the Boards that are ticked." if len(sections) > 1 else ""
    clear = _clear(question, "board", "institution")
    return Group("board", boards.heading, sections, clear, hint)
