"""Verbs on frameworks of principles: the unit's. Published wording never changes."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from partnerships.choices import FrameworkShape, FrameworkState
from partnerships.models import Framework, Hallmark, HallmarkCorrespondence, Principle, User
from partnerships.policies.continuing import Codes, continued
from partnerships.policies.framework_files import VERSION
from partnerships.services.asking import check_keeps_lists
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import changed_fields, credit, write

#: What may still be mended once a framework is published: where it comes from, whose words.
_MENDED = frozenset(["source_name", "source_url", "wording_note"])


@transaction.atomic
def save(framework: Framework, *, by: User | None, reason: str = "") -> bool:
    """Write a framework's own columns; False where nothing changed. A new one is a draft.

    Its state is the affair of `publish` and `retire`. Refuses another title, code, version or
    shape of what has been published: the answers that were given to it name them.
    """
    check_keeps_lists(by, "the frameworks")
    if not VERSION.fullmatch(framework.version):
        raise ValidationError(
            {"version": "Use letters, digits, full stops, hyphens and underscores."}
        )
    if framework._state.adding:
        framework.state = FrameworkState.DRAFT
    else:
        framework.state = _locked(framework.pk).state
        if framework.state != FrameworkState.DRAFT and set(changed_fields(framework)) - _MENDED:
            raise NotAllowed("This has been published, so its wording stands. Make a new version.")
    return write(framework, by=by, reason=reason)


@transaction.atomic
def publish(framework: Framework, *, by: User, reason: str = "") -> bool:
    """Let the public read it and sides answer it; False where that is so. Its wording now stands.

    Refuses one without principles, and a principle without hallmarks, which nobody could rate.
    """
    check_keeps_lists(by, "the frameworks")
    framework = _locked(framework.pk)
    principles = framework.principles.annotate(signs=Count("hallmarks")).order_by("number")
    if not principles:
        raise NotAllowed("This has no principles yet. Add them first.")
    bare = principles.filter(signs=0).first()
    if bare is not None and framework.shape == FrameworkShape.PRINCIPLES:
        raise NotAllowed(f"“{bare.title}” has no hallmark yet, so nobody could rate it.")
    framework.state = FrameworkState.PUBLISHED
    return write(framework, by=by, reason=reason)


@transaction.atomic
def retire(framework: Framework, *, by: User, reason: str = "") -> bool:
    """Open no new checklist with it; False where that is so. Its pages stay and say so."""
    check_keeps_lists(by, "the frameworks")
    framework = _locked(framework.pk)
    if framework.state == FrameworkState.DRAFT:
        raise NotAllowed("A draft is not retired. Delete it, or publish it first.")
    framework.state = FrameworkState.RETIRED
    return write(framework, by=by, reason=reason)


@transaction.atomic
def make_version(framework: Framework, *, version: str, by: User, reason: str = "") -> Framework:
    """Copy a framework as the draft of another version, each hallmark continuing its own."""
    check_keeps_lists(by, "the frameworks")
    source = Framework.objects.with_wording().get(pk=framework.pk)
    values = {name: getattr(source, name) for name in ("code", "title", "shape", *_MENDED)}
    copy = Framework(version=version.strip(), **values)
    save(copy, by=by, reason=reason)
    for principle in source.principles.all():
        row = Principle(
            framework=copy,
            code=principle.code,
            number=principle.number,
            title=principle.title,
            description=principle.description,
        )
        write(row, by=by, reason=reason)
        for old in principle.hallmarks.all():
            new = Hallmark(principle=row, code=old.code, number=old.number, text=old.text)
            write(new, by=by, reason=reason)
            write(HallmarkCorrespondence(later=new, earlier=old), by=by, reason=reason)
    return copy


@transaction.atomic
def save_wording(row: Principle | Hallmark, *, by: User | None, reason: str = "") -> bool:
    """Write a principle or a hallmark of a draft; False where nothing changed."""
    check_keeps_lists(by, "the frameworks")
    _check_wording_is_free(row)
    return write(row, by=by, reason=reason)


@transaction.atomic
def save_rows(
    written: Iterable[Principle | Hallmark],
    removed: Iterable[Principle | Hallmark] = (),
    *,
    by: User,
    reason: str = "",
) -> bool:
    """Write and remove rows of one draft together, so that they may change places."""
    written, removed = list(written), list(removed)
    check_keeps_lists(by, "the frameworks")
    for row in [*written, *removed]:
        _check_wording_is_free(row)
    for row in removed:
        remove_wording(row, by=by, reason=reason)
    _make_room(written)
    done = [write(row, by=by, reason=reason) for row in written]
    return any(done) or bool(removed)


def _make_room(rows: Iterable[Principle | Hallmark]) -> None:
    """Numbers are unique: whatever takes another one steps aside before the others write."""
    for row in rows:
        if not row._state.adding and "number" in changed_fields(row):
            type(row)._default_manager.filter(pk=row.pk).update(number=F("number") + 10_000)


@transaction.atomic
def remove_wording(row: Principle | Hallmark, *, by: User, reason: str) -> None:
    """Delete a principle with its hallmarks, or a hallmark, of a draft."""
    check_keeps_lists(by, "the frameworks")
    _check_wording_is_free(row)
    hallmarks = row.hallmarks.all() if isinstance(row, Principle) else [row]
    for hallmark in hallmarks:
        said = Q(later=hallmark) | Q(earlier=hallmark)
        for each in [*HallmarkCorrespondence.objects.filter(said), hallmark]:
            credit(each, by=by, reason=reason)
            each.delete()
    if isinstance(row, Principle):
        credit(row, by=by, reason=reason)
        row.delete()


@transaction.atomic
def delete(framework: Framework, *, by: User, reason: str) -> None:
    """Remove a draft. What was once public, or was answered, is retired instead."""
    check_keeps_lists(by, "the frameworks")
    framework = _locked(framework.pk)
    if is_answered(framework):
        raise NotAllowed("Checklists use this framework. Retire it instead.")
    if framework.state != FrameworkState.DRAFT:
        raise NotAllowed("This has been published. Retire it instead.")
    for principle in framework.principles.all():
        remove_wording(principle, by=by, reason=reason)
    credit(framework, by=by, reason=reason)
    framework.delete()


def is_answered(framework: Framework) -> bool:
    """Whether a checklist uses the framework, so that its wording stands."""
    return not framework._state.adding and framework.checklists.exists()


@transaction.atomic
def correspond(
    later: Hallmark, *, earlier: Hallmark | None, by: User | None, reason: str = ""
) -> bool:
    """State which hallmark of an earlier version this one continues, or that it continues none.

    False where that is stated already. Raises ValidationError for a hallmark of the same version,
    for one that another hallmark of this version continues, and where the two would go in a ring.
    """
    check_keeps_lists(by, "the frameworks")
    row = HallmarkCorrespondence.objects.filter(later=later).first()
    row = row or HallmarkCorrespondence(later=later)
    row.earlier = earlier
    if earlier is not None:
        _check_continues(later, earlier)
    return write(row, by=by, reason=reason)


@transaction.atomic
def correspond_all(
    stated: Iterable[tuple[Hallmark, Hallmark | None]], *, by: User, reason: str = ""
) -> int:
    """State several at once, as one page does, so that two may change places; their number."""
    stated = list(stated)
    for later, _ in stated:
        correspond(later, earlier=None, by=by, reason=reason)
    for later, earlier in stated:
        if earlier is not None:
            correspond(later, earlier=earlier, by=by, reason=reason)
    return len(stated)


def hallmarks_in(framework: Framework) -> QuerySet[Hallmark]:
    """In their order, with their principles."""
    rows = Hallmark.objects.filter(principle__framework=framework)
    return rows.select_related("principle__framework").order_by("principle__number", "number")


def corresponding(earlier: Framework, later: Framework) -> dict[int, int]:
    """Key of a hallmark of the earlier version → key of the one that continues it. Two queries.

    What the unit has stated counts, also across versions in between; where that ends, the same
    codes do.
    """
    return corresponding_each([earlier], later)[earlier.pk]


def corresponding_each(earlier: Iterable[Framework], later: Framework) -> dict[int, dict[int, int]]:
    """The same for several earlier versions, by key of the version. Two queries for all."""
    versions = {version.pk for version in earlier}
    codes: dict[int, dict[int, Codes]] = {key: {} for key in {*versions, later.pk}}
    rows = Hallmark.objects.filter(principle__framework__in=list(codes)).order_by(
        "principle__number", "number"
    )
    for key, framework, *code in rows.values_list(
        "pk", "principle__framework", "principle__framework__code", "principle__code", "code"
    ):
        codes[framework][key] = (code[0], code[1], code[2])
    said: dict[int, int | None] = {}
    between: dict[int, Codes] = {}
    for key, before, *code in HallmarkCorrespondence.objects.values_list(
        "later",
        "earlier",
        "earlier__principle__framework__code",
        "earlier__principle__code",
        "earlier__code",
    ):
        said[key] = before
        if before is not None:
            between[before] = (code[0], code[1], code[2])
    return {key: continued(codes[key], codes[later.pk], said, between) for key in versions}


def _check_continues(later: Hallmark, earlier: Hallmark) -> None:
    version, before = later.principle.framework_id, earlier.principle.framework_id
    if version == before:
        raise ValidationError({"earlier": "Choose a hallmark of an earlier version."})
    others = HallmarkCorrespondence.objects.filter(
        earlier=earlier, later__principle__framework=version
    )
    if others.exclude(later=later).exists():
        raise ValidationError(
            {"earlier": f"Another hallmark of this version continues “{earlier}” already."}
        )
    if version in _versions_before(earlier):
        raise ValidationError({"earlier": f"“{earlier}” continues this version, not the reverse."})


def _versions_before(hallmark: Hallmark) -> set[int]:
    found: set[int] = set()
    step: Hallmark | None = hallmark
    while step is not None and step.principle.framework_id not in found:
        found.add(step.principle.framework_id)
        row = HallmarkCorrespondence.objects.filter(later=step).select_related("earlier__principle")
        said = row.first()
        step = said.earlier if said else None
    return found


def _locked(pk: int) -> Framework:
    found = Framework.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotAllowed("This framework is not there any more. Somebody removed it.")
    return found


def _check_wording_is_free(row: Principle | Hallmark) -> None:
    """Holds the framework, so that nobody publishes it before the row is written."""
    principle = row if isinstance(row, Principle) else row.principle
    framework = _locked(principle.framework_id)
    if is_answered(framework):
        raise NotAllowed(
            "Checklists use this framework, so its wording stands. Make a new version instead."
        )
    if framework.state != FrameworkState.DRAFT:
        raise NotAllowed(
            "This framework has been published, so its wording stands. Make a new version instead."
        )
