"""What belongs to each section of the desk, counted by hand, for each kind of viewer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from partnerships import desk, lookalikes
from partnerships.choices import Stage
from partnerships.models import Agreement, HealthBoard, NotTheSame, Partnership, User, viewer_of
from partnerships.services import answers, decisions, links, partnerships
from partnerships.services import desk as verbs
from partnerships.services.details import apply
from partnerships.services.lookalikes import tell_apart
from partnerships.services.partnerships import NotAllowed
from partnerships.services.users import system_user
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_institution,
    make_partnership,
    make_suggestion,
    make_topic,
    make_unit,
)

pytestmark = pytest.mark.django_db

HERE, THERE = "Scotland", "Malawi"
TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def placed(country: str, **values: Any) -> Any:
    return make_institution(country=country, latitude=1.0, longitude=2.0, **values)


def whole(board: HealthBoard | None, name: str = "", **values: Any) -> Partnership:
    """A record of which nothing needs anybody."""
    values = {
        "members": [placed("GB"), placed("MW")],
        "summary": "What it does.",
        "began_on": date(2010, 1, 1),
        "began_precision": "year",
        "topics": [make_topic()],
        "health_board": board,
    } | values
    record = make_partnership(name, **values)
    if record.members.exists():
        make_coordinator(record.members.first())
    if record.moderation == "listed":
        confirmed(record, uk=10, partner=10)
    return record


def confirmed(record: Partnership, *, uk: int | None, partner: int | None) -> None:
    """So many days ago, each side; None for never."""
    days = [None if ago is None else TODAY - timedelta(days=ago) for ago in (uk, partner)]
    Partnership.objects.filter(pk=record.pk).update(
        uk_confirmed_on=days[0],
        partner_confirmed_on=days[1],
        last_confirmed_on=max((on for on in days if on), default=None),
    )
    record.refresh_from_db()


def shown(user: User, section: str, **asked: Any) -> list[str]:
    """The subjects of a section's page, in order."""
    found = desk.desk_for(viewer_of(user, on=TODAY), TODAY, section=section, **asked)
    assert found.counts[section] == sum(len(each.items) for each in found.sections)
    return [item.subject for each in found.sections for item in each.items]


@pytest.fixture
def board() -> HealthBoard:
    return make_board("NHS Ours")


@pytest.fixture
def champion(board: HealthBoard) -> User:
    return make_champion(board, role="lead")


def test_a_board_in_order_needs_nothing(board, champion) -> None:
    whole(board)
    Partnership.history.update(history_date=NOON - timedelta(days=40))
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY)
    assert (found.things, found.minutes, found.sections) == (0, 0, [])


def test_a_side_without_a_member_is_not_waited_for(board, champion) -> None:
    record = whole(board, "Here alone", members=[placed("GB")], gap_note="Nobody is named.")
    assert shown(champion, "confirm") == []
    confirmed(record, uk=400, partner=None)
    (section,) = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="confirm").sections
    (item,) = section.items
    assert item.needs == ["uk"]
    assert item.what == "Scotland last confirmed it in October 2025"


def test_a_place_is_set_by_whoever_may_set_it(board, champion) -> None:
    lost = make_institution("Lost Hospital", country="MW")
    whole(board, "Ours", members=[placed("GB"), lost])

    def is_shared(user: User) -> bool:
        found = desk.desk_for(viewer_of(user, on=TODAY), TODAY, section="places").sections
        return {item.subject: item.is_shared for each in found for item in each.items}["Ours"]

    assert not is_shared(champion)
    whole(make_board("NHS Theirs"), "Theirs", members=[placed("GB"), lost])
    assert is_shared(champion)
    assert not is_shared(make_unit())


