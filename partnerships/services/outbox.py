"""The only door for mail: put writes it in the caller's transaction, send delivers it later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.template import Context
from django.template.loader import get_template

from partnerships.choices import MailState
from partnerships.models import OutgoingMail

#: Minutes to wait after the first, second … attempt that failed. After the last it is given up.
WAITS = (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60)
MOST_ATTEMPTS = len(WAITS) + 1
#: Minutes that a sender has for one mail, from its claim, before another may take it. Each of
#: the few exchanges with the mail server ends after EMAIL_TIMEOUT seconds.
LEASE = 15
_NO_TEXT = {"text": "", "html": "", "unsubscribe_url": ""}
#: Days that address and subject stay after it was sent, for questions; and all, of what was given
#: up, to send.
KEPT_SENT, KEPT_UNSENT = 14, 90
#: Mails that a sender looks for at a time.
_BATCH = 50


@dataclass(slots=True)
class Delivery:
    """What one run of a sender did."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0
    #: Whether the mail server answered at all.
    is_reachable: bool = True


def put(
    *,
    to: str,
    kind: str,
    context: Mapping[str, Any],
    at: datetime,
    once: str,
    unsubscribe_url: str = "",
) -> OutgoingMail | None:
    """Write a mail, rendered now from templates/mail/<kind>.{subject.txt,txt,html}.

    Part of the caller's transaction: a mail is sent if, and only if, that is committed. `once`
    names the mail; where one of that name was put before, nothing happens and None comes back.
    `unsubscribe_url` belongs to recurring mail only. Raises ValidationError for a bad address.
    """
    validate_email(to)
    if OutgoingMail.objects.filter(once=once).exists():
        return None
    about = {
        "site_url": settings.SITE_URL,
        "operator": settings.OPERATOR_NAME,
        "mailbox": settings.CONTACT_EMAIL,
        "unsubscribe_url": unsubscribe_url,
        **context,
    }
    mail = OutgoingMail(
        once=once,
        kind=kind,
        to=to,
        subject=" ".join(_text(f"mail/{kind}.subject.txt", about).split())[:200],
        text=_text(f"mail/{kind}.txt", about),
        html=get_template(f"mail/{kind}.html").render(about),
        unsubscribe_url=unsubscribe_url,
        message_id=f"<{token_hex(16)}@{urlsplit(settings.SITE_URL).hostname}>",
        next_attempt_at=at,
        created_at=at,
    )
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:  # another process has put it at the same moment
        return None
    return mail


def _text(template: str, about: Mapping[str, Any]) -> str:
    """Plain text: nothing is escaped, and tags that stood alone leave no gaps."""
    rendered = get_template(template).template.render(Context(about, autoescape=False))  # type: ignore[attr-defined]
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", rendered)).strip() + "\n"


def send_due(
    *, at: datetime, most: int = 500, clock: Callable[[], datetime] | None = None
) -> Delivery:
    """Deliver what is due, at most so many; safe on any number of machines at once.

    A run may take long, and each mail's time counts from when it is claimed: `clock` tells the
    time meanwhile. Without one, no time passes after `at`.

    Must not run inside a transaction: a mail is claimed and the claim committed, then it is
    handed to the mail server, then that is written down. So a crash loses nothing. One between
    the last two steps sends the mail again once its time is over, under the same Message-ID.
    """
    clock = clock or (lambda: at)
    done = Delivery()
    connection = get_connection()
    for mail in _claims(clock, most):
        try:
            connection.open()
        except OSError:  # SMTPException is one too
            _unclaim(mail, clock())
            done.is_reachable = False
            break
        try:
            connection.send_messages([_message(mail, connection)])
        except (OSError, ValueError) as error:
            if _note_failure(mail, error, clock()):
                done.given_up += 1
            else:
                done.put_off += 1
            connection.close()
        else:
            # Of the tokens of links nothing is kept but digests: see models/links.py.
            _settle(mail, state=MailState.SENT, sent_at=clock(), last_error="", **_NO_TEXT)
            done.sent += 1
    connection.close()
    return done


