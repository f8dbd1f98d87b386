"""Who is to be reminded of what: reads only. `services.reminders` writes to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from partnerships.choices import ChampionRole, Moderation, ReminderStep, Side, Stage, UserRole
from partnerships.models import (
    HOME_COUNTRY,
    Champion,
    Coordinator,
    Decision,
    LinkAnswer,
    Mailbox,
    Member,
    Partnership,
    Reminder,
    User,
)
from partnerships.models.mail import digest_of_address
from partnerships.policies.freshness import months_before
from partnerships.policies.reminding import FIRST_MONTHS, GAP_DAYS, OF_COORDINATORS, steps_due

_COLUMNS = {Side.UK: "uk_confirmed_on", Side.PARTNER: "partner_confirmed_on"}
_MEMBERS = Member.objects.filter(partnership=OuterRef("pk"))
_LISTINGS = Decision.objects.filter(partnership=OuterRef("pk"), after=Moderation.LISTED)
#: Of each record: when it was listed last, and whether either side has a member.
_ABOUT: dict[str, Any] = {
    "listed_at": Subquery(_LISTINGS.order_by("-decided_at").values("decided_at")[:1]),
    "has_uk": Exists(_MEMBERS.filter(institution__country=HOME_COUNTRY)),
    "has_partner": Exists(_MEMBERS.exclude(institution__country=HOME_COUNTRY)),
}
#: Keys in one question to the database.
_SLICE = 2_000


@dataclass(frozen=True, slots=True)
class DueSide:
    """One side of a record whose confirmation is due, or soon will be."""

    partnership_id: int
    slug: str
    name: str
    board_id: int | None
    side: str
    confirmed_on: date | None
    counted_from: date

    @property
    def key(self) -> tuple[int, str, date]:
        return self.partnership_id, self.side, self.counted_from


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to write to; for a coordinator, which."""

    address: str
    name: str
    coordinator_id: int | None = None

    @property
    def digest(self) -> str:
        return digest_of_address(self.address)


@dataclass(slots=True)
class Letter:
    """All that one mailbox is to be asked in one mail."""

    person: Person
    asks: list[tuple[DueSide, ReminderStep, Person]] = field(default_factory=list)


@dataclass(slots=True)
class _People:
    """Who stands behind the due sides, and what is known of their mailboxes."""

    of_side: dict[tuple[int, str], list[Person]]
    of_board: dict[tuple[int | None, str], list[Person]]
    unit: list[Person]
    boxes: dict[str, Mailbox]
    strangers: set[tuple[int, str]]

    def at(self, due: DueSide, step: ReminderStep) -> list[Person]:
        """Those of a step who take reminders about this record."""
        if step in OF_COORDINATORS:
            some = self.of_side.get((due.partnership_id, due.side), [])
        elif step == ReminderStep.UNIT:
            some = self.unit
        else:
            some = self.of_board.get((due.board_id, step), [])
        return [person for person in some if self._takes(person, due)]

    def _takes(self, person: Person, due: DueSide) -> bool:
        box = self.boxes.get(person.digest)
        if box is not None and not box.takes_reminders:
            return False
        return (due.partnership_id, person.digest) not in self.strangers


def letters(*, at: datetime, among: Collection[int] | None = None) -> list[Letter]:
    """What is to be written now, one letter for each mailbox, in the order of records; with
    `among`, about these records only.

    A step opens when its day has come, everybody of the steps before it has been asked, and the
    last of them four weeks ago; steps that nobody stands behind are passed over. So after missed
    runs steps follow one another, and none is left out. Mailboxes that had a reminder in the
    last 30 days are left out; they are due as soon as those are over.
    """
    today = timezone.localdate(at)
    sides = list(due_sides(today, among))
    if not sides:
        return []
    asked = _asked({due.partnership_id for due in sides})
    people = _people(sides, today)
    found: dict[str, Letter] = {}
    for due in sides:
        for step, person in _open(due, people, asked[due.key], at=at, today=today):
            box = people.boxes.get(person.digest)
            if box is None or not box.is_quiet(at):
                letter = found.setdefault(person.digest, Letter(person))
                letter.asks.append((due, step, person))
    return list(found.values())


def coordinated_by(address: str, today: date) -> list[int]:
    """Keys of the records of which whoever has an address is a coordinator."""
    rows = _in_office(today).filter(email__iexact=address.strip())
    return list(rows.values_list("member__partnership_id", flat=True))


def side_of(record: Partnership, side: str, today: date) -> tuple[DueSide, list[Person]]:
    """A side of a record whether it is due or not, and its coordinators who take reminders."""
    listings = Decision.objects.filter(partnership=record, after=Moderation.LISTED)
    listed_at = listings.order_by("-decided_at").values_list("decided_at", flat=True).first()
    confirmed_on: date | None = getattr(record, _COLUMNS[Side(side)])
    counted_from = confirmed_on or (timezone.localdate(listed_at) if listed_at else today)
    board_id = record.health_board_id
    due = DueSide(record.pk, record.slug, record.name, board_id, side, confirmed_on, counted_from)
    return due, _people([due], today).at(due, ReminderStep.DESK)


