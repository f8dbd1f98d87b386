"""Whom a round of evaluation would ask, and who cannot be asked, with the reason. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.utils import timezone

from partnerships.choices import ConsentPurpose, Side, UserRole
from partnerships.filters import PAGE_ONLY, SHAPE, PartnershipFilterSet
from partnerships.models import Coordinator, Invitation, Member
from partnerships.models.coordinators import CoordinatorQuerySet
from partnerships.models.mail import digest_of_address
from partnerships.policies.permissions import Viewer
from partnerships.search import PartnershipSearch
from partnerships.services.reaching import (
    ELSEWHERE,
    KEEPS,
    NO_ADDRESS,
    NO_ARRIVAL,
    Keepers,
    dead_among,
    is_address,
    takes_part,
)

#: What the unit would find: the search asks as it, whoever runs a command.
_UNIT = Viewer(role=UserRole.UNIT)
#: What narrows a search, and what an address that is copied from a page holds beside it.
_NARROWING = [name for name in PartnershipFilterSet.base_filters if name not in SHAPE]
_KNOWN = {*PartnershipFilterSet.base_filters, *PAGE_ONLY}
_OTHERS = {
    "began_from": "Began from",
    "began_to": "Began until",
    "bbox": "Area",
    "on_map": "On the map",
}
NOBODY = "It has no coordinator."
NO_CONSENT = "No coordinator has agreed to be invited to surveys."


@dataclass(frozen=True, slots=True)
class Candidate:
    """One member of a partnership that a round asks: through whom, or why not."""

    member: Member
    coordinator: Coordinator | None
    why_not: str = ""


def search_for(question: str, *, at: datetime) -> PartnershipSearch:
    """A round's question as the unit would ask it on the find page: a query string, or the address
    of that page. No question asks everybody.

    Raises ValidationError by field for what the search does not understand, and for a question
    that would not narrow it: a name that is mistyped must not ask the whole register.
    """
    text = question.strip()
    params = parse_qs(_query_of(text), keep_blank_values=True)
    search = PartnershipSearch(params, viewer=_UNIT, at=at)
    problems = [f"{name}: {' '.join(lines)}" for name, lines in search.errors.items()]
    if unknown := [name for name in params if name not in _KNOWN]:
        names = ", ".join(f"“{name}”" for name in unknown)
        problems.append(f"The find page has no {names}. Copy its address, or mend the name.")
    if text and not problems and not any(search.asked(name) for name in _NARROWING):
        problems.append("This narrows nothing. Leave it empty to ask everybody.")
    if problems:
        raise ValidationError({"question": problems})
    return search


def in_words(question: str, *, at: datetime) -> list[tuple[str, str]]:
    """What a question asks for, as headings and labels; nothing where it asks everybody. Raises as
    `search_for` does."""
    search = search_for(question, at=at)
    words = [("Words", f"“{search.words}”")] if search.words else []
    facets = [(chosen.heading, chosen.label) for chosen in search.chosen]
    others = [
        (label, " ".join(search.params[name]).strip())
        for name, label in _OTHERS.items()
        if search.asked(name)
    ]
    return words + facets + others


def candidates(question: str, *, at: datetime) -> list[Candidate]:
    """The members of the listed partnerships that a question finds, by name of the partnership.

    Raises ValidationError as `search_for` does.
    """
    today = timezone.localdate(at)
    found = search_for(question, at=at).results().listed().values("pk")
    members = list(
        Member.objects.filter(partnership__in=found)
        .filter(takes_part(today, member=""))
        .select_related("partnership", "institution__country")
        .order_by("partnership__name_key", "partnership", "position", "pk")
    )
    people = _people(members, today)
    return [_candidate(member, people[member.pk]) for member in members]


def candidate_of(member: Member, *, at: datetime) -> Candidate:
    """The same of one member."""
    today = timezone.localdate(at)
    return _candidate(member, _people([member], today)[member.pk])


def askable(coordinators: Iterable[int], *, at: datetime) -> set[int]:
    """Those of some coordinators who may be written to now: the consent may have been withdrawn,
    or the person have gone, since they were invited."""
    rows = Coordinator.objects.filter(pk__in=list(coordinators))
    people = _people_of(rows, timezone.localdate(at))
    return {person.pk for person, why_not in people if not why_not}


def answers_for(person: Coordinator, invitation: Invitation, *, at: datetime) -> bool:
    """Whether a person stands for the member that was asked: people leave, and move to others."""
    is_its_own = person.member_id == invitation.member_id
    return is_its_own and person.is_in_office(timezone.localdate(at))


def _query_of(text: str) -> str:
    """Of an address its query; other text is one."""
    if not text.startswith(("?", "/", "http://", "https://")):
        return text
    try:
        return urlsplit(text).query
    except ValueError:
        raise ValidationError({"question": "This is no address. Copy the whole of it."}) from None


def _candidate(member: Member, people: list[tuple[Coordinator, str]]) -> Candidate:
    """Whoever can be asked comes first; else the reason of whoever came furthest."""
    order = ("", ELSEWHERE, KEEPS, NO_ARRIVAL, NO_ADDRESS, NO_CONSENT)
    best = min(people, key=lambda each: order.index(each[1]), default=None)
    if best is None:
        return Candidate(member, None, NOBODY)
    person, why_not = best
    return Candidate(member, None if why_not else person, why_not)


def _people(members: Iterable[Member], today: date) -> dict[int, list[tuple[Coordinator, str]]]:
    """By member: its coordinators in office, each with why it cannot be asked, if so."""
    found: dict[int, list[tuple[Coordinator, str]]] = defaultdict(list)
    for person, why_not in _people_of(Coordinator.objects.filter(member__in=list(members)), today):
        found[person.member_id].append((person, why_not))
    return found


def _people_of(some: CoordinatorQuerySet, today: date) -> list[tuple[Coordinator, str]]:
    """Some coordinators in office, each with why it cannot be asked. Their partnerships' others
    count too: an address stands for the first member there that can be asked through it."""
    wanted = set(some.on(today).values_list("pk", flat=True))
    rows = (
        Coordinator.objects.on(today)
        .filter(takes_part(today), member__partnership__in=some.values("member__partnership"))
        .select_related("member__partnership", "member__institution")
        .order_by("pk")
    )
    people = list(rows)
    agreed = set(rows.consenting_to(ConsentPurpose.SURVEYS).values_list("pk", flat=True))
    dead, keepers = dead_among(people), Keepers(today)
    found: list[tuple[Coordinator, str]] = []
    stands_for: dict[tuple[int, str], int] = {}
    for person in people:
        why_not = _why_not(person, agreed, dead, keepers)
        if not why_not:
            key = (person.member.partnership_id, digest_of_address(person.email))
            if stands_for.setdefault(key, person.member_id) != person.member_id:
                why_not = ELSEWHERE
        if person.pk in wanted:
            found.append((person, why_not))
    return found


def _why_not(person: Coordinator, agreed: set[int], dead: set[str], keepers: Keepers) -> str:
    if person.pk not in agreed:
        return NO_CONSENT
    if not is_address(person.email):
        return NO_ADDRESS
    member = person.member
    board_id = member.partnership.health_board_id
    if member.side == Side.PARTNER and keepers.keep(person.email, board_id=board_id):
        return KEEPS
    return NO_ARRIVAL if digest_of_address(person.email) in dead else ""
