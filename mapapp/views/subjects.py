"""Pages about one thing that partnerships have: an institution, a country, a Board, a topic.

They share a list, a map, figures and neighbours, so they share a context and a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from mapapp.querystring import search_about
from partnerships.choices import Freshness, Stage
from partnerships.models import HOME_COUNTRY
from partnerships.neighbours import colleagues_of
from partnerships.search import PartnershipSearch
from partnerships.vocabulary import some_labels

#: Cards that such a page shows itself; the list has the rest.
SHOWN = 10
#: Values that a panel of neighbours names.
NAMED = 10

Counted = dict[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts, and the list of what is counted if there is one."""

    number: int
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A neighbour: its name, how many partnerships are shared, and where to see them."""

    label: str
    count: int
    url: str


class Subject:
    """What a page about one value of a facet shows. Asks in `__init__` and in `context`."""

    def __init__(self, request: HttpRequest, parameter: str, value: str, label: str) -> None:
        self.request = request
        self.parameter, self.value = parameter, value
        self.search: PartnershipSearch = search_about(request, parameter, value, label)
        self.question = f"?{urlencode({parameter: value})}"
        self.tally = self.search.tally(
            ("stage", "confirmed", "country", "topic", "board", "institution")
            if parameter == "board"
            else ("stage", "confirmed", "country", "topic", "board")
        )
        #: Every partnership has exactly one stage.
        self.count = sum(self.tally["stage"].values())
        self.labels: dict[str, dict[str, str]] = {}

    def context(
        self, *, partnerships: Any = None, colleagues_without: int | None = None
    ) -> dict[str, Any]:
        """What the template that they share needs. `partnerships`: the cards, if not by name."""
        cards = self.search.for_list()[:SHOWN] if partnerships is None else partnerships
        colleagues = colleagues_of(self.search.results(), without=colleagues_without)
        return {
            "count": self.count,
            "figures": self._figures(colleagues.total),
            "partnerships": list(cards),
            "colleagues": colleagues,
            "question": self.question,
            "map_data_url": reverse("partnership_map_data") + self.question,
            "today": self.search.today,
        }

    def name(self, *parameters: str) -> None:
        """Look up what the most frequent values of some facets are called. One query."""
        self.labels = some_labels({name: self.most(name) for name in parameters})

    def links(self, parameter: str, *, to: str = "") -> list[Link]:
        """The most frequent values: to the page of each if `to` names the pages, else to the list
        of what it shares with this one. Needs `name`."""
        labels = self.labels[parameter]
        found = []
        for value, count in self.most(parameter).items():
            shared = self.question + "&" + urlencode({parameter: value})
            url = reverse(to, args=[value]) if to else reverse("partnership_list") + shared
            if value in labels:
                found.append(Link(labels[value], count, url))
        return found

    def most(self, parameter: str) -> Counted:
        """The most frequent values, without this page's own and the country of everybody."""
        own = self.value if parameter == self.parameter else None
        counted = {
            value: n
            for value, n in self.tally[parameter].items()
            if value != own and (parameter != "country" or value != HOME_COUNTRY)
        }
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:NAMED])

    def _figures(self, institutions: int) -> list[Figure]:
        found = reverse("partnership_list") + self.question
        active = self.tally["stage"].get(Stage.ACTIVE, 0)
        fresh = self.tally["confirmed"].get(Freshness.YES, 0)
        abroad = len(set(self.tally["country"]) - {HOME_COUNTRY})
        s = "" if self.count == 1 else "s"
        figures = [
            Figure(self.count, f"partnership{s}", found if self.count else ""),
            Figure(active, "known to be active", f"{found}&stage=active" if active else ""),
            Figure(fresh, "confirmed in the last year", f"{found}&confirmed=yes" if fresh else ""),
            Figure(
                institutions,
                "institution taking part" if institutions == 1 else "institutions taking part",
            ),
        ]
        if self.parameter != "country" or self.value == HOME_COUNTRY:
            figures.append(
                Figure(abroad, "partner country" if abroad == 1 else "partner countries")
            )
        return figures
