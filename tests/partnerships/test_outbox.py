"""A mail goes out if, and only if, what it tells of was committed; nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from partnerships.choices import MailState
from partnerships.models import OutgoingMail
from partnerships.services import outbox
from tests import mail_servers

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _a_kind(settings, tmp_path) -> None:
    """A kind of mail for these tests, on the bases of all."""
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "trial.subject.txt").write_text("News of\n  {{ name }}\n")
    (folder / "trial.txt").write_text(
        '{% extends "mail/base.txt" %}{% block content %}Dear {{ name }}{% endblock content %}'
    )
    (folder / "trial.html").write_text(
        '{% extends "mail/base.html" %}{% block content %}<p>Dear {{ name }}</p>'
        "{% endblock content %}"
    )
    first, *others = settings.TEMPLATES
    settings.TEMPLATES = [first | {"DIRS": [*first["DIRS"], tmp_path]}, *others]


def put(once: str = "a", to: str = "ann@example.org", **more) -> OutgoingMail | None:
    about = {"kind": "trial", "context": {"name": "<Ann> & Bo"}, "at": NOW}
    return outbox.put(to=to, once=once, **about | more)


def the(field: str) -> object:
    return OutgoingMail.objects.values_list(field, flat=True).get()


def server(settings, name: str) -> None:
    settings.EMAIL_BACKEND = f"tests.mail_servers.{name}"


def test_a_mail_is_written_whole_and_sent_later() -> None:
    written = put()

    assert mail.outbox == []
    assert outbox.send_due(at=NOW).sent == 1
    (sent,) = mail.outbox
    assert sent.to == ["ann@example.org"]
    assert sent.subject == "News of <Ann> & Bo"
    assert sent.body.startswith("Dear <Ann> & Bo\n\n--\nHealth Partnership Map")
    assert "Dear &lt;Ann&gt; &amp; Bo" in sent.alternatives[0].content
    assert sent.extra_headers == {
        "Message-ID": written.message_id,
        "Auto-Submitted": "auto-generated",
    }
    assert (the("state"), the("sent_at")) == (MailState.SENT, NOW)
    assert outbox.send_due(at=NOW + timedelta(days=9)).sent == 0


def test_what_is_rolled_back_is_never_sent() -> None:
    @transaction.atomic
    def act() -> None:
        put()
        raise mail_servers.Crash

    with pytest.raises(mail_servers.Crash):
        act()

    assert outbox.send_due(at=NOW).sent == 0
    assert mail.outbox == []


def test_a_mail_is_put_once() -> None:
    assert put("a") is not None
    assert put("a", to="bo@example.org") is None
    assert put("b") is not None
    assert outbox.send_due(at=NOW).sent == 2


def test_what_is_no_address_is_refused() -> None:
    for address in ("", "ann", "ann@example.org\nBcc: all@example.org"):
        with pytest.raises(ValidationError):
            put(to=address)
    assert not OutgoingMail.objects.exists()


def test_a_mail_waits_for_its_time() -> None:
    put(at=NOW + MINUTE)

    assert outbox.send_due(at=NOW).sent == 0
    assert outbox.send_due(at=NOW + MINUTE).sent == 1


def test_a_recurring_mail_says_how_to_end_it() -> None:
    put(unsubscribe_url="https://map.example.org/u/x/")
    outbox.send_due(at=NOW)

    (sent,) = mail.outbox
    assert sent.extra_headers["List-Unsubscribe"] == "<https://map.example.org/u/x/>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "No more mails like this: https://map.example.org/u/x/" in sent.body


def test_as_a_file_it_is_a_mail_that_programs_read(settings, tmp_path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "sent"
    put(unsubscribe_url="https://map.example.org/u/x/")
    outbox.send_due(at=NOW)

    (file,) = (tmp_path / "sent").iterdir()
    raw = file.read_bytes().rsplit(b"\n" + b"-" * 79, 1)[0]
    read = message_from_bytes(raw, policy=policy.default)
    assert read["To"] == "ann@example.org"
    assert read["Message-ID"] == the("message_id")
    assert read["List-Unsubscribe"] == "<https://map.example.org/u/x/>"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    html = read.get_body(("html",)).get_content()
    assert 'lang="en-GB"' in html
    assert "<img" not in html
    assert "Dear <Ann> & Bo" in read.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("crash", "copies"), [("CrashingBefore", 1), ("CrashingAfter", 2)], ids=str
)
def test_after_a_crash_another_sender_takes_over(settings, crash, copies) -> None:
    """Where the server had it already it goes twice, under one Message-ID."""
    working = settings.EMAIL_BACKEND
    put()
    server(settings, crash)
    with pytest.raises(mail_servers.Crash):
        outbox.send_due(at=NOW)
    settings.EMAIL_BACKEND = working

    assert outbox.send_due(at=NOW + outbox.LEASE * MINUTE - MINUTE).sent == 0
    assert outbox.send_due(at=NOW + outbox.LEASE * MINUTE).sent == 1
    assert [each.extra_headers["Message-ID"] for each in mail.outbox] == [
        the("message_id")
    ] * copies


def test_a_run_that_lasts_longer_than_a_lease_is_not_doubled(settings, monkeypatch) -> None:
    """The first mail takes 20 minutes; while the second is sent, the next run begins."""
    passed = [20 * MINUTE, 0 * MINUTE]
    now = NOW

    def meanwhile() -> None:
        nonlocal now
        if passed:
            now += passed.pop(0)
            if not passed:
                outbox.send_due(at=now)

    monkeypatch.setattr(mail_servers.Slow, "meanwhile", staticmethod(meanwhile))
    server(settings, "Slow")
    for once in "abc":
        put(once, to=f"{once}@example.org")

    outbox.send_due(at=NOW, clock=lambda: now)

    assert sorted(sent.to[0] for sent in mail.outbox) == [f"{a}@example.org" for a in "abc"]
    assert set(OutgoingMail.objects.values_list("sent_at", flat=True)) == {NOW + 20 * MINUTE}


def test_a_mail_that_ends_every_sender_is_given_up(settings) -> None:
    put()
    server(settings, "CrashingBefore")
    at = NOW
    for _ in range(outbox.MOST_ATTEMPTS):
        with pytest.raises(mail_servers.Crash):
            outbox.send_due(at=at)
        at += outbox.LEASE * MINUTE
    outbox.send_due(at=at)

    assert the("state") == MailState.FAILED


def test_while_the_server_is_away_nothing_counts_as_an_attempt(settings, capsys) -> None:
    working = settings.EMAIL_BACKEND
    put(at=timezone.now())
    server(settings, "Away")
    for _ in range(outbox.MOST_ATTEMPTS + 1):
        with pytest.raises(CommandError, match="Nothing is lost"):
            call_command("send_mail_queue")
    settings.EMAIL_BACKEND = working
    call_command("send_mail_queue")

    assert the("attempts") == 1
    assert capsys.readouterr().out == "Sent 1, to try again 0, given up 0.\n"


def test_what_fails_is_tried_again_later_and_later_and_then_told(settings) -> None:
    put(to="full@example.org")
    server(settings, "Failing")
    at, waits = NOW, []
    while the("state") == MailState.WAITING:
        outbox.send_due(at=at)
        waits.append(the("next_attempt_at") - at)
        at = the("next_attempt_at")

    assert waits[:-1] == [minutes * MINUTE for minutes in outbox.WAITS]
    assert the("state") == MailState.FAILED
    assert the("last_error") == "SMTPRecipientsRefused 452"
    assert [each.kind for each in OutgoingMail.objects.failed()] == ["trial"]


@pytest.mark.parametrize(
    ("to", "state", "error"),
    [
        ("gone@example.org", MailState.BOUNCED, "SMTPRecipientsRefused 550"),
        ("spam@example.org", MailState.WAITING, "SMTPDataError 554"),
        ("ann@example.org", MailState.WAITING, "SMTPServerDisconnected"),
    ],
)
def test_an_error_is_kept_without_what_the_server_said(settings, to, state, error) -> None:
    put(to=to)
    server(settings, "Failing")
    outbox.send_due(at=NOW)

    assert (the("state"), the("last_error")) == (state, error)


def test_one_bad_mail_does_not_hold_up_the_others(settings) -> None:
    put("a")
    OutgoingMail.objects.update(message_id="<a\nb@example.org>")
    put("b")

    done = outbox.send_due(at=NOW)

    assert (done.sent, done.put_off) == (1, 1)


def test_given_up_can_be_tried_again(settings) -> None:
    written = put(to="gone@example.org")
    working = settings.EMAIL_BACKEND
    server(settings, "Failing")
    outbox.send_due(at=NOW)
    settings.EMAIL_BACKEND = working

    assert outbox.try_again(written, at=NOW)
    assert outbox.send_due(at=NOW).sent == 1
    assert not outbox.try_again(written, at=NOW)  # sent is sent


@pytest.mark.once
def test_a_reminder_that_was_given_up_is_not_tried_again(settings) -> None:
    """Its owner may have had a newer one since, or want none."""
    written = put(to="gone@example.org", unsubscribe_url="https://map.example.org/u/x/")
    working = settings.EMAIL_BACKEND
    server(settings, "Failing")
    outbox.send_due(at=NOW)
    settings.EMAIL_BACKEND = working

    assert not outbox.try_again(written, at=NOW)
    assert outbox.send_due(at=NOW).sent == 0
    assert the("state") == MailState.BOUNCED


def test_what_waits_too_long_is_late() -> None:
    put()

    assert not OutgoingMail.objects.late(NOW + timedelta(hours=24)).exists()
    assert OutgoingMail.objects.late(NOW + timedelta(hours=24, minutes=1)).exists()


def test_the_text_and_the_address_go_and_the_name_stays() -> None:
    put(unsubscribe_url="https://map.example.org/u/x/")
    outbox.send_due(at=NOW)
    kept = timedelta(days=outbox.KEPT_SENT)

    # With the text go the tokens of links, once they are with the mail server.
    texts = OutgoingMail.objects.values_list("to", "text", "html", "unsubscribe_url")
    assert texts.get() == ("ann@example.org", "", "", "")
    assert outbox.empty_old(at=NOW + kept) == 0
    assert outbox.empty_old(at=NOW + kept + MINUTE) == 1
    assert outbox.empty_old(at=NOW + kept + MINUTE) == 0
    assert (
        OutgoingMail.objects.values_list("to", "subject", "text", "html", "unsubscribe_url").get()
        == ("",) * 5
    )
    assert put() is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_senders_on_several_machines_share_the_queue() -> None:
    addresses = [f"person{number}@example.org" for number in range(60)]
    for address in addresses:
        put(address, to=address)
    start = Barrier(3)

    def run() -> None:
        start.wait()
        outbox.send_due(at=NOW)
        connection.close()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(each.to[0] for each in mail.outbox) == Counter(addresses)
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(MailState.SENT, 1)}
