"""A round in which members have answered: their answers beside each other, and how far apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F, Prefetch

from partnerships.choices import ChecklistState, RatingLevel, Side
from partnerships.models import (
    ActionPoint,
    AgreedAnswer,
    Checklist,
    ChecklistMember,
    Hallmark,
    Principle,
    Rating,
    SignedLink,
)
from partnerships.policies import scoring
from partnerships.policies.scoring import Order
from partnerships.services.actions import UNFINISHED
from partnerships.services.checklists import BOTH_SIDES, is_compared, ratings_visible_to
from partnerships.services.links import WITHDRAWN, LinkRefused


@dataclass(frozen=True, slots=True)
class Seat:
    """A member in a round, as the others call it."""

    part: int
    member: int
    number: int
    name: str
    institution: str
    side: str
    is_own: bool
    submitted_at: datetime | None
    agreed_at: datetime | None
    shares_at: datetime | None

    @property
    def is_uk(self) -> bool:
        return self.side == Side.UK


@dataclass(frozen=True, slots=True)
class Answer:
    """What one member says of one hallmark; an empty level is no answer."""

    seat: Seat
    level: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        return str(RatingLevel(self.level).label) if self.level else "No answer"

    @property
    def score(self) -> int | None:
        return scoring.score(self.level)


@dataclass(frozen=True, slots=True)
class HallmarkRow:
    """One hallmark in the eyes of each member, in the order of seats."""

    pk: int
    text: str
    place: tuple[int, ...]
    principle: str
    answers: tuple[Answer, ...]
    agreed: AgreedAnswer | None = None

    @property
    def scores(self) -> tuple[int | None, ...]:
        return tuple(answer.score for answer in self.answers)

    @property
    def gap(self) -> float | None:
        return scoring.gap(self.scores)

    @property
    def widest_within(self) -> float:
        return 0

    @property
    def apart(self) -> int:
        return int(len({answer.level for answer in self.answers}) > 1)

    @property
    def is_split(self) -> bool:
        """Whether it has a place on the scale for some members and none for others."""
        return len({score is None for score in self.scores}) > 1

    @property
    def number(self) -> int:
        """Of its principle."""
        return self.place[0]

    @property
    def is_low(self) -> bool:
        return scoring.is_low(self.scores)

    @property
    def notes(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.note]


@dataclass(frozen=True, slots=True)
class Mean:
    """One member's answers to a principle: their mean, of how many that count."""

    seat: Seat
    score: float | None
    counted: int


@dataclass(frozen=True, slots=True)
class PrincipleRow:
    """One principle: a mean for each member, never one for all, and the hallmarks within."""

    code: str
    number: int
    title: str
    description: str
    means: tuple[Mean, ...]
    hallmarks: tuple[HallmarkRow, ...]

    @property
    def place(self) -> tuple[int, ...]:
        return (self.number,)

    @property
    def scores(self) -> tuple[float | None, ...]:
        return tuple(mean.score for mean in self.means)

    @property
    def gap(self) -> float | None:
        return scoring.gap(self.scores)

    @property
    def widest_within(self) -> float:
        """The widest gap at one hallmark: means hide answers that differ both ways."""
        return max((row.gap or 0 for row in self.hallmarks), default=0)

    @property
    def apart(self) -> int:
        """Of how many hallmarks the members say different things."""
        return sum(row.apart for row in self.hallmarks)

    @property
    def is_low(self) -> bool:
        return scoring.is_low(self.scores)

    @property
    def agreed_count(self) -> int:
        return sum(row.agreed is not None for row in self.hallmarks)

    def named(self, found: Comparison) -> str:
        """As resources name it: `framework.principle`."""
        return f"{found.checklist.framework.code}.{self.code}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What members who have answered see of each other; `missing` have not answered."""

    checklist: Checklist
    seats: list[Seat]
    missing: list[Seat]
    principles: list[PrincipleRow] = field(default_factory=list)

    @property
    def is_many(self) -> bool:
        """Whether marks need numbers, because colour and shape tell only two members apart."""
        return len(self.seats) > 2

    @property
    def can_be_agreed(self) -> bool:
        """Whether one at least has answered on each side."""
        return {seat.side for seat in self.seats} == BOTH_SIDES

    @property
    def own(self) -> Seat:
        """The member that looks."""
        return next(seat for seat in self.seats if seat.is_own)

    @property
    def hallmarks(self) -> list[HallmarkRow]:
        return [row for principle in self.principles for row in principle.hallmarks]

    def in_order(self, order: str) -> list[PrincipleRow]:
        return scoring.in_order(self.principles, order)

    def talk_first(self, most: int = 3) -> list[HallmarkRow]:
        """Hallmarks worth talking about, settled ones never: the widest gaps, then those that have
        a place on the scale for some only, then the lowest."""
        open_rows = [row for row in self.hallmarks if row.agreed is None]
        rows = [row for row in open_rows if row.gap or row.is_split or row.is_low]
        ordered = scoring.in_order(rows, Order.WIDEST)
        return sorted(ordered, key=lambda row: (not row.gap, not row.is_split))[:most]

    @property
    def agreed_count(self) -> int:
        return sum(row.agreed_count for row in self.principles)

    @property
    def low_codes(self) -> list[str]:
        """Codes of principles in which some member finds little: `framework.principle`."""
        return [row.named(self) for row in self.principles if row.is_low]


def may_compare(part: ChecklistMember) -> bool:
    """Whether a member may see the others' answers: it has answered, and the round is compared."""
    return part.submitted_at is not None and is_compared(part.checklist)


