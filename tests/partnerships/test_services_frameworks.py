"""Frameworks of principles: versions, what corresponds, and wording that stands."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from partnerships.models import HallmarkCorrespondence
from partnerships.services import frameworks
from partnerships.services.checklists import hallmarks_of
from tests.factories.records import make_framework, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def versions(count: int = 2):
    """Versions of one framework, with the same codes."""
    made = [make_framework() for _ in range(count)]
    for number, framework in enumerate(made, start=1):
        framework.code, framework.version = "same", str(number)
        framework.save()
    return made


def keys(framework) -> list[int]:
    return list(
        hallmarks_of(framework).order_by("principle__number", "number").values_list("pk", flat=True)
    )


def test_the_same_codes_of_two_versions_correspond(django_assert_num_queries) -> None:
    first, second = versions()
    with django_assert_num_queries(2):
        found = frameworks.corresponding(first, second)
    assert found == dict(zip(keys(first), keys(second), strict=True))
    assert frameworks.corresponding(first, make_framework()) == {}
    copy = frameworks.make_version(second, version="3", by=make_unit())
    assert frameworks.corresponding(first, copy) == dict(zip(keys(first), keys(copy), strict=True))


def test_what_the_unit_states_goes_before_and_has_a_history() -> None:
    (first, second), by = versions(), make_unit()
    a, b = hallmarks_of(second).filter(principle__number=1).order_by("number")
    old = hallmarks_of(first).filter(principle__number=1).order_by("number")

    assert frameworks.correspond(a, earlier=old[1], by=by, reason="Reworded")
    assert not frameworks.correspond(a, earlier=old[1], by=by)
    found = frameworks.corresponding(first, second)
    assert (found[old[1].pk], old[0].pk in found) == (a.pk, False)
    frameworks.correspond(b, earlier=None, by=by)
    assert b.pk not in frameworks.corresponding(first, second).values()
    row = HallmarkCorrespondence.history.filter(later=a).get()
    assert (row.history_user, row.history_change_reason) == (by, "Reworded")


def test_what_cannot_correspond_is_refused() -> None:
    (first, second), by = versions(), make_unit()
    a, b = hallmarks_of(second).filter(principle__number=1).order_by("number")
    old = hallmarks_of(first).order_by("principle__number", "number").first()
    frameworks.correspond(a, earlier=old, by=by)
    for later, earlier, why in [
        (a, b, "an earlier version"),
        (b, old, "already"),
        (old, a, "not the reverse"),
    ]:
        with pytest.raises(ValidationError, match=why):
            frameworks.correspond(later, earlier=earlier, by=by)
