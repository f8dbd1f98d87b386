"""A framework as a file: what stands in it, and what is wrong with it, each with its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

#: Larger files are no frameworks: the four of the register have 5 to 12 kB.
MOST_BYTES = 500_000
MOST_PRINCIPLES, MOST_HALLMARKS = 60, 60
_CODE = re.compile(r"[A-Za-z0-9_-]+")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SHAPES = ("principles", "steps")

#: Field → (longest, whether it may be empty).
_FRAMEWORK = {
    "code": (40, False),
    "version": (20, False),
    "title": (150, False),
    "shape": (10, False),
    "source_name": (150, False),
    "source_url": (300, False),
    "wording_note": (2000, False),
}
_PRINCIPLE = {"code": (60, False), "title": (120, False), "description": (2000, True)}
_HALLMARK = {"code": (60, False), "text": (300, False)}
_CONTINUES = {"version": (20, False), "principle": (60, False), "hallmark": (60, False)}


@dataclass
class Problems:
    """What is wrong, as (place, sentence), in the order of the file."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, place: str, sentence: str) -> None:
        self.found.append((place, sentence))

    def lines(self) -> list[str]:
        return [f"{place}: {sentence}" if place else sentence for place, sentence in self.found]


def parse(content: bytes) -> tuple[dict[str, Any], Problems]:
    """The file's values, complete where there are no problems, else {}.

    A principle's `hallmarks` may each name what it `continues`: an object of version, principle
    and hallmark, or null for one that is new.
    """
    problems = Problems()
    values: Any = None
    if len(content) > MOST_BYTES:
        problems.add("", f"The file is too large: at most {MOST_BYTES // 1000} kB.")
        return {}, problems
    try:
        values = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        problems.add(f"byte {error.start}", "This is not UTF-8. Save the file as UTF-8.")
    except json.JSONDecodeError as error:
        problems.add(f"line {error.lineno}, column {error.colno}", f"No JSON: {error.msg}.")
    except (_Twice, RecursionError) as error:
        problems.add("", str(error) if isinstance(error, _Twice) else "Nested too deeply.")
    except ValueError:
        problems.add("", "A number in it has too many digits. A framework holds no numbers.")
    if problems.found:
        return {}, problems
    _framework(values, problems)
    return ({} if problems.found else values), problems


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(f"“{name[:40]}” stands twice in one object. Keep one of them.")
        found[name] = value
    return found


def _framework(values: Any, problems: Problems) -> None:
    if not _object(values, "", _FRAMEWORK, problems, lists=("principles",)):
        return
    if values.get("shape") not in _SHAPES:
        problems.add("shape", "Write “principles” or “steps”.")
    version = values.get("version")
    if isinstance(version, str) and version and not VERSION.fullmatch(version):
        problems.add("version", "Use letters, digits, full stops, hyphens and underscores.")
    url = values.get("source_url")
    if isinstance(url, str) and not re.match(r"https?://[^\s/]+\.[^\s]+\Z", url):
        problems.add("source_url", "Write an address that begins with http:// or https://.")
    rows = _list(values, "principles", "", MOST_PRINCIPLES, problems)
    for number, row in enumerate(rows):
        place = f"principles[{number + 1}]"
        if _object(row, place, _PRINCIPLE, problems, lists=("hallmarks",)):
            hallmarks = _list(row, "hallmarks", place, MOST_HALLMARKS, problems)
            for each, hallmark in enumerate(hallmarks):
                _hallmark(hallmark, f"{place}.hallmarks[{each + 1}]", problems)
            _distinct(hallmarks, f"{place}.hallmarks", problems)
    _distinct(rows, "principles", problems)


def _hallmark(row: Any, place: str, problems: Problems) -> None:
    if not _object(row, place, _HALLMARK, problems, may=("continues",)):
        return
    if row.get("continues") is not None:
        _object(row["continues"], f"{place}.continues", _CONTINUES, problems)


def _object(
    row: Any,
    place: str,
    texts: dict[str, tuple[int, bool]],
    problems: Problems,
    *,
    lists: tuple[str, ...] = (),
    may: tuple[str, ...] = (),
) -> bool:
    if not isinstance(row, dict):
        problems.add(place, "This must be an object, in curly brackets.")
        return False
    for name in row.keys() - texts.keys() - {*lists, *may}:
        problems.add(_at(place, name[:40]), "There is no such field. Leave it out.")
    for name, (longest, may_be_empty) in texts.items():
        _text(row.get(name), _at(place, name), longest, may_be_empty, problems)
    code = row.get("code", "")
    if isinstance(code, str) and code and "code" in texts and not _CODE.fullmatch(code):
        problems.add(_at(place, "code"), "Use letters, digits, hyphens and underscores.")
    return True


def _text(value: Any, place: str, longest: int, may_be_empty: bool, problems: Problems) -> None:
    if not isinstance(value, str):
        problems.add(place, "This is missing." if value is None else "This must be a text.")
    elif not value.strip() and not (may_be_empty and value == ""):
        problems.add(place, "This is empty.")
    elif len(value) > longest:
        problems.add(place, f"Write at most {longest} characters; these are {len(value)}.")
    elif _CONTROL.search(value):
        problems.add(place, "This holds a control character. Remove it.")


def _list(row: Any, name: str, place: str, most: int, problems: Problems) -> list[Any]:
    rows = row.get(name)
    if not isinstance(rows, list):
        problems.add(_at(place, name), "This must be a list, in square brackets.")
        return []
    if len(rows) > most:
        problems.add(_at(place, name), f"At most {most} can be here; these are {len(rows)}.")
        return []
    return rows


def _distinct(rows: list[Any], place: str, problems: Problems) -> None:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        code = row.get("code") if isinstance(row, dict) else None
        if isinstance(code, str) and seen.setdefault(code, number) != number:
            problems.add(f"{place}[{number}].code", f"“{code}” is number {seen[code]} already.")


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
