"""The figures of an answer: how many results for each value and decade, and what is not known."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import CharField, Count, Q, Value
from django.db.models.functions import Cast, Substr

from partnerships.exports import Echo, guard, storable
from partnerships.facets import Facet, FacetOption
from partnerships.models import HOME_COUNTRY, FacetValue
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.partial_dates import LATEST_YEAR

#: The facets that have figures, in the order of the page.
CHARTED = ("country", "topic", "board", "kind", "region", "stage", "confirmed")
#: What stands behind “not known”, for facets that a record may have no value of.
UNKNOWN = {
    "country": "No partner country named",
    "board": "No Health Board takes part",
    "topic": "No topic named",
    "began": "Beginning not known",
}
#: Where the heading of a facet is too short to stand above figures.
HEADINGS = {
    "country": "Partner country",
    "kind": "Kind of partnership",
    "stage": "Stage",
    "confirmed": "Confirmation",
}
COLUMNS = ("figure", "value", "label", "partnerships", "url")

#: what → value → number: `began` by year, `known` by facet.
Tallies = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure, and what to ask for exactly these partnerships."""

    value: str
    label: str
    count: int
    asks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """The figures of one facet, or of decades (`began`)."""

    name: str
    heading: str
    bars: list[Bar]
    #: Results without any value; 0 where every record has one.
    unknown: int
    #: Labels of values that no result has, for lists that are short enough to name them.
    absent: list[str] = field(default_factory=list)
    #: Every value that could be asked for instead, with counts; none for decades.
    options: list[FacetOption] = field(default_factory=list)

    @property
    def is_asked(self) -> bool:
        """Whether the question itself says which of these there may be."""
        return bool(self.options) and any(option.is_selected for option in self.options)

    @property
    def most(self) -> int:
        return max((bar.count for bar in self.bars), default=0)

    @property
    def unknown_label(self) -> str:
        return UNKNOWN.get(self.name, "")


@dataclass(frozen=True, slots=True)
class Statistics:
    count: int
    charts: list[Chart]

    def chart(self, name: str) -> Chart:
        return next(chart for chart in self.charts if chart.name == name)

    def number(self, name: str, value: str) -> int:
        """How many results have a value; 0 for one that none has."""
        return next((bar.count for bar in self.chart(name).bars if bar.value == value), 0)


def tallies(results: PartnershipQuerySet) -> Tallies:
    """Years in which the results began ("" where unknown), and how many have a value at all of
    each facet; a country that is not the UK, for countries. One query."""
    text = CharField()
    years = (
        results.order_by()
        .annotate(what=Value("began", output_field=text))
        # The text of a date: SQLite has no year of one but in Python, row by row.
        .annotate(of=Substr(Cast("began_on", text), 1, 4))
        .values_list("what", "of")
        .annotate(n=Count("pk"))
    )
    home = Q(facet="country", value=HOME_COUNTRY)
    known = (
        FacetValue.objects.filter(facet__in=list(UNKNOWN), partnership__in=results.values("pk"))
        .exclude(home)
        .order_by()
        .annotate(what=Value("known", output_field=text))
        .values_list("what", "facet")
        .annotate(n=Count("partnership", distinct=True))
    )
    found: Tallies = {"began": {}, "known": {}}
    for what, of, number in years.union(known, all=True):
        found[what][of or ""] = number
    return found


def summarise(
    facets: Sequence[Facet],
    found: Tallies,
    *,
    began_from: int | None = None,
    began_to: int | None = None,
) -> Statistics:
    """Figures from counted facets and tallies; the years are those that the question names."""
    count = sum(found["began"].values())
    charts = [_of_facet(facet, count, found["known"]) for facet in facets]
    return Statistics(count, [*charts, _of_decades(found["began"], began_from, began_to)])


def _of_facet(facet: Facet, count: int, known: dict[str, int]) -> Chart:
    """Of a facet that the question names only its values: others are not among the results.

    The UK is an end of nearly every partnership, and says nothing as a country unless asked for.
    """
    shown = facet.selected or [
        option
        for option in facet.options
        if facet.parameter != "country" or option.value != HOME_COUNTRY
    ]
    if facet.parameter == "kind":
        shown = sorted(shown, key=lambda option: -option.count)
    return Chart(
        name=facet.parameter,
        heading=HEADINGS.get(facet.parameter, facet.heading),
        bars=[
            Bar(option.value, option.label, option.count, {facet.parameter: option.value})
            for option in shown
            if option.count
        ],
        unknown=count - known.get(facet.parameter, 0) if facet.parameter in UNKNOWN else 0,
        absent=[option.label for option in shown if not option.count],
        options=facet.options,
    )


def _of_decades(years: dict[str, int], first: int | None, last: int | None) -> Chart:
    """Every decade from the earliest to the latest, empty ones too."""
    counts: dict[int, int] = {}
    for year, number in years.items():
        if year:
            decade = int(year) // 10 * 10
            counts[decade] = counts.get(decade, 0) + number
    decades = range(min(counts), max(counts) + 10, 10) if counts else ()
    bars = []
    for decade in decades:
        begin, end = max(decade, first or decade), min(decade + 9, last or LATEST_YEAR, LATEST_YEAR)
        asks = {"began_from": str(begin), "began_to": str(end)}
        bars.append(Bar(str(decade), f"{decade}s", counts.get(decade, 0), asks))
    return Chart("began", "Decade in which it began", bars, years.get("", 0))


def as_csv(statistics: Statistics, addresses: Iterable[str]) -> Iterator[str]:
    """The figures as pieces of CSV; `addresses` gives the list of each bar, in their order."""
    writer = csv.writer(Echo())
    following = iter(addresses)
    yield "\ufeff" + str(writer.writerow(COLUMNS))
    yield str(writer.writerow(["all", "", "All of them", statistics.count, next(following)]))
    for chart in statistics.charts:
        for bar in chart.bars:
            cells = [chart.name, bar.value, bar.label, str(bar.count), next(following)]
            yield str(writer.writerow([guard(storable(cell)) for cell in cells]))
        if chart.unknown:
            yield str(writer.writerow([chart.name, "", chart.unknown_label, chart.unknown, ""]))
