"""Whom a member's link may be mailed to, and why not. Reads only.

A link lets its reader act for the member. So none goes to an address with which somebody who keeps
the record signs in, where the member is of the partner's side; and one address stands for one
member of a round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from partnerships.choices import Side, UserRole
from partnerships.models import (
    Champion,
    Checklist,
    ChecklistMember,
    Coordinator,
    Mailbox,
    Member,
    Partnership,
    SignedLink,
    User,
)
from partnerships.models.mail import digest_of_address

NO_ADDRESS = "No e-mail address is known."
NO_ARRIVAL = "Mail to the address comes back."
LEFT = "The member takes part no more."
KEEPS = (
    "The address is of somebody who keeps this record, so it gets no link of the partner’s side. "
    "Ask for a coordinator who works for the partner."
)
ELSEWHERE = (
    "The address stands for another member already. Ask for a coordinator of this member’s own; "
    "or, if the other one is the mistake, withdraw its link and take the address out there."
)


class Keepers:
    """Who may edit which record on a day, by address: champions of its Board, the unit,
    superusers. Two queries."""

    def __init__(self, today: date) -> None:
        staff = User.objects.filter(Q(is_superuser=True) | Q(role=UserRole.UNIT), is_active=True)
        self._of_all = {digest_of_address(each) for each in staff.values_list("email", flat=True)}
        self._of_board: dict[int, set[str]] = defaultdict(set)
        tenures = Champion.objects.on(today).filter(user__is_active=True)
        for board, address in tenures.values_list("board", "user__email"):
            self._of_board[board].add(digest_of_address(address))

    def keep(self, address: str, *, board_id: int | None) -> bool:
        """Whether somebody with this address keeps the records of a Board; of None, the unit's."""
        digest = digest_of_address(address)
        return digest in self._of_all or (
            board_id is not None and digest in self._of_board.get(board_id, ())
        )


def keepers_of(partnership: Partnership, *, today: date) -> list[User]:
    """Whom to tell that a record needs somebody: its Board's champions, else the unit."""
    users = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
    tenures = Champion.objects.on(today).filter(board=partnership.health_board_id)
    return list(users.filter(pk__in=tenures.values("user"))) or list(
        users.filter(role=UserRole.UNIT)
    )


def takes_part(today: date, *, member: str = "member") -> Q:
    """That a member has not left; `member` is the way to it, empty for members themselves."""
    until = f"{member}__until" if member else "until"
    return Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gte": today.year})


def is_address(text: str) -> bool:
    """Old rows may hold something else."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def dead_among(people: Iterable[Coordinator]) -> set[str]:
    """Digests of those addresses at which nothing arrives."""
    digests = {digest_of_address(person.email) for person in people if person.email}
    bounced = Mailbox.objects.filter(digest__in=digests, bounced_at__isnull=False)
    return set(bounced.values_list("digest", flat=True))


def people_of(part: ChecklistMember, *, today: date) -> list[tuple[Coordinator, str]]:
    """A member's coordinators in office, each with why no link goes there, which is empty where
    one does; of several with one address the first."""
    people: dict[str, Coordinator] = {}
    for person in Coordinator.objects.on(today).filter(member=part.member_id).order_by("pk"):
        people.setdefault(
            digest_of_address(person.email) if person.email else f"{person.pk}", person
        )
    if not people:
        return []
    dead = dead_among(people.values())
    keepers = _keepers_of(part.checklist.partnership, today)
    stands_for = _stands_for(part.checklist, today)

    def why_not(digest: str, person: Coordinator) -> str:
        member = part.member
        if member.until is not None and member.until < today.year:
            return LEFT
        if not is_address(person.email):
            return NO_ADDRESS
        if member.side == Side.PARTNER and digest in keepers:
            return KEEPS
        if stands_for.get(digest, part.member_id) != part.member_id:
            return ELSEWHERE
        return NO_ARRIVAL if digest in dead else ""

    return [(person, why_not(digest, person)) for digest, person in people.items()]


def members_of_keepers(checklist: Checklist, *, today: date) -> list[Member]:
    """Members for which somebody answers who keeps the record too: a small Board's champion may
    coordinate its own side. The other sides are told. Two queries, where there is nobody."""
    keepers = _keepers_of(checklist.partnership, today)
    people = (
        Coordinator.objects.on(today)
        .filter(member__checklist_parts__checklist=checklist)
        .exclude(email="")
        .select_related("member__institution")
        .order_by("member__position", "member", "pk")
    )
    found: dict[int, Member] = {}
    for person in people:
        if digest_of_address(person.email) in keepers and (
            person.member.side == Side.UK or _holds_link(person, checklist)
        ):
            found.setdefault(person.member_id, person.member)
    return list(found.values())


def _keepers_of(partnership: Partnership, today: date) -> set[str]:
    """Digests of the addresses of everybody who may edit one record."""
    tenures = Champion.objects.on(today).filter(board=partnership.health_board_id)
    who = Q(is_superuser=True) | Q(role=UserRole.UNIT) | Q(pk__in=tenures.values("user"))
    addresses = User.objects.filter(who, is_active=True).exclude(email="")
    return {digest_of_address(each) for each in addresses.values_list("email", flat=True)}


def _holds_link(person: Coordinator, checklist: Checklist) -> bool:
    sent = SignedLink.objects.filter(part__checklist=checklist, coordinator=person)
    return sent.filter(revoked_at__isnull=True).exists()


def _stands_for(checklist: Checklist, today: date) -> dict[str, int]:
    """By digest of an address, the member of a round that it stands for: the one whose link it was
    sent first, else the one that it was named for first."""
    sent = SignedLink.objects.filter(part__checklist=checklist, revoked_at__isnull=True)
    named = Coordinator.objects.on(today).filter(
        takes_part(today), member__checklist_parts__checklist=checklist
    )
    found: dict[str, int] = {}
    for address, member in (
        *sent.order_by("created_at", "pk").values_list("coordinator__email", "part__member"),
        *named.order_by("pk").values_list("email", "member"),
    ):
        if address:
            found.setdefault(digest_of_address(address), member)
    return found
