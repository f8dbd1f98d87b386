"""The one door for reading many partnerships: who may see, what was asked, in which shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from partnerships import mapdata
from partnerships.facets import (
    SHOWN,
    Counts,
    Facet,
    Part,
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
        results = self.results()
        is_ranked = self.order[0].name == "rank"
        return results.annotate(rank=rank(self.words)) if is_ranked else results

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
        if self.asked("page"):
            return keys_numbered(self.ordered(), self.count, per_page, self.page_number)
        asked = self._filters.asked_for(without="")
        return keys_after(
            self._ranked(),
            self.order,
            count=self.count,
            size=per_page,
            cursor=cursor,
            question=f"partnerships {self.sort} {asked}",
        )

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

    def _is_broad(self, part: Part) -> bool:
        """Whether more is in the answer than not, of a whole whose counts are kept already."""
        asked = self._filters.asked_for(without="")
        return (
            bool(asked)
            and part.without == ""
            and not self.asked("confirmed")  # which shows what the whole list hides
            and set(part.names) <= set(SHOWN)
            and self._everything.is_kept
            and 2 * self.count > self._everything.count
        )

    @property
    def is_kept(self) -> bool:
        """Whether the number of results and the counts of the page's facets are known already."""
        if self.errors or not self._may_keep:
            return False
        keys = [self._key("count", ""), *self._part_keys(parts(SHOWN, ())).values()]
        return len(cache.get_many(keys)) == len(keys)

    def _part_keys(self, wanted: Sequence[Part]) -> dict[str, str]:
        return {part.without: self._key(part.key, part.without) for part in wanted}

    def _counts_of_the_rest(self, part: Part) -> Counts:
        """The counts of the whole without those of what is not in the answer: the shorter scan."""
        whole = self._everything.counted(parts(SHOWN, ()))
        inside = self.results().filter(pk=OuterRef("pk"))
        outside = self._everything.results().filter(~Exists(inside))
        rest = counts([part], lambda without: outside, self.today)
        return {
            name: {
                value: number - rest[name].get(value, 0)
                for value, number in whole[name].items()
                if number > rest[name].get(value, 0)
            }
            for name in part.names
        }

    def counted(self, wanted: Sequence[Part]) -> Counts:
        """What `facets` makes lists of: parameter → value → number of results."""

        def count(some: Sequence[Part]) -> Counts:
            narrow = partial(self._filters.narrowed, self._all)
            return counts(some, lambda without: narrow(without=without), self.today)

        if not self._may_keep:
            return count(wanted)

        def missing(names: list[str]) -> dict[str, Counts]:
            some = [part for part in wanted if part.without in names]
            rest = [part for part in some if self._is_broad(part)]
            found = count([part for part in some if part not in rest])
            for part in rest:
                found |= self._counts_of_the_rest(part)
            return {part.without: {name: found[name] for name in part.names} for part in some}

        together: Counts = {}
        for found in self._kept(self._part_keys(wanted), missing).values():
            together |= found
        return together

    def tally(self, parameters: Sequence[str]) -> Counts:
        """parameter → value → number of results, under the whole question: unlike `facets`, its
        own filters too, and without labels. Zeros are left out. One query."""
        return self.counted(parts(parameters, ())) if self.is_valid else {}

    def others(self, questions: Sequence[Mapping[str, str]], *, than: int) -> list[int]:
        """For each further question, how many of the results it leaves, one record not counted.

        `questions` map facets to one value each, which must exist; `than` is a primary key.
        One query.
        """
        asked = {}
        for number, question in enumerate(questions):
            rows = self.results().exclude(pk=than)
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
