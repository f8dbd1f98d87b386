"""The docs say what the code does: every name is in its page, every link and example works."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.test import Client
from django.urls import URLPattern

from mapapp.api import schema
from mapapp.api.urls import urlpatterns
from mapapp.logs import SECRET
from mapapp.urls import urlpatterns as site_patterns
from partnerships.exports import HEADINGS
from partnerships.filters import MAX_VALUE_LENGTH, MAX_VALUES, MEANINGS, SORTS
from partnerships.resource_search import MEANINGS as RESOURCE_MEANINGS
from partnerships.tables import COUNTRIES, INSTITUTIONS, MEMBERS, VOCABULARIES
from partnerships.textsearch import MAX_LENGTH, MAX_WORDS
from tests.project.test_imports import LAYERS
from tests.real_registry import real_registry  # noqa: F401  # a fixture

ROOT = Path(__file__).resolve().parents[2]
ADRS = ROOT / "docs" / "adr"
SITE = "https://map.example.org"
#: Stands in an example for whatever is really there.
ANYTHING = "…"


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git working tree")
    return sorted(ROOT / name for name in listed.stdout.split("\0") if name)


def first_cells(text: str) -> list[str]:
    """The names in backticks in the first column of all tables."""
    rows = re.findall(r"^\| (`[^|]*)\|", text, flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def section(text: str, heading: str) -> str:
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
    )
    assert found, f"there is no section “{heading}”"
    return found[1]


# ---------------------------------------------------------------------------------- every page


def test_every_link_to_a_file_resolves():
    broken = []
    for path in documents():
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (path.parent / name).resolve() if name else path
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def anchors(path: Path) -> set[str]:
    """What a heading can be linked to by, as code hosts make it."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def test_every_make_target_is_described():
    phony = re.search(r"^\.PHONY: (.+)$", page("Makefile"), flags=re.MULTILINE)
    assert phony is not None
    described = page("README.md") + page("CONTRIBUTING.md")

    assert [name for name in phony[1].split() if f"`make {name}" not in described] == []


def test_every_command_is_described():
    folder = ROOT / "partnerships" / "management" / "commands"
    commands = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    described = page("README.md") + page("docs/operations.md")

    assert {name for name in commands if not re.search(rf"\b{name}\b", described)} == set()


def test_every_column_of_the_tables_is_described():
    described = page("docs/data-dictionary.md")

    assert [name for name in HEADINGS if f"`{name}`" not in described] == []


def test_every_column_of_the_whole_dataset_is_described_in_the_same_words():
    text = section(page("docs/data-dictionary.md"), "The files of the whole dataset")
    for table in (MEMBERS, COUNTRIES, VOCABULARIES):
        block = text.split(f"column of `{table.name}.csv`")[1].split("\n\n")[0]
        rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", block, flags=re.MULTILINE))
        assert rows == {each.name: each.meaning for each in table.fields}
    described = first_cells(page("docs/data-dictionary.md")) + re.findall(r"`(\w+)`", text)
    assert [name for name in INSTITUTIONS.headings if name not in described] == []


def test_every_command_that_is_named_exists():
    pages = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/domain.md"]
    named = {name for path in pages for name in re.findall(r"manage\.py ([a-z_]+)", page(path))}
    table = section(page("README.md"), "Commands")
    named |= set(re.findall(r"^\| `([a-z_]+)", table, flags=re.MULTILINE))

    assert named - set(get_commands()) == set()


def test_the_pictures_of_the_readme_are_small():
    shown = re.findall(r"!\[[^]]+\]\((docs/img/[a-z]+\.png)\)", page("README.md"))

    assert len(shown) == 6
    assert [name for name in shown if (ROOT / name).stat().st_size > 250_000] == []


def test_the_index_of_decisions_is_whole():
    linked = dict(
        re.findall(r"\[\d+\]\((\d{4}-[a-z0-9-]+\.md)\) \| (.+) \|", page("docs/adr/README.md"))
    )
    titles = {}
    for path in sorted(ADRS.glob("[0-9]*.md")):
        number, _, title = path.read_text(encoding="utf-8").partition("\n")[0].partition(". ")
        assert number == f"# {int(path.name[:4])}", f"{path.name} begins with another number"
        titles[path.name] = title

    assert linked == titles
    assert list(linked) == sorted(linked)


# ------------------------------------------------------------------------- docs/architecture.md


def test_the_import_order_is_the_tests():
    text = section(page("docs/architecture.md"), "Import order")
    written = re.findall(r"^\d+\. (.+?)(?=^\d+\. |^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)

    assert [set(re.findall(r"`([a-z_.]+)`", layer)) for layer in written] == LAYERS


def tree() -> set[str]:
    """The paths of the tree, which is written by indentation."""
    block = re.search(
        r"```\n(.*?)```", section(page("docs/architecture.md"), "The tree"), re.DOTALL
    )
    assert block is not None
    found: set[str] = set()
    above: list[str] = []
    for line in block[1].splitlines():
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r" {2,}", line.strip())[0].split()
        found |= {"/".join([*above[:depth], name.rstrip("/")]) for name in names}
        above = [*above[:depth], names[0].rstrip("/")]
    return found


