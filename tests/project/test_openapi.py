"""docs/openapi.yaml is what the code says, valid, and says enough to be used."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import override_settings

from scripts.schema import NEUTRAL, TARGET


@pytest.fixture(scope="module")
def written() -> str:
    """The description as `make schema` would write it now."""
    out = io.StringIO()
    with override_settings(**NEUTRAL):
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(TARGET.read_text(encoding="utf-8"))
    return read


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_committed_description_is_the_codes(written):
    is_current = TARGET.read_text(encoding="utf-8").strip() == written.strip()

    assert is_current, "docs/openapi.yaml is out of date: run `make schema` and commit it"


def test_the_whole_is_described(document):
    info = document["info"]

    assert document["openapi"].startswith("3.1")
    assert info["license"]["url"]
    assert info["contact"]["url"] == "https://map.example.org/for-partners/"
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert [tag["name"] for tag in document["tags"] if not tag["description"]] == []


def test_every_operation_can_be_named_and_found(document):
    found = list(operations(document))
    ids = [operation["operationId"] for _, operation in found]
    tags = {tag["name"] for tag in document["tags"]}

    assert sorted(ids) == sorted(set(ids))
    assert [where for where, operation in found if not operation.get("summary")] == []
    assert [where for where, operation in found if not tags >= set(operation["tags"])] == []
    assert {tag for _, operation in found for tag in operation["tags"]} == tags


def test_every_parameter_says_what_it_means(document):
    silent = [
        f"{where} {parameter['name']}"
        for where, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["in"] != "path" and not parameter.get("description")
    ]
    assert silent == []
