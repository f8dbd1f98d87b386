"""Frameworks to and from files. A file becomes a draft, whole or not at all."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from partnerships.models import Framework, Hallmark, HallmarkCorrespondence, Principle, User
from partnerships.policies.framework_files import parse
from partnerships.services import frameworks
from partnerships.services.asking import check_keeps_lists

_COLUMNS = ("code", "version", "title", "shape", "source_name", "source_url", "wording_note")


def as_values(framework: Framework) -> dict[str, Any]:
    """What the file of a framework holds. Four queries."""
    found = Framework.objects.with_wording().get(pk=framework.pk)
    rows = HallmarkCorrespondence.objects.filter(later__principle__framework=framework)
    said = {row.later_id: row.earlier for row in rows.select_related(
        "earlier__principle__framework"
    )}  # fmt: skip
    return {name: getattr(found, name) for name in _COLUMNS} | {
        "principles": [
            {
                "code": principle.code,
                "title": principle.title,
                "description": principle.description,
                "hallmarks": [_hallmark(each, said) for each in principle.hallmarks.all()],
            }
            for principle in found.principles.all()
        ]
    }


def _hallmark(row: Hallmark, said: dict[int, Hallmark | None]) -> dict[str, Any]:
    values: dict[str, Any] = {"code": row.code, "text": row.text}
    if row.pk in said:
        earlier = said[row.pk]
        values["continues"] = earlier and {
            "version": earlier.principle.framework.version,
            "principle": earlier.principle.code,
            "hallmark": earlier.code,
        }
    return values


@transaction.atomic
def add(content: bytes, *, by: User, reason: str = "") -> Framework:
    """A new draft from a file. Raises ValidationError with every problem and its place, and then
    nothing is written."""
    check_keeps_lists(by, "the frameworks")
    values, problems = parse(content)
    if problems.found:
        raise ValidationError(problems.lines())
    return add_values(values, by=by, reason=reason or "From a file")


def add_values(values: dict[str, Any], *, by: User, reason: str) -> Framework:
    """The same from values that `parse` has found right."""
    known = Framework.objects.filter(code=values["code"])
    if known.filter(version=values["version"]).exists():
        raise ValidationError(
            f"version: “{values['code']}” has a version {values['version']} already. Give the "
            "file another version."
        )
    framework = Framework(**{name: values[name] for name in _COLUMNS})
    frameworks.save(framework, by=by, reason=reason)
    before = _hallmarks_before(values["code"])
    for number, principle in enumerate(values["principles"], start=1):
        row = Principle(
            framework=framework,
            number=number,
            **{name: principle[name] for name in ("code", "title", "description")},
        )
        frameworks.save_wording(row, by=by, reason=reason)
        for place, hallmark in enumerate(principle["hallmarks"], start=1):
            made = Hallmark(
                principle=row, number=place, code=hallmark["code"], text=hallmark["text"]
            )
            frameworks.save_wording(made, by=by, reason=reason)
            if "continues" in hallmark:
                at = f"principles[{number}].hallmarks[{place}].continues"
                earlier = _named(hallmark["continues"], before, at)
                frameworks.correspond(made, earlier=earlier, by=by, reason=reason)
    return framework


def _hallmarks_before(code: str) -> dict[tuple[str, str, str], Hallmark]:
    rows = Hallmark.objects.filter(principle__framework__code=code)
    return {
        (row.principle.framework.version, row.principle.code, row.code): row
        for row in rows.select_related("principle__framework")
    }


def _named(
    continues: dict[str, str] | None, before: dict[tuple[str, str, str], Hallmark], place: str
) -> Hallmark | None:
    if continues is None:
        return None
    found = before.get((continues["version"], continues["principle"], continues["hallmark"]))
    if found is None:
        raise ValidationError(f"{place}: No version of this framework has that hallmark.")
    return found
