"""One record by its address: where it is now, or that there is none for the viewer."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q
from django.utils import timezone

from partnerships.choices import RecordType
from partnerships.models import (
    FormerPartnershipSlug,
    Institution,
    Partnership,
    RecordChange,
    Resource,
    viewer_of,
)
from partnerships.models.institutions import InstitutionQuerySet
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.normalise import key, query_words

#: So many successors of successors are followed.
MOST_SUCCESSORS = 10
#: Words of one line that are looked up.
_MOST_WORDS = 12
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")


class Moved(Exception):
    """The record has another address now."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class NotFound(Exception):
    """There is no such record, or the viewer may not know of it."""


class Gone(NotFound):
    """The record was public once. `why` is a value of `Removal`: no more is told."""

    def __init__(
        self, name: str, removed_at: datetime, why: str, successor: UUID | None = None
    ) -> None:
        super().__init__(name)
        self.removed_at, self.why, self.successor = removed_at, why, successor


def partnership_for(name: str, *, viewer: object, at: datetime | None = None) -> Partnership:
    """The record with a slug or permanent id, with what its page shows, and when both sides last
    agreed a checklist: `checklist_agreed_at`, all that the public may know of checklists.

    Raises Moved for a former slug and for what was withdrawn because another is the same, Gone for
    what was public once, and NotFound for what does not exist or may not be seen.
    """
    visible = _visible_to(viewer, at)
    shown = visible.with_parts().annotate(checklist_agreed_at=Max("checklists__agreed_at"))
    found = shown.filter(_named(name)).first()
    if found:
        return found
    raise _moved(visible, name)


def partnership_key_for(name: str, *, viewer: object, at: datetime | None = None) -> int:
    """The primary key of the same record, for `records.public_records`. Raises the same. One
    query."""
    visible = _visible_to(viewer, at)
    found = visible.filter(_named(name)).values_list("pk", flat=True).first()
    if found is None:
        raise _moved(visible, name)
    return found


def _visible_to(viewer: object, at: datetime | None) -> PartnershipQuerySet:
    return Partnership.objects.visible_to(viewer_of(viewer, on=timezone.localdate(at)))


def _moved(visible: PartnershipQuerySet, name: str) -> Moved | NotFound:
    moved = visible.filter(former_slugs__slug=name).values_list("slug", flat=True).first()
    if moved:
        return Moved(moved)
    former = FormerPartnershipSlug.objects.filter(slug=name)
    key = former.values_list("partnership", flat=True).first()
    gone = _removed(RecordType.PARTNERSHIP, name, key)
    return _followed(RecordType.PARTNERSHIP, gone, visible) or gone or NotFound(name)


def _followed(record_type: str, gone: Gone | None, rows: Any) -> Moved | None:
    """The way to whatever followed a record that is gone, if anything public did."""
    for _ in range(MOST_SUCCESSORS):
        if gone is None or gone.successor is None:
            return None
        follows = rows.filter(public_id=gone.successor)
        if moved := follows.values_list("slug", flat=True).first():
            return Moved(moved)
        gone = _removed(record_type, str(gone.successor))
    return None


def institution_for(name: str) -> Institution:
    """The institution with a slug or permanent id. Raises Moved, also for one that was merged into
    another and then deleted, Gone or NotFound."""
    rows = Institution.objects.for_list().select_related("successor", "health_board")
    found = rows.filter(_named(name)).first()
    if found:
        return found
    former = Institution.objects.filter(former_slugs__slug=name)
    moved = former.values_list("slug", flat=True).first()
    if moved:
        raise Moved(moved)
    gone = _removed(RecordType.INSTITUTION, name)
    raise _followed(RecordType.INSTITUTION, gone, Institution.objects) or gone or NotFound(name)


def institution_called(line: str) -> Institution | None:
    """The one institution that somebody means: “Ninewells Hospital, Dundee”. None where there is
    none, or several. Towns count only where the public may know them: they are in the index."""
    name, _, rest = line.partition(",")
    rows: InstitutionQuerySet = Institution.objects.select_related("country")
    exact = rows.filter(name_key=key(name)[:200])
    for found in (exact, exact.matching_words(query_words(rest)[:_MOST_WORDS]), *_in(exact, rest)):
        if len(some := list(found[:2])) == 1:
            return some[0]
    words = query_words(line)[:_MOST_WORDS]
    some = list(rows.matching_words(words)[:2]) if len(words) > 1 else []
    return some[0] if len(some) == 1 else None


def _in(rows: InstitutionQuerySet, country: str) -> list[InstitutionQuerySet]:
    return [rows.filter(country__common_name__iexact=country.strip())] if country.strip() else []


def _removed(record_type: str, name: str, key: int | None = None) -> Gone | None:
    """How a record was removed that had a slug, a permanent id or a key; None if none was."""
    removed = RecordChange.objects.filter(record_type=record_type, removed_at__isnull=False)
    found = removed.filter(_named(name)).order_by("position").last()
    if found is None and key is not None:
        found = removed.filter(record_id=key).first()
    if found is None or found.removed_at is None:
        return None
    return Gone(name, found.removed_at, found.why, found.successor)


def resource_for(name: str) -> Resource:
    """The toolkit or guide with a slug or permanent id, retired or not. Raises NotFound."""
    found = Resource.objects.with_parts().filter(_named(name)).first()
    if found is None:
        raise NotFound(name)
    return found


def _named(name: str) -> Q:
    """A condition on slug or permanent id. Raises NotFound for what can be neither."""
    if not SLUG.fullmatch(name):
        raise NotFound(name)
    try:
        return Q(slug=name) | Q(public_id=UUID(name))
    except ValueError:
        return Q(slug=name)
