"""Twinning cycles on a partnership's page, in the search, in the API and in the admin."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from partnerships.models import Partnership, PublicLocation, TwinningCycle, TwinningStep
from partnerships.services import partnerships, twinning
from tests.factories.records import (
    make_board,
    make_champion,
    make_institution,
    make_partnership,
    make_unit,
)
from tests.mapapp.admin.pages import signed_in, submitted, url
from tests.pages import page, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CAPITALS = {"GB": (55.95, -3.18), "MW": (-13.97, 33.79), "ZM": (-15.41, 28.29)}


@pytest.fixture
def ministries() -> Partnership:
    """Malawi, Scotland and Zambia: three ministries in capitals, known to the country only."""
    members = [
        make_institution(
            f"Ministry of Health {country}",
            country=country,
            kind="ministry",
            uk_nation="SCT" if country == "GB" else "",
            latitude=latitude,
            longitude=longitude,
            precision="city",
        )
        for country, (latitude, longitude) in CAPITALS.items()
    ]
    record = make_partnership(
        "Malawi Scotland Zambia",
        members=members,
        kind="government_twinning",
        location_level="country",
    )
    by = make_unit()
    first = twinning.open_cycle(partnership=record, by=by)
    twinning.save(first, by=by, written=[TwinningStep(cycle=first, number=6)])
    twinning.close_cycle(first, by=by, on=date(2023, 3, 1))
    cycle = twinning.open_cycle(partnership=record, by=by, note="Safer blood")
    done = TwinningStep(
        cycle=cycle, number=1, completed_on=date(2024, 5, 31), completed_precision="month"
    )
    now = TwinningStep(cycle=cycle, number=2, began_on=date(2024, 1, 1), began_precision="year")
    twinning.save(cycle, by=by, written=[done, now])
    return record


def test_the_page_shows_six_steps_of_the_open_cycle_and_older_ones(ministries) -> None:
    soup = page("/partnerships/malawi-scotland-zambia/")
    assert "Cycle 2 is at step 2 of 6: needs assessment" in text(soup.main)
    newest, older = soup.select("ol.steps")
    told = [text(step) for step in newest.select("li")]
    assert told[0] == "1 Partnership development Completed May 2024"
    assert told[1] == "2 Needs assessment Began 2024 Under way"
    assert told[2] == "3 Gap analysis Not reached yet"
    assert len(told) == len(older.select("li")) == 6
    assert "Cycle 1, closed March 2023" in text(soup.main)
    assert not page(f"/partnerships/{make_partnership('Apple').slug}/").select(".steps")


def test_three_countries_are_shaded_and_no_capital_gets_a_dot(ministries) -> None:
    assert not PublicLocation.objects.exists()
    answer = Client().get("/partnerships/map.json").json()
    assert (answer["sites"], answer["unplaced_count"]) == ([], 1)
    assert answer["countries"] == {"GB": 1, "MW": 1, "ZM": 1}
    soup = page("/partnerships/malawi-scotland-zambia/")
    drawn = json.loads(soup.select_one("#map-data").string)
    assert (drawn["sites"], drawn["countries"]) == ([], {"GB": 1, "MW": 1, "ZM": 1})
    assert text(soup.select_one(".both-ends")).startswith("In Scotland")
    assert "In MW and ZM" in text(soup.select_one(".both-ends")) or "Malawi" in text(soup.main)


def test_the_step_is_a_filter_a_facet_and_a_field(ministries) -> None:
    make_partnership("Apple")
    found = Client().get("/api/v1/partnerships/", {"step": ["2", "5"]}).json()
    assert [row["slug"] for row in found["results"]] == [ministries.slug]
    assert found["results"][0]["twinning_step"] == {"number": 2, "label": "Needs assessment"}
    assert Client().get("/api/v1/partnerships/", {"step": "6"}).json()["count"] == 0
    whole = Client().get(f"/api/v1/partnerships/{ministries.slug}/").json()
    assert [cycle["number"] for cycle in whole["twinning_cycles"]] == [2, 1]
    soup = page("/partnerships/?step=2")
    assert soup.select_one('input[name=step][value="2"][checked]')
    Partnership.objects.get(pk=ministries.pk)
    partnerships.moderate(ministries, to="withdrawn", by=make_unit(), reason="A test")
    assert not page("/partnerships/").select("input[name=step]")


def test_a_champion_opens_a_cycle_and_notes_a_step(ministries) -> None:
    board = make_board()
    champion, stranger = make_champion(board), make_champion(make_board())
    Partnership.objects.filter(pk=ministries.pk).update(health_board=board)
    twinning.close_cycle(ministries.twinning_cycles.get(number=2), by=champion)
    client = signed_in(champion)
    address = f"{url(TwinningCycle, 'add')}?partnership={ministries.pk}"
    data = submitted(client, address, partnership=ministries.pk, note="Third time")
    assert client.post(address, data).status_code == 302
    cycle = ministries.twinning_cycles.get(number=3)
    change = url(TwinningCycle, "change", cycle.pk)
    data = submitted(client, change) | {
        "steps-TOTAL_FORMS": "1",
        "steps-0-number": "4",
        "steps-0-began": "2026-05",
        "documents-TOTAL_FORMS": "1",
        "documents-0-step": "4",
        "documents-0-title": "Plan",
        "documents-0-link": "https://example.org/plan",
    }
    assert client.post(change, data).status_code == 302
    ministries.refresh_from_db()
    assert ministries.twinning_step == 4
    step = cycle.steps.get()
    assert (step.began_on, step.began_precision) == (date(2026, 5, 1), "month")
    assert cycle.documents.get().title == "Plan"
    wrong = submitted(client, change) | {"steps-0-completed": "2025"}
    assert "cannot be completed before it began" in client.post(change, wrong).text
    assert signed_in(stranger).post(change, data).status_code in (302, 403)
    assert signed_in(stranger).get(change).status_code in (302, 403)
    form = client.get(reverse("admin:partnerships_partnership_change", args=[ministries.pk]))
    assert "Cycle 3, step 4" in form.text
