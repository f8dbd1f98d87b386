"""What a questionnaire is, read from its JSON, and which answers fit it. Pure; see ADR 0040."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from partnerships.choices import PrefilledFact, QuestionKind, Side

#: May be answered to every question, and to every row of a grid.
PREFER_NOT = "prefer_not"
PREFER_NOT_LABEL = "I prefer not to say"
#: The levels of a scale in their order, then what stands beside it and is never counted as one.
LEVELS = {"1": "Not yet", "2": "In part", "3": "Mostly", "4": "Fully"}
BESIDE = {"na": "Does not apply", "dont_know": "I don't know"}
MOST_WORDS = 2_000
MOST_NUMBER = 99_999
YEARS = range(1800, 2101)
#: How the two ends are called where their names are not known.
ENDS = {"uk": "the UK side", "partner": "the partner country"}
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}\Z")
#: Of a definition: how deep it is nested at most, and minutes and places of a rank.
_DEEPEST, _MOST_MINUTES, _MOST_PLACES = 20, 999, 20

#: A code, some codes, a code for each row, a number or a year, or words.
Answer = str | int | list[str] | dict[str, str]
Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    label: str
    #: Whether it excludes every other, as “none so far” does.
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a grid; `text` by side."""

    code: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, worded for each side. With rows it is a grid: an answer for each row."""

    code: str
    kind: str
    text: Mapping[str, str]
    help: str = ""
    options: tuple[Option, ...] = ()
    rows: tuple[Row, ...] = ()
    #: The fact of the register that answers it, if any: see services/prefilled.py.
    prefill: str = ""
    #: Never quoted, and never shown to the other side, the Board or the public.
    is_private: bool = False
    #: Says that concerns about safety go to people, not into the form.
    is_safeguarding: bool = False
    #: Of a rank: how many places there are.
    most: int = 0
    #: The question among whose chosen options this one asks for one.
    matters_most_of: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """What may be chosen, in order; without PREFER_NOT."""
        if self.kind == QuestionKind.SCALE:
            return (*LEVELS, *BESIDE)
        return tuple(option.code for option in self.options)

    @property
    def choices(self) -> tuple[Option, ...]:
        """What may be chosen, with labels; without PREFER_NOT."""
        if self.kind == QuestionKind.SCALE:
            return tuple(Option(code, label) for code, label in (LEVELS | BESIDE).items())
        return self.options

    def label_of(self, code: str) -> str:
        if code == PREFER_NOT:
            return PREFER_NOT_LABEL
        return next((each.label for each in self.choices if each.code == code), code)


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    title: str
    lead: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """What the one who answers may allow; `code` is a column of Response. Off unless chosen."""

    code: str
    text: str
    help: str


CONSENTS = ("shares_words", "shares_with_board")


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire's definition, read."""

    minutes: int
    sections: tuple[Section, ...]
    consents: tuple[ConsentAsked, ...]

    def questions(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    def question(self, code: str) -> Question:
        """Raises KeyError for a code that no question has."""
        for question in self.questions():
            if question.code == code:
                return question
        raise KeyError(code)


def read(definition: Any) -> Form:
    """A form from its JSON. Raises ValueError with a sentence that says where it is wrong."""
    try:
        _check_can_be_kept(definition)
        form = Form(
            minutes=_number(definition, "minutes", most=_MOST_MINUTES),
            sections=tuple(_section(each) for each in _list(definition, "sections")),
            consents=tuple(
                ConsentAsked(_text(each, "code"), _text(each, "text"), _text(each, "help", ""))
                for each in _list(definition, "consents")
            ),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        missing = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"This is not the shape of a questionnaire: {missing}.") from None
    if wrong := next(_wrong(form), None):
        raise ValueError(wrong)
    return form


def wording(text: Mapping[str, str], side: str, names: Mapping[str, str] = ENDS) -> str:
    """What one side is asked, with the two ends called by their names (“Scotland”, “Malawi”)."""
    said = text[Side(side)]
    for end, name in names.items():
        said = said.replace(f"{{{end}}}", name)
    return said


def is_answered(question: Question, answers: Answers) -> bool:
    """Whether there is an answer; of a grid, to each row. “I prefer not to say” is one."""
    value = answers.get(question.code)
    if question.rows:
        return isinstance(value, dict) and all(row.code in value for row in question.rows)
    return value is not None


def wrong_with(question: Question, value: Any) -> str:
    """A sentence for the one who answers, or nothing where the answer fits the question."""
    if value == PREFER_NOT and not question.rows:
        return ""
    if question.rows:
        rows = {row.code for row in question.rows}
        known = {*question.codes, PREFER_NOT}
        fits = isinstance(value, dict) and value.keys() <= rows
        fits = fits and all(isinstance(each, str) and each in known for each in value.values())
        return "" if fits else "Choose one of the answers of each line."
    return _WRONG[QuestionKind(question.kind)](question, value)


def _wrong_one(question: Question, value: Any) -> str:
    fits = isinstance(value, str) and value in question.codes
    return "" if fits else "Choose one of the answers."


def _wrong_many(question: Question, value: Any) -> str:
    if not _are_codes(question, value):
        return "Choose among the answers."
    alone = {option.code for option in question.options if option.is_alone}
    if len(value) > 1 and alone & set(value):
        label = next(o.label for o in question.options if o.code in value and o.is_alone)
        return f"“{label}” does not go with other answers. Choose it, or the others."
    return ""


def _wrong_rank(question: Question, value: Any) -> str:
    if not _are_codes(question, value) or len(value) > question.most:
        return f"Choose a different answer for each place, at most {question.most}."
    return ""


def _wrong_number(_question: Question, value: Any) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_NUMBER
    return "" if fits else f"Write a whole number between 0 and {MOST_NUMBER:,}."


def _wrong_year(_question: Question, value: Any) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and value in YEARS
    return "" if fits else "Write the year in four digits, such as 2009."


def _wrong_words(_question: Question, value: Any) -> str:
    fits = isinstance(value, str) and len(value) <= MOST_WORDS and "\0" not in value
    return "" if fits else f"Write at most {MOST_WORDS:,} characters."


_WRONG = {
    QuestionKind.ONE: _wrong_one,
    QuestionKind.SCALE: _wrong_one,
    QuestionKind.MANY: _wrong_many,
    QuestionKind.RANK: _wrong_rank,
    QuestionKind.NUMBER: _wrong_number,
    QuestionKind.YEAR: _wrong_year,
    QuestionKind.WORDS: _wrong_words,
}


def _are_codes(question: Question, value: Any) -> bool:
    """Whether it is a list of different codes of the question, and at least one."""
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        return False
    return set(value) <= set(question.codes) and len(set(value)) == len(value)


# ------------------------------------------------------------------------------- the definition


def _check_can_be_kept(given: Any) -> None:
    """Whether it is JSON that any database takes: no NUL, half a character, or endless number."""
    level = [given]
    for _ in range(_DEEPEST):
        if not level:
            return
        if not all(map(_is_whole, level)):
            raise ValueError("it holds a character or a number that cannot be kept")
        level = [part for each in level for part in _parts(each)]
    raise ValueError(f"it is nested more than {_DEEPEST} deep")


def _parts(given: Any) -> list[Any]:
    if isinstance(given, dict):
        return [*given, *given.values()]
    return given if isinstance(given, list) else []


def _is_whole(given: Any) -> bool:
    if isinstance(given, str):
        return not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in given)
    return not isinstance(given, float) or isfinite(given)


