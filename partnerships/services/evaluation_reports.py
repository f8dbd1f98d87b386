"""Verbs on the report of a round: draw it up once, make it public, take it back. The unit's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from partnerships.choices import RoundState
from partnerships.evaluation_figures import figures_of
from partnerships.models import Round, RoundReport, User
from partnerships.policies.permissions import can_keep_rounds
from partnerships.services.asking import check
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write


@transaction.atomic
def draw_up(asked_in: Round, *, by: User, reason: str = "", at: datetime) -> RoundReport:
    """Count a closed round and keep what may be told. From then on the round stays closed.

    Once only: two reports of one round, some answers apart, would give those away.
    """
    stored = _locked(asked_in, by, at)
    if stored.state != RoundState.CLOSED:
        raise NotAllowed("A report is drawn up from a closed round. Close it first.")
    if RoundReport.objects.filter(round=stored).exists():
        raise NotAllowed("The report of this round has been drawn up. It stands as it is.")
    report = RoundReport(round=stored, figures=figures_of(stored), drawn_up_at=at, drawn_up_by=by)
    write(report, by=by, reason=reason)
    return report


@transaction.atomic
def publish(asked_in: Round, *, by: User, with_words: bool, reason: str = "", at: datetime) -> bool:
    """Let everybody read the report; False where they can already, with or without words as asked.

    Words are those of people who allow it still, whenever the page is looked at.
    """
    stored = _locked(asked_in, by, at)
    report = RoundReport.objects.select_for_update().filter(round=stored).first()
    if report is None:
        raise NotAllowed("Draw the report up first, and read it.")
    report.shows_words = with_words
    changed = write(report, by=by, reason=reason)
    if stored.published_at is None:
        stored.published_at = at
        changed |= write(stored, by=by, reason=reason)
        asked_in.refresh_from_db()
    return changed


@transaction.atomic
def take_back(asked_in: Round, *, by: User, reason: str, at: datetime) -> bool:
    """Make the report the unit's own again; False where it is not public."""
    stored = _locked(asked_in, by, at)
    if stored.published_at is None:
        return False
    stored.published_at = None
    write(stored, by=by, reason=reason)
    asked_in.refresh_from_db()
    return True


def _locked(asked_in: Round, by: User, at: datetime) -> Round:
    check(by, can_keep_rounds, "Only the coordination unit reports on rounds.", at=at)
    found = Round.objects.select_for_update(of=("self",)).select_related("questionnaire")
    return found.get(pk=asked_in.pk)
