"""What is wrong with a framework's file is said with its place."""

from __future__ import annotations

import json

import pytest

from partnerships.policies.framework_files import MOST_BYTES, parse

GOOD = {
    "code": "ours", "version": "1", "title": "Ours", "shape": "principles",
    "source_name": "We", "source_url": "https://example.org/", "wording_note": "Our own.",
    "principles": [
        {"code": "fair", "title": "Fair", "description": "",
         "hallmarks": [{"code": "fair_1", "text": "Both decide."}]},
    ],
}  # fmt: skip


def problems(content: bytes) -> list[str]:
    values, found = parse(content)
    assert bool(values) is not bool(found.found)
    return found.lines()


def changed(path: list[str | int], value: object) -> bytes:
    values = json.loads(json.dumps(GOOD))
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return json.dumps(values).encode()


def test_a_good_file_is_read_as_it_is():
    assert parse(json.dumps(GOOD).encode())[0] == GOOD


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["title"], ..., "title: This is missing."),
        (["title"], 3, "title: This must be a text."),
        (["title"], "  ", "title: This is empty."),
        (["title"], "x" * 151, "title: Write at most 150 characters; these are 151."),
        (["title"], "a\x00b", "title: This holds a control character. Remove it."),
        (["shape"], "round", "shape: Write “principles” or “steps”."),
        (["version"], "1/2", "version: Use letters, digits, full stops, hyphens"),
        (["source_url"], "javascript:1", "source_url: Write an address that begins with http"),
        (["state"], "published", "state: There is no such field."),
        (["principles"], {}, "principles: This must be a list"),
        (["principles", 0], "fair", "principles[1]: This must be an object"),
        (["principles", 0, "code"], "fa ir", "principles[1].code: Use letters"),
        (["principles", 0, "hallmarks"], [1] * 61, "principles[1].hallmarks: At most 60"),
        (["principles", 0, "hallmarks", 0, "text"], "", "principles[1].hallmarks[1].text: This is"),
        (["principles", 0, "hallmarks", 0, "continues"], "fair_1",
         "principles[1].hallmarks[1].continues: This must be an object"),
    ],
)  # fmt: skip
def test_each_problem_has_its_place(path, value, said):
    (line,) = problems(changed(path, value))
    assert line.startswith(said)


def test_a_number_without_end_is_a_problem():
    (line,) = problems(b'{"code": ' + b"1" * 5000 + b"}")
    assert line.startswith("A number in it has too many digits.")


def test_several_problems_are_told_at_once_and_codes_once():
    twice = changed(["principles"], GOOD["principles"] * 2)
    assert problems(twice) == ["principles[2].code: “fair” is number 1 already."]
    values = json.loads(json.dumps(GOOD)) | {"title": "", "shape": "x"}
    assert len(problems(json.dumps(values).encode())) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{\n  'a': 1}", "line 2, column 3: No JSON"),
        (b"\xff", "byte 0: This is not UTF-8."),
        (b'{"a": 1, "a": 2}', "“a” stands twice in one object."),
        (b"[" * 100_000, "Nested too deeply."),
        (b" " * (MOST_BYTES + 1), "The file is too large"),
        (b"[]", ": This must be an object"),
    ],
)
def test_what_is_no_file_of_ours_is_said(content, said):
    (line,) = problems(content)
    assert line.startswith(said.removeprefix(": "))
