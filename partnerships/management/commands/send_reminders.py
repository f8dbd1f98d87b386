"""send_reminders: put the mails that are due, and suggest what dates say."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from partnerships.services import by_date, evaluations, inviting, plan_reminders, reminders


class Command(BaseCommand):
    help = (
        "Remind people of plans, evaluations that end, records to confirm and checklists to "
        "answer: what is due, once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what is due; write nothing."
        )
        parser.add_argument("--at", metavar="TIME", help="As if it were then: 2027-01-31T09:00.")

    def handle(self, *args: Any, **options: Any) -> None:
        at = _moment(options["at"]) if options["at"] else timezone.now()
        is_dry = options["dry_run"]
        # Plans and evaluations have a day; the rest can wait until somebody may have mail again.
        put = plan_reminders.remind(at=at, is_dry=is_dry)
        put += evaluations.remind_at_last(at=at, is_dry=is_dry)
        put += reminders.send(at=at, is_dry=is_dry)
        put += inviting.remind(at=at, is_dry=is_dry)
        proposed = by_date.propose(at=at, is_dry=is_dry)
        if not options["verbosity"]:
            return
        if is_dry:
            for number, mail in enumerate(put, start=1):
                for slug, side, step in mail.asks:
                    self.stdout.write(f"mail {number}: {slug}, {side}, {step}")
            for slug in proposed:
                self.stdout.write(f"suggestion: {slug}")
        made = "would be made" if is_dry else "made"
        said = f"{_count(put, 'mail')} and {_count(proposed, 'suggestion')}"
        self.stdout.write(f"{said} {made}.")


def _count(some: list[Any], what: str) -> str:
    return f"{len(some)} {what}{'' if len(some) == 1 else 's'}"


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
        if moment is None:
            day = parse_date(text)
            moment = datetime.combine(day, time(9)) if isinstance(day, date) else None
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--at {text}: write the time as 2027-01-31T09:00.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
