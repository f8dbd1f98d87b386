"""Forgets who suggested what has long been decided. For cron, once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from partnerships.services.erasing import erase_suggesters


class Command(BaseCommand):
    help = "Erases suggesters of what was decided 90 days ago, and forms that were never confirmed."

    def handle(self, **options: Any) -> None:
        erased, forgotten, answers = erase_suggesters(at=timezone.now())
        self.stdout.write(
            f"{erased} suggesters erased, {forgotten} unconfirmed forms deleted, "
            f"{answers} answers emptied."
        )
