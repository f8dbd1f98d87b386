"""Values that somebody proposes, from JSON to what is kept of them: checked one by one.

Each reader takes what was given and what the record says, and raises Wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, TextChoices

from partnerships.choices import MemberRole
from partnerships.models import (
    Country,
    DevelopmentGoal,
    HealthBoard,
    Institution,
    Member,
    Topic,
)
from partnerships.policies import partial_dates
from partnerships.policies.contacts import contact_in

#: In any list, and characters in any text: far beyond what a record says of itself.
MOST, LONGEST = 60, 10_000
Reader = Callable[[Any, Any], Any]


class Wrong(Exception):
    """A value that cannot be proposed: sentences by path below the field."""

    def __init__(self, said: str | Mapping[str, str]) -> None:
        super().__init__(said)
        self.said = {"": said} if isinstance(said, str) else said


def is_text(value: Any) -> bool:
    """Whether every string in some JSON can be kept: no NUL, and no half of a character."""
    if isinstance(value, dict):
        return all(is_text(name) and is_text(part) for name, part in value.items())
    if isinstance(value, list):
        return all(is_text(part) for part in value)
    return not isinstance(value, str) or not any(
        sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value
    )


def text(given: Any, _present: Any = None) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Wrong("Write text.")
    found = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(found) > LONGEST:
        raise Wrong(f"Write at most {LONGEST} characters.")
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in found):
        raise Wrong("This holds a character that no text has.")
    return found


def _items(given: Any) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise Wrong("Write a list.")
    if len(given) > MOST:
        raise Wrong(f"Write at most {MOST}.")
    return given


def _each(given: Any, read: Callable[[Any], Any]) -> list[Any]:
    """Every item of a list, read; or what is wrong with which."""
    found: list[Any] = []
    wrong: dict[str, str] = {}
    for number, item in enumerate(_items(given)):
        try:
            found.append(read(item))
        except Wrong as error:
            wrong |= {f"{number}.{path}".rstrip("."): said for path, said in error.said.items()}
    if wrong:
        raise Wrong(wrong)
    return found


def texts(given: Any, _present: Any = None) -> list[str]:
    """Names or languages: short, public, each once."""

    def read(item: Any) -> str:
        line = text(item)
        if not line or len(line) > 200 or "\n" in line:
            raise Wrong("Write one line of at most 200 characters.")
        if contact := contact_in(line):
            raise Wrong(f"“{contact}” would be public. Leave it out.")
        return line

    return list(dict.fromkeys(_each(given, read)))


def languages(given: Any, _present: Any = None) -> list[str]:
    found = texts(given)
    if any("," in name for name in found):
        raise Wrong("Write each language as an item of the list, without commas.")
    return found


def _code(given: Any) -> str:
    """A code, alone or in an object as the record has it."""
    code = given.get("code") if isinstance(given, dict) else given
    if not isinstance(code, str) or not code:
        raise Wrong("Write a code.")
    return code


def choice(choices: type[TextChoices], *, optional: bool = False) -> Reader:
    def read(given: Any, _present: Any = None) -> str | None:
        if optional and given in (None, ""):
            return None
        code = _code(given)
        if code not in choices.values:
            raise Wrong(f"Write one of {', '.join(choices.values)}.")
        return code

    return read


def date(*, end: bool) -> Reader:
    def read(given: Any, _present: Any = None) -> dict[str, str] | None:
        if given in (None, ""):
            return None
        text = given.get("value") if isinstance(given, dict) else given
        if not isinstance(text, str):
            raise Wrong('Write a date, as in {"value": "2008-05"}.')
        try:
            found = partial_dates.parse(text[:40], end=end)
        except ValueError as error:
            raise Wrong(str(error)) from None
        told = given.get("precision", found.precision) if isinstance(given, dict) else None
        if told not in (None, found.precision):
            raise Wrong({"precision": f"“{text}” is precise to the {found.precision}."})
        return {"value": str(found), "precision": found.precision}

    return read


def _known_terms(model: Any, codes: list[str], present: list[str]) -> list[str]:
    """The codes, each once. Retired ones stay where they are, and come to no other record."""
    found = dict(model.objects.filter(code__in=codes).values_list("code", "retired_on"))
    wrong = {}
    for number, code in enumerate(codes):
        if code not in found:
            wrong[f"{number}"] = f"There is no code “{code[:80]}”. See /api/v1/vocabularies/."
        elif found[code] is not None and code not in present:
            wrong[f"{number}"] = f"“{code}” is retired: new entries cannot use it."
    if wrong:
        raise Wrong(wrong)
    return list(dict.fromkeys(codes))


def terms(model: type[models.Model]) -> Reader:
    def read(given: Any, present: Any) -> list[str]:
        return sorted(_known_terms(model, _each(given, _code), present))

    return read


def topics(given: Any, present: Any) -> list[str]:
    """The primary one first: the one that says so, else the first of the list."""
    codes = _known_terms(Topic, _each(given, _code), present)
    told = [_code(item) for item in given or [] if isinstance(item, dict) and item.get("primary")]
    if len(set(told)) > 1:
        raise Wrong("Only one topic can be the primary one.")
    return primary_first([*told, *codes])


def primary_first(codes: list[str]) -> list[str]:
    return list(dict.fromkeys([*codes[:1], *sorted(codes[1:])]))


def goals(given: Any, _present: Any) -> list[int]:
    numbers = _each(given, lambda item: _whole(item, 1, 17))
    known = set(DevelopmentGoal.objects.filter(number__in=numbers).values_list("pk", flat=True))
    if missing := set(numbers) - known:
        raise Wrong(f"There is no goal {min(missing)}. See /api/v1/vocabularies/.")
    return sorted(set(numbers))


def _whole(given: Any, least: int, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise Wrong(f"Write a whole number from {least} to {most}.")
    return given


def countries(given: Any, _present: Any) -> list[str]:
    codes = _each(given, _code)
    known = set(Country.objects.filter(alpha2__in=codes).values_list("alpha2", flat=True))
    wrong = {
        f"{number}": f"There is no country “{code[:80]}”. Write an ISO 3166-1 alpha-2 code."
        for number, code in enumerate(codes)
        if code not in known
    }
    if wrong:
        raise Wrong(wrong)
    return sorted(set(codes))


def members(given: Any, present: Any) -> list[dict[str, Any]]:
    """Institutions by permanent id or slug; what is not said of one stays, or is the usual."""
    items = _items(given)
    names = _each(items, _institution_name)
    known = _institutions(names)
    said = {member["institution"]: member for member in present}
    wrong: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    for number, (item, name) in enumerate(zip(items, names, strict=True)):
        key = known.get(name.lower())
        if key is None:
            wrong[f"{number}.institution"] = (
                f"There is no institution “{name[:80]}”. See /api/v1/institutions/."
            )
            continue
        if any(member["institution"] == key for member in found):
            wrong[f"{number}.institution"] = "This institution is in the list already."
        usual = said.get(key, {"role": MemberRole.PARTNER.value, "since": None, "until": None})
        told = {part: item.get(part, usual[part]) for part in ("role", "since", "until")}
        wrong |= {f"{number}.{part}": text for part, text in _wrong_with_member(told).items()}
        found.append({"institution": key, **told})
    if wrong:
        raise Wrong(wrong)
    return found


def _institution_name(item: Any) -> str:
    name = item.get("institution") if isinstance(item, dict) else None
    if isinstance(name, dict):
        name = name.get("id") or name.get("slug")
    if not isinstance(name, str) or not name:
        raise Wrong({"institution": "Name an institution by its id or slug."})
    return name


def _institutions(names: list[str]) -> dict[str, str]:
    """Slug or permanent id → permanent id, of the institutions that there are."""
    ids = set()
    for name in names:
        try:
            ids.add(UUID(name))
        except ValueError:
            continue
    slugs = [name for name in names if len(name) <= 80]
    rows = Institution.objects.filter(Q(slug__in=slugs) | Q(public_id__in=ids))
    found: dict[str, str] = {}
    for slug, public_id in rows.values_list("slug", "public_id"):
        found |= {slug.lower(): str(public_id), str(public_id): str(public_id)}
    return found


def _wrong_with_member(told: dict[str, Any]) -> dict[str, str]:
    years = [part for part in ("since", "until") if told[part] is not None]
    wrong = {
        part: "Write a year as a whole number, or null."
        for part in years
        if not isinstance(told[part], int) or isinstance(told[part], bool)
    }
    if not isinstance(told["role"], str):
        wrong["role"] = "Write a code."
    if wrong:
        return wrong
    try:
        Member(**told).full_clean(exclude=["partnership", "institution"])
    except ValidationError as error:
        return {
            part.replace("__all__", "until"): " ".join(said)
            for part, said in error.message_dict.items()
        }
    return {}


def board(given: Any, _present: Any) -> str | None:
    if given is None:
        return None
    slug = given.get("slug") if isinstance(given, dict) else given
    if not isinstance(slug, str):
        raise Wrong("Write the slug of a Health Board, or null.")
    if not HealthBoard.objects.filter(institution__slug=slug).exists():
        raise Wrong(f"There is no Health Board “{slug[:80]}”. See /api/v1/health-boards/.")
    return slug
