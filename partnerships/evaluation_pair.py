"""What both sides of one partnership answered in a round, beside each other; widest gap first.

For its two sides; for champions and the unit only where every side that answered allows it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from partnerships.choices import QuestionKind, RoundState, Side
from partnerships.evaluation_sharing import closed_sharing
from partnerships.exports import Echo, guard, storable
from partnerships.models import HOME_COUNTRY, Institution, Invitation, Response, Round
from partnerships.policies import tallies
from partnerships.policies.permissions import Viewer
from partnerships.policies.questionnaires import PREFER_NOT, Question, wording
from partnerships.policies.tallies import Item

#: Of the file: one row for what one member says to one question.
COLUMNS = ("section", "question", "side", "place", "institution", "answer", "gap")


@dataclass(frozen=True, slots=True)
class Seat:
    """A member that was asked; `answers` are empty until it has sent them."""

    member: int
    side: str
    place: str
    institution: str
    submitted_at: datetime | None
    answers: Mapping[str, Any]
    shares_words: bool
    shares_with_board: bool
    is_own: bool

    @property
    def is_uk(self) -> bool:
        return self.side == Side.UK


@dataclass(frozen=True, slots=True)
class Cell:
    """What one seat answered: labels of options, a number, or nothing."""

    seat: Seat
    labels: tuple[str, ...]
    #: From 0 to 100, how far along the steps it stands; None off the steps.
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One item in the eyes of each seat."""

    key: str
    section: str
    text: str
    cells: tuple[Cell, ...]
    #: Steps between the sides, at the widest; None where there are none to count. Of three members
    #: it is 0 where two say the same step and the third none: that still differs.
    gap: int | None
    #: Whether the sides say different things; None where one of them says nothing.
    differs: bool | None

    @property
    def verdict(self) -> str:
        if self.differs is None:
            return "one side says nothing"
        if not self.differs:
            return "the same"
        if not self.gap:
            return "different"
        return f"{self.gap} step{'s' if self.gap > 1 else ''} apart"

    @property
    def weight(self) -> float:
        """What differs most weighs most."""
        if self.differs is None:
            return -1
        return self.gap or 0.5 * self.differs

    @property
    def is_answered(self) -> bool:
        return any(cell.labels for cell in self.cells)

    @property
    def has_steps(self) -> bool:
        return any(cell.at is not None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Written:
    """What seats wrote to one question in their own words, as far as the reader may see it."""

    text: str
    words: tuple[tuple[Seat, str], ...]
    #: Seats that wrote and keep it to themselves.
    kept: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    seats: tuple[Seat, ...]
    missing: tuple[Seat, ...]
    rows: tuple[Row, ...]
    written: tuple[Written, ...]
    is_closed: bool

    @property
    def has_both(self) -> bool:
        """Whether somebody of each side has sent answers."""
        return {seat.side for seat in self.seats} == set(Side.values)

    @property
    def is_ready(self) -> bool:
        """Answers can be changed until the round closes, so until then neither side reads the
        other's: whoever did could change its own."""
        return self.has_both and self.is_closed

    @property
    def is_shared(self) -> bool:
        """Whether everybody who answered lets the Board's champions and the unit see it."""
        return self.is_ready and all(seat.shares_with_board for seat in self.seats)

    @property
    def answered(self) -> list[Row]:
        return [row for row in self.rows if row.is_answered]

    @property
    def silent(self) -> list[Row]:
        """What nobody answered."""
        return [row for row in self.rows if not row.is_answered]

    @property
    def far(self) -> list[Row]:
        return [row for row in self.rows if row.weight >= 1]


@dataclass(frozen=True, slots=True)
class Shared:
    """A report of a partnership that others than its sides may read."""

    round_slug: str
    round_name: str
    slug: str
    name: str


def pair_of(invitation: Invitation, *, is_own: bool) -> Pair:
    """The report of the partnership of an invitation, in its round. One query.

    `is_own`: for the member that was invited, who reads its own words whatever it allows others.
    Nothing of the others is in it unless `is_ready`.
    """
    found = (
        Invitation.objects.standing()
        .filter(round=invitation.round_id, partnership=invitation.partnership_id)
        .select_related("member__institution__country", "response")
        .order_by("member__position", "member")
    )
    own = invitation.pk if is_own else None
    seats = [_seat(each, is_own=each.pk == own) for each in found]
    seats.sort(key=lambda seat: seat.side != Side.UK)
    sent = tuple(seat for seat in seats if seat.submitted_at)
    missing = tuple(seat for seat in seats if not seat.submitted_at)
    is_closed = stands(invitation)
    pair = Pair(sent, missing, (), (), is_closed)
    if not pair.is_ready:
        return pair
    names = {side: " and ".join(_places(sent, side)) for side in Side.values}
    form = invitation.round.questionnaire.form
    titles = {section.code: section.title for section in form.sections}
    rows = [
        _row(item, titles[item.section], sent, names)
        for item in tallies.items(form)
        if not item.question.is_private
    ]
    rows.sort(key=lambda row: -row.weight)
    told = (_written(question, sent, names) for question in form.questions())
    return Pair(sent, missing, tuple(rows), tuple(w for w in told if w), is_closed)


def stands(invitation: Invitation) -> bool:
    """Whether answers can be changed no more: the round is closed, or was when both sides had sent
    theirs, and could read each other's. One query where a round was opened again."""
    closed_at = invitation.round.last_closed_at
    if invitation.round.state == RoundState.CLOSED or closed_at is None:
        return bool(invitation.round.state == RoundState.CLOSED)
    sent = Response.objects.filter(
        invitation__round=invitation.round_id,
        invitation__partnership=invitation.partnership_id,
        submitted_at__lte=closed_at,
    )
    countries = sent.values_list("invitation__member__institution__country", flat=True)
    return len({country == HOME_COUNTRY for country in countries}) == 2


def shared(viewer: Viewer) -> list[Shared]:
    """The reports of partnerships that a viewer may open, newest round first: of closed rounds,
    where both sides answered and everybody who did allows it, and so many of the round do, or do
    not, that the others are not given away. Two queries."""
    sharing = closed_sharing()
    rows = (
        Invitation.objects.standing()
        .visible_to(viewer)
        .filter(round__in=sharing)
        .order_by("-round__closed_at", "-round", "partnership__name_key", "partnership")
        .values_list("round", "partnership", "round__slug", "round__name", "partnership__slug",
                     "partnership__name")
        .distinct()
    )  # fmt: skip
    return [
        Shared(*names)
        for asked_in, partnership, *names in rows
        if sharing[asked_in].may_be_read(partnership)
    ]


def few_keep_theirs() -> list[str]:
    """Names of closed rounds in which nobody but the sides may read what a partnership answered,
    though some allow it: the few others could be told from the figures. Two queries."""
    closed = [
        key
        for key, each in closed_sharing().items()
        if each.shared and not each.is_open and each.kept_in_report is not None
    ]
    rounds = Round.objects.filter(pk__in=closed).order_by("-closed_at", "-pk")
    return list(rounds.values_list("name", flat=True))


def _seat(invitation: Invitation, *, is_own: bool) -> Seat:
    response: Response | None = getattr(invitation, "response", None)
    sent = response if response and response.submitted_at else None
    institution = invitation.member.institution
    return Seat(
        member=invitation.member_id,
        side=str(invitation.side),
        place=_place(institution),
        institution=institution.name,
        submitted_at=sent.submitted_at if sent else None,
        answers=sent.answers if sent else {},
        shares_words=bool(sent and sent.shares_words),
        shares_with_board=bool(sent and sent.shares_with_board),
        is_own=is_own,
    )


def _place(institution: Institution) -> str:
    return institution.get_uk_nation_display() or institution.country.common_name


def _places(seats: tuple[Seat, ...], side: str) -> list[str]:
    return list(dict.fromkeys(seat.place for seat in seats if seat.side == side))


def _row(item: Item, section: str, seats: tuple[Seat, ...], names: Mapping[str, str]) -> Row:
    cells = tuple(Cell(seat, _labels(item, seat), _at(item, seat)) for seat in seats)
    pairs = [(a, b) for a in seats if a.is_uk for b in seats if not b.is_uk]
    steps = [tallies.gap_between(item, a.answers, b.answers) for a, b in pairs]
    counted = [abs(step) for step in steps if step is not None]
    return Row(
        key=item.key,
        section=section,
        text=wording(item.text, _own_side(seats), names),
        cells=cells,
        gap=max(counted, default=None),
        differs=_differ(cells),
    )


def _own_side(seats: tuple[Seat, ...]) -> str:
    return next((seat.side for seat in seats if seat.is_own), str(Side.UK))


def _differ(cells: tuple[Cell, ...]) -> bool | None:
    """None unless each side says something."""
    told = [cell for cell in cells if cell.labels]
    if {cell.seat.side for cell in told} != set(Side.values):
        return None
    return len({cell.labels for cell in told}) > 1


def _labels(item: Item, seat: Seat) -> tuple[str, ...]:
    """In the words of the form; numbers as they were given, several choices in its order."""
    if item.question.kind in (QuestionKind.NUMBER, QuestionKind.YEAR):
        value = seat.answers.get(item.question.code)
        return () if value is None or value == PREFER_NOT else (str(value),)
    codes = tallies.chosen(item, seat.answers)
    if item.question.kind == QuestionKind.RANK:
        return tuple(f"{n}. {item.question.label_of(c)}" for n, c in enumerate(codes, start=1))
    return tuple(option.label for option in item.options if option.code in codes)


def _at(item: Item, seat: Seat) -> float | None:
    codes = tallies.chosen(item, seat.answers)
    if not codes or codes[0] not in item.steps:
        return None
    return 100 * (item.steps.index(codes[0]) + 0.5) / len(item.steps)


def _written(
    question: Question, seats: tuple[Seat, ...], names: Mapping[str, str]
) -> Written | None:
    if question.kind != QuestionKind.WORDS or question.is_private:
        return None
    told = list(_words(question, seats))
    if not told:
        return None
    text = wording(question.text, _own_side(seats), names)
    open_to = tuple((seat, words) for seat, words in told if seat.is_own or seat.shares_words)
    kept = tuple(seat for seat, _ in told if not (seat.is_own or seat.shares_words))
    return Written(text, open_to, kept)


def _words(question: Question, seats: tuple[Seat, ...]) -> Iterator[tuple[Seat, str]]:
    for seat in seats:
        value = seat.answers.get(question.code)
        if isinstance(value, str) and value.strip() and value != PREFER_NOT:
            yield seat, value.strip()


def as_csv(pair: Pair) -> Iterator[str]:
    """The tables and words that the reader of `pair` sees on its page, in the same order."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for row in _cells(pair):
        yield writer.writerow([guard(storable(cell)) for cell in row])


def _cells(pair: Pair) -> Iterator[tuple[str, ...]]:
    for row in pair.rows:
        for cell in row.cells:
            answer = "; ".join(cell.labels)
            yield (row.section, row.text, *_who(cell.seat), answer, row.verdict)
    for each in pair.written:
        for seat, words in each.words:
            yield ("", each.text, *_who(seat), words, "")


def _who(seat: Seat) -> tuple[str, str, str]:
    return (seat.side, seat.place, seat.institution)
