"""Questions for the parity tests: made from what the registry holds, reproducible by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from partnerships.filters import SORTS
from partnerships.policies.partial_dates import EARLIEST_YEAR
from tests.partnerships.oracle import Oracle

FACETS = (
    "country", "nation", "region", "income", "board", "institution", "topic", "activity",
    "profession", "funder", "kind", "stage", "sdg", "step",
    "confirmed",
)  # fmt: skip
ASSUMED_EARLIEST = max(EARLIEST_YEAR, 1980)


class Questions:
    """Draws parameter sets that are likely to have answers, and some that have none."""

    def __init__(self, oracle: Oracle, seed: int) -> None:
        self.random = random.Random(seed)
        self.records = oracle.records
        self.values = {
            name: sorted({value for r in oracle.records for value in r.facets[name]})
            for name in FACETS
        }

    def draw(self, number: int) -> Iterator[dict[str, list[str]]]:
        for _ in range(number):
            yield self.one()

    def one(self) -> dict[str, list[str]]:
        """One question about a record drawn at random, so that most questions have answers."""
        about = self.random.choice(self.records)
        params: dict[str, list[str]] = {}
        for name in self.random.sample(FACETS, self.random.choice([0, 1, 1, 2, 3])):
            own = sorted(about.facets[name]) or self.values[name]
            if own:
                more = self.random.sample(self.values[name], min(2, len(self.values[name])))
                params[name] = [self.random.choice(own), *more[: self.random.randint(0, 2)]]
        for name, chance in (("q", 0.4), ("bbox", 0.2), ("began_from", 0.15), ("began_to", 0.15)):
            if self.random.random() < chance:
                params[name] = [getattr(self, f"_{name}")(about)]
        if self.random.random() < 0.1:
            params["on_map"] = [self.random.choice(["yes", "no"])]
        if "began_from" in params and "began_to" in params:
            years = sorted([*params["began_from"], *params["began_to"]])
            params["began_from"], params["began_to"] = [years[0]], [years[1]]
        if self.random.random() < 0.4:
            params["sort"] = [self.random.choice(list(SORTS))]
        return params

    def _q(self, about: object) -> str:
        words = self.random.sample(sorted(about.words), min(len(about.words), 2))
        return " ".join(word[: self.random.randint(2, 12)].upper() for word in words)

    def _bbox(self, about: object) -> str:
        if about.places and self.random.random() < 0.7:
            latitude, longitude = self.random.choice(about.places)
            return f"{longitude - 2},{latitude - 2},{longitude + 2},{latitude + 2}"
        west, east = (round(self.random.uniform(-180, 180), 2) for _ in range(2))
        south, north = sorted(round(self.random.uniform(-90, 90), 2) for _ in range(2))
        return f"{west},{south},{east},{north}"

    def _began_from(self, about: object) -> str:
        return str(about.began.year if about.began else ASSUMED_EARLIEST)

    _began_to = _began_from
