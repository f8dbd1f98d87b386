"""The repository itself: what is in it, how big its parts are, what they are called."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("partnerships", "mapapp", "scripts", "tests", "benchmarks")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git working tree")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def sources() -> list[Path]:
    return [
        path
        for folder in CODE
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_of_others_is_tracked():
    """Packages, front-end files and build output are fetched and made, not kept."""
    made = re.compile(r"(^|/)(node_modules|vendor|staticfiles|\.venv)/|\.min\.(js|css)$|\.sqlite3")

    assert [short(path) for path in tracked() if made.search(short(path))] == []


def test_no_host_of_a_package_index_is_named():
    """Whoever installs chooses where from; a pin is a name, a version and hashes."""
    hosts = re.compile(rb'"resolved"|--(extra-)?index-url|^(registry|index-url)\s*=', re.MULTILINE)
    files = [ROOT / "package-lock.json", ROOT / ".npmrc", *ROOT.glob("requirements*.txt")]

    assert [short(path) for path in files if hosts.search(path.read_bytes())] == []


def test_every_pin_has_a_hash():
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9][^\n]*?==[^\n]*", text, flags=re.MULTILINE)
        assert pins
        assert [pin for pin in pins if not pin.endswith("\\")] == [], path.name


def test_every_dependency_says_why():
    """A comment stands above each dependency in pyproject.toml."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start, end = lines.index("[project]"), lines.index("[tool.ruff]")
    bare = [
        line.strip()
        for above, line in zip(lines[start:end], lines[start + 1 : end], strict=False)
        if re.match(r'    "[a-z0-9-]+[<>=]', line) and not above.strip().startswith("#")
    ]
    assert bare == []


@pytest.mark.parametrize("path", sources(), ids=short)
def test_modules_are_short_and_say_what_they_are_for(path):
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 400, "split it: docs/architecture.md says where parts go"
    if text.strip():
        assert re.match(r'(#![^\n]*\n)?r?"""\S', text), "begin with a docstring of one sentence"


#: Lines of one file in each folder of the front end, by its ending.
MOST_LINES = {"static/css": ("css", 500), "static/js": ("js", 200), "templates": ("html", 150)}


@pytest.mark.parametrize("folder", MOST_LINES)
def test_style_sheets_scripts_and_templates_are_short(folder):
    ending, most = MOST_LINES[folder]
    lines = {
        short(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob(f"*.{ending}")
    }
    assert lines
    assert {path: number for path, number in lines.items() if number > most} == {}


def test_no_module_is_called_after_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}

    assert [short(path) for path in sources() if {path.stem, path.parent.name} & vague] == []


def test_javascript_runs_without_an_inline_line_or_another_site():
    """The content security policy would stop it; here it is found before a browser does."""
    inline = re.compile(
        r"<script(?![^>]*\b(src|type=\"application/(ld\+)?json\"))[^>]*>(?!\s*</script>)"
        r"|<style[\s>]|\sstyle=\"|\son[a-z]+=\"|javascript:",
        re.IGNORECASE,
    )
    elsewhere = re.compile(
        r"<(script|link|img|iframe)[^>]*(src|href)=\"(https?:)?//", re.IGNORECASE
    )
    found = [
        (short(path), hit.group(0))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if path.parent.name != "mail"  # read by mail programs, which know no style sheets
        for pattern in (inline, elsewhere)
        if (hit := pattern.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_make_help_lists_every_target():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, flags=re.MULTILINE)
    assert phony is not None
    targets = set(phony[1].split())
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env=clean()
    ).stdout

    assert set(re.findall(r"^  make ([a-z-]+)", listed, flags=re.MULTILINE)) == targets - {
        "test-sqlite",
        "test-postgres",
    } | ({"test-sqlite", "test-postgres"} & set(re.findall(r"make ([a-z-]+)", listed)))
    assert {"run", "test", "check", "bench", "assets", "browser", "help"} <= targets


def clean() -> dict[str, str]:
    """Without the variables by which a make above would change what a make below prints."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
