"""How every service writes one row: only if something changed, whole, and with its history."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from partnerships.models import User
from partnerships.versions import changed


def write(instance: models.Model, *, by: User | None, reason: str) -> bool:
    """Validate and save a row with a history row naming who and why; False if nothing changed.

    Raises ValidationError, by field or by constraint, with nothing of the row written. The database
    holds the constraints anyway: Django asks it about each in turn only to say which one refused.
    """
    try:
        instance.full_clean(validate_constraints=False)
    except ValidationError:
        instance.full_clean()
        raise
    if not instance._state.adding and not changed_fields(instance):
        return False
    credit(instance, by=by, reason=reason)
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError:
        instance.full_clean()
        raise
    return True


def credit(instance: models.Model, *, by: User | None, reason: str) -> None:
    """Say who and why to the history row that saving or deleting will write.

    Whatever is credited is a change, so what was kept of the data until now is out of date.
    """
    changed()
    instance._history_user = by  # type: ignore[attr-defined]
    instance._change_reason = reason  # type: ignore[attr-defined]


def changed_fields(instance: models.Model) -> list[str]:
    """Names of columns that differ from the stored row. One query."""
    fields = [field for field in instance._meta.concrete_fields if not field.primary_key]
    names = [field.attname for field in fields]
    model = type(instance)
    stored: dict[str, Any] | None = (
        model._default_manager.filter(pk=instance.pk).values(*names).first()
    )
    if stored is None:
        return names
    return [name for name in names if stored[name] != getattr(instance, name)]
