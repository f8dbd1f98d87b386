"""The values that a question may name, with their labels: closed lists and coded rows alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Cast

from partnerships.choices import (
    CycleStep,
    Freshness,
    IncomeGroup,
    Nation,
    PartnershipKind,
    Stage,
    WhoRegion,
)
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    FacetValue,
    Funder,
    HealthBoard,
    Institution,
    Partnership,
    Profession,
    Topic,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One facet's values: a list that code knows, or else rows that are data."""

    heading: str
    #: value → label, in their order, for lists that code knows.
    choices: dict[str, str] | None = None
    #: The rows, and the paths of their value and label, for lists that are data.
    model: type[models.Model] = models.Model
    value_path: str = ""
    label_path: str = ""
    #: The value of another facet that a value belongs to: a country's region.
    parent_path: str = ""

    def labels_of(self, values: Iterable[str]) -> dict[str, str]:
        """Labels of those values that exist; at most one query."""
        if self.choices is not None:
            return {value: self.choices[value] for value in values if value in self.choices}
        return {value: label for _, value, label, _ in self.rows("").filter(_v__in=list(values))}

    def rows(self, parameter: str) -> QuerySet[Any, Any]:
        """(parameter, value, label, parent) of every row, as text."""
        every = self.model._default_manager.order_by().annotate(_v=_text(self.value_path))
        name = Value(parameter, output_field=CharField())
        parent = F(self.parent_path) if self.parent_path else Value("", output_field=CharField())
        rows: QuerySet[Any, Any] = every.values_list(name, "_v", F(self.label_path), parent)
        return rows


def _text(path: str) -> Any:
    return Cast(F(path), CharField())


def _choices(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


#: Every facet of the contract's query string, in the order in which pages show them.
VOCABULARIES: dict[str, Vocabulary] = {
    "country": Vocabulary(
        "Country",
        model=Country,
        value_path="alpha2",
        label_path="common_name",
        parent_path="who_region",
    ),
    "region": Vocabulary("WHO region", choices=_choices(WhoRegion.choices)),
    "nation": Vocabulary("UK nation", choices=_choices(Nation.choices)),
    "board": Vocabulary(
        "Health Board",
        model=HealthBoard,
        value_path="institution__slug",
        label_path="institution__name",
    ),
    "topic": Vocabulary("Topic", model=Topic, value_path="code", label_path="label"),
    "activity": Vocabulary("What happens", model=Activity, value_path="code", label_path="label"),
    "profession": Vocabulary(
        "Professions involved", model=Profession, value_path="code", label_path="label"
    ),
    "stage": Vocabulary("Alive?", choices=_choices(Stage.choices)),
    "confirmed": Vocabulary("Confirmed", choices=_choices(Freshness.choices)),
    "kind": Vocabulary("Kind", choices=_choices(PartnershipKind.choices)),
    "funder": Vocabulary("Funder", model=Funder, value_path="code", label_path="label"),
    "income": Vocabulary("Income group", choices=_choices(IncomeGroup.choices)),
    "sdg": Vocabulary(
        "Sustainable Development Goal",
        model=DevelopmentGoal,
        value_path="number",
        label_path="label",
    ),
    "step": Vocabulary(
        "Twinning step", choices={str(n): f"{n} {label}" for n, label in CycleStep.choices}
    ),
    "institution": Vocabulary(
        "Institution", model=Institution, value_path="slug", label_path="name"
    ),
}


class Term(NamedTuple):
    label: str
    #: The value of the facet above it in a tree, or "".
    parent: str = ""
    #: Whether any partnership of the whole has it, where that was asked.
    is_found: bool = False


#: An institution is listed under a Board that stands at most so many levels above it.
_ABOVE = ("parent", "parent__parent", "parent__parent__parent")


def terms(parameters: Iterable[str]) -> dict[str, dict[str, Term]]:
    """parameter → value → term for whole vocabularies; one query for all that are rows."""
    scans = {name: VOCABULARIES[name].rows(name) for name in _rows_among(parameters)}
    return _terms(parameters, scans.values())


def terms_of_page(
    parameters: Iterable[str], whole: QuerySet[Partnership]
) -> dict[str, dict[str, Term]]:
    """The same, and the institutions under Boards; each marked if one of `whole` has it. One
    query."""
    scans = {name: VOCABULARIES[name].rows(name) for name in _rows_among(parameters)}
    scans["institution"] = _under_boards()
    found = FacetValue.objects.filter(value=OuterRef("_v")).of_any(whole)
    marked = (
        rows.annotate(_found=Exists(found.filter(facet=name))) for name, rows in scans.items()
    )
    return _terms([*parameters, "institution"], marked)


def _rows_among(parameters: Iterable[str]) -> list[str]:
    return [name for name in parameters if VOCABULARIES[name].choices is None]


def _terms(
    parameters: Iterable[str], scans: Iterable[QuerySet[Any, Any]]
) -> dict[str, dict[str, Term]]:
    result = {
        name: {value: Term(label) for value, label in (VOCABULARIES[name].choices or {}).items()}
        for name in parameters
    }
    for parameter, value, *term in _together(list(scans)):
        result[parameter][value] = Term(*term)
    return result


def _under_boards() -> QuerySet[Any, Any]:
    boards = HealthBoard.objects.order_by().values("institution")
    above = [When(**{f"{path}__in": boards}, then=F(f"{path}__slug")) for path in _ABOVE]
    found = Institution.objects.order_by().annotate(
        _v=_text("slug"), _board=Case(*above, output_field=CharField())
    )
    name = Value("institution", output_field=CharField())
    rows: QuerySet[Any, Any] = found.filter(_board__isnull=False).values_list(
        name, "_v", F("name"), F("_board")
    )
    return rows


def some_labels(values: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """parameter → value → label of the named values of lists that are rows, in the order given.
    One query for all of them."""
    wanted = {parameter: list(some) for parameter, some in values.items()}
    scans = [
        VOCABULARIES[parameter].rows(parameter).filter(_v__in=some)
        for parameter, some in wanted.items()
        if some
    ]
    found: dict[str, dict[str, str]] = {parameter: {} for parameter in wanted}
    for parameter, value, label, _ in _together(scans):
        found[parameter][value] = label
    return {
        parameter: {value: found[parameter][value] for value in some if value in found[parameter]}
        for parameter, some in wanted.items()
    }


def _together(querysets: list[QuerySet[Any, Any]]) -> Iterable[Any]:
    if not querysets:
        return []
    first, *rest = querysets
    return first.union(*rest, all=True) if rest else first