def compare(part: ChecklistMember) -> Comparison | None:
    """The round as one member may see it; None while it may not. Five queries."""
    if not may_compare(part):
        return None
    return _build(part.checklist, ratings_visible_to(part), own=part.pk)


def shared(checklist: Checklist) -> Comparison | None:
    """The round as champions and the unit may see it: None unless every member agrees to that.

    Every member that has answered, once the round is compared. Taking the consent back is enough;
    nobody can once a round is abandoned, so then nobody sees it.
    """
    if checklist.state not in (ChecklistState.COMPARED, ChecklistState.AGREED):
        return None
    answered = [part for part in checklist.parts.all() if part.submitted_at is not None]
    if not answered or any(part.shares_at is None for part in answered):
        return None
    ratings = Rating.objects.filter(part__in=answered)
    return _build(checklist, ratings)


def earlier_rounds(part: ChecklistMember) -> list[ChecklistMember]:
    """The same member's parts in rounds opened before and agreed by now, the oldest first."""
    return list(
        ChecklistMember.objects.filter(
            member=part.member_id,
            checklist__partnership=part.checklist.partnership_id,
            checklist__state=ChecklistState.AGREED,
            checklist__opened_at__lt=part.checklist.opened_at,
            submitted_at__isnull=False,
        )
        .select_related("checklist__framework", "checklist__partnership")
        .order_by("checklist__opened_at", "pk")
    )


def _build(checklist: Checklist, ratings: Iterable[Rating], own: int | None = None) -> Comparison:
    seats = seats_of(checklist, own)
    answered = [seat for seat in seats if seat.submitted_at is not None]
    given: dict[int, dict[int, Rating]] = defaultdict(dict)
    for rating in ratings:
        given[rating.hallmark_id][rating.part_id] = rating
    agreed = {row.hallmark_id: row for row in checklist.agreed_answers.all()}
    hallmarks = Prefetch("hallmarks", queryset=Hallmark.objects.order_by("number"))
    principles = Principle.objects.filter(framework=checklist.framework_id).order_by("number")
    return Comparison(
        checklist,
        answered,
        [seat for seat in seats if seat.submitted_at is None],
        [
            _principle(row, answered, given, agreed)
            for row in principles.prefetch_related(hallmarks)
        ],
    )


def _principle(
    principle: Principle,
    seats: Sequence[Seat],
    given: dict[int, dict[int, Rating]],
    agreed: dict[int, AgreedAnswer],
) -> PrincipleRow:
    rows = tuple(
        _hallmark(hallmark, principle, seats, given[hallmark.pk], agreed.get(hallmark.pk))
        for hallmark in principle.hallmarks.all()
    )
    means = []
    for at, seat in enumerate(seats):
        levels = [row.answers[at].level for row in rows]
        counted = sum(scoring.score(level) is not None for level in levels)
        means.append(Mean(seat, scoring.mean(levels), counted))
    return PrincipleRow(
        principle.code,
        principle.number,
        principle.title,
        principle.description,
        tuple(means),
        rows,
    )


def _hallmark(
    hallmark: Hallmark,
    principle: Principle,
    seats: Sequence[Seat],
    given: dict[int, Rating],
    agreed: AgreedAnswer | None,
) -> HallmarkRow:
    answers = tuple(
        Answer(seat, given[seat.part].level, given[seat.part].note)
        if seat.part in given
        else Answer(seat)
        for seat in seats
    )
    place = (principle.number, hallmark.number)
    return HallmarkRow(hallmark.pk, hallmark.text, place, principle.title, answers, agreed)


def seats_of(checklist: Checklist, own: int | None = None) -> list[Seat]:
    """Every member of a round, the UK first, by nation or country where that tells."""
    parts = checklist.parts.select_related("member__institution__country")
    found = sorted(
        parts, key=lambda part: (part.member.side != Side.UK, part.member.position, part.pk)
    )
    places = [_place(part) for part in found]
    shared_places = {place for place, number in Counter(places).items() if number > 1}
    return [
        Seat(
            part=part.pk,
            member=part.member_id,
            number=number,
            name=str(part.member) if place in shared_places else place,
            institution=str(part.member),
            side=part.member.side,
            is_own=part.pk == own,
            submitted_at=part.submitted_at,
            agreed_at=part.agreed_at,
            shares_at=part.shares_at,
        )
        for number, (part, place) in enumerate(zip(found, places, strict=True), start=1)
    ]


def _place(part: ChecklistMember) -> str:
    institution = part.member.institution
    return institution.get_uk_nation_display() or institution.country.common_name


def part_behind(link: SignedLink) -> ChecklistMember:
    """The part that a link opens, with its round and its partnership."""
    rows = ChecklistMember.objects.select_related(
        "member__institution__country",
        "checklist__framework",
        "checklist__partnership__health_board__institution",
    )
    part = rows.filter(links=link).first()
    if part is None:  # left out since the link was looked up
        raise LinkRefused(WITHDRAWN)
    return part


@dataclass(frozen=True, slots=True)
class Point:
    """An action point beside the member that does it."""

    action: ActionPoint
    seat: Seat
    is_overdue: bool


def points(found: Comparison, today: date) -> list[Point]:
    """A round's action points: by day, those without one last. One query."""
    seats = {seat.member: seat for seat in [*found.seats, *found.missing]}
    rows = found.checklist.actions.select_related("hallmark", "carried_from__checklist")
    ordered = rows.order_by(F("due_on").asc(nulls_last=True), "pk")
    return [
        Point(
            action,
            seats[action.member_id],
            action.progress in UNFINISHED and action.due_on is not None and action.due_on < today,
        )
        for action in ordered
    ]