def test_to_confirm_is_what_a_side_has_not_said_for_a_year(board, champion) -> None:
    for name, uk, partner in (
        ("Both fresh", 10, 364),
        ("UK due", 366, 10),
        ("Partner overdue", 10, 420),
        ("Both old", 500, 900),
    ):
        confirmed(whole(board, name), uk=uk, partner=partner)
    confirmed(whole(board, "Never"), uk=None, partner=None)
    confirmed(whole(board, "Ended", stage=Stage.ENDED), uk=900, partner=900)
    whole(board, "A draft", moderation="draft")
    confirmed(whole(make_board(), "Theirs"), uk=1, partner=900)

    assert shown(champion, "confirm") == ["Never", "Both old", "UK due", "Partner overdue"]
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="confirm")
    assert found.overdue == 2
    told = {item.subject: (item.what, item.needs) for item in found.sections[0].items}
    assert told == {
        "Never": ("Not yet confirmed by either side", ["uk", "partner"]),
        "Both old": ("Neither side has confirmed it for a year", ["uk", "partner"]),
        "UK due": (
            f"{HERE} last confirmed it in November 2025; {THERE} confirmed it in November 2026",
            ["uk"],
        ),
        "Partner overdue": (
            f"{HERE} confirmed it in November 2026; {THERE} last confirmed it in September 2025",
            ["partner"],
        ),
    }
    assert set(shown(make_unit(), "confirm")) == {*told, "Theirs"}


def test_suggestions_wait_for_whoever_decides(board, champion) -> None:
    ours, theirs = whole(board, "Ours"), whole(make_board(), "Theirs")
    first = make_suggestion(ours, {"summary": "Other", "began": "2009"})
    make_suggestion(theirs)
    make_suggestion(None, {"name": "New", "kind": "network", "health_board": "nhs-ours"})
    decided = make_suggestion(ours)
    decisions.decline(decided, by=champion, answer="No.")
    own = make_suggestion(ours)
    own.suggested_by = champion
    own.save()

    assert shown(champion, "suggestions") == ["Ours", "New"]
    item = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="suggestions")
    assert item.sections[0].items[0].what == "Suggested change: summary, began"
    assert item.sections[0].items[0].key == first.pk
    assert sorted(shown(make_unit(), "suggestions")) == ["New", "Ours", "Ours", "Theirs"]
    deputy = make_champion(board)
    assert sorted(shown(deputy, "suggestions")) == ["New", "Ours", "Ours"]


def test_submissions_and_drafts(board, champion) -> None:
    whole(board, "Submitted", moderation="submitted")
    whole(board, "My own", moderation="submitted", by=champion)
    whole(board, "Begun", moderation="draft")
    whole(board, "Sent back", moderation="returned")
    whole(board, "Gone", moderation="withdrawn")
    whole(make_board(), "Theirs", moderation="submitted")

    assert shown(champion, "submissions") == ["Submitted"]
    assert sorted(shown(make_champion(board), "submissions")) == ["My own", "Submitted"]
    assert shown(champion, "drafts") == ["Begun", "Sent back"]
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="drafts")
    assert found.sections[0].items[1].what == "Returned: For a test"
    assert sorted(shown(make_unit(), "submissions")) == ["My own", "Submitted", "Theirs"]


def test_answers_that_people_must_look_at(board, champion) -> None:
    ours = whole(board, "Ours")
    for record in (ours, whole(make_board(), "Theirs")):
        now = timezone.now()
        token = links.make(purpose="confirmation", partnership=record, side="uk", at=now)
        link = links.find(token, purpose="confirmation", at=now)
        answers.answer(link, answer="not_me", at=now)
    assert shown(champion, "answers") == ["Ours"]
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="answers")
    item = found.sections[0].items[0]
    assert item.what == "Somebody whom we asked says that they are not the right person"
    with pytest.raises(NotAllowed):
        verbs.settle(item.key, by=make_champion())
    verbs.settle(item.key, by=champion)
    assert verbs.settle(item.key, by=champion).said.startswith("Somebody has dealt with")
    assert shown(champion, "answers") == []


def test_what_cannot_be_drawn_says_why(board, champion) -> None:
    whole(board, "Drawn")
    whole(board, "No partner", members=[placed("GB")], countries=["MW"], gap_note="One.")
    whole(board, "No place", members=[placed("GB"), make_institution("Zomba clinic", country="MW")])
    whole(board, "Hidden", location_level="hidden")
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="places")
    assert {item.subject: item.what for item in found.sections[0].items} == {
        "No partner": "No partner institution is named, so it is not on the map",
        "No place": "Zomba clinic has no place yet, so it is not on the map",
    }


