"""The shape of questionnaires, and which answers fit a question."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from partnerships.policies.questionnaires import (
    CONSENTS,
    Question,
    is_answered,
    read,
    wording,
    wrong_with,
)
from tests.factories.evaluations import FILE

pytestmark = pytest.mark.once

DEFINITION = json.loads(FILE.read_text(encoding="utf-8"))["definition"]
FORM = read(DEFINITION)


def test_the_questionnaire_asks_all_of_the_instrument() -> None:
    """research/domain.md §4.3, section by section."""
    assert [section.code for section in FORM.sections] == list("ASBCDEFG")
    codes = {question.code for question in FORM.questions()}
    assert {f"A{n}" for n in range(1, 10)} <= codes
    assert FORM.question("A9").options == FORM.question("A8").options
    assert [row.code for row in FORM.question("S2").rows] == [
        "funding", "time", "leave", "equipment", "management", "community"]  # fmt: skip
    assert [row.code for row in FORM.question("B").rows] == [f"B{n}" for n in range(1, 11)]
    assert {"C1_staff", "C1_institution", "C1_community", "C2", "D1", "D2", "E", "F1"} <= codes
    assert len(FORM.question("E").rows) == 11
    assert (len(FORM.question("F1").options), FORM.question("F1").most) == (10, 3)
    assert FORM.minutes <= 15


def test_what_the_register_knows_is_filled_in() -> None:
    prefilled = {q.code: q.prefill for q in FORM.questions() if q.prefill}
    assert prefilled == {
        "A1": "stage",
        "A2": "began",
        "A3": "agreement",
        "A4": "professions",
        "A6": "delivery",
    }


def test_harms_are_private_and_concerns_go_to_people() -> None:
    assert {q.code for q in FORM.questions() if q.is_private} == {"D2", "D2_words"}
    assert {q.code for q in FORM.questions() if q.is_safeguarding} == {"D2_words"}


def test_each_side_is_asked_in_its_own_words() -> None:
    names = {"uk": "Scotland", "partner": "Malawi"}
    first = FORM.question("B").rows[0]
    assert wording(first.text, "uk", names) == (
        "Priorities are set by Malawi, or by both of us together"
    )
    assert wording(first.text, "partner", names) == (
        "Priorities are set by us in Malawi, or by both of us together"
    )
    for question in FORM.questions():
        for text in (question.text, *(row.text for row in question.rows)):
            for side in ("uk", "partner"):
                assert "{" not in wording(text, side)


def test_what_may_be_published_is_asked_apart_from_the_questions() -> None:
    assert tuple(each.code for each in FORM.consents) == CONSENTS


FITS = [
    ("A1", "active"),
    ("A1", "prefer_not"),
    ("A2", 2009),
    ("A4", ["nurses", "doctors"]),
    ("A4", "prefer_not"),
    ("A5", 0),
    ("A6", ["none"]),
    ("B", {"B1": "4", "B2": "na", "B3": "dont_know", "B4": "prefer_not"}),
    ("B", {}),
    ("C2", "A new form.\nWe use it."),
    ("E", {"funding": "major"}),
    ("F1", ["grants", "leave", "matching"]),
    ("F1", ["grants"]),
]
DOES_NOT = [
    ("A1", "alive"),
    ("A1", None),
    ("A1", ["active"]),
    ("A2", 209),
    ("A2", "2009"),
    ("A2", True),
    ("A4", []),
    ("A4", ["nurses", "nurses"]),
    ("A4", ["nurses", 3]),
    ("A5", -1),
    ("A5", 100_000),
    ("A6", ["none", "remote"]),
    ("B", {"B1": "5"}),
    ("B", {"B11": "4"}),
    ("B", {"B1": ["4"]}),
    ("B", "prefer_not"),
    ("C2", "x" * 2_001),
    ("C2", "nul\0"),
    ("F1", ["grants", "leave", "matching", "ethics"]),
    ("F1", ["grants", "grants"]),
]


@pytest.mark.parametrize(("code", "value"), FITS)
def test_an_answer_that_fits(code: str, value: Any) -> None:
    assert wrong_with(FORM.question(code), value) == ""


@pytest.mark.parametrize(("code", "value"), DOES_NOT)
def test_an_answer_that_does_not_says_what_to_do(code: str, value: Any) -> None:
    assert wrong_with(FORM.question(code), value).endswith(".")


def test_a_grid_is_answered_row_by_row() -> None:
    grid: Question = FORM.question("D1")
    some = {"time": "some", "money": "little"}
    assert not is_answered(grid, {"D1": some})
    assert is_answered(grid, {"D1": some | {"cover": "prefer_not"}})
    assert not is_answered(FORM.question("A5"), {})
    assert is_answered(FORM.question("A5"), {"A5": 0})


def broken(path: tuple[Any, ...], value: Any) -> Any:
    definition = copy.deepcopy(DEFINITION)
    at = definition
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return definition


FIRST = ("sections", 0, "questions", 0)
DEEP: list[Any] = []
for _ in range(3000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("words", "not the shape"),
        ({}, "has no 'minutes'"),
        (broken((*FIRST, "text"), None), "has no 'text'"),
        (broken((*FIRST, "text"), {"uk": "Only one side"}), "has no 'partner'"),
        (broken((*FIRST, "kind"), "essay"), "essay"),
        (broken((*FIRST, "prefill"), "weather"), "weather"),
        (broken((*FIRST, "code"), "A2"), "A2 is there twice"),
        (broken((*FIRST, "code"), "A 1"), "is no code"),
        (broken((*FIRST, "options"), []), "needs options"),
        (broken(("sections", 0, "questions"), []), "asks nothing"),
        (broken(("sections", 6, "questions", 0, "most"), 0), "how many places"),
        (broken(("consents",), []), "shares_words"),
        (broken(("sections", 2, "questions", 0, "rows"), []), "needs lines"),
        (broken(("minutes",), "15"), "“minutes” is not a whole number"),
        (broken(("minutes",), True), "“minutes” is not a whole number"),
        (broken(("minutes",), 10**4000), "“minutes” is not between 0 and 999"),
        (broken(("minutes",), float("inf")), "cannot be kept"),
        (broken(("made_with",), float("nan")), "cannot be kept"),
        (broken(("made_with",), {"a\0b": 1}), "cannot be kept"),
        (broken(("sections", 0, "title"), "a\ud800b"), "cannot be kept"),
        (broken(("made_with",), DEEP), "nested"),
        (broken(("sections",), {}), "“sections” is not a list"),
        (broken(("sections", 0, "title"), ["About"]), "“title” is not a text"),
        (broken(("sections", 0, "code"), "A 1"), "is no code"),
        (broken(("consents", 0, "code"), []), "“code” is not a text"),
        (broken((*FIRST, "code"), []), "“code” is not a text"),
        (broken((*FIRST, "text"), {"uk": 5, "partner": 5}), "“uk” is not a text"),
        (broken((*FIRST, "text"), "both"), "not the shape"),
        (broken((*FIRST, "options", 0, "code"), True), "“code” is not a text"),
        (broken((*FIRST, "options", 0, "is_alone"), "no"), "“is_alone” is not true or false"),
    ],
)
def test_a_definition_that_is_none_says_where(definition: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(definition)
