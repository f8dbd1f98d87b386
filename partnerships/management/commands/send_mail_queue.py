"""send_mail_queue: deliver the mail that waits."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partnerships.services import outbox


class Command(BaseCommand):
    help = "Deliver the mail that waits; on any number of machines at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=500, help="Mails in this run.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        outbox.empty_old(at=now)
        done = outbox.send_due(at=now, most=options["most"], clock=timezone.now)
        if options["verbosity"] and (done.sent or done.put_off or done.given_up):
            self.stdout.write(
                f"Sent {done.sent}, to try again {done.put_off}, given up {done.given_up}."
            )
        if not done.is_reachable:
            raise CommandError("The mail server does not answer (EMAIL_URL). Nothing is lost.")
