"""The page that documents the API: our own, from the same description that machines read.

No renderer of others: those that exist weigh a megabyte and more, and fail WCAG 2.2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from mapapp.api.errors import problem
from partnerships.tables import TABLES

Json = dict[str, Any]
#: Seconds. A release and other settings have another key; this only clears it away.
KEPT_FOR = 24 * 60 * 60
_LONG = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a value in words, and the record that it links to."""

    words: str
    record: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A parameter or a field. `choices` are the values that it takes, where they are few."""

    name: str
    kind: Kind
    meaning: str
    choices: list[str]
    example: str
    where: str = ""
    is_many: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    types: str
    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Item]
    body: str
    answers: list[Answer]

    @property
    def has_path(self) -> bool:
        return "{" in self.path


@csrf_exempt  # nothing is sent here
def docs(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        answer = problem(405)
        answer["Allow"] = "GET, HEAD"
        return answer
    document = description()
    context = {
        "info": document["info"],
        "sections": sections(document),
        "records": records(document),
        "tables": TABLES.values(),
    }
    return render(request, "api/docs.html", context)


def description() -> Json:
    """The API as OpenAPI, as plain values; kept, because making it takes a tenth of a second."""
    printed = repr((settings.SITE_URL, settings.OPERATOR_NAME, settings.CONTACT_EMAIL))
    key = f"api-description:{sha256(printed.encode()).hexdigest()[:16]}"
    found: Json | None = cache.get(key)
    if found is None:
        generator: Any = SchemaGenerator
        made = generator().get_schema(request=None, public=True)
        found = json.loads(json.dumps(made, default=str))
        cache.set(key, found, KEPT_FOR)
    return found or {}


def sections(document: Json) -> list[tuple[Json, list[Operation]]]:
    """Tags in their order, each with its operations."""
    found = []
    for tag in document["tags"]:
        operations = [
            _operation(path, method, said, document)
            for path, methods in document["paths"].items()
            for method, said in methods.items()
            if tag["name"] in said["tags"]
        ]
        found.append((tag, operations))
    return found


def records(document: Json) -> list[tuple[str, str, list[Item]]]:
    """Name, meaning and fields of every kind of object in answers, by name."""
    return [
        (name, said.get("description", ""), _fields(said))
        for name, said in sorted(document["components"]["schemas"].items())
        if said.get("properties")
    ]


def _fields(said: Json) -> list[Item]:
    return [
        Item(name, kind_of(field), field.get("description", ""), _choices(field), _example(field))
        for name, field in said["properties"].items()
    ]


def _operation(path: str, method: str, said: Json, document: Json) -> Operation:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    parameters = [_parameter(each) for each in said.get("parameters", ())]
    return Operation(
        said["operationId"],
        method.upper(),
        path,
        said.get("summary", ""),
        said.get("description", ""),
        sorted(parameters, key=lambda item: item.where != "path"),
        json.dumps(sample(body.get("schema", {}), document), indent=1) if body else "",
        [
            _answer(status, answer_of(answer, document))
            for status, answer in sorted(said["responses"].items())
        ],
    )


def _parameter(said: Json) -> Item:
    schema = said.get("schema", {})
    return Item(
        said["name"],
        kind_of(schema),
        said.get("description", ""),
        _choices(schema),
        _example(said) or _example(schema),
        said["in"],
        schema.get("type") == "array",
        bool(said.get("required")),
    )


def answer_of(said: Json, document: Json) -> Json:
    """An answer that may be written once for many addresses."""
    name = said.get("$ref", "").rpartition("/")[2]
    found: Json = document["components"]["responses"][name] if name else said
    return found


def _answer(status: str, said: Json) -> Answer:
    content = said.get("content", {})
    schema: Json = next((each.get("schema", {}) for each in content.values()), {})
    return Answer(
        status,
        ", ".join(content),
        kind_of(schema) if schema else Kind(""),
        said.get("description", ""),
    )


def kind_of(schema: Json) -> Kind:
    """A schema in words: “list of Member”, “text or null”."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Kind(name, name)
    parts = schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf")
    if parts:
        kinds = [kind_of(part) for part in parts]
        words = " or ".join(dict.fromkeys(kind.words for kind in kinds))
        return Kind(words, next((kind.record for kind in kinds if kind.record), ""))
    if schema.get("type") == "array":
        inner = kind_of(schema.get("items", {}))
        return Kind(f"list of {inner.words}", inner.record)
    return Kind(_words(schema))


_FORMATS = {
    "uuid": "UUID",
    "uri": "address",
    "date": "day",
    "date-time": "moment",
    "binary": "bytes",
}
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "object": "object",
    "boolean": "true or false",
}


def _words(schema: Json) -> str:
    types = schema.get("type", "any")
    names: list[str] = types if isinstance(types, list) else [types]
    form = _FORMATS.get(schema.get("format", ""), "")
    words = (form if form and name == "string" else _WORDS.get(name, name) for name in names)
    return " or ".join(words)


def _choices(schema: Json) -> list[str]:
    values = schema.get("enum") or schema.get("items", {}).get("enum") or []
    return [str(value) for value in values if value not in (None, "")]


def _example(said: Json) -> str:
    found = said.get("example", next(iter(_examples(said)), None))
    if found is None:
        return ""
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _examples(said: Json) -> list[Any]:
    given = said.get("examples") or []
    if isinstance(given, dict):
        return [each.get("value") for each in given.values()]
    return list(given)


def sample(schema: Json, document: Json, depth: int = 0) -> Any:
    """A value of a schema: its examples where there are any."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    for part in (schema.get("oneOf") or schema.get("allOf") or [])[:1]:
        return sample(part, document, depth)
    if "example" in schema or _examples(schema):
        return schema.get("example", next(iter(_examples(schema)), None))
    if schema.get("type") == "array":
        return []
    if schema.get("properties") and depth < _LONG:
        return {
            name: sample(field, document, depth + 1)
            for name, field in schema["properties"].items()
            if not field.get("readOnly")
        }
    return {"string": "", "integer": 0, "boolean": False, "object": {}}.get(schema.get("type", ""))
