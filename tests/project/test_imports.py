"""The import order of docs/architecture.md: a module imports from its own layer or from below."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# From the bottom up. A new module is added to a layer here, which is a decision worth a line.
LAYERS = [
    {"partnerships.choices", "partnerships.policies"},
    {"partnerships.models"},
    {
        "partnerships.acts",
        "partnerships.changed_since",
        "partnerships.changes",
        "partnerships.detail",
        "partnerships.evaluation_figures",
        "partnerships.evaluation_pair",
        "partnerships.evaluation_report",
        "partnerships.evaluation_sharing",
        "partnerships.expansions",
        "partnerships.exports",
        "partnerships.facets",
        "partnerships.filters",
        "partnerships.geojson",
        "partnerships.indexing",
        "partnerships.links",
        "partnerships.lookalikes",
        "partnerships.mapcells",
        "partnerships.mapdata",
        "partnerships.mapview",
        "partnerships.neighbours",
        "partnerships.prefilled",
        "partnerships.proposed",
        "partnerships.proposed_values",
        "partnerships.proposed_words",
        "partnerships.public_history",
        "partnerships.public_lists",
        "partnerships.records",
        "partnerships.sheets",
        "partnerships.similar",
        "partnerships.sources",
        "partnerships.stats",
        "partnerships.tables",
        "partnerships.textsearch",
        "partnerships.twinning",
        "partnerships.versions",
        "partnerships.vocabulary",
    },
    {
        "partnerships.board_report",
        "partnerships.bulk",
        "partnerships.comparison",
        "partnerships.desk",
        "partnerships.evaluation_export",
        "partnerships.evaluation_progress",
        "partnerships.following",
        "partnerships.framework_versions",
        "partnerships.imports",
        "partnerships.institution_search",
        "partnerships.keyring",
        "partnerships.lookup",
        "partnerships.paging",
        "partnerships.places",
        "partnerships.resource_search",
        "partnerships.search",
        "partnerships.services",
        "partnerships.spelling",
        "partnerships.suggest",
        "partnerships.synthetic",
        "partnerships.thesaurus",
        "partnerships.trends",
    },
    {"partnerships.admin", "partnerships.apps", "partnerships.management"},
    {
        "mapapp.caches",
        "mapapp.corrections",
        "mapapp.facet_lists",
        "mapapp.forms",
        "mapapp.headings",
        "mapapp.querystring",
        "mapapp.sessions",
    },
    {"mapapp.api", "mapapp.templatetags", "mapapp.views"},
]
# The project's own wiring: it may import anything, and only the top layer of it is imported.
WIRING = {
    "mapapp.access_log",
    "mapapp.account_urls",
    "mapapp.adminsite",
    "mapapp.apps",
    "mapapp.asgi",
    "mapapp.behind_links",
    "mapapp.checks",
    "mapapp.conditional",
    "mapapp.context",
    "mapapp.env",
    "mapapp.handlers",
    "mapapp.logs",
    "mapapp.release",
    "mapapp.replica",
    "mapapp.settings",
    "mapapp.signing_in",
    "mapapp.storage",
    "mapapp.web_queries",
    "mapapp.urls",
    "mapapp.wsgi",
}
LAYER = {part: number for number, layer in enumerate(LAYERS) for part in layer}


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("partnerships", "mapapp"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imported(path: Path, names: set[str]) -> set[str]:
    """Our own modules that a file imports anywhere, without those that only mypy needs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import module` means the module, where there is one.
            found |= {
                full if (full := f"{node.module}.{alias.name}") in names else node.module
                for alias in node.names
            }
    return {name for name in found if name.split(".")[0] in {"partnerships", "mapapp"}}


def part_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


MODULES = list(modules())
NAMES = {name for name, _ in MODULES}


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_nothing_imports_from_a_layer_above(name, path):
    part = part_of(name)
    if part in WIRING or "." not in part:
        return
    assert part in LAYER, f"{part} is in no layer: name its layer in {Path(__file__).name}"
    above = {
        other
        for other in imported(path, NAMES)
        if LAYER.get(part_of(other), len(LAYERS)) > LAYER[part]
    }
    assert above == set(), f"{name} imports upwards"


def test_the_registry_knows_no_site():
    knows = {
        name: site
        for name, path in MODULES
        if name.startswith("partnerships")
        and (site := {other for other in imported(path, NAMES) if other.startswith("mapapp")})
    }
    assert knows == {}


def test_policies_are_pure():
    """Values in, verdict out: no ORM, no settings, no clock."""
    forbidden = {
        name: sorted(bad)
        for name, path in MODULES
        if name.startswith("partnerships.policies")
        and (bad := {word for word in words(path) if word.startswith("django")} | clock(path))
    }
    assert forbidden == {}


def words(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return found | {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }


def clock(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {call for call in calls if call.split(".")[-1] in {"now", "today", "utcnow"}}


def test_the_layers_are_disjoint():
    for low, high in pairwise(LAYERS):
        assert low & high == set()
    assert len(LAYER) == sum(map(len, LAYERS))
