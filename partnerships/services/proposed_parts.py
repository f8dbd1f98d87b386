"""From what a suggestion keeps to what the record's own services take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.utils.text import slugify

from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    FormerPartnershipSlug,
    Funder,
    HealthBoard,
    Institution,
    Member,
    Partnership,
    Profession,
    Topic,
)
from partnerships.policies import partial_dates
from partnerships.proposed import COLUMNS, FIELD_OF
from partnerships.services import partnerships
from partnerships.services.parts import Parts

#: Field → the model of what it names, and the column that names it.
_NAMED: dict[str, tuple[Any, str]] = {
    "topics": (Topic, "code"),
    "activities": (Activity, "code"),
    "professions": (Profession, "code"),
    "professions_wanted": (Profession, "code"),
    "funders": (Funder, "code"),
    "sdgs": (DevelopmentGoal, "number"),
}
#: So many levels an institution stands below its Board at most.
_LEVELS = 5


def values_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that some changes ask for."""
    found: dict[str, Any] = {}
    for name in COLUMNS.keys() & changes.keys():
        value = changes[name]
        if name in ("began", "ended"):
            date = partial_dates.parse(value["value"], end=name == "ended") if value else None
            found |= {
                f"{name}_on": date.day if date else None,
                f"{name}_precision": date.precision if date else "",
            }
        elif name == "languages":
            found[name] = ", ".join(value)
        else:
            found[COLUMNS[name][0]] = "" if value is None else value
    return found


def parts_of(changes: Mapping[str, Any], partnership: Partnership | None) -> Parts:
    """The parts that some changes ask for. Raises ValidationError, by field, where something that
    they name is gone, or where a member's country would be left out."""
    found: dict[str, Any] = {}
    for name in _NAMED.keys() & changes.keys():
        model, column = _NAMED[name]
        known = {getattr(row, column): row for row in model.objects.all()}
        if missing := [code for code in changes[name] if code not in known]:
            raise ValidationError({name: f"“{missing[0]}” is no longer there."})
        found[name] = [known[code] for code in changes[name]]
    if "members" in changes:
        found["members"] = _institutions(changes["members"])
    if "countries" in changes:
        found["declared_countries"] = _declared(
            changes["countries"], found.get("members"), partnership
        )
    return Parts(**found)


def _institutions(members: list[dict[str, Any]]) -> list[Institution]:
    ids = [UUID(member["institution"]) for member in members]
    known = {row.public_id: row for row in Institution.objects.filter(public_id__in=ids)}
    if any(key not in known for key in ids):
        raise ValidationError({"members": "One of these institutions is no longer there."})
    return [known[key] for key in ids]


def _declared(
    codes: list[str], members: list[Institution] | None, partnership: Partnership | None
) -> list[Country]:
    """Countries to be declared: those that no member stands in, and those that are declared."""
    declared = set()
    if partnership is not None:
        if members is None:
            members = list(Institution.objects.filter(memberships__partnership=partnership.pk))
        declared = set(partnership.declared_countries.values_list("pk", flat=True))
    standing = {row.country_id: row.name for row in members or []}
    if left_out := sorted(standing.keys() - set(codes)):
        names = ", ".join(f"{code} ({standing[code]})" for code in left_out)
        raise ValidationError({"countries": f"Members are in {names}. Keep their countries."})
    wanted = [code for code in codes if code in declared or code not in standing]
    return list(Country.objects.filter(pk__in=wanted))


def member_rows(partnership: Partnership, members: list[dict[str, Any]]) -> list[Member]:
    """The rows of members that are there, with the roles and years that are asked for."""
    asked = {member["institution"]: member for member in members}
    rows = list(partnership.members.select_related("institution").all())
    for row in rows:
        told = asked[str(row.institution.public_id)]
        row.role, row.since, row.until = told["role"], told["since"], told["until"]
    return rows


def board_above(members: list[dict[str, Any]]) -> HealthBoard | None:
    """The one Board that members are or stand under; None where there is none or several."""
    ids = [UUID(member["institution"]) for member in members]
    path, above = "institution", Q()
    for _ in range(_LEVELS + 1):
        above |= Q(**{f"{path}__public_id__in": ids})
        path += "__children"
    found = HealthBoard.objects.filter(above).distinct()[:2]
    return found[0] if len(found) == 1 else None


def free_slug(name: str) -> str:
    """An address that no record has or had."""
    wanted = slugify(name)[:74].strip("-") or "partnership"
    taken = {
        *Partnership.objects.filter(slug__startswith=wanted).values_list("slug", flat=True),
        *FormerPartnershipSlug.objects.filter(slug__startswith=wanted).values_list(
            "slug", flat=True
        ),
        *partnerships.RESERVED,
    }
    candidates = (f"{wanted}-{number}" if number > 1 else wanted for number in range(1, 10**5))
    return next(slug for slug in candidates if slug not in taken)


def by_field(error: ValidationError) -> dict[str, list[str]]:
    """What the record's service says of columns, said of the fields that stand for them."""
    found: dict[str, list[str]] = {}
    for column, said in error.message_dict.items():
        name = "" if column == NON_FIELD_ERRORS else FIELD_OF.get(column, column)
        found.setdefault(name, []).extend(said)
    return found
