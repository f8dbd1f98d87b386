"""What a question should answer, worked out record by record in Python, without the index.

Independent of filters.py, facets.py and indexing.py on purpose: it walks the registry's own
relations. Only the normalisation of words and the coarsening of places are shared.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from partnerships.models import Partnership
from partnerships.policies.coordinates import coarser, public_point, shows_city
from partnerships.policies.freshness import freshness, is_hidden_by_default
from partnerships.policies.normalise import index_words, query_words
from partnerships.policies.permissions import Viewer, can_see

SYNONYMS = ("health", "partnership", "partnerships", "link", "links", "twinning")
TWINS = [
    ("st", "saint"),
    ("centre", "center"),
    ("paediatric", "paediatrics", "pediatric", "pediatrics"),
]


@dataclass
class Seen:
    slug: str
    moderation: str
    board_id: int | None
    created_by_id: int | None
    began: date | None
    is_hidden: bool
    facets: dict[str, set[str]]
    words: set[str]
    places: list[tuple[float, float]] = field(default_factory=list)


class Oracle:
    def __init__(self, today: date) -> None:
        self.today = today
        self.records = [self._seen(p) for p in Partnership.objects.all()]

    def _seen(self, p: Partnership) -> Seen:
        members = [member.institution for member in p.members.all()]
        lines = [line for institution in members for line in self._line(institution)]
        countries = [i.country for i in members] + list(p.declared_countries.all())
        boards = {line.slug for line in lines if hasattr(line, "health_board")}
        if p.health_board:
            boards.add(p.health_board.institution.slug)
        facets = {
            "kind": {p.kind},
            "stage": {p.stage},
            "country": {c.alpha2 for c in countries},
            "region": {c.who_region for c in countries if c.who_region},
            "income": {c.income_group for c in countries if c.income_group},
            "nation": {i.uk_nation for i in members if i.uk_nation},
            "board": boards,
            "institution": {line.slug for line in lines},
            "topic": {t.code for t in p.topics.all()},
            "activity": {t.code for t in p.activities.all()},
            "profession": {t.code for t in p.professions.all()},
            "funder": {f.funder.code for f in p.funding.all()},
            "sdg": {str(goal.pk) for goal in p.sdgs.all()},
            "step": {str(p.twinning_step)} if p.twinning_step else set(),
            "confirmed": {str(freshness(p.last_confirmed_on, self.today))},
        }
        ended = p.stage == "ended"
        return Seen(
            slug=p.slug,
            moderation=p.moderation,
            board_id=p.health_board_id,
            created_by_id=p.created_by_id,
            began=p.began_on,
            is_hidden=is_hidden_by_default(p.last_confirmed_on, ended, self.today),
            facets=facets,
            words=self._words(p, members, lines, countries),
            places=[place for i in members for place in self._places(p, i)],
        )

    def _line(self, institution: Any) -> list[Any]:
        line = [institution]
        while line[-1].parent is not None:
            line.append(line[-1].parent)
        return line

    def _level(self, p: Partnership) -> str:
        """Sensitive records show no more than the district."""
        fine = p.location_level in ("exact", "city")
        return "district" if p.is_sensitive and fine else p.location_level

    def _places(self, p: Partnership, i: Any) -> list[tuple[float, float]]:
        level = coarser(self._level(p), i.location_level)
        point = public_point(i.latitude, i.longitude, i.precision, level)
        return [(point.latitude, point.longitude)] if point else []

    def _words(self, p: Partnership, members: Any, lines: Any, countries: Any) -> set[str]:
        texts = [p.name, *p.other_names, p.slug, p.summary, *SYNONYMS]
        texts += [line.name for line in lines]
        for i in members:
            texts += [i.local_name, i.slug, i.get_uk_nation_display()]
            texts += [alias.name for alias in i.aliases.all()]
            if shows_city(coarser(self._level(p), i.location_level)):
                texts.append(i.city)
        for country in countries:
            names = [country.name, country.common_name, *country.aliases]
            texts += [n for n in names if not re.search("England|Scotland|Wales|Ireland$", n)]
            texts += [n for n in names if n == "Ireland"]
        if p.health_board:
            texts.append(p.health_board.institution.name)
        terms = [*p.topics.all(), *p.professions.all(), *p.activities.all()]
        for term in [*terms, *(f.funder for f in p.funding.all())]:
            texts += [term.label, *term.synonyms]
        words = set(index_words(*texts))
        for pair in TWINS:
            if words & set(pair):
                words |= set(pair)
        return words

    def answer(
        self, params: dict[str, list[str]], viewer: Viewer, *, without: str = ""
    ) -> set[str]:
        """Slugs of the records that answer a valid question."""
        return {r.slug for r in self._answering(params, viewer, without)}

    def facet_counts(
        self, params: dict[str, list[str]], viewer: Viewer, facet: str
    ) -> dict[str, int]:
        """value → number of records that answer everything else; zeros left out."""
        found = self._answering(params, viewer, facet)
        return dict(Counter(value for r in found for value in r.facets[facet]))

    def _answering(self, params: dict[str, list[str]], viewer: Viewer, without: str) -> list[Seen]:
        asked = {name: values for name, values in params.items() if any(values)}
        return [
            r
            for r in self.records
            if can_see(
                viewer,
                moderation=r.moderation,
                board_id=r.board_id,
                created_by_id=r.created_by_id,
            )
            and (not r.is_hidden or "confirmed" in asked or without == "confirmed")
            and all(
                self._matches(r, name, values) for name, values in asked.items() if name != without
            )
        ]

    def _matches(self, r: Seen, name: str, values: list[str]) -> bool:
        if name in r.facets:
            return bool(r.facets[name] & set(values))
        value = values[0]
        if name == "q":
            asked = query_words(value)
            return bool(asked) and all(any(w.startswith(q) for w in r.words) for q in asked)
        if name == "began_from":
            return r.began is not None and r.began.year >= int(value)
        if name == "began_to":
            return r.began is not None and r.began.year <= int(value)
        return self._is_placed(r, name, value)

    def _is_placed(self, r: Seen, name: str, value: str) -> bool:
        if name == "bbox":
            west, south, east, north = map(float, value.split(","))
            return any(
                south <= lat <= north
                and (west <= lon <= east if west <= east else lon >= west or lon <= east)
                for lat, lon in r.places
            )
        if name == "on_map":
            return bool(r.places) == (value == "yes")
        return True  # sort and page never narrow