def due_sides(today: date, among: Collection[int] | None = None) -> Iterator[DueSide]:
    """Sides of public records that have not ended, with a member there, in the order of names."""
    last = months_before(today, FIRST_MONTHS)
    rows = (
        Partnership.objects.listed()
        .exclude(stage=Stage.ENDED)
        .filter(
            Q(uk_confirmed_on__isnull=True)
            | Q(partner_confirmed_on__isnull=True)
            | Q(uk_confirmed_on__lte=last)
            | Q(partner_confirmed_on__lte=last)
        )
        .filter(Q() if among is None else Q(pk__in=among))
        .annotate(**_ABOUT)
        .order_by("name_key", "pk")
        .values_list("pk", "slug", "name", "health_board_id", *_COLUMNS.values(), *_ABOUT)
    )
    for pk, slug, name, board_id, *confirmed, listed_at, at_home, away in rows.iterator():
        listed_on = timezone.localdate(listed_at) if listed_at else today
        sides = zip(_COLUMNS, confirmed, (at_home, away), strict=True)
        for side, confirmed_on, has_member in sides:
            counted_from = confirmed_on or listed_on
            if has_member and counted_from <= last:
                yield DueSide(pk, slug, name, board_id, side, confirmed_on, counted_from)


_Asked = dict[ReminderStep, dict[str, datetime]]


def _open(
    due: DueSide, people: _People, asked: _Asked, *, at: datetime, today: date
) -> Iterator[tuple[ReminderStep, Person]]:
    """Whom to ask now about one side; nobody once the unit was asked."""
    if ReminderStep.UNIT in asked:
        return
    for step in steps_due(due.counted_from, today):
        missing = [each for each in people.at(due, step) if each.digest not in asked.get(step, {})]
        if missing:
            before = [put for other in asked if other != step for put in asked[other].values()]
            if step in asked or not before or max(before) <= at - timedelta(days=GAP_DAYS):
                yield from ((step, person) for person in missing)
            return


def _asked(partnerships: Iterable[int]) -> dict[tuple[int, str, date], _Asked]:
    """Of each side: whom it has been asked at which step, and when."""
    found: dict[tuple[int, str, date], _Asked] = defaultdict(lambda: defaultdict(dict))
    rows = Reminder.objects.values_list(
        "partnership_id", "side", "counted_from", "step", "mailbox__digest", "put_at"
    )
    for partnership_id, side, counted_from, step, digest, put_at in _within(
        rows, "partnership", partnerships
    ):
        found[partnership_id, side, counted_from][ReminderStep(step)][digest] = put_at
    return found


def _people(sides: Sequence[DueSide], today: date) -> _People:
    keys = {due.partnership_id for due in sides}
    of_side, of_board, unit = coordinators_of(keys, today), _champions(today), _unit()
    every = {
        person.digest for some in (*of_side.values(), *of_board.values(), unit) for person in some
    }
    known = Mailbox.objects.select_related("last_reminder")
    boxes = {box.digest: box for box in _within(known, "digest", every)}
    strangers = LinkAnswer.objects.not_me().values_list("partnership_id", "mailbox__digest")
    return _People(of_side, of_board, unit, boxes, set(strangers))


def coordinators_of(
    partnerships: Iterable[int], today: date
) -> dict[tuple[int, str], list[Person]]:
    """By record and side: those in office who have an address."""
    found: dict[tuple[int, str], list[Person]] = defaultdict(list)
    rows = (
        _in_office(today)
        .order_by("pk")
        .values_list(
            "member__partnership_id", "member__institution__country_id", "email", "name", "pk"
        )
    )
    for partnership_id, country, email, name, pk in _within(
        rows, "member__partnership", partnerships
    ):
        side = Side.UK if country == HOME_COUNTRY else Side.PARTNER
        _add(found[partnership_id, side], Person(email, name, pk))
    return found


def _in_office(today: date) -> QuerySet[Coordinator]:
    """Coordinators of a day who have an address."""
    return Coordinator.objects.on(today).exclude(email="")


def _champions(today: date) -> dict[tuple[int | None, str], list[Person]]:
    """By Board and step: those in office."""
    steps = {
        ChampionRole.DEPUTY: ReminderStep.DEPUTY,
        ChampionRole.LEAD: ReminderStep.LEAD,
    }
    found: dict[tuple[int | None, str], list[Person]] = defaultdict(list)
    tenures = Champion.objects.on(today).filter(user__is_active=True).select_related("user")
    for tenure in tenures.order_by("pk"):
        step = steps[ChampionRole(tenure.role)]
        _add(found[tenure.board_id, step], Person(tenure.user.email, tenure.user.get_full_name()))
    return found


def _unit() -> list[Person]:
    found: list[Person] = []
    for user in User.objects.filter(role=UserRole.UNIT, is_active=True).order_by("pk"):
        _add(found, Person(user.email, user.get_full_name()))
    return found


def _add(some: list[Person], person: Person) -> None:
    """Once for each mailbox, and only what is an address: old rows may hold something else."""
    try:
        validate_email(person.address)
    except ValidationError:
        return
    if all(other.digest != person.digest for other in some):
        some.append(person)


def _within(rows: QuerySet[Any, Any], column: str, values: Iterable[Any]) -> Iterator[Any]:
    """Rows whose column is one of many values, asked for in slices that a database takes."""
    every = list(values)
    for start in range(0, len(every), _SLICE):
        yield from rows.filter(**{f"{column}__in": every[start : start + _SLICE]})
