"""The values that a question may name, with their labels: closed lists and coded rows alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast

from partnerships.choices import (
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
    Funder,
    HealthBoard,
    Institution,
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

    def labels_of(self, values: Iterable[str]) -> dict[str, str]:
        """Labels of those values that exist; at most one query."""
        if self.choices is not None:
            return {value: self.choices[value] for value in values if value in self.choices}
        return {value: label for _, value, label in self.rows("").filter(_v__in=list(values))}

    def rows(self, parameter: str) -> QuerySet[Any, Any]:
        """(parameter, value, label) of every row, as text."""
        every = self.model._default_manager.order_by().annotate(_v=_text(self.value_path))
        name = Value(parameter, output_field=CharField())
        rows: QuerySet[Any, Any] = every.values_list(name, "_v", F(self.label_path))
        return rows


def _text(path: str) -> Any:
    return Cast(F(path), CharField())


def _choices(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


#: Every facet of the contract's query string, in the order in which pages show them.
VOCABULARIES: dict[str, Vocabulary] = {
    "country": Vocabulary("Country", model=Country, value_path="alpha2", label_path="common_name"),
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
    "institution": Vocabulary(
        "Institution", model=Institution, value_path="slug", label_path="name"
    ),
}


def labels(parameters: Iterable[str]) -> dict[str, dict[str, str]]:
    """parameter → value → label for whole vocabularies; one query for all that are rows."""
    result: dict[str, dict[str, str]] = {}
    querysets: list[QuerySet[Any, Any]] = []
    for parameter in parameters:
        vocabulary = VOCABULARIES[parameter]
        result[parameter] = dict(vocabulary.choices or {})
        if vocabulary.choices is None:
            querysets.append(vocabulary.rows(parameter))
    if querysets:
        first, *rest = querysets
        for parameter, value, label in first.union(*rest, all=True) if rest else first:
            result[parameter][value] = label
    return result


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
    if scans:
        first, *rest = scans
        for parameter, value, label in first.union(*rest, all=True) if rest else first:
            found[parameter][value] = label
    return {
        parameter: {value: found[parameter][value] for value in some if value in found[parameter]}
        for parameter, some in wanted.items()
    }
