"""Every database constraint, on both sides: the bad row is refused, its neighbour is taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from tests.factories.records import (
    make_institution,
)
from tests.partnerships import (
    checklist_cases,
    desk_cases,
    evaluation_cases,
    framework_cases,
    mail_cases,
    suggestion_cases,
)
from tests.partnerships.constraint_cases import CASES as OTHER_CASES
from tests.partnerships.constraint_cases import Case
from tests.partnerships.constraint_world import World

pytestmark = pytest.mark.django_db
CASES = [
    *OTHER_CASES,
    *checklist_cases.CASES,
    *desk_cases.CASES,
    *evaluation_cases.CASES,
    *framework_cases.CASES,
    *mail_cases.CASES,
    *suggestion_cases.CASES,
]


def constraints() -> dict[str, Any]:
    return {
        constraint.name: constraint
        for model in apps.get_app_config("partnerships").get_models()
        for constraint in model._meta.constraints
    }


def insert(row: models.Model) -> None:
    """Past validation and history, straight to the database."""
    with transaction.atomic():
        type(row)._default_manager.bulk_create([row])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_row_is_refused_by_the_database_and_by_validation(case: Case) -> None:
    world = World()
    if case.first:
        insert(case.row(world, case.first))

    with pytest.raises(ValidationError):
        case.row(world, case.bad).full_clean()
    with pytest.raises(ValidationError) as refusal:
        case.row(world, case.bad).validate_constraints()
    constraint = constraints()[case.constraint]
    if constraint.violation_error_message != constraint.default_violation_error_message:
        assert str(constraint.violation_error_message) in refusal.value.messages
    with pytest.raises(IntegrityError):
        insert(case.row(world, case.bad))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_good_neighbour_is_taken(case: Case) -> None:
    world = World()
    if case.first:
        insert(case.row(world, case.first))

    row = case.row(world, case.good)
    row.full_clean()
    insert(row)

    assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_every_constraint_has_a_case() -> None:
    tested = {case.constraint for case in CASES}
    # Both columns of a country's place are required, so this one cannot be broken.
    assert tested == set(constraints()) - {"country_coordinates_both_or_none"}


def test_every_message_says_what_to_do_in_a_sentence() -> None:
    for name, constraint in constraints().items():
        if constraint.violation_error_message != constraint.default_violation_error_message:
            assert str(constraint.violation_error_message).endswith("."), name


def test_the_database_refuses_a_place_that_is_not_a_number() -> None:
    row = make_institution()
    row.latitude, row.longitude = float("nan"), 35.0
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
