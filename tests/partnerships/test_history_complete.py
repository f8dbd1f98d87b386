"""No write without a history row: every public verb is tried, and the tables compared.

A verb is whatever a module of `services` defines without an underscore. A new one needs an example
in verbs.py, or a word why it writes nothing that has a history.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps

from partnerships import models as registry
from partnerships import services
from tests.factories.records import (
    make_partnership,
    make_unit,
)
from tests.mapapp.admin.test_matrix import undone
from tests.partnerships.test_strangers import World
from tests.partnerships.verbs import (
    DERIVED,
    ELSEWHERE,
    EXAMPLES,
    MANY,
    OF_WHAT_PASSES,
    READERS,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# ------------------------------------------------------------------------------ the comparison

TRACKED = [
    model
    for model in apps.get_app_config("partnerships").get_models()
    if hasattr(model, "history") and not model.__name__.startswith("Historical")
]


def rows_of(model: Any) -> dict[Any, dict[str, Any]]:
    """What a history keeps of each row, as the row says it."""
    kept = [field.attname for field in model.history.model.tracked_fields]
    kept = [name for name in kept if name not in DERIVED.get(model.__name__, ())]
    rows = {row["pk"]: row for row in model._default_manager.values("pk", *kept)}
    for field in lists_of(model):
        through = getattr(model, field).through
        own, other = (f"{model._meta.model_name}_id", f"{key_of(model, field)}_id")
        for pk, related in through.objects.values_list(own, other):
            rows[pk].setdefault(field, set()).add(related)
    return rows


def lists_of(model: Any) -> list[str]:
    return [field.name for field in getattr(model.history.model, "_history_m2m_fields", ())]


def key_of(model: Any, field: str) -> str:
    return str(model._meta.get_field(field).m2m_reverse_field_name())


def unkept(before: dict[Any, Any], last: dict[Any, int]) -> Iterator[str]:
    """Each row that is no longer what it was, and whose history does not say so."""
    for model in TRACKED:
        now = rows_of(model)
        keys = {pk for pk in before[model].keys() | now if before[model].get(pk) != now.get(pk)}
        key = model._meta.pk.attname
        since = model.history.filter(history_id__gt=last[model])
        kept = {getattr(row, key): row for row in since.order_by("history_id")}
        for pk in keys:
            if pk not in kept or says_otherwise(kept[pk], now.get(pk)):
                yield f"{model.__name__} {pk}"


def says_otherwise(version: Any, row: dict[str, Any] | None) -> bool:
    """Whether the last version of a row is not what the row says."""
    if row is None:
        return bool(version.history_type != "-")
    columns = {name: value for name, value in row.items() if not isinstance(value, set)}
    del columns["pk"]
    return any(getattr(version, name) != value for name, value in columns.items())


def verbs() -> dict[str, Any]:
    found = {}
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"partnerships.services.{module.name}")
        for name, verb in vars(loaded).items():
            own = inspect.isfunction(verb) and verb.__module__ == loaded.__name__
            if own and not name.startswith("_"):
                found[f"{module.name}.{name}"] = inspect.unwrap(verb).__code__
    return found


def test_no_verb_writes_without_a_history() -> None:
    codes = {code: name for name, code in verbs().items()}
    called: set[str] = set()

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            called.add(codes[frame.f_code])

    wrong: dict[str, list[str]] = defaultdict(list)
    world, by = World(), make_unit()
    before = {model: rows_of(model) for model in TRACKED}
    last = {model: last_of(model) for model in TRACKED}
    for name, example in EXAMPLES.items():
        with undone():
            sys.setprofile(note if name in MANY else None)
            try:
                example(copy.deepcopy(world), by)
            finally:
                sys.setprofile(None)
            wrong[name] += unkept(before, last)
    assert {name: rows for name, rows in wrong.items() if rows} == {}
    tried = (
        called
        | EXAMPLES.keys()
        | READERS
        | ELSEWHERE
        | {name for name in codes.values() if passes(name)}
    )
    assert set(codes.values()) - tried == set(), "verbs without an example"


def passes(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in OF_WHAT_PASSES


def last_of(model: Any) -> int:
    newest = model.history.order_by("-history_id").values_list("history_id", flat=True)
    return newest.first() or 0


def test_a_write_without_a_history_is_found() -> None:
    """The comparison itself: a bulk update keeps nothing, and is named."""
    record = make_partnership()
    before = {model: rows_of(model) for model in TRACKED}
    last = {model: last_of(model) for model in TRACKED}
    registry.Partnership.objects.filter(pk=record.pk).update(summary="Behind its back")
    record.members.update(role="host")
    assert len(list(unkept(before, last))) == 3
