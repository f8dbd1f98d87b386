"""The made-up registry: its shape, that it obeys the constraints, and that a seed decides it."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from partnerships.choices import Freshness, Moderation
from partnerships.models import (
    Country,
    FacetValue,
    Institution,
    Member,
    Partnership,
    PartnershipTopic,
    SearchDocument,
)
from partnerships.policies.freshness import freshness
from partnerships.services.reference import load
from partnerships.services.users import system_user
from partnerships.synthetic import make
from tests.factories.imports import exported, planned
from tests.factories.records import make_partnership

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBER = 300


def quiet(what: str, done: int, of: int) -> None:
    pass


@pytest.fixture(scope="module")
def reference(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), transaction.atomic():
        load(by=system_user(), at=AT)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def made(reference: None) -> None:
    make(NUMBER, seed=7, at=AT, progress=quiet)


def snapshot() -> list[Any]:
    """Everything but keys that the database gives out."""
    return [
        list(Institution.objects.order_by("slug").values_list("slug", "name", "country", "city")),
        list(
            Partnership.objects.order_by("slug").values_list(
                "public_id", "slug", "name", "stage", "began_on", "moderation", "last_confirmed_on"
            )
        ),
        sorted(Member.objects.values_list("partnership__slug", "institution__slug", "position")),
        sorted(PartnershipTopic.objects.values_list("partnership__slug", "topic__code")),
        sorted(FacetValue.objects.values_list("partnership__slug", "facet", "value")),
        sorted(SearchDocument.objects.values_list("partnership__slug", "words")),
    ]


def test_every_record_is_one_that_the_services_would_have_written(made):
    assert Partnership.objects.count() == NUMBER
    for record in Partnership.objects.prefetch_related("members__institution"):
        record.full_clean()
        members = list(record.members.all())
        assert record.member_count == len(members)
        assert record.country_count == len({row.institution.country_id for row in members})
    for row in Institution.objects.all():
        row.full_clean()


def test_the_shape_is_that_of_a_real_registry(made):
    members = Counter(Member.objects.values_list("partnership", flat=True))
    hubs = Counter(Member.objects.values_list("institution", flat=True))
    moderation = Counter(Partnership.objects.values_list("moderation", flat=True))
    days = Partnership.objects.values_list("last_confirmed_on", flat=True)
    names = Partnership.objects.values_list("name", flat=True)
    countries = Counter(FacetValue.objects.filter(facet="country").values_list("value", flat=True))

    assert max(members.values()) > 4 > min(members.values())
    assert max(hubs.values()) > 3 * sorted(hubs.values())[len(hubs) // 2]
    assert 0.9 < moderation[Moderation.LISTED] / NUMBER < 1
    assert {freshness(day, AT.date()) for day in days} == set(Freshness)
    assert any(not name.isascii() for name in names)
    assert max(map(len, names)) > 100
    assert countries["MW"] > countries["BW"]
    assert Partnership.objects.filter(began_on=None).exists()
    assert SearchDocument.objects.count() == NUMBER


def test_the_same_seed_and_day_make_the_same_registry(reference):
    found = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            make(30, seed=seed, at=AT, progress=quiet)
            found.append(snapshot())
            transaction.set_rollback(True)

    assert found[0] == found[1]
    assert found[0] != found[2]


def test_its_export_plans_no_change(made):
    plan = planned(exported())

    assert [row.reason for row in plan.rows if row.verdict != "unchanged"] == []
    assert len(plan.rows) > NUMBER / 2


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("make_synthetic_registry", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_the_command_adds_to_a_registry_only_when_told_to(reference):
    make_partnership()
    with pytest.raises(CommandError, match="--add"):
        run(partnerships=5)
    run(partnerships=5, add=True)
    run(partnerships=5, add=True)

    assert Partnership.objects.count() == 11


def test_the_command_says_what_it_needs(db):
    with pytest.raises(CommandError, match="1 or more"):
        run(partnerships=0)


def test_the_command_loads_reference_data_where_there_is_none(db):
    run(partnerships=5)

    assert (Country.objects.count(), Partnership.objects.count()) == (250, 5)