def test_the_tree_is_the_tree():
    assert {name for name in tree() if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("package", ["partnerships", "mapapp"])
def test_the_tree_holds_every_part(package):
    ignored = {"__init__.py", "__pycache__"}
    parts = {f"{package}/{path.name}" for path in (ROOT / package).iterdir()} - {
        f"{package}/{name}" for name in ignored
    }
    assert parts - tree() == set()


# ---------------------------------------------------------------------------------- docs/api.md


def test_every_parameter_is_described_in_the_same_words():
    text = section(page("docs/api.md"), "The question")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| ?(?:yes )?\|$", text, flags=re.MULTILINE))

    assert rows == MEANINGS


def test_every_parameter_of_toolkits_is_described_in_the_same_words():
    text = section(page("docs/api.md"), "Toolkits and guides")

    assert dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", text, re.MULTILINE)) == RESOURCE_MEANINGS


def test_the_limits_and_orders_of_a_question_are_stated():
    text = section(page("docs/api.md"), "The question")

    assert {name for name in SORTS if f"`{name}`" not in text} == set()
    assert (
        f"at most {MAX_VALUES} values altogether, {MAX_WORDS} words, {MAX_LENGTH} characters in "
        f"`q` and {MAX_VALUE_LENGTH} in any other value" in text
    )


def named(route: str) -> str:
    """A route as people write it: <id or slug> is what partnerships and institutions go by."""
    if route.startswith(("partnerships/", "institutions/", "resources/")):
        route = route.replace("<name:name>", "<id or slug>")
    return route.replace("bulk/<name:name>", "bulk/<file>").replace("<name:", "<")


def test_every_address_of_the_api_is_described():
    routes = {named(str(pattern.pattern)) for pattern in urlpatterns}
    described = first_cells(section(page("docs/api.md"), "Addresses"))

    assert {name.removeprefix("/api/v1/") for name in described if name.startswith("/api/")} == (
        {route for route in routes if "(?P<rest>" not in route}
    )


def test_every_field_of_a_partnership_is_described():
    described = first_cells(section(page("docs/api.md"), "A partnership"))

    assert sorted(described) == sorted(schema.PartnershipDetail().fields)


def examples() -> list[tuple[str, int, Any]]:
    """Each address of the page, the status that it says, and the answer below it or None."""
    found: list[tuple[str, int, Any]] = []
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", page("docs/api.md"), re.M | re.S):
        if language == "json":
            address, status, _ = found.pop()
            found.append((address, status, json.loads(block)))
            continue
        for path, status in re.findall(rf"'{SITE}(/[^']*)'(?: +# (\d+))?", block):
            found.append((path, int(status or 200), None))
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("real_registry")
@pytest.mark.parametrize(
    ("path", "status", "stated"), examples(), ids=lambda value: str(value)[:60]
)
def test_examples_answer_as_stated(path, status, stated):
    answer = Client().get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content

    assert answer.status_code == status
    assert content
    if stated is not None:
        check_shape(stated, json.loads(content), path)


def check_shape(stated: Any, answer: Any, where: str) -> None:
    """The same keys and kinds of values; lists by their first element. Null says nothing."""
    if stated is None or stated == ANYTHING:
        return
    if isinstance(stated, dict):
        assert isinstance(answer, dict), where
        if ANYTHING not in stated:
            assert list(stated) == list(answer), where
            for name, value in stated.items():
                check_shape(value, answer[name], f"{where} {name}")
    elif isinstance(stated, list):
        assert isinstance(answer, list), where
        if stated:
            assert answer, f"{where} is empty"
            check_shape(stated[0], answer[0], where)
    elif isinstance(stated, bool) or not isinstance(stated, (int, float)):
        assert type(stated) is type(answer), where
    else:
        assert isinstance(answer, (int, float)), where


def test_examples_are_found():
    found = examples()

    assert len(found) >= 15
    assert {status for _, status, _ in found} == {200, 400}
    assert sum(stated is not None for _, _, stated in found) >= 8


def test_the_proxy_leaves_out_of_its_log_what_the_site_leaves_out() -> None:
    found = re.search(r"location ~ \^/\((.+)\)/ \{\s+access_log off;", page("docs/operations.md"))
    assert found
    assert set(found[1].split("|")) == set(SECRET)
    with_tokens = {
        str(each.pattern).split("/<")[0]
        for each in site_patterns
        if isinstance(each, URLPattern) and ":token>" in str(each.pattern)
    }
    assert len(with_tokens) > 3
    assert with_tokens <= set(SECRET)