def _claims(clock: Callable[[], datetime], most: int) -> Iterator[OutgoingMail]:
    """Mails that this sender has, one after the other; each is claimed as it is asked for."""
    claimed = 0
    while claimed < most:
        found = list(OutgoingMail.objects.due(clock())[:_BATCH])
        for mail in found:
            if claimed < most and _claim(mail, clock()):
                claimed += 1
                yield mail
        if not found:
            return


def _claim(mail: OutgoingMail, at: datetime) -> bool:
    """Whether it is ours now. Attempts number the claims, so only one sender can count on."""
    same = OutgoingMail.objects.due(at).filter(pk=mail.pk, attempts=mail.attempts)
    if mail.attempts >= MOST_ATTEMPTS:
        same.update(state=MailState.FAILED, last_error="The sender stopped while sending")
        return False
    lease = at + timedelta(minutes=LEASE)
    if not same.update(state=MailState.SENDING, attempts=F("attempts") + 1, next_attempt_at=lease):
        return False
    mail.attempts += 1
    return True


def _settle(mail: OutgoingMail, **values: Any) -> None:
    """Write what became of our attempt, unless another sender has taken over since."""
    OutgoingMail.objects.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts).update(
        **values
    )


def _unclaim(mail: OutgoingMail, at: datetime) -> None:
    """No mail server, no attempt: it stays due for the next run."""
    _settle(mail, state=MailState.WAITING, attempts=F("attempts") - 1, next_attempt_at=at)


def _note_failure(mail: OutgoingMail, error: Exception, at: datetime) -> bool:
    """Whether it is given up. Of the error only its kind and code: servers repeat addresses."""
    code = _code(error)
    values: dict[str, Any] = {"last_error": f"{type(error).__name__} {code or ''}".strip()}
    if isinstance(error, SMTPRecipientsRefused) and code >= 500:
        values["state"] = MailState.BOUNCED
    elif mail.attempts >= MOST_ATTEMPTS:
        values["state"] = MailState.FAILED
    else:
        wait = timedelta(minutes=WAITS[mail.attempts - 1])
        values |= {"state": MailState.WAITING, "next_attempt_at": at + wait}
    _settle(mail, **values)
    return bool(values["state"] != MailState.WAITING)


def _code(error: Exception) -> int:
    """The mail server's, or 0."""
    if isinstance(error, SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, SMTPResponseException) else 0


def _message(mail: OutgoingMail, connection: Any) -> EmailMultiAlternatives:
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url:
        headers |= {
            "List-Unsubscribe": f"<{mail.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    message = EmailMultiAlternatives(
        mail.subject, mail.text, to=[mail.to], headers=headers, connection=connection
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def try_again(mail: OutgoingMail, *, at: datetime) -> bool:
    """Put a mail that was given up back into the queue; False where it is not, or has no text.

    Never a recurring one: it could follow a newer one too soon, or a refusal. The next of its kind
    comes by itself.
    """
    given_up = OutgoingMail.objects.failed().filter(pk=mail.pk, unsubscribe_url="")
    given_up = given_up.exclude(to="").exclude(text="")
    return bool(
        given_up.update(
            state=MailState.WAITING, attempts=0, next_attempt_at=at, sent_at=None, last_error=""
        )
    )


def empty_old(*, at: datetime) -> int:
    """Take address, subject and text out of what was dealt with long ago; of how many.

    The rows stay, so that nothing is put twice under one name.
    """
    sent = Q(state=MailState.SENT, sent_at__lt=at - timedelta(days=KEPT_SENT))
    unsent = Q(
        state__in=[MailState.FAILED, MailState.BOUNCED],
        created_at__lt=at - timedelta(days=KEPT_UNSENT),
    )
    return (
        OutgoingMail.objects.filter(sent | unsent)
        .exclude(text="", to="")
        .update(to="", subject="", **_NO_TEXT)
    )
