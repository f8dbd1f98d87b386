"""What needs a champion or the unit: the sections of the desk, and which rows belong to each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Trim
from django.utils import timezone

from partnerships.choices import ChampionRole, Moderation, Stage
from partnerships.models import (
    HOME_COUNTRY,
    Agreement,
    Champion,
    Coordinator,
    Decision,
    HealthBoard,
    LinkAnswer,
    Member,
    Partnership,
    PartnershipTopic,
    Suggestion,
)
from partnerships.policies.freshness import cutoffs
from partnerships.policies.permissions import Viewer

#: Days before its end from which an agreement needs somebody.
ENDING_DAYS = 60
#: Days for which the desk tells what others changed.
CHANGED_DAYS = 14


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing on the desk. `minutes` is what one usually takes; what only informs takes
    none, and is not counted as a thing to do."""

    code: str
    title: str
    one: str
    many: str
    minutes: int

    def counted(self, number: int) -> str:
        return self.one if number == 1 else self.many


#: In the order of the desk: what people wait for comes first.
SECTIONS = (
    Section("confirm", "To confirm", "to confirm", "to confirm", 1),
    Section("suggestions", "Suggestions", "suggestion to decide", "suggestions to decide", 2),
    Section("answers", "Answers", "answer to a reminder", "answers to reminders", 2),
    Section("submissions", "Submissions", "record to list", "records to list", 3),
    Section("drafts", "Drafts", "draft", "drafts", 3),
    Section(
        "agreements",
        "Agreements that end",
        f"agreement ends in {ENDING_DAYS} days",
        f"agreements end in {ENDING_DAYS} days",
        1,
    ),
    Section("lookalikes", "Look alike", "pair looks alike", "pairs look alike", 2),
    Section("places", "Not on the map", "not on the map", "not on the map", 2),
    Section("facts", "Missing facts", "lacks a fact", "lack facts", 2),
    Section("vacancies", "Without a lead", "Board without a lead", "Boards without a lead", 3),
    Section("changed", "Changed by others", "changed by others", "changed by others", 0),
)
BY_CODE = {section.code: section for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose desk it is, on a day: of all Boards (None), of some, or of the unit's own records,
    which have none."""

    viewer: Viewer
    day: date
    boards: frozenset[int] | None
    without_board: bool = False

    def owned(self, path: str = "health_board") -> Q:
        """Rows of the scope, by the path to the owning Board."""
        if self.without_board:
            return Q(**{f"{path}__isnull": True})
        return Q() if self.boards is None else Q(**{f"{path}__in": self.boards})


def scope_of(viewer: Viewer, day: date, board: int | None = None, *, unit: bool = False) -> Scope:
    """The viewer's desk, or the part of it that one Board or the unit has. Nobody gets a Board
    that is not theirs: the scope is empty then."""
    if viewer.sees_everything:
        own = None if board is None else frozenset([board])
        return Scope(viewer, day, own, without_board=unit)
    own = viewer.boards if board is None else viewer.boards & {board}
    return Scope(viewer, day, frozenset() if unit else own)


def _alive(path: str = "") -> Q:
    """Listed, and not history."""
    return Q(**{f"{path}moderation": Moderation.LISTED}) & ~Q(**{f"{path}stage": Stage.ENDED})


def to_confirm(scope: Scope) -> QuerySet[Any]:
    """Of which a side has not said within a year that they are right. Those that nobody ever
    confirmed come first, then the oldest.

    A side without a member cannot say it: what is missing there is in “Not on the map”.
    """
    fresh_from = cutoffs(scope.day).fresh_from
    home = Q(institution__country=HOME_COUNTRY)
    members = Member.objects.filter(partnership=OuterRef("pk"))
    waiting = Q(pk__in=[])
    for side, own in (("uk_confirmed_on", home), ("partner_confirmed_on", ~home)):
        old = Q(**{f"{side}__isnull": True}) | Q(**{f"{side}__lt": fresh_from})
        waiting |= old & Q(Exists(members.filter(own)))
    rows = Partnership.objects.filter(_alive(), scope.owned(), waiting)
    return rows.order_by(F("last_confirmed_on").asc(nulls_first=True), "pk")


def overdue(scope: Scope) -> Q:
    """Among those to confirm: a side's confirmation is more than a month late."""
    limit = cutoffs(scope.day).due_from
    return Q(uk_confirmed_on__lt=limit) | Q(partner_confirmed_on__lt=limit)


def suggestions(scope: Scope) -> QuerySet[Any]:
    """That wait for a decision, without the viewer's own: nobody decides on those."""
    if scope.without_board:
        owned = Q(partnership__health_board__isnull=True, health_board__isnull=True)
    else:
        owned = scope.owned("partnership__health_board") | scope.owned()
    rows = Suggestion.objects.waiting().filter(owned)
    own = Q(suggested_by=scope.viewer.user_id)
    return rows.exclude(own & Q(suggested_by__isnull=False)).order_by("created_at", "pk")


def answers(scope: Scope) -> QuerySet[Any]:
    """To our reminders, that people must look at."""
    owned = scope.owned("partnership__health_board")
    return LinkAnswer.objects.waiting().filter(owned)


def submissions(scope: Scope) -> QuerySet[Any]:
    """Submitted for listing, without what the viewer wrote and may not be the first to list."""
    rows = Partnership.objects.filter(scope.owned(), moderation=Moderation.SUBMITTED)
    if scope.viewer.user_id is not None:
        listed = Decision.objects.filter(partnership=OuterRef("pk"), after=Moderation.LISTED)
        rows = rows.exclude(~Exists(listed), created_by=scope.viewer.user_id)
    return rows.order_by("modified_at", "pk")


def drafts(scope: Scope) -> QuerySet[Any]:
    """Begun or returned, and not submitted yet."""
    states = [Moderation.DRAFT, Moderation.RETURNED]
    rows = Partnership.objects.filter(scope.owned(), moderation__in=states)
    return rows.order_by("modified_at", "pk")


def agreements(scope: Scope) -> QuerySet[Any]:
    """That end within `ENDING_DAYS`, of partnerships that go on."""
    until = scope.day + timedelta(days=ENDING_DAYS)
    rows = Agreement.objects.filter(
        _alive("partnership__"),
        scope.owned("partnership__health_board"),
        expires_on__gte=scope.day,
        expires_on__lte=until,
    )
    return rows.order_by("expires_on", "pk")


def places(scope: Scope) -> QuerySet[Any]:
    """Of which one end cannot be drawn: it names no institution there, or none with a place.

    What is hidden on purpose has a place, and is not among them.
    """
    placed = Member.objects.filter(partnership=OuterRef("pk"), institution__latitude__isnull=False)
    home = Q(institution__country=HOME_COUNTRY)
    drawn = Q(Exists(placed.filter(home))) & Q(Exists(placed.exclude(home)))
    rows = Partnership.objects.filter(_alive(), scope.owned())
    return rows.exclude(drawn).order_by("created_at", "pk")


def facts(scope: Scope) -> QuerySet[Any]:
    """Without a summary, a topic, a beginning, or anybody who coordinates it today."""
    rows = Partnership.objects.filter(_alive(), scope.owned()).filter(
        Q(summary="")
        | Q(began_on__isnull=True)
        | ~Exists(PartnershipTopic.objects.filter(partnership=OuterRef("pk")))
        | ~Exists(coordinating(scope.day))
    )
    return rows.order_by("created_at", "pk")


def coordinating(day: date) -> QuerySet[Coordinator]:
    """Coordinators of the outer partnership on a day."""
    return Coordinator.objects.on(day).filter(member__partnership=OuterRef("pk"))


def vacancies(scope: Scope) -> QuerySet[Any]:
    """Boards without a lead champion in office."""
    leads = Champion.objects.on(scope.day).filter(role=ChampionRole.LEAD, board=OuterRef("pk"))
    if scope.without_board:
        return HealthBoard.objects.none()
    rows = HealthBoard.objects.filter(scope.owned("pk"), ~Exists(leads))
    return rows.order_by("institution__name_key", "pk")


def changed(scope: Scope) -> QuerySet[Any]:
    """The last version of each record that somebody else has changed lately, newest first."""
    start = timezone.make_aware(datetime.combine(scope.day, time.min))
    versions = Partnership.history.model._default_manager
    theirs = versions.filter(
        scope.owned(),
        ~Q(history_user=scope.viewer.user_id) | Q(history_user__isnull=True),
        history_date__gte=start - timedelta(days=CHANGED_DAYS),
        history_type="~",
    )
    latest = theirs.order_by().values("id").annotate(latest=Max("history_id")).values("latest")
    kept = Exists(Partnership.objects.filter(pk=OuterRef("id")))
    found: QuerySet[Any] = versions.filter(kept, history_id__in=latest)
    return found.order_by("-history_date", "-history_id")


#: Section → its rows; look-alikes are found by `partnerships.lookalikes`.
ROWS = {
    "confirm": to_confirm,
    "suggestions": suggestions,
    "answers": answers,
    "submissions": submissions,
    "drafts": drafts,
    "agreements": agreements,
    "places": places,
    "facts": facts,
    "vacancies": vacancies,
    "changed": changed,
}
_EMPTY_TEXT = Value("", output_field=TextField())
#: Section → columns of what `keys_of` tells, where they are not those of a partnership.
_COLUMNS: dict[str, dict[str, Any]] = {
    "suggestions": {
        "record": F("partnership"),
        "moment": F("created_at"),
        "text": Cast("changes", TextField()),
    },
    "answers": {
        "record": F("partnership"),
        "moment": F("answered_at"),
        "text": Cast("answer", TextField()),
    },
    "agreements": {
        "record": F("partnership"),
        "day": F("expires_on"),
        "text": Cast("title", TextField()),
    },
    "vacancies": {"record": Cast(Value(None), IntegerField())},
    "changed": {
        "record": F("id"),
        "moment": F("history_date"),
        "text": Cast(
            Trim(
                Concat(
                    Coalesce("history_user__first_name", Value("")),
                    Value(" "),
                    Coalesce("history_user__last_name", Value("")),
                )
            ),
            TextField(),
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the desk before its record is loaded. `text` is a title, a name, or JSON."""

    section: str
    record: int | None
    key: int
    moment: datetime | None
    day: date | None
    text: str


def keys_of(section: str, scope: Scope, first: int | None = None) -> QuerySet[Any]:
    """The rows of a section as the tuples of `Key`, in its order.

    Of only the `first` ones sections can be united, which loses the order.
    """
    told = {
        "record": F("pk"),
        "moment": Cast(Value(None), DateTimeField()),
        "day": Cast(Value(None), DateField()),
        "text": _EMPTY_TEXT,
    } | _COLUMNS.get(section, {})
    rows = ROWS[section](scope)
    if first is not None:
        # A compound query takes no limit, but a part of it may ask for what a limited one finds.
        rows = rows.model._default_manager.filter(pk__in=rows.values("pk")[:first]).order_by()
    told_of: QuerySet[Any] = rows.annotate(
        desk_section=Value(section, output_field=CharField()),
        **{f"desk_{name}": value for name, value in told.items()},
    ).values_list("desk_section", "desk_record", "pk", "desk_moment", "desk_day", "desk_text")
    return told_of


#: Section → path to the owning Board, for counts.
_BOARDS: dict[str, Any] = {
    "suggestions": Coalesce("partnership__health_board", "health_board"),
    "agreements": F("partnership__health_board"),
    "answers": F("partnership__health_board"),
    "vacancies": F("pk"),
}


def counts_of(section: str, scope: Scope) -> QuerySet[Any]:
    """(section, Board, number) of each Board in the scope; sections can be united."""
    return _counted(section, ROWS[section](scope), _BOARDS.get(section, F("health_board")))


def counts_of_overdue(scope: Scope) -> QuerySet[Any]:
    """The same of those to confirm that are overdue, as section `overdue`."""
    return _counted("overdue", to_confirm(scope).filter(overdue(scope)), F("health_board"))


def _counted(name: str, rows: QuerySet[Any], board: Any) -> QuerySet[Any]:
    counted: QuerySet[Any] = (
        rows.order_by()
        .annotate(desk_section=Value(name, output_field=CharField()), desk_board=board)
        .values("desk_section", "desk_board")
        .annotate(desk_number=Count("pk"))
        .values_list("desk_section", "desk_board", "desk_number")
    )
    return counted
