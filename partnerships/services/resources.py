"""Verbs on toolkits and guides: the unit's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from partnerships.models import Resource, ResourcePrinciple, Topic, User
from partnerships.policies.normalise import key
from partnerships.services.asking import check_keeps_lists
from partnerships.services.writing import changed_fields, credit, write


@transaction.atomic
def save(
    resource: Resource,
    *,
    by: User | None,
    reason: str = "",
    topics: Collection[Topic] | None = None,
    at: datetime | None = None,
) -> bool:
    """Write a resource, and its topics where they are given; False where nothing changed.

    This and what follows refuses (NotAllowed) everybody but the unit.
    """
    check_keeps_lists(by, "the toolkits and guides")
    if not is_of_stored_link(resource):
        resource.unreachable_on, resource.link_problem = None, ""  # said of another address
    resource.title_key = key(resource.title)[:200]
    is_new = resource._state.adding
    if is_new or changed_fields(resource):
        resource.modified_at = at or timezone.now()
    written = write(resource, by=by, reason=reason)
    if topics is None:
        return written
    present = set() if is_new else set(resource.topics.values_list("pk", flat=True))
    if present == {topic.pk for topic in topics}:
        return written
    touch(resource, at=at)
    credit(resource, by=by, reason=reason)
    resource.topics.set(topics)
    return True


def is_of_stored_link(resource: Resource) -> bool:
    """Whether its link is the one that is stored, so that what was said of that holds."""
    stored = Resource.objects.filter(pk=resource.pk).values_list("link", flat=True).first()
    return stored is None or stored == resource.link


@transaction.atomic
def set_principles(
    resource: Resource, codes: Collection[str], *, by: User | None, reason: str = ""
) -> bool:
    """Say which principles it helps with, by `framework` or `framework.principle`."""
    check_keeps_lists(by, "the toolkits and guides")
    present = {row.code: row for row in resource.principles.all()}
    for code in sorted(present.keys() - set(codes)):
        credit(present[code], by=by, reason=reason)
        present[code].delete()
    for code in sorted(set(codes) - present.keys()):
        write(ResourcePrinciple(resource=resource, code=code), by=by, reason=reason)
    if present.keys() == set(codes):
        return False
    touch(resource)
    return True


def touch(resource: Resource, *, at: datetime | None = None) -> None:
    """What hangs on it has changed: so has the record."""
    resource.modified_at = at or timezone.now()
    Resource.objects.filter(pk=resource.pk).update(modified_at=resource.modified_at)


@transaction.atomic
def retire(resource: Resource, *, by: User, on: date | None = None, reason: str = "") -> bool:
    """Show it no more from a day on. Its address keeps answering. False if it was so already."""
    check_keeps_lists(by, "the toolkits and guides")
    if resource.retired_on is not None:
        return False
    resource.retired_on = on or timezone.localdate()
    return save(resource, by=by, reason=reason)


def found_dead(resource: Resource, *, problem: str, on: date, by: User | None) -> bool:
    """Its link led nowhere on that day. The unit finds it in its list; visitors are told."""
    resource.unreachable_on = resource.unreachable_on or on
    resource.link_problem = problem[:300]
    return save(resource, by=by, reason="The link was followed")


def found_working(resource: Resource, *, on: date, by: User | None) -> bool:
    """Its link led there on that day."""
    resource.last_checked, resource.unreachable_on, resource.link_problem = on, None, ""
    return save(resource, by=by, reason="The link was followed")


@transaction.atomic
def load(rows: Iterable[dict[str, Any]], *, by: User, reason: str) -> Counter[str]:
    """Create or update what the files name; what a person ever changed is kept as it is.

    Each row holds columns by name, `topics` and `principles` by their codes. A person's change
    anywhere in the history counts, as checks of links are written in between.
    """
    stored = {row.slug: row for row in Resource.objects.with_parts()}
    touched = _touched_by_persons(by)
    topics = Topic.objects.in_bulk(field_name="code")
    count: Counter[str] = Counter()
    for values in rows:
        wanted_topics = [topics[code] for code in values.pop("topics")]
        principles = set(values.pop("principles"))
        row = stored.get(values["slug"])
        verdict = _verdict(row, values, {t.pk for t in wanted_topics}, principles, touched)
        count[verdict] += 1
        if verdict in ("created", "updated"):
            row = row or Resource()
            for name, value in values.items():
                setattr(row, name, value)
            save(row, by=by, reason=reason, topics=wanted_topics)
            set_principles(row, principles, by=by, reason=reason)
    return count


def _verdict(
    row: Resource | None,
    values: dict[str, Any],
    topics: set[int],
    principles: set[str],
    touched: set[int],
) -> str:
    if row is None:
        return "created"
    is_same = (
        all(getattr(row, name) == value for name, value in values.items())
        and {topic.pk for topic in row.topics.all()} == topics
        and {principle.code for principle in row.principles.all()} == principles
    )
    if is_same:
        return "unchanged"
    return "kept" if row.pk in touched else "updated"


def _touched_by_persons(by: User) -> set[int]:
    others = {"history_user__isnull": False}
    rows = Resource.history.filter(**others).exclude(history_user=by)
    parts = ResourcePrinciple.history.filter(**others).exclude(history_user=by)
    return {*rows.values_list("id", flat=True), *parts.values_list("resource_id", flat=True)}
