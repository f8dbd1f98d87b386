"""A client that is made from docs/openapi.yaml, as a partner makes one, against the live server."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "registry_client"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Makes the client and lets tests import it. Takes seconds and asks no network."""
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.json"
    config.write_text(json.dumps({"package_name_override": NAME, "post_hooks": []}))
    done = subprocess.run(
        [
            Path(sys.executable).parent / "openapi-python-client",
            "generate",
            "--fail-on-warning",
            "--meta=none",
            f"--path={ROOT / 'docs' / 'openapi.yaml'}",
            f"--output-path={folder / NAME}",
            f"--config={config}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield NAME
    sys.path.remove(str(folder))
    for module in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[module]


@pytest.fixture
def ask(package: str, live_server: Any, register: None) -> Any:
    """A function from the name of an operation, and its parameters, to status and answer."""
    client = importlib.import_module(package).Client(base_url=live_server.url)

    def call(operation: str, **parameters: Any) -> tuple[int, Any]:
        module = importlib.import_module(f"{package}.api.{operation}")
        answer = module.sync_detailed(client=client, **parameters)
        assert answer.parsed is not None, f"{answer.status_code} is not described"
        return int(answer.status_code), answer.parsed

    with client:
        yield call


def test_pages_of_a_list_and_one_record(ask: Any) -> None:
    status, page = ask("partnerships.partnerships_list", page_size=2, q="blantyre")

    assert (status, page.count, page.next_) == (200, 2, None)
    assert [record.name for record in page.results] == [
        "Emergency care in Blantyre",
        "Eyes of Blantyre",
    ]
    status, record = ask("partnerships.partnerships_retrieve", name=page.results[0].slug)
    assert status == 200
    assert record.began.value == "2010"
    assert [member.institution.country for member in record.members] == ["GB", "MW"]
    told, listed = record.to_dict(), page.results[0].to_dict()
    assert {name: told[name] for name in listed if name != "members"} == {
        name: value for name, value in listed.items() if name != "members"
    }


def test_every_page_by_following_next(ask: Any) -> None:
    names, parameters = [], {"page_size": 2}
    while True:
        status, page = ask("partnerships.partnerships_list", **parameters)
        assert status == 200
        names += [record.name for record in page.results]
        if page.next_ is None:
            break
        asked = parse_qs(urlsplit(page.next_).query)
        parameters = {name: number(values[0]) for name, values in asked.items()}
    assert len(names) == page.count == 5
    assert names == sorted(set(names))


def number(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def test_problems_are_told_apart(ask: Any) -> None:
    status, problem = ask("partnerships.partnerships_list", country=["ZZ"])
    assert (status, problem.status) == (400, 400)
    assert list(problem.errors.additional_properties) == ["country"]

    status, problem = ask("institutions.institutions_retrieve", name="nowhere")
    assert (status, problem.title) == (404, "Not Found")