_NEEDED: Any = object()


def _of(given: Mapping[str, Any], name: str, kind: type, called: str, default: Any) -> Any:
    value = given[name] if default is _NEEDED else given.get(name, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"“{name}” is not {called}")
    return value


def _text(given: Mapping[str, Any], name: str, default: Any = _NEEDED) -> str:
    return str(_of(given, name, str, "a text", default))


def _list(given: Mapping[str, Any], name: str, default: Any = _NEEDED) -> list[Any]:
    return list(_of(given, name, list, "a list", default))


def _flag(given: Mapping[str, Any], name: str) -> bool:
    return bool(_of(given, name, bool, "true or false", False))


def _number(given: Mapping[str, Any], name: str, *, most: int, default: Any = _NEEDED) -> int:
    value = int(_of(given, name, int, "a whole number", default))
    if not 0 <= value <= most:
        raise ValueError(f"“{name}” is not between 0 and {most}")
    return value


def _section(given: Mapping[str, Any]) -> Section:
    return Section(
        _text(given, "code"),
        _text(given, "title"),
        _text(given, "lead", ""),
        tuple(_question(each) for each in _list(given, "questions")),
    )


def _question(given: Mapping[str, Any]) -> Question:
    return Question(
        code=_text(given, "code"),
        kind=QuestionKind(_text(given, "kind")),
        text=_mirrored(given["text"]),
        help=_text(given, "help", ""),
        options=tuple(
            Option(_text(each, "code"), _text(each, "label"), _flag(each, "is_alone"))
            for each in _list(given, "options", [])
        ),
        rows=tuple(
            Row(_text(each, "code"), _mirrored(each["text"])) for each in _list(given, "rows", [])
        ),
        prefill=PrefilledFact(prefill) if (prefill := _text(given, "prefill", "")) else "",
        is_private=_flag(given, "is_private"),
        is_safeguarding=_flag(given, "is_safeguarding"),
        most=_number(given, "most", most=_MOST_PLACES, default=0),
        matters_most_of=_text(given, "matters_most_of", ""),
    )


