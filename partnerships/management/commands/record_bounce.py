"""record_bounce: nothing arrives at an address, so nobody is reminded there."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from partnerships.services import mailboxes


class Command(BaseCommand):
    help = "Note that nothing arrives at an address, so that no reminder is sent there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--forget", action="store_true", help="Mail arrives there again.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["address"])
        except ValidationError:
            raise CommandError("This is no e-mail address.") from None
        if options["forget"]:
            known = mailboxes.forget_bounce(options["address"])
            self.stdout.write("Forgotten." if known else "Nothing was known of it.")
            return
        mailboxes.record_bounce(options["address"], at=timezone.now())
        self.stdout.write("Noted: no reminders go there.")
