"""Tenures: appointed, ended and handed over, without a gap and without two at once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from partnerships.choices import ChampionRole, UserRole
from partnerships.models import Champion, User, viewer_of
from partnerships.services import champions, users
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import make_auditor, make_board, make_champion, make_unit, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = date(2026, 5, 1)


def appoint(email="ada@example.org", board=None, **values):
    defaults = {"by": users.system_user(), "at": NOW, "board": board or make_board()}
    return champions.appoint(email=email, **defaults | values)


def test_appointing_makes_the_account_and_opens_the_tenure() -> None:
    board = make_board()
    tenure = appoint("Ada.Lovelace@Example.org", board, name="Ada Lovelace", reason="New lead")

    user = User.objects.get(email="ada.lovelace@example.org")
    assert (tenure.user, tenure.board, tenure.role) == (user, board, ChampionRole.DEPUTY)
    assert (tenure.since, tenure.until) == (TODAY, None)
    assert (user.username, str(user), user.is_staff) == (user.email, "Ada Lovelace", True)
    assert not user.has_usable_password()
    assert viewer_of(user, on=TODAY).boards == {board.pk}
    row = tenure.history.get()
    assert (row.history_user, row.history_change_reason) == (users.system_user(), "New lead")


def test_appointing_finds_the_account_whatever_the_case() -> None:
    user = make_user("ada@example.org")
    assert appoint("ADA@example.org").user == user
    assert User.objects.filter(email__iexact="ada@example.org").count() == 1


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada @example.org", "a@b"])
def test_what_is_no_address_makes_nothing(email: str) -> None:
    board = make_board()
    by = users.system_user()
    with pytest.raises(ValidationError) as refusal:
        appoint(email, board, by=by)
    assert "Write it as name@example.org." in refusal.value.messages[0]
    assert not Champion.objects.exists()
    assert list(User.objects.all()) == [by]


def test_a_closed_account_is_refused() -> None:
    make_user("ada@example.org", is_active=False)
    with pytest.raises(NotAllowed, match="Open it again first"):
        appoint("ada@example.org")


@pytest.mark.parametrize("kind", ["stranger", "champion", "auditor"])
def test_only_the_unit_appoints_and_ends(kind: str) -> None:
    board = make_board()
    by = {"stranger": make_user, "champion": lambda: make_champion(board), "auditor": make_auditor}
    person = by[kind]()
    tenure = appoint("someone@example.org", board)
    with pytest.raises(NotAllowed, match="Only the coordination unit"):
        appoint("ada@example.org", board, by=person)
    with pytest.raises(NotAllowed, match="Only the coordination unit"):
        champions.end(tenure, by=person, at=NOW)
    assert not User.objects.filter(email="ada@example.org").exists()
    assert appoint("ada@example.org", board, by=make_unit()).pk


def test_one_lead_at_a_time() -> None:
    board = make_board()
    first = appoint("first@example.org", board, role=ChampionRole.LEAD, until=date(2027, 1, 1))
    with pytest.raises(ValidationError) as refusal:
        appoint("second@example.org", board, role=ChampionRole.LEAD)
    assert "first@example.org" in refusal.value.messages[0]
    assert "appoint a deputy" in refusal.value.messages[0]

    later = appoint(
        "second@example.org", board, role=ChampionRole.LEAD, since=date(2027, 1, 1)
    )  # `until` is the first day without access, so these two share no day
    assert later.since == first.until
    assert appoint("third@example.org", board).role == ChampionRole.DEPUTY
    assert appoint("fourth@example.org", role=ChampionRole.LEAD).board != board


def test_one_tenure_at_a_time_for_a_person_at_a_board() -> None:
    board = make_board()
    appoint("ada@example.org", board, until=date(2026, 8, 1))
    for days in [
        {},
        {"since": date(2026, 7, 31)},
        {"since": date(2026, 1, 1), "until": NOW.date()},
    ]:
        if days.get("until") == TODAY:  # ends on the day the other begins
            assert appoint("ada@example.org", board, **days).pk
            continue
        with pytest.raises(ValidationError, match="champion of this Board already"):
            appoint("ada@example.org", board, **days)
    assert appoint("ada@example.org", make_board()).pk


def test_access_ends_on_the_day_that_the_tenure_ends() -> None:
    tenure = appoint()
    champions.end(tenure, by=users.system_user(), on=date(2026, 6, 1), reason="Retired", at=NOW)
    tenure.refresh_from_db()
    assert tenure.until == date(2026, 6, 1)
    assert viewer_of(tenure.user, on=date(2026, 5, 31)).boards == {tenure.board_id}
    assert viewer_of(tenure.user, on=date(2026, 6, 1)).boards == frozenset()
    assert tenure.history.first().history_change_reason == "Retired"
    with pytest.raises(NotAllowed, match="already"):
        champions.end(tenure, by=users.system_user(), on=date(2026, 6, 1), at=NOW)


def test_a_tenure_cannot_end_before_it_begins() -> None:
    tenure = appoint()
    with pytest.raises(ValidationError, match="cannot end before it begins"):
        champions.end(tenure, by=users.system_user(), on=date(2026, 4, 1), at=NOW)
    tenure.refresh_from_db()
    assert tenure.until is None


def test_the_tenure_of_a_closed_account_can_be_ended() -> None:
    tenure = appoint()
    tenure.user.is_active = False
    users.save(tenure.user, by=users.system_user())
    champions.end(tenure, by=users.system_user(), at=NOW)
    assert Champion.objects.get().until == TODAY


def test_handing_over_to_a_deputy_leaves_no_day_between() -> None:
    board = make_board()
    lead = appoint("lead@example.org", board, role=ChampionRole.LEAD, since=date(2020, 1, 1))
    deputy = appoint("deputy@example.org", board, since=date(2020, 1, 1))
    new = champions.hand_over(
        lead, email="deputy@example.org", by=users.system_user(), on=date(2026, 6, 1), at=NOW
    )
    lead.refresh_from_db()
    deputy.refresh_from_db()
    assert lead.until == deputy.until == new.since == date(2026, 6, 1)
    assert (new.role, new.user) == (ChampionRole.LEAD, deputy.user)


def test_handing_over_to_oneself_is_refused() -> None:
    tenure = appoint("ada@example.org")
    with pytest.raises(NotAllowed, match="somebody else"):
        champions.hand_over(tenure, email="ADA@example.org", by=users.system_user(), at=NOW)
    assert Champion.objects.get().until is None


def test_the_registry_itself_cannot_sign_in(client) -> None:
    user = users.system_user()
    assert users.system_user() == user
    assert not user.has_usable_password()
    assert (user.email, user.is_staff, user.role) == ("", False, UserRole.UNIT)


def test_signing_in_follows_the_address() -> None:
    user = users.make(email="Ada@Example.org", by=users.system_user())
    user.email = "lovelace@example.org"
    users.save(user, by=users.system_user())
    user.refresh_from_db()
    assert user.username == "lovelace@example.org"
    with pytest.raises(ValidationError, match="Another account"):
        users.make(email="LOVELACE@example.org", by=users.system_user())


def test_a_name_that_somebody_chose_for_signing_in_stays() -> None:
    root = User.objects.create_superuser("root", "root@example.org", "a long password for tests")
    root.email = "ops@example.org"
    users.save(root, by=root)
    root.refresh_from_db()
    assert root.username == "root"


# ------------------------------------------------------------------- the lead and its deputies


def test_a_lead_keeps_the_own_boards_deputies_and_nobody_else() -> None:
    board, other = make_board(), make_board()
    lead = make_champion(board, role=ChampionRole.LEAD)
    own = appoint("deputy@example.org", board, by=lead, name="Dee Puty", reason="Needed")
    assert (own.role, str(own.user), own.user.is_staff) == (ChampionRole.DEPUTY, "Dee Puty", True)
    assert own.history.get().history_user == lead
    theirs = appoint("theirs@example.org", other)
    for refused in (
        lambda: appoint("x@example.org", other, by=lead),
        lambda: appoint("x@example.org", board, by=lead, role=ChampionRole.LEAD),
        lambda: appoint("x@example.org", board, by=own.user),
        lambda: champions.end(theirs, by=lead, at=NOW),
        lambda: champions.end(lead.tenures.get(), by=lead, at=NOW),
        lambda: champions.end(lead.tenures.get(), by=own.user, at=NOW),
        lambda: champions.hand_over(lead.tenures.get(), email="x@example.org", by=lead, at=NOW),
        lambda: users.make(email="x@example.org", by=lead, role=UserRole.UNIT),
        lambda: users.make(email="x@example.org", by=own.user),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert not User.objects.filter(email="x@example.org").exists()
    promoted = Champion.objects.get(pk=own.pk)
    promoted.role = ChampionRole.LEAD
    moved = Champion.objects.get(pk=theirs.pk)
    moved.board = board
    for tenure in (promoted, moved):
        with pytest.raises(NotAllowed):
            champions.save(tenure, by=lead, at=NOW)
    champions.end(own, by=lead, at=NOW, reason="Moved away")
    assert own.history.first().history_change_reason == "Moved away"
    # The lead's own tenure has ended: so has this.
    champions.end(lead.tenures.get(), by=users.system_user(), at=NOW)
    with pytest.raises(NotAllowed):
        appoint("y@example.org", board, by=lead)


# ------------------------------------------------------------------------- covering a vacancy

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def cover(email: str, board, **values):
    defaults = {"by": users.system_user(), "since": JUNE, "until": AUGUST, "at": NOW}
    return champions.cover_vacancy(email=email, board=board, **defaults | values)


def spans(user) -> list[tuple[str, date, date | None]]:
    rows = Champion.objects.filter(user=user).order_by("since", "pk")
    return list(rows.values_list("role", "since", "until"))


def test_a_deputy_covers_and_is_a_deputy_again() -> None:
    board = make_board()
    own = appoint("deputy@example.org", board, since=date(2025, 1, 1))
    acting = cover("deputy@example.org", board, reason="Nobody yet")
    assert acting.history.get().history_change_reason == "Nobody yet"
    assert spans(own.user) == [
        ("deputy", date(2025, 1, 1), JUNE),
        ("lead", JUNE, AUGUST),
        ("deputy", AUGUST, None),
    ]
    for day in (date(2026, 5, 31), JUNE, date(2026, 7, 31), AUGUST):
        assert viewer_of(own.user, on=day).boards == {board.pk}, day
    assert viewer_of(own.user, on=JUNE).leads == {board.pk}
    assert viewer_of(own.user, on=AUGUST).leads == frozenset()
    with pytest.raises(ValidationError, match="This Board has a lead champion"):
        cover(make_unit().email, board)
    # A new lead comes sooner: the deputy is one again that day.
    new = champions.hand_over(acting, email="new@example.org", by=make_unit(), on=JULY, at=NOW)
    assert (new.role, new.since, new.until) == (ChampionRole.LEAD, JULY, None)
    assert spans(own.user)[1:] == [("lead", JUNE, JULY), ("deputy", JULY, None)]


@pytest.mark.parametrize("until", [JULY, date(2026, 9, 1)])
def test_a_cover_made_shorter_or_longer_leaves_no_day_without_access(until: date) -> None:
    board = make_board()
    own = appoint("deputy@example.org", board, since=date(2025, 1, 1), until=date(2027, 1, 1))
    acting = cover("deputy@example.org", board)
    acting.until = until
    champions.save(acting, by=make_unit(), at=NOW)
    assert spans(own.user)[1:] == [("lead", JUNE, until), ("deputy", until, date(2027, 1, 1))]
    acting.until = date(2027, 2, 1)  # past what the deputy has
    with pytest.raises(ValidationError, match="is a champion of this Board already"):
        champions.save(acting, by=make_unit(), at=NOW)


def test_an_appointment_for_a_later_day_is_withdrawn_by_ending_it() -> None:
    board = make_board()
    tenure = appoint("soon@example.org", board, since=JUNE)
    champions.end(tenure, by=make_unit(), at=NOW)
    assert spans(tenure.user) == [("deputy", JUNE, JUNE)]
    assert not Champion.objects.filter(user=tenure.user).on(JUNE).exists()


def test_the_unit_covers_and_leaves_no_tenure_behind() -> None:
    board, unit = make_board(), make_unit(email="unit@example.org")
    cover("unit@example.org", board)
    assert spans(unit) == [("lead", JUNE, AUGUST)]


def test_who_covers_no_vacancy() -> None:
    board = make_board()
    make_champion(make_board(), user=make_user("elsewhere@example.org"))
    appoint("leaving@example.org", board, until=JUNE)
    for email in ("nobody@example.org", "elsewhere@example.org", "leaving@example.org"):
        with pytest.raises(NotAllowed, match="covers a vacancy"):
            cover(email, board)
    deputy = appoint("deputy@example.org", board)
    with pytest.raises(ValidationError, match="Give a later day"):
        cover("deputy@example.org", board, until=JUNE)
    lead = make_champion(make_board(), role=ChampionRole.LEAD)
    for by in (deputy.user, lead, make_auditor()):
        with pytest.raises(NotAllowed):
            cover("deputy@example.org", board, by=by)
    assert spans(deputy.user) == [("deputy", TODAY, None)]
