"""Verbs on institutions: save, merge and whatever their partnerships must learn of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from partnerships.indexing import MAX_DEPTH, reindex
from partnerships.models import (
    FormerInstitutionSlug,
    HealthBoard,
    Institution,
    Partnership,
    User,
)
from partnerships.policies.coordinates import shows_city
from partnerships.policies.normalise import index_words, key
from partnerships.policies.permissions import Viewer, can_add_institution, can_edit_institution
from partnerships.services import partnerships
from partnerships.services.asking import check
from partnerships.services.writing import changed_fields, credit, write
from partnerships.versions import changed


@transaction.atomic
def save(
    institution: Institution,
    *,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
    index: bool = True,
) -> bool:
    """Write an institution; False where nothing changed.

    Refuses a parent that stands below the institution or too deep, and a slug that another
    institution once had. A slug that changes stays behind as a redirect. With `index`, every
    partnership that names it or anything under it is indexed anew.
    A new country is counted by the records that it is a member of; refuses where that leaves a
    listed one with a single country and no note. Raises NotAllowed for people who may not change
    the institution, or not put it where it shall stand.
    """
    now = at or timezone.now()
    _check_may_change(institution, by, at=now)
    institution.name_key = key(institution.name)[:200]
    institution.search_text = search_text(institution)
    _check_parents(institution)
    if institution._state.adding:
        institution.created_at = institution.modified_at = now
    elif changed_fields(institution):
        institution.modified_at = now
    else:
        return False
    taken = FormerInstitutionSlug.objects.filter(slug=institution.slug)
    if taken.exclude(institution=institution.pk).exists():
        raise ValidationError(
            {"slug": "Another institution had this address once. Choose a different one."}
        )
    before = Institution.objects.filter(pk=institution.pk).first()
    written = write(institution, by=by, reason=reason)
    changed(institutions=[institution.pk, *_naming(institution, before)])
    if before and before.slug != institution.slug:
        taken.delete()
        FormerInstitutionSlug.objects.create(slug=before.slug, institution=institution)
    if before and before.country_id != institution.country_id:
        for partnership in Partnership.objects.filter(members__institution=institution):
            partnerships.settle(partnership, by=by, reason=reason, at=now)
    if written and index and before:
        reindex(affected_partnerships(institution))
    return written


@transaction.atomic
def delete(institution: Institution, *, by: User, reason: str) -> None:
    """Remove an institution that no record names; ProtectedError where one does.

    Its other names and numbers go along. One that existed is closed or merged instead.
    """
    check(by, lambda viewer: viewer.edits_everything, "Only the unit removes institutions.")
    for row in (*institution.aliases.all(), *institution.identifiers.all()):
        credit(row, by=by, reason=reason)
        row.delete()
    credit(institution, by=by, reason=reason)
    changed(institutions=[institution.pk])
    institution.delete()


def _naming(institution: Institution, before: Institution | None) -> Iterable[int]:
    """Keys of the institutions whose records name this one otherwise than before."""
    if before is None or (before.slug, before.name) == (institution.slug, institution.name):
        return []
    related = Institution.objects.filter(Q(parent=institution) | Q(successor=institution))
    return related.values_list("pk", flat=True)


@transaction.atomic
def settle(institution: Institution, *, by: User | None, reason: str = "") -> None:
    """After aliases changed: the search text and the index of every partnership it touches."""
    _check_may_change(institution, by)
    Institution.objects.filter(pk=institution.pk).update(search_text=search_text(institution))
    changed(institutions=[institution.pk])
    reindex(affected_partnerships(institution))


def search_text(institution: Institution) -> str:
    """The normalised words of names, aliases and town, each with a space before it."""
    texts = [institution.name, institution.local_name, institution.slug]
    if shows_city(institution.location_level):  # else a search would tell the town
        texts.append(institution.city)
    if not institution._state.adding:
        texts.extend(institution.aliases.values_list("name", flat=True))
    return " " + " ".join(index_words(*texts))


def affected_partnerships(institution: Institution) -> list[int]:
    """Keys of partnerships with a member that is, or stands under, the institution, or that it
    owns as a Board."""
    under, level = [institution.pk], [institution.pk]
    while level:
        children = Institution.objects.filter(parent__in=level)
        level = list(children.exclude(pk__in=under).values_list("pk", flat=True))
        under += level
    owned = Partnership.objects.filter(health_board__institution=institution.pk)
    joined = Partnership.objects.filter(members__institution__in=under)
    return sorted({*owned.values_list("pk", flat=True), *joined.values_list("pk", flat=True)})


def may_change(viewer: Viewer, institution: Institution) -> bool:
    """Whether a viewer may change an institution as it is stored."""
    if viewer.edits_everything or not viewer.boards:  # asks the database nothing
        return viewer.edits_everything
    using = Partnership.objects.filter(members__institution=institution.pk)
    stored = Institution.objects.filter(pk=institution.pk)
    return can_edit_institution(
        viewer,
        is_board=HealthBoard.objects.filter(pk=institution.pk).exists(),
        under_board_id=board_above(stored.values_list("parent_id", flat=True).first()),
        used_by=set(using.values_list("health_board_id", flat=True)),
    )


def shared_beyond(boards: Collection[int], institutions: Collection[int]) -> set[int]:
    """Those that a Board is, or that a record names which these Boards do not own. One query."""
    named = Partnership.objects.filter(members__institution=OuterRef("pk"))
    mine = Q(health_board__in=boards) & Q(health_board__isnull=False)
    others = Institution.objects.filter(pk__in=institutions).filter(
        Q(health_board__isnull=False) | Exists(named.exclude(mine))
    )
    return set(others.values_list("pk", flat=True))


def _check_may_change(
    institution: Institution, by: User | None, *, at: datetime | None = None
) -> None:
    """As it is stored, and where it would stand."""

    def may(viewer: Viewer) -> bool:
        if viewer.edits_everything:
            return True
        if not institution._state.adding and not may_change(viewer, institution):
            return False
        return can_add_institution(viewer, under_board_id=board_above(institution.parent_id))

    check(
        by,
        may,
        "Only the coordination unit changes a Health Board, an institution below another Board "
        "and one that another Board's records name. Suggest the change to the unit.",
        at=at,
    )


def board_above(parent_id: int | None) -> int | None:
    """The key of the nearest Health Board at or above an institution."""
    for _ in range(MAX_DEPTH + 1):
        if parent_id is None or HealthBoard.objects.filter(pk=parent_id).exists():
            return parent_id
        above = Institution.objects.filter(pk=parent_id)
        parent_id = above.values_list("parent_id", flat=True).first()
    return None


def _check_parents(institution: Institution) -> None:
    """Parents form a chain that ends: no loops, no more than MAX_DEPTH levels with children."""
    above, parent = 0, institution.parent
    while parent is not None:
        above += 1
        if parent.pk == institution.pk:
            raise ValidationError(
                {"parent": "This institution stands above its own parent. Choose another parent."}
            )
        if above >= MAX_DEPTH:
            raise ValidationError(
                {"parent": f"Institutions can stand at most {MAX_DEPTH} levels deep."}
            )
        parent = parent.parent
    below, children = 0, [institution.pk] if institution.pk else []
    while children:
        children = list(
            Institution.objects.filter(parent__in=children).values_list("pk", flat=True)
        )
        below += bool(children)
        if above + below >= MAX_DEPTH:
            raise ValidationError(
                {"parent": f"Institutions can stand at most {MAX_DEPTH} levels deep."}
            )
