"""Mail servers that fail, as backends: the network is all that these tests replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as Working


class Crash(BaseException):
    """The process ends here: nothing catches this."""


class Away(BaseEmailBackend):
    """Nobody answers."""

    def open(self) -> bool | None:
        raise ConnectionRefusedError(111, "Connection refused")


class Failing(BaseEmailBackend):
    """Answers, and takes nothing: somebody@full.example later, gone@… never, others hang up."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        (address,) = email_messages[0].to
        if address.startswith("gone@"):
            raise SMTPRecipientsRefused({address: (550, f"5.1.1 {address}: unknown".encode())})
        if address.startswith("full@"):
            raise SMTPRecipientsRefused({address: (452, f"4.2.2 {address}: full".encode())})
        if address.startswith("spam@"):
            raise SMTPDataError(554, f"No mail for {address}".encode())
        raise SMTPServerDisconnected(f"while sending to {address}")


class CrashingBefore(BaseEmailBackend):
    """The sender ends before the server has the mail."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise Crash


class CrashingAfter(Working):
    """The sender ends when the server has it, before that is written down."""

    def send_messages(self, messages: Any) -> int:
        super().send_messages(messages)
        raise Crash


class Slow(Working):
    """Takes each mail after something else has happened: `meanwhile`, which a test sets."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def send_messages(self, messages: Any) -> int:
        self.meanwhile()
        return super().send_messages(messages)
