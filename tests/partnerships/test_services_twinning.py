"""Twinning cycles: which step was reached when, and what the partnership says of it."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from partnerships.models import (
    FacetValue,
    Partnership,
    TwinningCycle,
    TwinningDocument,
    TwinningStep,
)
from partnerships.services import partnerships, twinning
from partnerships.services.partnerships import NotAllowed
from partnerships.twinning import cycle_records
from tests.factories.records import make_institution, make_partnership, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def ministries() -> Partnership:
    """Malawi, Scotland and Zambia: three ministries, known to the country and no finer."""
    members = [
        make_institution(f"Ministry {country}", country=country, kind="ministry")
        for country in ("GB", "MW", "ZM")
    ]
    return make_partnership(
        "Malawi, Scotland and Zambia",
        members=members,
        kind="government_twinning",
        location_level="country",
    )


def step(cycle: TwinningCycle, number: int, **values: object) -> TwinningStep:
    return TwinningStep(cycle=cycle, number=number, **values)


def reached(record: Partnership) -> tuple[int | None, list[str]]:
    """What the record says, and what the search knows."""
    record.refresh_from_db()
    found = FacetValue.objects.filter(partnership=record, facet="step")
    return record.twinning_step, list(found.values_list("value", flat=True))


def test_the_record_follows_its_open_cycle(ministries) -> None:
    by = make_unit()
    first = twinning.open_cycle(partnership=ministries, by=by, note="Safer blood")
    assert reached(ministries) == (None, [])
    began = {"began_on": date(2025, 1, 1), "began_precision": "year"}
    twinning.save(first, by=by, written=[step(first, 1, **began), step(first, 3)])
    assert reached(ministries) == (3, ["3"])
    last = ministries.history.latest()
    assert (last.twinning_step, last.history_user) == (3, by)
    assert last.history_change_reason == "Follows the open twinning cycle"

    assert twinning.close_cycle(first, by=by, on=date(2026, 5, 1))
    assert reached(ministries) == (None, [])
    second = twinning.open_cycle(partnership=ministries, by=by)
    twinning.save(second, by=by, written=[step(second, 2)])
    assert (second.number, reached(ministries)) == (2, (2, ["2"]))


def test_a_step_taken_back_is_taken_back_everywhere(ministries) -> None:
    by = make_unit()
    cycle = twinning.open_cycle(partnership=ministries, by=by)
    rows = [step(cycle, 1), step(cycle, 2)]
    document = TwinningDocument(cycle=cycle, step=2, title="Report", link="https://example.org/r")
    twinning.save(cycle, by=by, written=[*rows, document])
    modified = Partnership.objects.get(pk=ministries.pk).modified_at
    assert not twinning.save(cycle, by=by, written=rows)
    assert Partnership.objects.get(pk=ministries.pk).modified_at == modified

    twinning.save(cycle, by=by, removed=[rows[1], document], reason="Too early")
    assert reached(ministries) == (1, ["1"])
    gone = TwinningStep.history.filter(history_type="-").get()
    assert (gone.history_user, gone.history_change_reason) == (by, "Too early")


def test_a_copy_that_is_stale_does_not_set_the_step_back(ministries) -> None:
    by = make_unit()
    stale = Partnership.objects.get(pk=ministries.pk)
    cycle = twinning.open_cycle(partnership=ministries, by=by)
    twinning.save(cycle, by=by, written=[step(cycle, 4)])
    partnerships.update(stale, by=by, values={"summary": "New"})
    assert reached(ministries) == (4, ["4"])
    with pytest.raises(TypeError):
        partnerships.update(stale, by=by, values={"twinning_step": 1})


def test_what_cannot_be_is_refused(ministries) -> None:
    by = make_unit()
    cycle = twinning.open_cycle(partnership=ministries, by=by)
    with pytest.raises(NotAllowed, match="open already"):
        twinning.open_cycle(partnership=ministries, by=by)
    with pytest.raises(NotAllowed, match="three or more"):
        twinning.open_cycle(partnership=make_partnership(), by=by)
    with pytest.raises(ValidationError, match="would be public"):
        twinning.save(cycle, by=by, written=[step(cycle, 1, note="Ask ann@example.org")])
    with pytest.raises(ValidationError):
        twinning.save(cycle, by=by, written=[step(cycle, 1), step(cycle, 7)])
    assert not cycle.steps.exists()
    twinning.close_cycle(cycle, by=by)
    later = twinning.open_cycle(partnership=ministries, by=by)
    with pytest.raises(ValidationError, match="another cycle"):
        twinning.save(later, by=by, written=[step(cycle, 1)])
    cycle.closed_on = None
    with pytest.raises(ValidationError, match="stays closed"):
        twinning.save(cycle, by=by)


def test_machines_are_told_of_cycles(ministries, django_assert_num_queries) -> None:
    by = make_unit()
    with django_assert_num_queries(1):
        assert cycle_records(ministries.pk) == []
    cycle = twinning.open_cycle(partnership=ministries, by=by)
    done = {"completed_on": date(2025, 5, 31), "completed_precision": "month"}
    document = TwinningDocument(cycle=cycle, step=1, title="Report", link="https://example.org/r")
    twinning.save(cycle, by=by, written=[step(cycle, 1, **done), document])
    with django_assert_num_queries(3):
        found = cycle_records(ministries.pk)
    assert found == [
        {
            "number": 1,
            "note": "",
            "closed": None,
            "steps": [
                {
                    "number": 1,
                    "label": "Partnership development",
                    "began": None,
                    "completed": {"value": "2025-05", "precision": "month"},
                    "note": "",
                    "documents": [{"title": "Report", "url": "https://example.org/r"}],
                }
            ],
        }
    ]
