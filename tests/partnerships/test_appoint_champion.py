"""`appoint_champion EMAIL BOARD`: the first way in."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partnerships.models import Champion, User
from tests.factories.records import make_board, make_user

pytestmark = pytest.mark.django_db


def appoint(*args: str) -> list[str]:
    out = StringIO()
    call_command("appoint_champion", *args, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def board():
    return make_board("NHS Borders")


def test_a_lead_from_today(board) -> None:
    said, _, link = appoint("Ada@Example.org", "nhs-borders", "--lead")
    tenure = Champion.objects.get()
    assert (tenure.user.email, tenure.board, tenure.role) == ("ada@example.org", board, "lead")
    assert (tenure.since, tenure.until) == (timezone.localdate(), None)
    assert said.startswith("ada@example.org is lead champion of NHS Borders from ")
    assert "/accounts/set-password/" in link
    assert tenure.history.get().history_change_reason == "Appointed on the command line"


def test_a_deputy_for_a_time(board) -> None:
    appoint("ada@example.org", "nhs-borders", "--from", "2026-01-01", "--until", "2027-01-01")
    tenure = Champion.objects.get()
    assert (tenure.role, tenure.since, tenure.until) == (
        "deputy",
        date(2026, 1, 1),
        date(2027, 1, 1),
    )


def test_an_account_that_is_there_is_used(board) -> None:
    user = make_user("ada@example.org")
    appoint("ADA@example.org", "nhs-borders")
    assert Champion.objects.get().user == user


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["ada@example.org", "nhs-nowhere"], "Known: nhs-borders, nhs-fife."),
        (["ada", "nhs-borders"], "“ada” is not an e-mail address. Write it as name@example.org."),
        (["ada@example.org", "nhs-borders", "--lead"], "has a lead champion, lead@example.org"),
        (["lead@example.org", "nhs-borders"], "is a champion of this Board already"),
        (["ada@example.org", "nhs-borders", "--from", "soon"], "--from soon: write the day as"),
        (
            ["ada@example.org", "nhs-borders", "--from", "2026-02-01", "--until", "2026-01-01"],
            "A tenure cannot end before it begins.",
        ),
    ],
)
def test_a_mistake_is_explained_and_changes_nothing(board, args, message) -> None:
    make_board("NHS Fife")
    appoint("lead@example.org", "nhs-borders", "--lead", "--from", "2020-01-01")
    people = set(User.objects.values_list("email", flat=True))
    with pytest.raises(CommandError) as refusal:
        appoint(*args)
    assert message in str(refusal.value)
    assert Champion.objects.count() == 1
    assert set(User.objects.values_list("email", flat=True)) == people


def test_before_the_reference_data_is_loaded_it_says_so() -> None:
    with pytest.raises(CommandError, match="Run load_reference_data first"):
        appoint("ada@example.org", "nhs-borders")


def test_a_tenure_may_begin_later(board) -> None:
    later = timezone.localdate() + timedelta(days=30)
    appoint("ada@example.org", "nhs-borders", "--from", later.isoformat())
    assert Champion.objects.get().since == later
