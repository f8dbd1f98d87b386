"""Everything that the public may know of one partnership, loaded for its page."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, prefetch_related_objects

from partnerships.choices import ConsentPurpose
from partnerships.models import Coordinator, Partnership


def load(partnership: Partnership, today: date) -> None:
    """Everything else that the page shows, in a number of queries that never grows.

    Of coordinators only those who agreed to be named and are in office.
    """
    named = Coordinator.objects.consenting_to(ConsentPurpose.SHOW_NAME)
    titled = Coordinator.objects.consenting_to(ConsentPurpose.SHOW_ROLE)
    prefetch_related_objects(
        [partnership],
        Prefetch("members__coordinators", queryset=named.order_by("pk"), to_attr="named"),
        Prefetch("members__coordinators", queryset=titled, to_attr="titled"),
        "activities",
        "professions",
        "sdgs",
        "funding__funder",
        "agreements",
        "public_locations__institution",
    )
    for member in partnership.members.all():
        titles = {person.pk for person in member.titled}  # type: ignore[attr-defined]
        member.shown_coordinators = [  # type: ignore[attr-defined]
            (person.name, person.job_title if person.pk in titles else "")
            for person in member.named  # type: ignore[attr-defined]
            if _in_office(person, today)
        ]


def _in_office(person: Coordinator, today: date) -> bool:
    return (person.since is None or person.since <= today) and (
        person.until is None or person.until > today
    )
