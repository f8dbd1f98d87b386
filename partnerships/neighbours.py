"""What stands near a page's subject: who works in the same partnerships, what is in the place."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, Q, Value, When, Window

from partnerships.choices import AliasKind, LocationLevel, Side
from partnerships.models import HOME_COUNTRY, Country, Institution, Member
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.coordinates import shows_city

#: At most so many institutions are named, those with most shared partnerships first.
NAMED = 60
#: Relatives and neighbours of one institution, together.
NEAR = 60


@dataclass(frozen=True, slots=True)
class Colleague:
    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Those named at each end, most shared partnerships first; `total` counts all there are."""

    uk: list[Colleague]
    partner: list[Colleague]
    total: int

    def __bool__(self) -> bool:
        return bool(self.total)

    @property
    def unnamed(self) -> int:
        return self.total - len(self.uk) - len(self.partner)


def colleagues_of(results: PartnershipQuerySet, *, without: int | None = None) -> Colleagues:
    """The institutions that are members in some partnerships, but one. One query."""
    members = Member.objects.filter(partnership__in=results.values("pk"))
    rows = (
        members.exclude(institution=without)
        .values("institution")
        .annotate(
            slug=F("institution__slug"),
            name=F("institution__name"),
            home=F("institution__country"),
            key=F("institution__name_key"),
            n=Count("pk"),
            total=Window(Count("institution")),
        )
        .order_by("-n", "key", "institution")[:NAMED]
    )
    ends: dict[str, list[Colleague]] = {Side.UK: [], Side.PARTNER: []}
    total = 0
    for row in rows:
        side = Side.UK if row["home"] == HOME_COUNTRY else Side.PARTNER
        ends[side].append(Colleague(row["slug"], row["name"], row["n"]))
        total = row["total"]
    return Colleagues(ends[Side.UK], ends[Side.PARTNER], total)


def region_of(alpha2: str) -> dict[str, Country]:
    """A country and the others of its WHO region, by code; {} where there is none. One query."""
    own = Country.objects.filter(pk=alpha2)
    rows = Country.objects.filter(Q(pk=alpha2) | Q(who_region__in=own.values("who_region")))
    return {country.pk: country for country in rows}


def owned_by(results: PartnershipQuerySet, board_id: int) -> int:
    """How many of some partnerships a Board owns. One query."""
    return results.filter(health_board=board_id).count()


def owned_first(results: PartnershipQuerySet, board_id: int) -> PartnershipQuerySet:
    """In the order of names, those that a Board owns before the others."""
    owned = Case(When(health_board=board_id, then=0), default=1)
    return results.order_by(owned, "name_key", "pk")


@dataclass(frozen=True, slots=True)
class Near:
    """Institutions near one of them: its parts, those that it follows, those in its town."""

    children: list[Institution]
    predecessors: list[Institution]
    in_town: list[Institution]


def near(institution: Institution) -> Near:
    """One query. Towns count only where both may be known to be there."""
    related = Q(parent=institution) | Q(successor=institution)
    in_town = Q(pk__in=[])
    if institution.city and shows_city(institution.location_level):
        in_town = Q(
            country=institution.country_id,
            city=institution.city,
            location_level__in=[level for level in LocationLevel.values if shows_city(level)],
            succession_kind="",
        )
    rows = (
        Institution.objects.for_list()
        .filter(related | in_town)
        .exclude(pk=institution.pk)
        .order_by(Case(When(related, then=0), default=1), "name_key", "pk")
    )
    found = list(rows[:NEAR])
    children = [other for other in found if other.parent_id == institution.pk]
    predecessors = [other for other in found if other.successor_id == institution.pk]
    related_keys = {other.pk for other in (*children, *predecessors)} | {institution.parent_id}
    return Near(
        children,
        predecessors,
        [other for other in found if other.pk not in related_keys],
    )


def other_names(institution: Institution) -> tuple[list[str], list[tuple[str, str]]]:
    """What else it is called, and its (scheme, value) in registers of others. One query."""
    text = CharField()
    aliases = institution.aliases.order_by().values_list(Value("", text), "kind", "name")
    numbers = institution.identifiers.order_by().values_list(Value("id", text), "scheme", "value")
    names, identifiers = [], []
    for what, kind, value in sorted(aliases.union(numbers, all=True), key=lambda row: row[1:]):
        if what:
            identifiers.append((kind, value))
        else:
            names.append(f"{value} (former name)" if kind == AliasKind.FORMER_NAME else value)
    return sorted(names), identifiers
