"""How many results each value would give, under everything else that was asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, QuerySet, Value, When

from partnerships.choices import Freshness
from partnerships.models import FacetValue
from partnerships.models.partnerships import PartnershipQuerySet, shown_by_default
from partnerships.policies.freshness import cutoffs
from partnerships.sheets import NOT_ON_SHEETS, Scans
from partnerships.vocabulary import VOCABULARIES, Term

#: The facets that pages show. `institution` has too many values to list unasked.
SHOWN = tuple(parameter for parameter in VOCABULARIES if parameter != "institution")

#: So many institutions stand under their Boards before these must be chosen to show them.
MOST_INSTITUTIONS = 300

Narrow = Callable[[str], PartnershipQuerySet]
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class FacetOption:
    value: str
    label: str
    count: int
    is_selected: bool
    #: The value of the facet above it in a tree: a country's region, an institution's Board.
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    parameter: str
    heading: str
    options: list[FacetOption]

    @property
    def selected(self) -> list[FacetOption]:
        return [option for option in self.options if option.is_selected]


@dataclass(frozen=True, slots=True)
class Part:
    """Facets that one scan counts, and the parameter whose own filter that scan leaves out."""

    without: str
    names: tuple[str, ...]
    #: The values that are counted, or None for all.
    only: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        return ",".join([*self.names, *(["only", *self.only] if self.only is not None else [])])


def listed_institutions(known: dict[str, Term], boards: Collection[str]) -> dict[str, Term]:
    """Those under Boards; where they are very many, those under chosen Boards."""
    if len(known) <= MOST_INSTITUTIONS:
        return known
    return {slug: term for slug, term in known.items() if term.parent in boards}


@dataclass(frozen=True, slots=True)
class Whole:
    """All that there is to find, and its counts, none without a number of its own."""

    results: PartnershipQuerySet
    counts: Counts

    @property
    def most(self) -> int:
        """Half of it."""
        return sum(self.counts["stage"].values()) // 2


def parts(parameters: Sequence[str], selected: Iterable[str]) -> list[Part]:
    """Facets that are not selected share one scan of the whole answer."""
    chosen = set(selected)
    own = [name for name in parameters if name in chosen and name != "confirmed"]
    shared = tuple(name for name in parameters if name not in chosen and name != "confirmed")
    found = [Part("", shared)] if shared else []
    found += [Part(name, (name,)) for name in own]
    return [*found, Part("confirmed", ("confirmed",))] if "confirmed" in parameters else found


def counts(
    wanted: Sequence[Part],
    narrow: Narrow,
    today: date,
    confirmed: Collection[str] = (),
    whole: Whole | None = None,
) -> Counts:
    """parameter → value → number of results; zeros are left out. One query.

    `narrow(parameter)` gives the results without that parameter's own filter ("" for all of them);
    `confirmed` are the states that the question asks for. With the `whole` that the results are
    taken from, more than half of it is counted by what is not among them.
    """
    found: Counts = {name: {} for part in wanted for name in part.names}
    shared = {name for part in wanted if _is_on_sheets(part) for name in part.names}
    sheets: dict[str, Counts] = {"": {}, "rest": {}}
    shown = 0
    for facet, value, number in _scans(wanted, narrow, today, confirmed, whole).rows():
        if facet == "confirmed":
            state = str(Freshness.OVERDUE) if value == _HIDDEN else value
            found[facet][state] = found[facet].get(state, 0) + number
            shown += 0 if value == _HIDDEN else number
        elif facet in sheets:
            name, _, of_sheet = value.partition("=")
            sheets[facet].setdefault(name, {})[of_sheet] = number
        else:
            found[facet][value] = number
    for name in shared - {NOT_ON_SHEETS}:
        found[name] = sheets[""].get(name, {})
        if whole and shown > whole.most:
            rest = sheets["rest"].get(name, {})
            left = {value: n - rest.get(value, 0) for value, n in whole.counts[name].items()}
            found[name] = {value: n for value, n in left.items() if n}
    return found


def _scans(
    wanted: Sequence[Part],
    narrow: Narrow,
    today: date,
    confirmed: Collection[str],
    whole: Whole | None,
) -> Scans:
    scans = Scans()
    left = {part.without: part for part in wanted}
    if "confirmed" in left and "" in left and _is_on_sheets(left[""]):
        every = narrow(left.pop("confirmed").without).order_by().annotate(state=_state(today))
        rest = (whole.results.order_by().values("pk"), whole.most) if whole else ()
        scans.add_answer(every.values_list("pk", "state"), _shown(confirmed), *rest)
        left[""] = Part("", tuple(name for name in left[""].names if name == NOT_ON_SHEETS))
    for without, part in left.items():
        results = narrow(without).order_by()
        if without == "confirmed":
            facet = Value("confirmed", output_field=CharField())
            states = results.annotate(facet=facet, state=_state(today))
            scans.add(states.values_list("facet", "state").annotate(n=Count("pk")))
        elif _is_on_sheets(part):
            scans.add_sheets(results.values("pk"))
            if NOT_ON_SHEETS in part.names:
                scans.add(_of_index(results, Part("", (NOT_ON_SHEETS,))))
        elif part.names:
            scans.add(_of_index(results, part))
    return scans


def _is_on_sheets(part: Part) -> bool:
    """One facet alone is counted sooner from its own rows."""
    return len(part.names) > 1


def _of_index(results: PartnershipQuerySet, part: Part) -> QuerySet[Any, Any]:
    rows = FacetValue.objects.filter(facet__in=part.names)
    if part.only is None:
        rows = rows.filter(partnership__in=results.values("pk"))
    else:
        rows = rows.filter(value__in=part.only).of_any(results)
    return rows.order_by().values_list("facet", "value").annotate(n=Count("pk"))


#: Overdue for so long that they are shown only where they are asked for.
_HIDDEN = "hidden"


def _state(today: date) -> Case:
    limits = cutoffs(today)
    return Case(
        When(last_confirmed_on__isnull=True, then=Value(str(Freshness.NEVER))),
        When(last_confirmed_on__gte=limits.fresh_from, then=Value(str(Freshness.YES))),
        When(last_confirmed_on__gte=limits.due_from, then=Value(str(Freshness.DUE))),
        When(shown_by_default(today), then=Value(str(Freshness.OVERDUE))),
        default=Value(_HIDDEN),
        output_field=CharField(),
    )


def _shown(confirmed: Collection[str]) -> list[str]:
    """The states of what is shown, where these are asked for."""
    if not confirmed:
        return [str(state) for state in Freshness]
    return [*confirmed, *([_HIDDEN] if Freshness.OVERDUE in confirmed else [])]


def facets(
    found: Counts,
    selected: dict[str, dict[str, str]],
    names: dict[str, dict[str, Term]],
) -> list[Facet]:
    """Counts with headings and labels, most results first; closed lists keep their order, and
    they and Boards show zeros. Other lists show what has results, what is chosen, and of terms
    that are marked so what the whole has."""
    result = []
    for parameter, known in names.items():
        chosen = selected.get(parameter, {})
        counted = found.get(parameter, {})
        is_open = VOCABULARIES[parameter].choices is None
        options = [
            FacetOption(value, term.label, counted.get(value, 0), value in chosen, term.parent)
            for value, term in known.items()
            if not is_open
            or parameter == "board"
            or term.is_found
            or value in counted
            or value in chosen
        ]
        if is_open:
            options.sort(key=lambda o: (-o.count, o.label))
        result.append(Facet(parameter, VOCABULARIES[parameter].heading, options))
    return result


def total(queries: dict[str, PartnershipQuerySet]) -> dict[str, int]:
    """name → number of results of each query. One query for all of them."""
    scans = [
        query.order_by()
        .annotate(without=Value(name, output_field=CharField()))
        .values_list("without")
        .annotate(n=Count("pk"))
        for name, query in queries.items()
    ]
    if not scans:
        return {}
    first, *rest = scans
    found = dict(first.union(*rest, all=True) if rest else first)
    return {name: found.get(name, 0) for name in queries}