def test_missing_facts_are_named(board, champion) -> None:
    whole(board, "Whole")
    whole(board, "Bare", summary="", topics=[], began_on=None, began_precision="")
    left = whole(board, "Left")
    coordinator = left.members.first().coordinators.get()
    coordinator.until = TODAY - timedelta(days=1)
    coordinator.save()
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="facts")
    assert {item.subject: item.what for item in found.sections[0].items} == {
        "Bare": "No summary, topic or year in which it began",
        "Left": "No coordinator",
    }


def test_agreements_that_end_within_sixty_days(board, champion) -> None:
    for name, days in (("Past", -1), ("Today", 0), ("Soon", 60), ("Later", 61)):
        record = whole(board, name)
        expires = TODAY + timedelta(days=days)
        apply(
            written=[Agreement(partnership=record, title="MoU", expires_on=expires)],
            by=system_user(),
        )
    assert shown(champion, "agreements") == ["Today", "Soon"]


def test_vacancies_are_the_units_and_the_own_boards(board) -> None:
    deputy = make_champion(board)
    make_board("NHS Theirs")
    make_champion(make_board("NHS Led"), role="lead")
    assert shown(deputy, "vacancies") == ["NHS Ours"]
    assert shown(make_unit(), "vacancies") == ["NHS Ours", "NHS Theirs"]


def test_what_others_changed_lately(board, champion) -> None:
    deputy = make_champion(board)
    by_deputy, by_me, old = (whole(board, name) for name in ("Deputy's", "Mine", "Old"))
    Partnership.history.update(history_date=NOON - timedelta(days=40))
    partnerships.update(by_deputy, by=deputy, values={"goals": "More"}, at=NOON)
    partnerships.update(by_me, by=champion, values={"goals": "More"}, at=NOON)
    partnerships.update(old, by=deputy, values={"goals": "More"}, at=NOON)
    Partnership.history.filter(id=old.pk).update(history_date=NOON - timedelta(days=15))
    found = desk.desk_for(viewer_of(champion, on=timezone.localdate()), timezone.localdate())
    assert found.counts["changed"] == 1
    assert found.things == 0  # nobody has to do anything about it
    assert [item.subject for item in found.sections[-1].items] == ["Deputy's"]


# ---------------------------------------------------------------------------------- look-alikes


def test_the_same_institutions_or_nearly_the_same_name_look_alike(board, champion) -> None:
    ninewells, queens = placed("GB"), placed("MW")
    first = whole(board, "Eyes of Blantyre", members=[ninewells, queens])
    whole(board, "Children", members=[ninewells, queens])
    whole(board, "Three of them", members=[ninewells, queens, placed("ZM")])
    whole(board, "Blantyre eyes project")
    whole(board, "Gone", members=[ninewells, queens], moderation="withdrawn")
    names = dict(Partnership.objects.values_list("pk", "name"))
    found = {
        (names[pair.first], names[pair.second], pair.by_name) for pair in lookalikes.all_pairs()
    }
    assert found == {
        ("Eyes of Blantyre", "Children", False),
        ("Eyes of Blantyre", "Blantyre eyes project", True),
    }
    assert shown(champion, "lookalikes") == ["Children", "Blantyre eyes project"]
    other = Partnership.objects.get(name="Children")
    assert tell_apart(other, first, by=champion)
    assert not tell_apart(first, other, by=champion)
    assert NotTheSame.history.get().history_user == champion
    assert shown(champion, "lookalikes") == ["Blantyre eyes project"]


def test_another_boards_draft_looks_like_nothing_to_a_champion(board, champion) -> None:
    members = [placed("GB"), placed("MW")]
    ours = whole(board, "Ours", members=members)
    theirs = whole(make_board(), "Theirs", members=members, moderation="draft")
    assert shown(champion, "lookalikes") == []
    assert shown(make_unit(), "lookalikes") == ["Theirs"]
    with pytest.raises(NotAllowed):
        tell_apart(ours, theirs, by=champion)
    with pytest.raises(NotAllowed):
        tell_apart(ours, theirs, by=make_champion())


