"""A page of an evaluation: what was typed, read from the request, and how each question stands on
the page. Without JavaScript, so every input is always there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from partnerships.choices import QuestionKind
from partnerships.policies.answer_merging import Cell
from partnerships.policies.questionnaires import (
    BESIDE,
    PREFER_NOT,
    PREFER_NOT_LABEL,
    Question,
    wording,
)
from partnerships.prefilled import Fact, said

#: What is chosen beside a fact of the register.
RIGHT, DIFFERS = "right", "differs"
_TWO_ANSWERS = "You gave an answer and prefer not to say. Take one of the two away."
_RIGHT_AND_NOT = "You said that the register is right, and gave another answer. Choose one."
_HOW = "Say how you see it, below."
_MOVED = "The register says something else since you opened this page. Look at it again."
#: Answers that stand smaller, beside the levels.
_SMALL = {*BESIDE, PREFER_NOT}


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    label: str
    is_chosen: bool
    is_small: bool = False


@dataclass(slots=True)
class Line:
    """One line of a grid; `other` is what another page has saved of it meanwhile."""

    code: str
    text: str
    choices: list[Choice] = field(default_factory=list)
    other: str = ""

    @property
    def is_answered(self) -> bool:
        return any(choice.is_chosen for choice in self.choices)


@dataclass(slots=True)
class Shown:
    """One question on its page."""

    question: Question
    text: str
    choices: list[Choice] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    #: Of a rank: each place with its choices.
    places: list[tuple[int, list[Choice]]] = field(default_factory=list)
    #: Of numbers, years and words: what stands in the input.
    typed: str = ""
    is_not_said: bool = False
    fact: Fact | None = None
    fact_chosen: str = ""
    error: str = ""
    other: str = ""
    #: In words, for pages that only show it.
    answer: str = ""

    @property
    def is_clash(self) -> bool:
        return bool(self.other or any(line.other for line in self.lines))


@dataclass(slots=True)
class Read:
    """What a page sent: answers by question, and questions with two answers at once."""

    typed: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    #: What was chosen beside facts; nothing where another fact was shown than there is now.
    beside: dict[str, str] = field(default_factory=dict)


def read(questions: Iterable[Question], data: QueryDict, facts: Mapping[str, Fact]) -> Read:
    """What was typed, as answers; whether they fit is for `services.responses` to say."""
    done = Read()
    for question in questions:
        code = question.code
        own, is_not_said = _own(question, data), f"not-{code}" in data
        fact = facts.get(code)
        if fact is not None:
            chosen = data.get(f"fact-{code}", "")
            if chosen:
                done.beside[code] = chosen
            if chosen == RIGHT and own not in (None, fact.value):
                done.wrong[code], done.beside[code] = _RIGHT_AND_NOT, DIFFERS
            elif chosen == RIGHT and data.get(f"says-{code}") != fact.as_shown:
                done.wrong[code], done.beside[code] = _MOVED, ""
            elif chosen == RIGHT:
                own = fact.value
            elif chosen == DIFFERS and own is None:
                done.wrong[code] = _HOW
            is_not_said = chosen == PREFER_NOT
        if is_not_said and own is not None:
            done.wrong[code] = _TWO_ANSWERS
        value = PREFER_NOT if is_not_said and own is None else own
        if value is not None:
            done.typed[code] = value
    return done


def _own(question: Question, data: QueryDict) -> Any:
    code = question.code
    if question.rows:
        lines = {row.code: data.get(f"{code}-{row.code}", "") for row in question.rows}
        return {row: chosen for row, chosen in lines.items() if chosen} or None
    if question.kind == QuestionKind.MANY:
        chosen = set(data.getlist(code))
        known = [option for option in question.codes if option in chosen]
        return known + sorted(chosen - set(known)) or None
    if question.kind == QuestionKind.RANK:
        places = [data.get(f"{code}-{place}", "") for place in range(1, question.most + 1)]
        return [each for each in places if each] or None
    text = data.get(code, "").replace("\r\n", "\n").strip()
    if question.kind in (QuestionKind.NUMBER, QuestionKind.YEAR):
        plain = text.replace(",", "").replace(" ", "")
        return (
            int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else text or None
        )
    return text or None


def what_was_shown(data: QueryDict) -> dict[str, Any]:
    """What the page started from, as it says itself; of a page that does not, nothing: then what
    is stored is kept, and asked about."""
    try:
        given = json.loads(data.get("shown", ""))
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def to_show(questions: Iterable[Question], answers: Mapping[str, Any]) -> str:
    """The same, for the page."""
    return json.dumps({q.code: answers[q.code] for q in questions if q.code in answers})


def shown(
    questions: Iterable[Question],
    *,
    answers: Mapping[str, Any],
    side: str,
    names: Mapping[str, str],
    facts: Mapping[str, Fact],
    wrong: Mapping[str, str] | None = None,
    clashes: Iterable[Cell] = (),
    stored: Mapping[str, Any] | None = None,
    beside: Mapping[str, str] | None = None,
) -> list[Shown]:
    """Questions as a page shows them, filled in with `answers`, and with what was chosen `beside`
    facts if that is known; of `clashes` what is `stored`."""
    both = set(clashes)
    page = []
    for question in questions:
        value = answers.get(question.code)
        row = Shown(question, wording(question.text, side, names))
        row.lines = [Line(line.code, wording(line.text, side, names)) for line in question.rows]
        row.error = (wrong or {}).get(question.code, "")
        row.is_not_said = value == PREFER_NOT
        row.answer = "" if value is None else said(question, value)
        if (question.code, "") in both:
            row.other = said(question, (stored or {}).get(question.code, "")) or "No answer"
        if fact := facts.get(question.code):
            row.fact = fact
            row.fact_chosen = (beside or {}).get(question.code, _beside(value, fact))
            value = None if row.fact_chosen == RIGHT and value == fact.value else value
        _fill(row, value)
        _beside_lines(row, both, (stored or {}).get(question.code))
        page.append(row)
    return page


def _beside(value: Any, fact: Fact) -> str:
    if value in (None, PREFER_NOT):
        return value or ""
    return RIGHT if value == fact.value else DIFFERS


def _beside_lines(row: Shown, clashes: set[Cell], stored: Any) -> None:
    kept = stored if isinstance(stored, dict) else {}
    for line in row.lines:
        if (row.question.code, line.code) in clashes:
            known = kept.get(line.code)
            line.other = row.question.label_of(known) if known else "No answer"


def _fill(row: Shown, value: Any) -> None:
    question = row.question
    if question.rows:
        chosen = value if isinstance(value, dict) else {}
        for line in row.lines:
            line.choices = _choices(question, [chosen.get(line.code)])
    elif question.kind == QuestionKind.RANK:
        places = value if isinstance(value, list) else []
        for place in range(1, question.most + 1):
            at = places[place - 1 : place]
            row.places.append((place, [c for c in _choices(question, at) if not c.is_small]))
    elif question.kind in (QuestionKind.ONE, QuestionKind.MANY):
        row.choices = _choices(question, value if isinstance(value, list) else [value])
        if question.kind == QuestionKind.MANY or row.fact:
            row.choices = [choice for choice in row.choices if choice.code != PREFER_NOT]
    elif value is not None and value != PREFER_NOT:
        row.typed = str(value)


def _choices(question: Question, chosen: list[Any]) -> list[Choice]:
    options = [(option.code, option.label) for option in question.choices]
    return [
        Choice(code, label, code in chosen, code in _SMALL)
        for code, label in [*options, (PREFER_NOT, PREFER_NOT_LABEL)]
    ]
