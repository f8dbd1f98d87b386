"""check_resource_links: follow the links of toolkits and guides, and say which are dead."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partnerships.links import problem_with
from partnerships.management.progress import Progress
from partnerships.models import Resource
from partnerships.services import resources
from partnerships.services.users import system_user


class Command(BaseCommand):
    help = "Follow the links of toolkits and guides; dead ones are listed, and exit status is 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=15.0, help="Seconds to wait.")
        parser.add_argument("--pause", type=float, default=1.0, help="Seconds between links.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(Resource.objects.current().order_by("title_key", "pk"))
        agent = f"Link check of {settings.SITE_URL}"
        progress, by, dead = Progress(self.stderr), system_user(), 0
        for number, resource in enumerate(found):
            progress("links", number, len(found))
            if number:
                time.sleep(options["pause"])
            problem = problem_with(resource.link, timeout=options["timeout"], agent=agent)
            today = timezone.localdate()
            # What was changed while the other site took its time stays.
            current = Resource.objects.get(pk=resource.pk)
            is_same = current.link == resource.link
            if problem:
                dead += 1
                self.stdout.write(f"{resource.slug}: {problem} ({resource.link})")
                if is_same:
                    resources.found_dead(current, problem=problem, on=today, by=by)
            elif is_same:
                resources.found_working(current, on=today, by=by)
        progress("links", len(found), len(found))
        if dead:
            raise CommandError(f"{dead} of {len(found)} links lead nowhere.")
        if options["verbosity"]:
            self.stdout.write(f"All {len(found)} links lead somewhere.")
