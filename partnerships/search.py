"""The one door for reading many partnerships: who may see, what was asked, in which shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from partnerships import mapdata
from partnerships.facets import (
    SHOWN,
    Counts,
    Facet,
    Part,
    Whole,
    counts,
    facets,
    listed_institutions,
    parts,
    total,
)
from partnerships.filters import PartnershipFilterSet, drawn_at, having
from partnerships.mapview import window_of
from partnerships.models import Institution, Partnership, viewer_of
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.paging import Column, Order, Page, keys_after, keys_numbered, numbered
from partnerships.paging import InvalidQuestion as InvalidQuestion  # noqa: PLC0414  # told on
from partnerships.policies.permissions import VISITOR
from partnerships.stats import CHARTED, Statistics, summarise, tallies
from partnerships.textsearch import fewer, rank
from partnerships.versions import KEPT_FOR, Make, current, kept, may_keep
from partnerships.vocabulary import VOCABULARIES, Term, terms, terms_of_page

PAGE_SIZE = 25
#: Seconds that the counts of a question with words are kept.
WORDS_KEPT_FOR = 600
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One value that the question names, for chips."""

    parameter: str
    heading: str
    value: str
    label: str


class PartnershipSearch:
    """One question and its answer, the same for pages, map, API, downloads and commands.

    `params` maps a parameter to its values (a QueryDict or a mapping of lists); unknown names
    are ignored, unknown values make the whole question invalid: `errors` says why, by
    parameter, and every answer is empty. `viewer` is a user, a `Viewer` or None for a visitor;
    `at` is the moment that tenures and freshness are measured at. `known` saves a query where
    the asker has loaded a facet's value already: parameter → value → label.
    """

    def __init__(
        self,
        params: Mapping[str, Sequence[str]],
        *,
        viewer: object = None,
        at: datetime | None = None,
        known: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.params = params
        self.at = at
        self.today = timezone.localdate(at)
        self.viewer = viewer_of(viewer, on=self.today)
        self._all = Partnership.objects.visible_to(self.viewer)
        self._filters = PartnershipFilterSet(params, queryset=self._all, today=self.today)
        for parameter, labels in (known or {}).items():
            self._filters.form.fields[parameter].known = labels

    @cached_property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by parameter, in sentences for people; {} where nothing is."""
        return self._filters.problems()

    @property
    def is_valid(self) -> bool:
        return not self.errors

    def results(self) -> PartnershipQuerySet:
        """Which partnerships, unordered. Never filter them again: ask in `filters.py`."""
        return self._filters.narrowed(self._all) if self.is_valid else self._all.none()

    def worded(self, words: str) -> PartnershipQuerySet:
        """The same in other words."""
        return self._filters.in_words(self._all, words) if self.is_valid else self._all.none()

    @cached_property
    def count(self) -> int:
        """How many results; kept for the visitor's question as long as the data is the same."""
        if self.errors:
            return 0
        return self._once("count", self.results().count)

    @cached_property
    def _may_keep(self) -> bool:
        """Whether the answer is what every visitor gets, of data that is in a version; and not of
        a box, of which there is no end."""
        return self.viewer == VISITOR and may_keep() and not self.asked("bbox")

    def _kept(self, keys: Mapping[str, str], make: Make) -> dict[str, Any]:
        """Of words too there is no end: their answers make room soon."""
        return kept(keys, make, WORDS_KEPT_FOR if self.words else KEPT_FOR)

    def _once(self, what: str, make: Callable[[], T]) -> T:
        """One answer, kept where it may be."""
        if not self._may_keep:
            return make()
        found: T = self._kept({what: self._key(what, "")}, lambda missing: {what: make()})[what]
        return found

    @cached_property
    def version(self) -> str:
        """The data's version that answers are kept under."""
        return current()

    def _key(self, what: str, without: str) -> str:
        """Where an answer to this question is kept, without one of its parameters."""
        asked = self._filters.asked_for(without=without)
        question = f"{self.version} {self.today} {what} {asked}"
        return f"search:{sha256(question.encode()).hexdigest()}"

    def asked(self, parameter: str) -> Any:
        """The cleaned value of a parameter, or None; of an invalid question always None."""
        return self._filters.asked(parameter) if self.is_valid else None

    @property
    def words(self) -> str:
        return self.asked("q") or ""

    @property
    def sort(self) -> str:
        """The order in force: best match where words were given, else by name."""
        return self.asked("sort") or ("relevance" if self.words else "name")

    @property
    def page_number(self) -> int:
        return self.asked("page") or 1

    @property
    def order(self) -> Order:
        """What the asked order compares; ties by name and then by key, so pages never shift."""
        backwards = self.sort.startswith("-")
        name = self.sort.removeprefix("-")
        ties = (Column("name_key"), Column("pk"))
        if name == "relevance" and self.words:
            return (Column("rank"), *ties)
        if name in ("relevance", "name"):
            return (Column("name_key", backwards), Column("pk", backwards))
        if name == "created":
            return (Column("created_at", backwards), Column("pk", backwards))
        column = {"began": "began_on", "modified": "modified_at", "confirmed": "last_confirmed_on"}
        return (Column(column[name], backwards, name != "modified"), *ties)

    def _ranked(self) -> PartnershipQuerySet:
        """The results with whatever `order` compares."""
        if not self.is_valid or self.order[0].name != "rank":
            return self.results()
        results = self._filters.in_words(self._all, self.words, is_ranked=True)
        return results.annotate(rank=rank(self.words))

    def ordered(self) -> PartnershipQuerySet:
        """The results in the asked order."""
        return self._ranked().order_by(*(column.order for column in self.order))

    def page(self, per_page: int = PAGE_SIZE) -> Any:
        """The asked page of `for_list`. Raises InvalidQuestion past the last one."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        return numbered(self.for_list(), self.count, per_page, self.page_number)

    def for_list(self) -> PartnershipQuerySet:
        """Ordered, with all that a card shows. Slice it."""
        return self.ordered().with_parts()

    def for_feed(self) -> PartnershipQuerySet:
        """Last changed first, whatever was asked for, with all that a card shows. Slice it."""
        return self.results().order_by("-modified_at", "-pk").with_parts()

    def for_sitemap(self) -> QuerySet[Any, Any]:
        """Slug and moment of the last change, in an order that growth does not shift. Slice it."""
        return self.results().order_by("pk").values_list("slug", "modified_at")

    def for_export(self) -> PartnershipQuerySet:
        """Ordered; `records.public_records` turns it into rows, in batches."""
        return self.ordered()

    def for_api(self, per_page: int, cursor: str = "") -> Page:
        """The primary keys on one page, for `records.public_records`: the page that was asked for
        by number, else that of a cursor, else the first. Raises InvalidQuestion."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        asked = self._filters.asked_for(without="")
        found: dict[str, Any] = {
            "count": self.count,
            "size": per_page,
            "question": f"partnerships {self.sort} {asked}",
        }
        rows, order = self._ranked(), self.order
        if self.asked("page"):
            return keys_numbered(rows, order, number=self.page_number, **found)
        return keys_after(rows, order, cursor=cursor, **found)

    def for_map(self) -> dict[str, Any]:
        """Sites and the partnerships at them, or where there are too many, cells of what `zoom` and
        `view` look at: see `mapdata`. Raises InvalidQuestion."""
        window, problems = window_of(self.params)
        if self.errors or problems:
            raise InvalidQuestion(self.errors | problems)
        by_country = self.counted([Part("", ("country",))])["country"]
        if self.count <= mapdata.MOST_PARTNERSHIPS:
            return mapdata.map_data(self.results(), by_country)
        return mapdata.map_summary(self._whole(), window, by_country)

    def for_place(self, institution: Institution) -> PartnershipQuerySet:
        """Those of the list that the map draws at an institution. Slice it."""
        return drawn_at(self.for_list(), institution)

    def ends_at(self, institution: Institution) -> dict[str, Any]:
        """The lines from an institution: see `mapdata.ends_at`."""
        return mapdata.ends_at(self.results(), institution)

    def _whole(self) -> mapdata.Whole:
        return self._once("map", lambda: mapdata.whole(self.results(), self.count))

    def for_statistics(self) -> Statistics:
        """Figures of the results: see `stats.summarise`. Raises InvalidQuestion."""
        if self.errors:
            raise InvalidQuestion(self.errors)
        found = self._once("tallies", lambda: tallies(self.results()))
        years = {name: self.asked(name) for name in ("began_from", "began_to")}
        made = summarise(self.facets(CHARTED), found, **years)
        self.count = made.count  # the sum of its years: one query less
        return made

    def facets(self, parameters: Sequence[str] = SHOWN) -> list[Facet]:
        """Every facet with counts under the *other* filters; three queries at most."""
        if self.errors:
            return []
        return facets(self.counted(self._parts(parameters)), self._selected, terms(parameters))

    def facets_of_page(self) -> list[Facet]:
        """The same with zeros for all that the whole has, and institutions under their Boards."""
        names, selected = self._everything.terms, self._selected
        listed = listed_institutions(names["institution"], selected["board"])
        wanted = [*self._parts(SHOWN), Part("institution", ("institution",), tuple(listed))]
        return facets(self.counted(wanted), selected, names | {"institution": listed})

    @property
    def _selected(self) -> dict[str, dict[str, str]]:
        return {name: self.asked(name) or {} for name in VOCABULARIES}

    def _parts(self, parameters: Sequence[str]) -> list[Part]:
        return parts(parameters, [name for name, values in self._selected.items() if values])

    @property
    def terms(self) -> dict[str, dict[str, Term]]:
        """What the facets of pages name, marked where one of the results has it."""

        return self._once("terms", lambda: terms_of_page(SHOWN, self.results()))

    def ways_out(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many results there would be without each parameter, and in fewer of the words, most
        first. One query."""
        if self.errors:
            return {}, {}
        dropped = self._filters.dropping(self._all)
        less = {f" {text}": self.worded(text) for text in fewer(self.words)}
        found = total(dropped | less)
        ordered = {name: found[name] for name in sorted(found, key=lambda name: -found[name])}
        return (
            {name: number for name, number in ordered.items() if name in dropped},
            {name[1:]: number for name, number in ordered.items() if name in less},
        )

    def counts_in_words(self, texts: Sequence[str]) -> dict[tuple[str, bool], int]:
        """(words, whether under all else that was asked) → how many results. One query."""
        alone = PartnershipSearch({}, viewer=self.viewer)
        some = [(text, search) for text in texts for search in (self, alone)]
        asked = [search.worded(text) for text, search in some]
        found = total({str(number): query for number, query in enumerate(asked)})
        return {
            (text, search is self): found[str(number)] for number, (text, search) in enumerate(some)
        }

    def places(self, partnerships: Sequence[Partnership]) -> dict[str, list[list[Any]]]:
        """Where some of the results may be drawn: see `mapdata.places_of`."""
        return mapdata.places_of(partnerships)

    @cached_property
    def _everything(self) -> PartnershipSearch:
        return PartnershipSearch({}, viewer=self.viewer, at=self.at)

    def _part_keys(self, wanted: Sequence[Part]) -> dict[str, str]:
        return {part.without: self._key(part.key, part.without) for part in wanted}

    def counted(self, wanted: Sequence[Part]) -> Counts:
        """What `facets` makes lists of: parameter → value → number of results."""
        narrow = partial(self._filters.narrowed, self._all)
        confirmed = list(self.asked("confirmed") or {})

        def count(some: Sequence[Part]) -> Counts:
            whole = None if confirmed else self._whole_counted(some)
            return counts(
                some, lambda without: narrow(without=without), self.today, confirmed, whole
            )

        if not self._may_keep:
            together = count(wanted)
        else:
            wanted, together = self._counted_before(wanted)

            def missing(names: list[str]) -> dict[str, Counts]:
                some = [part for part in wanted if part.without in names]
                found = count(some)
                return {part.without: {name: found[name] for name in part.names} for part in some}

            for found in self._kept(self._part_keys(wanted), missing).values():
                together |= found
        if any(not part.without and "stage" in part.names for part in wanted):
            self.count = sum(together["stage"].values())  # each has one stage: a scan less
        return together

    def _whole_counted(self, wanted: Sequence[Part]) -> Whole | None:
        """Everything, if its counts are known already."""
        names = {name for part in wanted if not part.without for name in part.names}
        if not (self._may_keep and names <= set(SHOWN)):
            return None
        self._everything.version = self.version
        found = self._everything.known_counts
        return Whole(self._everything.results(), found) if found else None

    @property
    def known_counts(self) -> Counts | None:
        """What the page's facets count, of those that are not chosen; None where it is not kept."""
        found: Counts | None = None
        if self.is_valid and self._may_keep:
            found = cache.get(self._part_keys(self._parts(SHOWN))[""])
        return found

    def _counted_before(self, wanted: Sequence[Part]) -> tuple[list[Part], Counts]:
        """The parts that are still to be counted, and the counts of the others.

        The values of one facet are counted without that facet: if the question without it was
        asked before, as by whoever chooses one value after another, they are all known.
        """
        chosen = {name for name in VOCABULARIES if self.asked(name)}
        keys = {}
        for part in wanted:
            shared = parts(SHOWN, chosen - {part.without})[0]
            if part.without in chosen & set(shared.names):
                keys[part.without] = self._key(shared.key, part.without)
        known = cache.get_many(keys.values())
        found = {name: known[key][name] for name, key in keys.items() if key in known}
        return [part for part in wanted if part.without not in found], found

    def tally(self, parameters: Sequence[str]) -> Counts:
        """parameter → value → number of results, under the whole question: unlike `facets`, its
        own filters too, and without labels. Zeros are left out. One query."""
        return self.counted(parts(parameters, ())) if self.is_valid else {}

    def others(self, questions: Sequence[Mapping[str, str]], *, than: int) -> list[int]:
        """For each further question, how many of the results it leaves, one record not counted.

        `questions` map facets to one value each, which must exist; `than` is a primary key.
        One query.
        """
        asked, others = {}, self.results().exclude(pk=than)
        for number, question in enumerate(questions):
            rows = others
            for parameter, value in question.items():
                rows = having(rows, parameter, [value])
            asked[str(number)] = rows
        return list(total(asked).values())

    @property
    def chosen(self) -> list[Chosen]:
        """The values of facets that the question names, in the order of the page."""
        return [
            Chosen(parameter, vocabulary.heading, value, label)
            for parameter, vocabulary in VOCABULARIES.items()
            for value, label in (self.asked(parameter) or {}).items()
        ]
