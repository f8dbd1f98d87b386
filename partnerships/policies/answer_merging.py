"""Two pages that were open at once: what each changed is kept, answer by answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from partnerships.policies.questionnaires import Question

#: An answer, or one line of a grid: (question code, row code or "").
Cell = tuple[str, str]


@dataclass(slots=True)
class Merged:
    """All answers after a page is saved, and what both that page and another one changed."""

    answers: dict[str, Any]
    clashes: set[Cell] = field(default_factory=set)


def merged(
    questions: Iterable[Question],
    *,
    stored: Mapping[str, Any],
    shown: Mapping[str, Any],
    typed: Mapping[str, Any],
) -> Merged:
    """`stored` with what a page that showed `shown` now says, `typed`, for its own questions.

    What the page did not change leaves alone what was saved meanwhile; what both changed, each
    in its way, stays as it is stored and is named in `clashes`. Missing means not answered.
    """
    done = Merged(dict(stored))
    for question in questions:
        code = question.code
        if not question.rows:
            value, is_clash = _one(stored.get(code), shown.get(code), typed.get(code))
            if is_clash:
                done.clashes.add((code, ""))
            _put(done.answers, code, value)
            continue
        lines = [_lines(given.get(code)) for given in (stored, shown, typed)]
        kept: dict[str, Any] = {}
        for row in question.rows:
            value, is_clash = _one(*(each.get(row.code) for each in lines))
            if is_clash:
                done.clashes.add((code, row.code))
            _put(kept, row.code, value)
        _put(done.answers, code, kept or None)
    return done


def _one(stored: Any, shown: Any, typed: Any) -> tuple[Any, bool]:
    if typed in (shown, stored):
        return stored, False
    return (typed, False) if stored == shown else (stored, True)


def _put(answers: dict[str, Any], code: str, value: Any) -> None:
    if value is None:
        answers.pop(code, None)
    else:
        answers[code] = value


def _lines(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
