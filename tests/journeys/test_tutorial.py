"""The first steps of docs/api.md, done as a partner does them, against the live server."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.project.test_docs import SITE, page, section

TUTORIAL = section(page("docs/api.md"), "An afternoon")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", TUTORIAL, re.M | re.S)
    assert found, f"there is no example in {language!r}"
    return found[1]


@pytest.fixture
def run(live_server: Any, register: None, tmp_path: Path) -> Any:
    """A function that runs a program on an example, in an empty folder, and gives what it says."""

    def call(language: str, *program: str) -> str:
        text = block(language).replace(SITE, live_server.url)
        done = subprocess.run(
            program,
            input=text,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def fetched(live_server: Any, address: str) -> str:
    with urlopen(address.replace(SITE, live_server.url)) as answer:
        text: str = answer.read().decode()
        return text


def heading(text: str) -> list[str]:
    return next(csv.reader(io.StringIO(text)))


def test_curl(run: Any, tmp_path: Path) -> None:
    said = run("sh", "bash", "-e", "-o", "pipefail")

    assert said.startswith("It is whole.\nslug,name,")
    malawi = json.loads((tmp_path / "malawi.json").read_text())
    assert malawi["count"] == len(malawi["results"]) == 3
    assert {name for record in malawi["results"] for name in record} >= {"name", "summary"}
    assert (tmp_path / "partnerships.csv").stat().st_size > 500


def test_python(run: Any, tmp_path: Path) -> None:
    said = run("python", sys.executable, "-")

    rows = dict(csv.reader(io.StringIO((tmp_path / "countries.csv").read_text())))
    assert rows.pop("country") == "partnerships"
    assert said == f"{len(rows)} countries are in countries.csv\n"
    assert rows["NP"] == "1"
    assert int(rows["MW"]) >= 2


def test_r(run: Any, live_server: Any) -> None:
    """Where there is no R, at least its addresses and columns are right."""
    code = block("r")
    if shutil.which("Rscript"):
        assert "Ninewells Hospital" in run("r", "Rscript", "-")
    base = re.search(r'site <- "([^"]+)"', code)[1]
    columns = {
        name for file in re.findall(r'read\("(\S+)"\)', code)
        for name in heading(fetched(live_server, base + file))
    }  # fmt: skip
    named = set(re.findall(r'by\.[xy] = "(\w+)"', code)) | set(re.findall(r"\$(\w+)", code))
    assert named == {"institution_id", "permanent_id", "name"}
    assert named <= columns


def test_power_query(live_server: Any, register: None) -> None:
    code = block("powerquery")
    text = fetched(live_server, re.search(r'Web\.Contents\("([^"]+)"\)', code)[1])
    assert not text.startswith("\ufeff")
    assert set(re.findall(r"\[(\w+)\]", code)) == {"countries"} <= set(heading(text))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row for row in rows if "MW" in row["countries"].split("|")]


def test_qgis(live_server: Any, register: None) -> None:
    addresses = re.findall(rf"'({SITE}/[^']+geojson[^']*)'", TUTORIAL)
    assert len(addresses) == 2
    first = json.loads(fetched(live_server, addresses[0]))
    kinds = {each["geometry"] and each["geometry"]["type"] for each in first["features"]}
    assert kinds == {None, "Point"}