# -------------------------------------------------------------------------- whose desk, and verbs


def test_nobody_sees_another_boards_desk(board, champion) -> None:
    make_board("NHS Theirs")
    for asked in ("nhs-theirs", "nhs-nowhere", "unit"):
        with pytest.raises(desk.NoSuchDesk):
            desk.desk_for(viewer_of(champion, on=TODAY), TODAY, board=asked)
    with pytest.raises(desk.NoSuchDesk):
        desk.desk_for(viewer_of(champion, on=TODAY), TODAY, section="nothing")
    found = desk.desk_for(viewer_of(champion, on=TODAY), TODAY, board="nhs-ours")
    assert found.board is not None
    assert found.board.slug == "nhs-ours"


def test_the_unit_counts_by_board_and_its_own(board) -> None:
    for owner, summary in (
        (board, ""),
        (board, "Said"),
        (make_board("NHS Theirs"), ""),
        (None, ""),
    ):
        whole(owner, summary=summary)
    for user in (make_unit(), make_auditor()):
        found = desk.desk_for(viewer_of(user, on=TODAY), TODAY)
        assert {row.slug: row.counts["facts"] for row in found.boards} == {
            "nhs-ours": 1,
            "nhs-theirs": 1,
            "unit": 1,
        }
        own = desk.desk_for(viewer_of(user, on=TODAY), TODAY, board="unit")
        assert (own.counts["facts"], [row.slug for row in own.boards]) == (1, ["unit"])


def test_a_confirmation_is_taken_back_whole(board, champion) -> None:
    record = whole(board)
    confirmed(record, uk=400, partner=500)
    before = (record.uk_confirmed_on, record.partner_confirmed_on, record.last_confirmed_on)
    seen = verbs.version_of(record.modified_at)
    asked: dict[str, Any] = {"side": "uk", "how": "x", "seen": seen, "by": champion, "at": NOON}
    done = verbs.confirm(record.pk, **asked)
    again = verbs.confirm(record.pk, **asked)
    assert again.undo is None
    assert record.confirmations.count() == 1
    record.refresh_from_db()
    assert (record.uk_confirmed_on, record.last_confirmed_on) == (TODAY, TODAY)
    assert done.undo is not None
    with pytest.raises(ValidationError):
        verbs.take_back(done.undo, by=make_champion(board), at=NOON)
    with pytest.raises(ValidationError):
        verbs.take_back(done.undo, by=champion, at=NOON + timedelta(hours=1))
    verbs.take_back(done.undo, by=champion, at=NOON + timedelta(minutes=5))
    record.refresh_from_db()
    assert (record.uk_confirmed_on, record.partner_confirmed_on, record.last_confirmed_on) == before
    assert not record.confirmations.exists()
    assert record.history.first().history_change_reason.startswith("Took back")


def test_an_end_and_a_renewal_are_taken_back(board, champion) -> None:
    record = whole(board)
    seen = verbs.version_of(record.modified_at)
    done = verbs.end(record.pk, why="The clinic closed", seen=seen, by=champion)
    record.refresh_from_db()
    assert (record.stage, record.stage_reason) == (Stage.ENDED, "The clinic closed")
    with pytest.raises(ValidationError, match="Somebody has changed"):
        verbs.end(record.pk, why="", seen=seen, by=champion)
    assert done.undo is not None
    verbs.take_back(done.undo, by=champion)
    record.refresh_from_db()
    assert (record.stage, record.stage_reason) == (Stage.ACTIVE, "")

    agreement = Agreement(partnership=record, title="MoU", expires_on=TODAY)
    apply(written=[agreement], by=system_user())
    with pytest.raises(NotAllowed):
        verbs.renew(agreement.pk, until=date(2029, 1, 1), by=make_champion())
    with pytest.raises(ValidationError):
        verbs.renew(agreement.pk, until=TODAY, by=champion)
    done = verbs.renew(agreement.pk, until=date(2029, 1, 1), by=champion)
    assert done.undo is not None
    verbs.take_back(done.undo, by=champion)
    agreement.refresh_from_db()
    assert (agreement.expires_on, agreement.renewed_on) == (TODAY, None)
