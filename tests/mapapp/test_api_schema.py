"""The schema tells what every field means, with an example, and every status of an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers

from mapapp.api import bulk_schema, schema
from mapapp.api.errors import MEDIA_TYPE
from mapapp.api.reference import answer_of


def every_field(
    described: Any, where: str
) -> Iterator[tuple[str, serializers.Field[Any, Any, Any, Any]]]:
    """Each field of a serializer, nested ones too, with its path."""
    if isinstance(described, serializers.ListSerializer):
        described = described.child
    for name, field in described.fields.items():
        yield f"{where}.{name}", field
        inner = getattr(field, "child", field)
        if isinstance(inner, serializers.Serializer):
            yield from every_field(inner, f"{where}.{name}")


def all_fields() -> list[tuple[str, serializers.Field[Any, Any, Any, Any]]]:
    roots = [getattr(schema, name) for name in schema.__all__] + [bulk_schema.Bulk]
    return [pair for root in roots for pair in every_field(root(), root.__name__)]


def test_every_field_has_its_meaning_and_an_example() -> None:
    found = all_fields()
    assert len(found) > 400
    told = {where: str(field.help_text or "") for where, field in found}
    silent = [where for where, text in told.items() if not text.endswith((".", "?", "empty."))]
    assert silent == []
    leaves = [
        (where, field)
        for where, field in found
        if not isinstance(getattr(field, "child", field), serializers.Serializer)
    ]
    assert [where for where, field in leaves if "example" not in field.style] == []


def test_examples_are_valid() -> None:
    wrong = []
    for where, field in all_fields():
        if "example" in field.style:
            try:
                field.run_validation(field.style["example"])
            except serializers.ValidationError as error:
                if "blank" not in str(error):  # an empty text stands for nothing known
                    wrong.append((where, str(error)))
    assert wrong == []


@pytest.fixture(scope="module")
def document() -> Any:
    return SchemaGenerator().get_schema(public=True)


def test_examples_and_meanings_are_in_the_document(document: Any) -> None:
    parts = document["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, told in part.get("properties", {}).items()
        if "description" not in told
    ]
    assert bare == []
    assert parts["Partnership"]["properties"]["slug"]["examples"] == ["friends-of-chitambo"]


def test_every_address_tells_every_status(document: Any) -> None:
    always = {"200", "400", "401", "406", "413", "429", "500", "503"}
    silent = {}
    for path, methods in document["paths"].items():
        if path.startswith(("/api/v1/bulk/{", "/api/v1/proposals", "/api/v1/schema")):
            continue  # told in their own words
        told = methods["get"]["responses"]
        answers = {status: answer_of(answer, document) for status, answer in told.items()}
        wanted = always | ({"404"} if "{" in path else set())
        problems = {
            status for status in wanted - {"200"} if MEDIA_TYPE in answers[status]["content"]
        }
        if wanted - {"200"} - problems or not wanted <= set(answers):
            silent[path] = sorted(wanted - set(answers))
    assert silent == {}
    formats = document["paths"]["/api/v1/partnerships/"]["get"]["responses"]["200"]["content"]
    assert set(formats) == {
        "application/json", "application/geo+json", "text/csv", "application/x-ndjson",
    }  # fmt: skip
