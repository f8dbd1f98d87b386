"""Frameworks as people read them: which version is current, and two versions beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from partnerships.choices import FrameworkState
from partnerships.models import Framework, Hallmark, Principle
from partnerships.policies.continuing import version_order
from partnerships.services.frameworks import corresponding


@dataclass(frozen=True, slots=True)
class Family:
    """All public versions of one framework, the newest first."""

    code: str
    versions: list[Framework]

    @property
    def current(self) -> Framework:
        """The newest that is published; of retired ones alone the newest."""
        published = (v for v in self.versions if v.state == FrameworkState.PUBLISHED)
        return next(published, self.versions[0])

    @property
    def others(self) -> list[Framework]:
        return [version for version in self.versions if version != self.current]


def in_order(frameworks: Iterable[Framework]) -> list[Framework]:
    """Versions of a framework as people count them, the newest first."""
    return sorted(frameworks, key=lambda each: version_order(each.version), reverse=True)


def families(*, with_wording: bool = False) -> list[Family]:
    """Every framework that was ever published, by title: those in use first. At most three
    queries."""
    rows = Framework.objects.exclude(state=FrameworkState.DRAFT)
    if with_wording:
        rows = rows.with_wording()
    found: dict[str, list[Framework]] = {}
    for row in rows:
        found.setdefault(row.code, []).append(row)
    every = [Family(code, in_order(versions)) for code, versions in found.items()]
    retired = FrameworkState.RETIRED
    return sorted(every, key=lambda f: (f.current.state == retired, f.current.title, f.code))


def family_of(code: str) -> Family | None:
    """The public versions of a framework, with their wording; None where there is none."""
    rows = Framework.objects.exclude(state=FrameworkState.DRAFT).filter(code=code).with_wording()
    versions = in_order(rows)
    return Family(code, versions) if versions else None


# ------------------------------------------------------------------------- versions side by side

SAME, REWORDED, NEW, GONE = "same", "reworded", "new", "gone"


@dataclass(frozen=True, slots=True)
class Pair:
    """A hallmark of two versions; either may be missing."""

    kind: str
    before: Hallmark | None
    after: Hallmark | None


@dataclass(slots=True)
class Beside:
    """A principle of two versions; either may be missing."""

    kind: str
    before: Principle | None
    after: Principle | None
    hallmarks: list[Pair] = field(default_factory=list)

    @property
    def title(self) -> str:
        shown = self.after or self.before
        return shown.title if shown else ""

    @property
    def has_changed(self) -> bool:
        return self.kind != SAME or any(pair.kind != SAME for pair in self.hallmarks)

    @property
    def changes(self) -> list[Pair]:
        return [pair for pair in self.hallmarks if pair.kind != SAME]


def beside(earlier: Framework, later: Framework) -> list[Beside]:
    """The principles of two versions, in the order of the later; what went away last.

    Both `with_wording()`. Principles correspond by their codes, hallmarks as the unit has stated.
    Two queries.
    """
    continued = {new: old for old, new in corresponding(earlier, later).items()}
    old_hallmarks = {h.pk: h for p in earlier.principles.all() for h in p.hallmarks.all()}
    old_principles = {principle.code: principle for principle in earlier.principles.all()}
    rows: list[Beside] = []
    for after in later.principles.all():
        before = old_principles.pop(after.code, None)
        row = Beside(_kind(before, after), before, after)
        for hallmark in after.hallmarks.all():
            old = old_hallmarks.get(continued.get(hallmark.pk, 0))
            same = old is not None and old.text == hallmark.text
            row.hallmarks.append(Pair(SAME if same else REWORDED if old else NEW, old, hallmark))
        rows.append(row)
    rows += [Beside(GONE, before, None) for before in old_principles.values()]
    kept = set(continued.values())
    for row in rows:
        if row.before is not None:
            left = [h for h in row.before.hallmarks.all() if h.pk not in kept]
            row.hallmarks += [Pair(GONE, hallmark, None) for hallmark in left]
    return rows


def _kind(before: Principle | None, after: Principle) -> str:
    if before is None:
        return NEW
    same = (before.title, before.description) == (after.title, after.description)
    return SAME if same else REWORDED
