"""Verbs on questionnaires: the unit's. What has been asked in a round keeps its wording."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from partnerships.choices import QuestionnaireState
from partnerships.models import Questionnaire, User
from partnerships.proposed_values import is_text
from partnerships.services.asking import check_keeps_lists
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import credit, write

#: What a questionnaire's file says, in this order.
FIELDS = ("code", "version", "title", "source_note", "definition")


@transaction.atomic
def save(row: Questionnaire, *, by: User | None, reason: str = "") -> bool:
    """Write a questionnaire; False where nothing changed.

    Refuses another wording, code or version where a round uses it, and to make that a draft
    again. Raises ValidationError for a definition that is none.
    """
    check_keeps_lists(by, "the questionnaires")
    stored = Questionnaire.objects.select_for_update().filter(pk=row.pk).first()
    if stored and is_used(stored):
        if any(getattr(stored, name) != getattr(row, name) for name in FIELDS):
            raise NotAllowed("A round uses this version, so it stands. Make a new version instead.")
        if row.state == QuestionnaireState.DRAFT:
            raise NotAllowed("A round uses this version. It can be retired, not made a draft.")
    return write(row, by=by, reason=reason)


@transaction.atomic
def delete(row: Questionnaire, *, by: User, reason: str) -> None:
    """Remove a questionnaire that no round uses."""
    check_keeps_lists(by, "the questionnaires")
    if is_used(row):
        raise NotAllowed("A round uses this version. Retire it instead.")
    credit(row, by=by, reason=reason)
    row.delete()


def is_used(row: Questionnaire) -> bool:
    """Whether a round uses it, so that it stands as it is."""
    return not row._state.adding and row.rounds.exists()


def as_json(row: Questionnaire) -> dict[str, Any]:
    """What the files of reference/questionnaires hold, and `from_json` takes back."""
    return {name: getattr(row, name) for name in FIELDS}


@transaction.atomic
def from_json(given: Any, *, by: User | None, reason: str = "") -> Questionnaire:
    """A draft from a file: a new version, or the unused draft of that version written anew.

    Raises ValidationError where it is no questionnaire, or where that version is not a draft.
    """
    check_keeps_lists(by, "the questionnaires")
    if not isinstance(given, dict) or not {"code", "version", "title", "definition"} <= set(given):
        needed = "code, version, title and definition"
        raise ValidationError(f"This file is no questionnaire: it needs {needed}.")
    words = [given.get(name, "") for name in FIELDS if name != "definition"]
    if not all(isinstance(each, str) and is_text(each) for each in words):
        raise ValidationError("Code, version, title and source_note of a file are plain texts.")
    row = (
        Questionnaire.objects.filter(code=given["code"], version=given["version"]).first()
        or Questionnaire()
    )
    if not row._state.adding and row.state != QuestionnaireState.DRAFT:
        raise ValidationError(f"{row} is there, and is no draft. Give the file another version.")
    for name in FIELDS:
        setattr(row, name, given.get(name, ""))
    save(row, by=by, reason=reason)
    return row
