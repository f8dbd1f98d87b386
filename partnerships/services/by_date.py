"""What dates say of a stage becomes a suggestion to the champion; no stage changes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from partnerships.choices import Stage, SuggestionChannel
from partnerships.models import Agreement, Partnership, Suggestion
from partnerships.policies.record_version import version_of
from partnerships.services import suggestions
from partnerships.services.suggestions import AlreadyWaiting, Sender, StaleVersion

#: Stages that a date can put in question.
_OPEN = [Stage.EXPLORING, Stage.ACTIVE, Stage.PAUSED, Stage.CLOSING]


def propose(*, at: datetime, is_dry: bool = False) -> list[str]:
    """Suggest what follows wherever a date has passed: a stage, or a look; the slugs.

    Each date is suggested once, also where the champion declined: then the record is right, or its
    date is to be mended.
    """
    today = timezone.localdate(at)
    found = []
    for record, stage, words in (*_ended(today), *_lapsed(today)):
        made = Suggestion.objects.filter(
            partnership=record, channel=SuggestionChannel.CALENDAR, words=words
        )
        if not made.exists() and (is_dry or _propose(record, stage, words, at)):
            found.append(record.slug)
    return found


def _ended(today: date) -> Iterator[tuple[Partnership, Stage, str]]:
    """Records with an end that is past; `ended_on` is the last day of what is known."""
    rows = Partnership.objects.listed().exclude(stage=Stage.ENDED).filter(ended_on__lt=today)
    for record in rows.order_by("pk"):
        yield record, Stage.ENDED, f"The record says that it ended by {_day(record.ended_on)}."


def _lapsed(today: date) -> Iterator[tuple[Partnership, None, str]]:
    """Records all of whose agreements have lapsed."""
    standing = Agreement.objects.filter(partnership=OuterRef("pk")).filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today)
    )
    rows = (
        Partnership.objects.listed()
        .filter(stage__in=_OPEN, agreements__expires_on__lt=today)
        .exclude(ended_on__lt=today)
        .filter(~Exists(standing))
        .annotate(lapsed_on=Max("agreements__expires_on"))
    )
    for record in rows.order_by("pk"):
        lapsed_on: date = record.lapsed_on  # type: ignore[attr-defined]
        words = (
            f"Its agreement lapsed on {_day(lapsed_on)} and no newer one is recorded. If it was "
            "renewed, add the new agreement to the record; if the partnership pauses or has "
            "ended, change its stage."
        )
        yield record, None, words  # which of these, no date can tell


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _propose(record: Partnership, stage: Stage | None, words: str, at: datetime) -> bool:
    try:
        suggestions.propose(
            sender=Sender(SuggestionChannel.CALENDAR),
            partnership=record,
            base_version=version_of(record.modified_at),
            changes={"stage": stage.value} if stage else {},
            words=words,
            at=at,
        )
    except (AlreadyWaiting, StaleVersion, ValidationError):
        return False  # somebody changes the record just now, or has to: the next run looks again
    return True
