"""Verbs on coded lists and countries, and what the index must learn of them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from partnerships.indexing import reindex
from partnerships.models import (
    Activity,
    Country,
    Funder,
    Partnership,
    Profession,
    Resource,
    Term,
    Topic,
    User,
)
from partnerships.services.asking import check_keeps_lists
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write

#: Where each kind of term stands, seen from a partnership.
_PATHS: dict[type[Term], tuple[str, ...]] = {
    Topic: ("topics",),
    Activity: ("activities",),
    Profession: ("professions", "professions_wanted"),
    Funder: ("funding__funder",),
}


@transaction.atomic
def save(term: Term, *, by: User | None, reason: str = "") -> bool:
    """Write a term; False where nothing changed. Records that use it are indexed anew.

    This and what follows refuses (NotAllowed) everybody but the unit.
    """
    check_keeps_lists(by, "the coded lists")
    written = write(term, by=by, reason=reason)
    if written:
        reindex(partnerships_with(term))
    return written


@transaction.atomic
def retire(
    term: Term, *, by: User, on: date | None = None, reason: str = "", at: datetime | None = None
) -> bool:
    """New records cannot use a term from a day on; old ones keep it. False if it was so already."""
    check_keeps_lists(by, "the coded lists")
    if term.retired_on is not None:
        return False
    term.retired_on = on or timezone.localdate(at)
    return save(term, by=by, reason=reason)


@transaction.atomic
def delete(term: Term, *, by: User, reason: str) -> None:
    """Remove a term that no record ever used; anything else is retired instead."""
    check_keeps_lists(by, "the coded lists")
    if partnerships_with(term) or _has_resources(term):
        raise NotAllowed(f"Records use “{term}”. Retire it instead: they keep it.")
    credit(term, by=by, reason=reason)
    term.delete()


@transaction.atomic
def save_country(country: Country, *, by: User | None, reason: str = "") -> bool:
    """Write a country; False where nothing changed. Records that name it are indexed anew."""
    check_keeps_lists(by, "the countries")
    written = write(country, by=by, reason=reason)
    if written:
        named = Q(members__institution__country=country) | Q(declared_countries=country)
        reindex(_keys(named))
    return written


def _has_resources(term: Term) -> bool:
    return isinstance(term, Topic) and Resource.objects.filter(topics=term).exists()


def partnerships_with(term: Term) -> list[int]:
    """Keys of the partnerships that use a term."""
    used = Q()
    for path in _PATHS[type(term)]:
        used |= Q(**{path: term.pk})
    return _keys(used) if term.pk else []


def _keys(condition: Q) -> list[int]:
    found = Partnership.objects.filter(condition).order_by("pk").values_list("pk", flat=True)
    return list(found.distinct())
