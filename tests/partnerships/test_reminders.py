"""Who is asked, when, and by how many mails."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from partnerships.choices import ChampionRole, Moderation, ReminderStep
from partnerships.models import (
    Decision,
    LinkAnswer,
    Mailbox,
    OutgoingMail,
    Partnership,
    Reminder,
    SignedLink,
    Suggestion,
    viewer_of,
)
from partnerships.policies.record_version import version_of
from partnerships.services import mailboxes, outbox, partnerships, reminders
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_partnership,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
LISTED = datetime(2025, 1, 15, 10, tzinfo=UTC)
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
#: The days on which the steps are due.
FIRST, SECOND, THIRD, DEPUTY, LEAD, UNIT = (
    datetime(year, month, 15, 9, tzinfo=UTC)
    for year, month in ((2025, 12), (2026, 1), (2026, 2), (2026, 3), (2026, 4), (2026, 5))
)


def listed_record(name: str = "", **values) -> Partnership:
    record = make_partnership(name, **values)
    Decision.objects.filter(partnership=record).update(decided_at=LISTED)
    return record


def name(record: Partnership, address: str, side: str = "partner", **values):
    member = next(m for m in record.members.select_related("institution") if m.side == side)
    return make_coordinator(member, email=address, **values)


def asked(at: datetime) -> list[tuple[str, str]]:
    """Who was written to by a run, and at which steps."""
    before = set(Reminder.objects.values_list("pk", flat=True))
    reminders.send(at=at)
    outbox.send_due(at=at)
    boxes = {Mailbox.objects.get(digest=mailboxes.digest_of_address(m.to)): m.to
             for m in OutgoingMail.objects.exclude(to="")}  # fmt: skip
    rows = Reminder.objects.exclude(pk__in=before).select_related("mailbox")
    return sorted((boxes[row.mailbox], row.step) for row in rows)


def link_in(to: str) -> str:
    """The path of the first link of the last mail that was sent to somebody."""
    text = next(sent.body for sent in reversed(mail.outbox) if sent.to == [to])
    return urlsplit(next(line for line in str(text).splitlines() if "/l/" in line)).path


def test_steps_go_from_coordinators_to_the_unit() -> None:
    board = make_board()
    record = listed_record(health_board=board)
    name(record, "ann@example.org")
    for role in (ChampionRole.DEPUTY, ChampionRole.LEAD):
        make_champion(board, user=make_user(f"{role}@example.org"), role=role)
    make_user("unit@example.org", role="unit")

    assert asked(FIRST - DAY) == []
    steps = [asked(at) for at in (FIRST, SECOND, THIRD, DEPUTY, LEAD, UNIT)]

    assert steps == [
        [("ann@example.org", "first")],
        [("ann@example.org", "second")],
        # The UK side, which names nobody, is the deputy's affair at the same step.
        [("ann@example.org", "third")],
        [("deputy@example.org", "deputy"), ("deputy@example.org", "deputy")],
        [("lead@example.org", "lead"), ("lead@example.org", "lead")],
        [("unit@example.org", "unit"), ("unit@example.org", "unit")],
    ]
    assert [asked(UNIT + 30 * n * DAY) for n in (1, 2, 12)] == [[], [], []]


def test_the_same_day_asks_once_however_often_it_runs() -> None:
    name(listed_record(), "ann@example.org")

    assert len(asked(FIRST)) == 1
    assert [asked(FIRST + n * DAY) for n in (0, 1, 29)] == [[], [], []]


def test_after_missed_months_steps_still_follow_one_another() -> None:
    board = make_board()
    make_champion(board, user=make_user("deputy@example.org"))
    name(listed_record(health_board=board), "ann@example.org")
    late = LEAD + 10 * DAY

    runs = [asked(late + n * 30 * DAY) for n in range(4)]

    assert [{step for who, step in run if who.startswith("ann")} for run in runs] == [
        {"first"}, {"second"}, {"third"}, set(),
    ]  # fmt: skip
    assert ("deputy@example.org", "deputy") in runs[3]


def test_a_confirmation_begins_a_new_year_for_its_side_only() -> None:
    record = listed_record()
    name(record, "ann@example.org")
    name(record, "bo@example.org", side="uk")
    assert asked(FIRST) == [("ann@example.org", "first"), ("bo@example.org", "first")]
    partnerships.confirm(record, side="partner", by=None, how="By telephone", at=FIRST + DAY)

    assert asked(SECOND) == [("bo@example.org", "second")]
    assert asked(FIRST + DAY + 335 * DAY) == [("ann@example.org", "first"),
                                               ("bo@example.org", "third")]  # fmt: skip


def test_a_mail_on_its_way_is_not_followed_by_another() -> None:
    """Else both would arrive as soon as the mail server is back."""
    name(listed_record(), "ann@example.org")
    reminders.send(at=FIRST)

    assert reminders.send(at=SECOND) == []
    outbox.send_due(at=SECOND + DAY)
    assert reminders.send(at=SECOND + 30 * DAY) == []
    assert len(reminders.send(at=SECOND + 31 * DAY)) == 1


def test_one_mail_holds_all_records_of_a_person_whatever_the_letters_of_the_address() -> None:
    one, two = listed_record("One"), listed_record("Two")
    name(one, "ann@example.org")
    name(two, "Ann@Example.org")

    reminders.send(at=FIRST)

    (written,) = OutgoingMail.objects.all()
    assert written.subject == "Is this still right? 2 partnerships"
    assert written.text.count("/l/") == 2
    assert Reminder.objects.count() == 2
    assert Mailbox.objects.count() == 1


def test_who_had_a_mail_waits_thirty_days_and_is_not_forgotten() -> None:
    name(listed_record("One"), "ann@example.org")
    assert asked(FIRST) == [("ann@example.org", "first")]
    two = listed_record("Two")
    name(two, "ann@example.org")
    name(two, "bo@example.org")

    assert asked(FIRST + 3 * DAY) == [("bo@example.org", "first")]
    assert asked(FIRST + 29 * DAY) == []
    later = FIRST + 31 * DAY
    assert asked(later) == [("ann@example.org", "first"), ("ann@example.org", "second")]


@pytest.mark.parametrize(
    "values",
    [
        {"until": date(2025, 12, 1)},
        {"since": date(2026, 6, 1)},
        {"email": ""},
        {"email": "not an address"},
    ],
)
def test_coordinators_out_of_office_or_without_an_address_are_passed_over(values) -> None:
    record = listed_record()
    member = next(m for m in record.members.all() if m.side == "partner")
    make_coordinator(member, **{"email": "ann@example.org"} | values)

    assert asked(FIRST) == []


@pytest.mark.parametrize("moderation", [Moderation.WITHDRAWN, Moderation.DRAFT])
def test_records_that_are_not_public_ask_nobody(moderation) -> None:
    name(listed_record(moderation=moderation), "ann@example.org")

    assert asked(UNIT) == []


def test_ended_records_ask_nobody() -> None:
    name(listed_record(stage="ended"), "ann@example.org")

    assert asked(UNIT) == []


def test_who_refuses_or_bounces_is_left_alone() -> None:
    record = listed_record()
    for address in ("ann@example.org", "bo@example.org", "cy@example.org"):
        name(record, address)
    mailboxes.refuse(mailboxes.mailbox_of("ANN@example.org"), at=LISTED)
    call_command("record_bounce", "Bo@example.org", verbosity=0)

    assert asked(FIRST) == [("cy@example.org", "first")]
    mailboxes.take_again(mailboxes.mailbox_of("ann@example.org"))
    call_command("record_bounce", "bo@example.org", "--forget", verbosity=0)
    assert asked(FIRST + DAY) == [("ann@example.org", "first"), ("bo@example.org", "first")]


def test_a_bounce_marks_the_last_mail_and_what_is_no_address_is_refused() -> None:
    name(listed_record(), "ann@example.org")
    reminders.send(at=FIRST)
    outbox.send_due(at=FIRST)
    call_command("record_bounce", "ann@example.org", verbosity=0)

    assert [each.to for each in OutgoingMail.objects.failed()] == ["ann@example.org"]
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("record_bounce", "ann")


def test_the_link_of_the_mail_confirms_its_side() -> None:
    """The journey of a mail: put, sent, opened by a scanner, pressed by a person."""
    record = listed_record()
    name(record, "ann@example.org")
    call_command("send_reminders", at="2025-12-15", verbosity=0)
    outbox.send_due(at=FIRST + DAY)
    (sent,) = mail.outbox
    path = link_in("ann@example.org")
    assert path in sent.body
    SignedLink.objects.update(expires_at=NEVER)  # the page asks the real clock

    assert Client().get(path).status_code == 200
    assert not record.confirmations.exists()
    record.refresh_from_db()
    pressed = {"answer": "right", "seen": version_of(record.modified_at)}
    assert Client().post(path, pressed).status_code == 302
    record.refresh_from_db()
    assert record.partner_confirmed_on is not None
    assert record.confirmations.get().side == "partner"


def test_not_me_ends_mail_about_this_record_only_and_the_next_step_goes_on() -> None:
    board = make_board()
    make_champion(board, user=make_user("deputy@example.org"))
    one, two = listed_record("One", health_board=board), listed_record("Two")
    for record in (one, two):
        name(record, "ann@example.org")
    asked(FIRST)
    SignedLink.objects.update(expires_at=NEVER)
    Client().post(link_in("ann@example.org"), {"answer": "not_me"})
    assert LinkAnswer.objects.get().partnership == one

    assert asked(SECOND) == [("ann@example.org", "second")]
    assert Reminder.objects.filter(step="second").get().partnership == two
    assert asked(DEPUTY) == [
        ("ann@example.org", "third"), ("deputy@example.org", "deputy"),
        ("deputy@example.org", "deputy"),
    ]  # fmt: skip
    champion = viewer_of(make_champion(board), on=date(2026, 1, 1))
    assert LinkAnswer.objects.waiting().visible_to(champion).exists()


def test_sides_that_do_not_answer_are_told_to_the_desk() -> None:
    board = make_board()
    record = listed_record("Silent", health_board=board)
    name(record, "ann@example.org")
    for at in (FIRST, SECOND):
        asked(at)
    assert not Reminder.objects.unanswered().exists()
    asked(THIRD)

    (row,) = Reminder.objects.visible_to(viewer_of(make_unit(), on=THIRD.date())).for_desk()
    assert row == {
        "partnership": record.pk,
        "partnership__name": "Silent",
        "side": "partner",
        "counted_from": LISTED.date(),
        "asked_at": THIRD,
    }
    stranger = viewer_of(make_champion(), on=THIRD.date())
    assert not Reminder.objects.visible_to(stranger).for_desk()
    partnerships.confirm(record, side="partner", by=None, how="By telephone", at=THIRD)
    assert not Reminder.objects.unanswered().exists()


def test_a_dry_run_says_what_is_due_and_writes_nothing(capsys) -> None:
    record = listed_record("One", ended_on=date(2025, 3, 1), ended_precision="day")
    name(record, "ann@example.org")
    call_command("send_reminders", dry_run=True, at="2025-12-15T09:00")

    assert capsys.readouterr().out.splitlines() == [
        f"mail 1: {record.slug}, partner, first",
        f"suggestion: {record.slug}",
        "1 mail and 1 suggestion would be made.",
    ]
    for model in (Reminder, OutgoingMail, Mailbox, Suggestion):
        assert not model.objects.exists()
    call_command("send_reminders", at="2025-12-15T09:00")
    assert capsys.readouterr().out == "1 mail and 1 suggestion made.\n"


@pytest.mark.parametrize("text", ["soon", "2025-13-01", "2025-12-15T25:00", ""])
def test_a_time_that_is_none_is_refused(text) -> None:
    if text:
        with pytest.raises(CommandError, match="2027-01-31T09:00"):
            call_command("send_reminders", at=text)


def test_what_is_written_names_no_address_and_no_secret() -> None:
    record = listed_record()
    name(record, "ann@example.org")
    reminders.send(at=FIRST)

    kept = repr([*Reminder.objects.values(), *Mailbox.objects.values()])
    assert "ann@" not in kept
    assert "ann@" not in OutgoingMail.objects.get().once
    assert "ann@" not in OutgoingMail.objects.get().last_error


def test_the_mail_as_a_file(settings, tmp_path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    record = listed_record("Eyes & ears of <Zomba>")
    name(record, "ann@example.org", name="Ann Mwale")
    reminders.send(at=FIRST)
    outbox.send_due(at=FIRST)

    (file,) = tmp_path.iterdir()
    read = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert read["Subject"] == "Is this still right? Eyes & ears of <Zomba>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/unsubscribe/")
    text = read.get_body(("plain",)).get_content()
    assert text.startswith("Hello Ann Mwale,\n\nYou are a coordinator of a health partnership")
    assert "\nEyes & ears of <Zomba>\nPartner country: not yet confirmed\nhttp://" in text
    html = read.get_body(("html",)).get_content()
    assert "Eyes &amp; ears of &lt;Zomba&gt;" in html
    for loaded in ("<img", "<script", "<link", "url(", "@import"):
        assert loaded not in html


# --------------------------------------------------------------------------- several machines


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_runs_on_several_machines_ask_everybody_once() -> None:
    for number in range(12):
        record = listed_record()
        for other in (number, number + 1, number + 2):
            name(record, f"person{other}@example.org")
    start = Barrier(3)
    counts = []

    def run() -> None:
        start.wait()
        counts.append(len(reminders.send(at=FIRST)))
        outbox.send_due(at=FIRST)
        connection.close()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.send_due(at=FIRST)

    assert sum(counts) == 14
    assert sorted(each.to[0] for each in mail.outbox) == sorted(
        f"person{number}@example.org" for number in range(14)
    )
    assert Reminder.objects.count() == 36
    assert set(Reminder.objects.values_list("step", flat=True)) == {ReminderStep.FIRST}
