"""Frameworks of principles: what partnerships may hold themselves to, version by version."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partnerships.choices import FrameworkShape
from partnerships.framework_versions import Family, beside, families, family_of
from partnerships.models import Framework, Principle


@require_safe
def framework_list(request: HttpRequest) -> HttpResponse:
    context = {"families": families(with_wording=True)}
    return render(request, "frameworks/list.html", context)


@require_safe
def framework(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """One version: its principles, where it comes from, what changed since the one before."""
    family, found = _version(code, version)
    return render(request, "frameworks/framework.html", framework_context(family, found))


def framework_context(family: Family, found: Framework) -> dict[str, Any]:
    """Also for the admin's preview of a draft."""
    place = family.versions.index(found)
    before = family.versions[place + 1] if place + 1 < len(family.versions) else None
    changes = [row for row in beside(before, found) if row.has_changed] if before else []
    return {
        "framework": found,
        "current": family.current,
        "is_current": found == family.current,
        "versions": family.versions,
        "before": before,
        "changes": changes,
        "are_steps": found.shape == FrameworkShape.STEPS,
        "helping": [found.code],
    }


@require_safe
def principle(request: HttpRequest, code: str, version: str, principle: str) -> HttpResponse:
    """One principle with its hallmarks, and toolkits that help with it."""
    family, found = _version(code, version)
    every = list(found.principles.all())
    shown = next((row for row in every if row.code == principle), None)
    if shown is None:
        raise Http404
    context = {
        "framework": found,
        "principle": shown,
        "are_steps": found.shape == FrameworkShape.STEPS,
        "is_current": found == family.current,
        "current": family.current,
        "now": _same(family.current, shown),
        "previous": next((row for row in every[::-1] if row.number < shown.number), None),
        "next": next((row for row in every if row.number > shown.number), None),
        "helping": [f"{found.code}.{shown.code}"],
    }
    return render(request, "frameworks/principle.html", context)


def _version(code: str, version: str) -> tuple[Family, Framework]:
    family = family_of(code)
    for found in family.versions if family else []:
        if family and found.version == version:
            return family, found
    raise Http404


def _same(framework: Framework, principle: Principle) -> Principle | None:
    return next((row for row in framework.principles.all() if row.code == principle.code), None)
