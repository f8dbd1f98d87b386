"""Two windows with one page: neither loses what it changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partnerships.policies.answer_merging import merged
from partnerships.policies.questionnaires import read
from tests.factories.evaluations import FILE

pytestmark = pytest.mark.once

FORM = read(json.loads(FILE.read_text(encoding="utf-8"))["definition"])
PAGE = [FORM.question(code) for code in ("A1", "A4", "B")]
answers = st.fixed_dictionaries(
    {},
    optional={
        "A1": st.sampled_from(["active", "paused", "prefer_not"]),
        "A4": st.sampled_from([["nurses"], ["doctors", "nurses"]]),
        "B": st.dictionaries(
            st.sampled_from(["B1", "B2"]), st.sampled_from(["1", "4"]), min_size=1
        ),
    },
)


def cells(of: dict[str, Any]) -> dict[tuple[str, str], Any]:
    flat = {}
    for code, value in of.items():
        if isinstance(value, dict):
            flat |= {(code, row): level for row, level in value.items()}
        else:
            flat[code, ""] = value
    return flat


@settings(max_examples=200, deadline=None)
@given(shown=answers, first=answers, second=answers)
def test_what_either_page_changed_is_kept_or_asked_about(shown, first, second) -> None:
    done = merged(PAGE, stored=first, shown=shown, typed=second)
    was, one, two, now = (cells(each) for each in (shown, first, second, done.answers))
    for cell in was.keys() | one.keys() | two.keys():
        values = {name: of.get(cell) for name, of in (("one", one), ("two", two), ("was", was))}
        if values["two"] == values["was"] or values["one"] == values["two"]:
            assert now.get(cell) == values["one"]
        elif values["one"] == values["was"]:
            assert now.get(cell) == values["two"]
        else:
            assert cell in done.clashes
            assert now.get(cell) == values["one"]
    assert now.keys() <= one.keys() | two.keys()


def test_other_pages_are_left_alone() -> None:
    done = merged(PAGE, stored={"G1": "grow", "A1": "active"}, shown={}, typed={"A1": "paused"})
    assert done.answers == {"G1": "grow", "A1": "active"}
    assert done.clashes == {("A1", "")}


def test_an_answer_can_be_taken_back() -> None:
    before = {"A4": ["nurses"], "B": {"B1": "4"}}
    done = merged(PAGE, stored=before, shown=before, typed={"B": {"B1": "1"}})
    assert done.answers == {"B": {"B1": "1"}}
    assert not done.clashes