def _mirrored(given: Mapping[str, Any]) -> dict[str, str]:
    return {side: _text(given, side) for side in Side.values}


def _wrong(form: Form) -> Iterator[str]:
    """Sentences on what contradicts itself in a form of the right shape."""
    if not form.sections:
        yield "A questionnaire needs a section."
    if {each.code for each in form.consents} != set(CONSENTS):
        yield f"The consents asked for are {', '.join(CONSENTS)}."
    codes = [each.code for each in form.questions()]
    for given in (codes, [section.code for section in form.sections]):
        if twice := sorted({code for code in given if given.count(code) > 1}):
            yield f"The code {twice[0]} is there twice."
    for section in form.sections:
        if not _CODE.match(section.code):
            yield f"{section.code} is no code: use letters, digits and underscores."
        if not section.questions:
            yield f"Section {section.code} asks nothing."
    for question in form.questions():
        yield from _wrong_question(question, set(codes))


def _wrong_question(question: Question, codes: set[str]) -> Iterator[str]:
    own = [option.code for option in question.options]
    rows = [row.code for row in question.rows]
    for code in (question.code, *own, *rows):
        if not _CODE.match(code) or code == PREFER_NOT:
            yield f"{code} is no code: use letters, digits and underscores."
    if len(set(own)) < len(own) or len(set(rows)) < len(rows):
        yield f"Question {question.code} has an option or a line twice."
    needs = question.kind in (QuestionKind.ONE, QuestionKind.MANY, QuestionKind.RANK)
    if needs != bool(own):
        yield f"Question {question.code} {'needs' if needs else 'takes no'} options."
    if rows and question.kind not in (QuestionKind.ONE, QuestionKind.SCALE):
        yield f"Question {question.code} has lines, which only scales and single choices have."
    if question.kind == QuestionKind.SCALE and not rows:
        yield f"Question {question.code} is a scale, which needs lines."
    if (question.kind == QuestionKind.RANK) != (question.most > 0):
        yield f"Question {question.code}: a rank, and only that, says how many places it has."
    if question.matters_most_of and question.matters_most_of not in codes:
        yield f"Question {question.code} asks about {question.matters_most_of}, which is missing."
