"""Load what stands in reference/: countries, Boards, vocabularies, frameworks, questionnaires,
resources, known aliases."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model

from partnerships.choices import (
    FrameworkState,
    ImportVerdict,
    IncomeGroup,
    QuestionnaireState,
)
from partnerships.imports.institutions import plan_institutions
from partnerships.imports.institutions import read as read_institutions
from partnerships.imports.matching import load_known
from partnerships.imports.plan import Plan
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
    Questionnaire,
    Topic,
    User,
)
from partnerships.services import institutions, resources
from partnerships.services.imports import write_institutions
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
    is, and one that no file names stays. A version of a framework or a questionnaire, once there,
    is never rewritten: answers keep the wording that they were given to. Where anything changed
    that is searched, the index is made anew.
    """
    tallies: dict[str, Tally] = {}
    steps: list[tuple[str, Callable[[], Tally]]] = [
        ("countries", lambda: _load(Country, "alpha2", _countries(), by)),
        ("goals", lambda: _load(DevelopmentGoal, "number", _goals(), by)),
        *(
            (name, lambda name=name, model=model: _load(model, "code", _terms(name), by))
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
    tallies["questionnaires"] = _load_questionnaires(by)
    tallies["resources"] = Tally(**resources.load(_resources(), by=by, reason=REASON))
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
    """The Boards' institutions and all that stands above them. The others come by import, with
    the partnerships that name them."""
    table = read_institutions(FOLDER / "institutions.csv")
    cells = {row.cells["id"]: row.cells for row in table.rows}
    wanted: set[str] = set()
    for board in _read("health_boards.csv"):
        slug = board["institution"]
        while slug and slug not in wanted:
            wanted.add(slug)
            slug = cells[slug]["parent"]
    some = replace(table, rows=tuple(row for row in table.rows if row.cells["id"] in wanted))
    plan = plan_institutions(some, load_known())
    kept = _changed_by_persons(plan, by)
    written = write_institutions(
        [row for row in plan.rows if row.slug not in kept], by=by, at=at, reason=lambda row: REASON
    )
    return Tally(**written, kept=len(kept))


def _changed_by_persons(plan: Plan, by: User) -> set[str]:
    changed = [row.slug for row in plan.rows if row.verdict == ImportVerdict.UPDATE]
    rows = Institution.objects.filter(slug__in=changed)
    return {row.slug for row in rows if _is_a_persons(row, by)}


def _boards() -> list[Values]:
    keys = dict(Institution.objects.values_list("slug", "pk"))
    return [
        {
            "institution_id": keys[row["institution"]],
            "code": row["code"],
            "former_codes": _several(row["former_codes"]),
            "is_territorial": row["territorial"] == "yes",
        }
        for row in _read("health_boards.csv")
    ]


@transaction.atomic
def load_aliases(*, by: User) -> Tally:
    """Former names, acronyms and spellings of those institutions that are in the registry.

    Call it after an import of institutions, too.
    """
    known = set(InstitutionAlias.objects.values_list("institution__slug", "name"))
    rows = _read("institution_aliases.csv")
    slugs = {row["institution"] for row in rows}
    named = Institution.objects.in_bulk(list(slugs), field_name="slug")
    removed = _removed_by_persons(by)
    count: Counter[str] = Counter()
    touched: dict[str, Institution] = {}
    for row in rows:
        institution = named.get(row["institution"])
        if institution is None:
            continue
        pair = (institution.slug, row["name"])
        if pair in known:
            count["unchanged"] += 1
        elif (institution.pk, row["name"]) in removed:
            count["kept"] += 1
        else:
            alias = InstitutionAlias(institution=institution, name=row["name"], kind=row["kind"])
            write(alias, by=by, reason=REASON)
            touched[institution.slug] = institution
            count["created"] += 1
    with deferred():
        for institution in touched.values():
            institutions.settle(institution, by=by, reason=REASON)
    return Tally(**count)


def _removed_by_persons(by: User) -> set[tuple[int, str]]:
    """Aliases that somebody took away, or changed: they do not come back."""
    history = InstitutionAlias.history.exclude(history_user=by).exclude(history_user=None)
    old = set(history.values_list("id", flat=True))
    rows = InstitutionAlias.history.filter(id__in=old)
    return set(rows.values_list("institution_id", "name"))


def _resources() -> list[Values]:
    same = ("slug", "title", "publisher", "summary", "audience", "language", "link")
    return [
        {
            **{name: row[name] for name in same},
            "published_year": int(row["published_year"]) if row["published_year"] else None,
            "topics": _several(row["topics"]),
            "principles": _several(row["principles"]),
        }
        for row in _read("resources.csv")
    ]


def _load_frameworks(by: User) -> Tally:
    """Add the versions that are not there yet, whole and published."""
    known = set(Framework.objects.values_list("code", "version"))
    count: Counter[str] = Counter()
    for path in sorted((FOLDER / "frameworks").glob("*.json")):
        values = json.loads(path.read_text(encoding="utf-8"))
        if (values["code"], values["version"]) in known:
            count["unchanged"] += 1
        else:
            _add_framework(values, by)
            count["created"] += 1
    return Tally(**count)


def _load_questionnaires(by: User) -> Tally:
    """Add the versions that are not there yet, published. One that a round uses, or that a person
    has changed, stays as it is."""
    count: Counter[str] = Counter()
    stored = {(row.code, row.version): row for row in Questionnaire.objects.all()}
    for path in sorted((FOLDER / "questionnaires").glob("*.json")):
        values = json.loads(path.read_text(encoding="utf-8"))
        row = stored.get((values["code"], values["version"]))
        if row is None:
            verdict, row = "created", Questionnaire(state=QuestionnaireState.PUBLISHED)
        elif all(getattr(row, name) == value for name, value in values.items()):
            verdict = "unchanged"
        else:
            verdict = "kept" if row.rounds.exists() or _is_a_persons(row, by) else "updated"
        count[verdict] += 1
        if verdict in ("created", "updated"):
            for name, value in values.items():
                setattr(row, name, value)
            write(row, by=by, reason=REASON)
    return Tally(**count)


def _add_framework(values: Values, by: User) -> None:
    principles = values.pop("principles")
    framework = Framework(**values, state=FrameworkState.PUBLISHED)
    write(framework, by=by, reason=REASON)
    for number, principle in enumerate(principles, start=1):
        hallmarks = principle.pop("hallmarks")
        row = Principle(framework=framework, number=number, **principle)
        write(row, by=by, reason=REASON)
        for place, hallmark in enumerate(hallmarks, start=1):
            write(Hallmark(principle=row, number=place, **hallmark), by=by, reason=REASON)
