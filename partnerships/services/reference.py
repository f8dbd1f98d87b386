"""Load what stands in reference/: countries, Boards, vocabularies, frameworks, known aliases."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model

from partnerships.choices import FrameworkState, IncomeGroup
from partnerships.imports.institutions import read as read_institutions
from partnerships.indexing import deferred, rebuild
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    Framework,
    Funder,
    Hallmark,
    HealthBoard,
    Institution,
    InstitutionAlias,
    Partnership,
    Principle,
    Profession,
    Topic,
    User,
)
from partnerships.services import institutions
from partnerships.services.writing import write

FOLDER = Path(__file__).resolve().parent.parent / "reference"
REASON = "Loaded from the reference data"
Progress = Callable[[str, int, int], None]
Values = dict[str, Any]
_INCOME = {label: code for code, label in IncomeGroup.choices}
_TERMS: dict[str, type[Any]] = {
    "topics": Topic,
    "activities": Activity,
    "professions": Profession,
    "funders": Funder,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What loading did with the rows of one kind. Kept are those that a person has changed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0

    @property
    def has_changed(self) -> bool:
        return bool(self.created or self.updated)


def _quiet(what: str, done: int, total: int) -> None:
    pass


@transaction.atomic
def load(*, by: User, at: datetime, progress: Progress = _quiet) -> dict[str, Tally]:
    """Bring the registry up to the files, in one transaction; says what became of each kind.

    A second time nothing is written. A row that a person changed in the registry is kept as it
    is, and one that no file names stays. A framework's version, once there, is never rewritten:
    answers keep the wording that they were given to. Where anything changed that is searched,
    the index is made anew.
    """
    tallies: dict[str, Tally] = {}
    steps: list[tuple[str, Callable[[], Tally]]] = [
        ("countries", lambda: _load(Country, "alpha2", _countries(), by)),
        ("goals", lambda: _load(DevelopmentGoal, "number", _goals(), by)),
        *(
            (name, lambda name=name, model=model: _load(model, "code", _terms(name), by))  # type: ignore[misc]
            for name, model in _TERMS.items()
        ),
        ("institutions", lambda: _load_institutions(by, at)),
        ("health_boards", lambda: _load(HealthBoard, "institution_id", _boards(), by)),
        ("aliases", lambda: load_aliases(by=by)),
    ]
    with deferred():
        for done, (name, step) in enumerate(steps, start=1):
            tallies[name] = step()
            progress("reference data", done, len(steps) + 1)
    if any(tally.has_changed for tally in tallies.values()) and Partnership.objects.exists():
        rebuild()
    tallies["frameworks"] = _load_frameworks(by)
    progress("reference data", len(steps) + 1, len(steps) + 1)
    return tallies


def _load(
    model: type[Any],
    key: str,
    rows: Iterable[Values],
    by: User,
    save: Callable[[Any], object] | None = None,
) -> Tally:
    """Create or update each row, found by its key. Compares before it writes: no query for what
    is as it should be."""
    stored = {getattr(row, key): row for row in model._default_manager.all()}
    count: Counter[str] = Counter()
    for values in rows:
        row = stored.get(values[key])
        if row is None:
            verdict, row = "created", model()
        elif all(getattr(row, name) == value for name, value in values.items()):
            verdict = "unchanged"
        else:
            verdict = "kept" if _is_a_persons(row, by) else "updated"
        count[verdict] += 1
        if verdict in ("created", "updated"):
            for name, value in values.items():
                setattr(row, name, value)
            if save:
                save(row)
            else:
                write(row, by=by, reason=REASON)
    return Tally(**count)


def _is_a_persons(row: Model, by: User) -> bool:
    """Whether somebody else than the loader wrote the row's last version."""
    history = getattr(row, "history", None)
    if history is None:
        return False
    last = history.order_by("-history_date", "-history_id").first()
    return last is not None and last.history_user_id not in (None, by.pk)


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _several(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


def _countries() -> list[Values]:
    flags = {row["alpha2"]: row for row in _read("country_flags.csv")}
    return [_country(row, flags.get(row["alpha2"], {})) for row in _read("countries.csv")]


def _country(row: dict[str, str], flags: dict[str, str]) -> Values:
    same = ("alpha2", "alpha3", "numeric", "name", "common_name", "who_region")
    degrees = ("latitude", "longitude", "bbox_west", "bbox_south", "bbox_east", "bbox_north")
    return {
        **{name: row[name] for name in (*same, "un_region", "un_subregion")},
        **{name: float(row[name]) for name in degrees},
        "aliases": _several(row["aliases"]),
        # The World Bank's "Unclassified" is no group.
        "income_group": _INCOME.get(row["wb_income_group"], ""),
        "income_year": row["wb_income_year"],
        "is_least_developed": row["is_ldc"] == "1",
        "is_on_safeguards_list": flags.get("safeguards_list_2023") == "yes",
        "is_partner_country": flags.get("scottish_partner_country") == "yes",
        "is_official": row["iso_status"] == "official",
    }


def _goals() -> list[Values]:
    rows = _read("vocabularies/sdgs.csv")
    return [{"number": int(row["number"]), "label": row["label"]} for row in rows]


def _terms(name: str) -> list[Values]:
    return [
        {
            "code": row["code"],
            "label": row["label"],
            "description": row["description"],
            "synonyms": _several(row["synonyms"]),
            "position": int(row["position"]),
        }
        for row in _read(f"vocabularies/{name}.csv")
    ]


def _load_institutions(by: User, at: datetime) -> Tally:
    """The Boards' institutions with all that stands above them, the topmost first. The others
    come by import, with the partnerships that name them."""
    from partnerships.services.imports import institution_rows

    wanted = {row["institution"] for row in _read("health_boards.csv")}
    rows = institution_rows(read_institutions(FOLDER / "institutions.csv"), wanted)
    count: Counter[str] = Counter()
    for row in rows:
        verdict = row.verdict(by, _is_a_persons)
        count[verdict] += 1
    return Tally(**count)
