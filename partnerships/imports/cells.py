"""What one cell says: from text to a value, or a sentence about what is wrong and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping

from django.db.models import TextChoices

from partnerships.exports import SEPARATOR, storable

#: Beyond this many names only those with the same beginning are compared with a misspelt one.
_MANY = 2000


class CellProblem(Exception):
    """A cell cannot be understood; the message says what is wrong and what to do."""


def canonical(text: str) -> str:
    """Text as both CSV and XLSX can hold it: one kind of line end, no characters
    that a workbook cannot hold, no white space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return storable(text).strip()


def several(text: str) -> list[str]:
    """The values of a cell that holds several, each once, in their order."""
    parts = (part.strip() for part in text.split(SEPARATOR))
    return list(dict.fromkeys(part for part in parts if part))


def choice(text: str, choices: type[TextChoices], what: str, also: Mapping[str, str]) -> str:
    """The code that a cell names, by code or label, in any case. `also` gives other words."""
    codes = dict(also)
    for code, label in choices.choices:
        codes[str(label).casefold()] = str(code)
        codes[str(code).casefold()] = str(code)
    if text.casefold() not in codes:
        raise CellProblem(unknown(what, text, choices.values))
    return codes[text.casefold()]


def unknown(what: str, value: str, known: Iterable[str], then: str = "") -> str:
    """“There is no topic “Nursin”. Did you mean “Nursing”?”"""
    near = closest(value, list(known))
    hint = f"Did you mean “{near}”?" if near else (then or "Correct it.")
    return f"there is no {what} “{value[:80]}”. {hint}"


def closest(value: str, known: Collection[str]) -> str | None:
    """The known value that looks most like a misspelt one, if any does."""
    wanted = value[:80].casefold()
    by_key = {name.casefold(): name for name in known}
    keys = list(by_key)
    if len(keys) > _MANY:
        keys = [name for name in keys if name[:3] == wanted[:3]]
    found = difflib.get_close_matches(wanted, keys, n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


def shown(text: str, length: int = 60) -> str:
    """A value in quotes for one line of a plan; "nothing" for an empty one."""
    text = " ".join(text.split())
    if not text:
        return "nothing"
    return f"“{text}”" if len(text) <= length else f"“{text[: length - 1]}…”"
