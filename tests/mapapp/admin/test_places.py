"""The search of the location picker: what it finds, and that nothing hidden is found by it."""

from __future__ import annotations

import pytest

from partnerships import models as registry
from tests.factories.records import make_auditor, make_champion, make_institution
from tests.mapapp.admin.pages import signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def asked(user, text: str):
    answer = signed_in(user).get(url(registry.Institution, "places"), {"q": text})
    return answer.json()["places"] if answer.status_code == 200 else answer.status_code


def test_towns_institutions_and_countries_are_found() -> None:
    for name, latitude in (("Zomba Central", -15.0), ("Chancellor College", -16.0)):
        make_institution(name, country="MW", city="Zomba", latitude=latitude, longitude=35.0)
    make_institution("Without a place", country="MW", city="Zomba")
    champion = make_champion()
    town, *sites = asked(champion, "zom")
    assert (town["name"], town["about"], town["precision"]) == ("Zomba", "Malawi", "city")
    assert (town["latitude"], town["longitude"], town["city"]) == (-15.5, 35.0, "Zomba")
    assert [site["name"] for site in sites] == ["Chancellor College", "Zomba Central"]
    assert {site["precision"] for site in sites} == {"site"}
    assert [each["name"] for each in asked(champion, "mala")][-1] == "Malawi"
    assert asked(champion, "mala")[-1]["precision"] == ""
    for nothing in ("", "  ", "x" * 5000, "zebra"):
        assert asked(champion, nothing) == []
    assert asked(make_auditor(), "zom") == 403


def test_a_hidden_place_is_not_told_nor_found_by_its_town() -> None:
    for level in ("city", "district", "country", "hidden"):
        make_institution(
            f"Clinic {level}",
            country="MW",
            city="Nsanje",
            latitude=-16.9211,
            longitude=35.2622,
            location_level=level,
        )
    found = asked(make_champion(), "nsanje") + asked(make_champion(), "clinic")
    assert {each["name"] for each in found} == {"Nsanje", "Clinic city"}
    assert {(each["latitude"], each["precision"]) for each in found} == {(-16.9, "city")}
