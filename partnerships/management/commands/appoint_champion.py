"""`appoint_champion EMAIL BOARD`: open a champion's tenure and print the way in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F

from partnerships.choices import ChampionRole
from partnerships.models import HealthBoard
from partnerships.services import champions, users
from partnerships.services.partnerships import NotAllowed


class Command(BaseCommand):
    help = (
        "Make somebody a Global Citizenship champion of a Health Board: finds or makes the "
        "account, opens the tenure, and prints a link with which they set a password, once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="Used to sign in.")
        parser.add_argument("board", metavar="BOARD", help="The Board's slug, such as nhs-borders.")
        parser.add_argument("--lead", action="store_true", help="As lead; otherwise as deputy.")
        parser.add_argument(
            "--from", dest="since", metavar="DATE", help="The first day, such as 2026-11-20. Today."
        )
        parser.add_argument(
            "--until", metavar="DATE", help="The first day without access. Open-ended if left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        board = _board(options["board"])
        try:
            tenure = champions.appoint(
                email=options["email"],
                board=board,
                role=ChampionRole.LEAD if options["lead"] else ChampionRole.DEPUTY,
                since=_day("--from", options["since"]),
                until=_day("--until", options["until"]),
                by=users.system_user(),
                reason="Appointed on the command line",
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        except NotAllowed as refusal:
            raise CommandError(str(refusal)) from None
        ends = f" until {tenure.until:%d %B %Y}" if tenure.until else ""
        self.stdout.write(
            f"{tenure.user.email} is {tenure.get_role_display().lower()} of {board} "
            f"from {tenure.since:%d %B %Y}{ends}."
        )
        self.stdout.write("To set a password and sign in (works once, for three days):")
        self.stdout.write(users.sign_in_link(tenure.user))


def _board(slug: str) -> HealthBoard:
    boards = HealthBoard.objects.select_related("institution")
    found = boards.filter(institution__slug=slug).first()
    if found:
        return found
    slugs = list(
        boards.order_by("institution__slug").values_list(F("institution__slug"), flat=True)
    )
    if not slugs:
        raise CommandError("There are no Health Boards yet. Run load_reference_data first.")
    raise CommandError(f"There is no Health Board “{slug}”. Known: {', '.join(slugs)}.")


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option} {text}: write the day as 2026-11-20.") from None
