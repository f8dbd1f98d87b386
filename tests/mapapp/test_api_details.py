"""What one address of the API tells: everything that its page does, and nobody's name."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.models import Agreement, Checklist, Country, Funder, Funding, Partnership
from partnerships.services import institutions, partnerships
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def get(path: str, **query: Any) -> Any:
    answer = Client().get(f"/api/v1{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def link() -> Partnership:
    """A record with all that only its detail tells, and two that are near it."""
    tayside = records.make_board("NHS Tayside")
    ninewells = records.make_institution(
        "Ninewells", country="GB", parent=tayside.institution, city="Dundee"
    )
    queens = records.make_institution("Queens", country="MW", city="Blantyre")
    Country.objects.filter(pk="MW").update(is_on_safeguards_list=True)
    records.make_institution("Mlambe", country="MW", city="Blantyre")
    surgery = records.make_topic("Surgery")
    made = records.make_partnership(
        "Link", members=[ninewells, queens], health_board=tayside, topics=[surgery]
    )
    records.make_partnership("Other", members=[ninewells, queens], topics=[surgery])
    records.make_partnership(
        "Far", members=[ninewells, records.make_institution("Kigali", country="RW")]
    )
    funder = Funder.objects.create(code="thet", label="THET")
    Funding.objects.create(
        partnership=made, funder=funder, scheme="Small grants", from_year=2019, band="under_10k"
    )
    Funding.objects.create(partnership=made, funder=funder, from_year=2021)
    Agreement.objects.create(
        partnership=made, title="Memorandum", signed_on=date(2019, 5, 1),
        document_url="https://example.org/mou.pdf",
    )  # fmt: skip
    Checklist.objects.create(
        partnership=made, framework=records.make_framework(), state="agreed",
        opened_at=datetime(2026, 2, 1, tzinfo=UTC), agreed_at=datetime(2026, 3, 3, tzinfo=UTC),
        opened_by=records.make_unit(),
    )  # fmt: skip
    return made


def test_a_partnership_tells_what_its_page_does(link):
    told = get("/partnerships/link/")
    thet = {"code": "thet", "label": "THET"}
    band = {"code": "under_10k", "label": "Under £10,000"}
    assert told["funders"] == [thet]
    assert told["funding"] == [
        {"funder": thet, "scheme": "Small grants", "since": 2019, "until": None, "band": band},
        {"funder": thet, "scheme": "", "since": 2021, "until": None, "band": None},
    ]
    assert told["agreements"] == [
        {"title": "Memorandum", "signed": "2019-05-01", "renewed": None, "expires": None,
         "document_url": "https://example.org/mou.pdf"}
    ]  # fmt: skip
    assert told["checklist_agreed"] == "2026-03"
    assert told["freshness"] == {"code": "never", "label": "Not yet confirmed"}
    assert [member["town"] for member in told["members"]] == ["Dundee", "Blantyre"]
    assert told["permanent_url"].endswith(f"/partnerships/{link.public_id}/")
    page = Client().get("/partnerships/link/").text
    shown = re.findall(r'href="/partnerships/\?([^"]+)">(\d+) other partnerships? (.+?)</a>', page)
    assert len(shown) == 4
    assert [(str(r["partnerships"]), r["about"]) for r in told["related"]] == [
        (number, about) for _, number, about in shown
    ]
    for related in told["related"]:
        found = get("/partnerships/", **related["parameters"])["count"]
        assert found == related["partnerships"] + 1
        assert Client().get(related["url"].split("8000")[-1]).json()["count"] == found


def test_a_town_is_told_only_where_the_record_lets_it_be(link):
    Partnership.objects.filter(pk=link.pk).update(location_level="district")
    assert {member["town"] for member in get("/partnerships/link/")["members"]} == {""}


@pytest.mark.parametrize(
    ("address", "figures"),
    [
        ("/countries/MW/", (2, 2)),
        ("/health-boards/nhs-tayside/", (3, 3)),
        ("/institutions/ninewells/", (3, 2)),
        ("/topics/surgery/", (2, 2)),
    ],
)
def test_figures_and_neighbours_are_those_of_the_page(link, address, figures):
    told = get(address)
    found = told["figures"]
    assert (found["partnerships"], found["institutions"]) == figures
    assert (
        get("/partnerships/", **dict([told["partnerships_url"].split("?")[1].split("=")]))["count"]
        == (found["partnerships"])
    )
    page = Client().get(address).text
    for one in (*told["colleagues"]["uk"], *told["colleagues"]["partner"]):
        assert f"/institutions/{one['slug']}/" in page
    for one in (*told["topics"], *told.get("boards", []), *told.get("countries", [])):
        assert one["label"] in page


def test_each_kind_of_place_tells_its_own(link):
    malawi = get("/countries/MW/")
    assert "too few health workers" in malawi["safeguards_note"]
    assert [(c["code"], c["partnerships"]) for c in malawi["neighbours"]] == [("RW", 1)]
    assert malawi["boards"] == [{"code": "nhs-tayside", "label": "NHS Tayside", "partnerships": 2}]
    assert malawi["region_label"] == "African Region"
    assert get("/countries/RW/")["safeguards_note"] == ""
    tayside = get("/health-boards/nhs-tayside/")
    assert (tayside["owned"], tayside["has_lead_champion"]) == (1, False)
    assert tayside["institutions"] == [
        {"slug": "ninewells", "name": "Ninewells", "partnerships": 3}
    ]
    queens = get("/institutions/queens/")
    assert queens["in_town"] == [{"slug": "mlambe", "name": "Mlambe"}]
    assert get("/institutions/nhs-tayside/")["board_url"].endswith("/health-boards/nhs-tayside/")
    assert get("/institutions/nhs-tayside/")["parts"] == [
        {"slug": "ninewells", "name": "Ninewells"}
    ]
    assert {c["code"]: c["partnerships"] for c in get("/countries/")["results"]} == {
        "GB": 3, "MW": 2, "RW": 1,
    }  # fmt: skip


def test_one_vocabulary_counts_its_terms(link):
    surgery = get("/vocabularies/topics/")["results"][0]
    assert (surgery["code"], surgery["partnerships"]) == ("surgery", 2)
    roles = get("/vocabularies/member_roles/")["results"]
    assert {role["partnerships"] for role in roles} == {None}


def test_every_code_of_a_record_is_in_a_vocabulary(link):
    every = get("/vocabularies/")
    codes = {term["code"] for terms in every.values() for term in terms}
    record = get("/partnerships/link/")
    named = re.findall(r'"(?:code|kind|role|side|precision)": "(\w+)"', json.dumps(record))
    assert len(named) > 8
    assert set(named) - codes == set()


def test_each_published_version_of_a_framework():
    one = records.make_framework()
    told = get(f"/frameworks/{one.code}/")
    assert [version["version"] for version in told["versions"]] == ["1"]
    assert len(told["versions"][0]["principles"][0]["hallmarks"]) == 2
    hidden = records.make_framework(state="draft")
    assert Client().get(f"/api/v1/frameworks/{hidden.code}/").status_code == 404


def test_statistics_are_those_of_the_page_and_lead_to_their_lists(link):
    told = get("/statistics/", topic="surgery")
    assert told["count"] == 2
    rows = Client().get("/statistics.csv", {"topic": "surgery"}).text.splitlines()
    bars = [(c["name"], v["value"], str(v["count"])) for c in told["charts"] for v in c["values"]]
    assert bars == [
        (row.split(",")[0], row.split(",")[1], row.split(",")[-2])
        for row in rows[2:]
        if row.split(",")[1]
    ]
    for value in told["charts"][0]["values"]:
        path = value["url"].split("8000")[-1]
        assert Client().get(path).json()["count"] == value["count"]


def test_the_history_is_that_of_the_page(link):
    told = get("/partnerships/link/history/")
    assert told["is_whole"] is True
    assert [day["changes"] for day in told["days"]] == [["First listed"]]


@pytest.mark.parametrize(
    "path",
    ["/countries/ZZ/", "/countries/MALAWI/", "/health-boards/queens/", "/topics/x/",
     "/vocabularies/x/", "/frameworks/x/", "/partnerships/x/history/"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(link, path):
    assert Client().get(f"/api/v1{path}").status_code == 404


def test_a_country_answers_to_its_code_in_capitals(link):
    answer = Client().get("/api/v1/countries/mw/")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/countries/MW/")


def test_what_moves_takes_the_question_along_and_is_asked_for_again(link):
    unit = records.make_unit()
    board = records.make_board("NHS Former")
    partnerships.update(link, by=unit, values={"slug": "now"})
    for place, slug in ((board.institution, "nhs-now"), (records.make_institution("Old"), "new")):
        place.slug = slug
        institutions.save(place, by=unit)
    for path, now in (
        ("countries/mw", "countries/MW"),
        ("partnerships/link", "partnerships/now"),
        ("partnerships/link/history", "partnerships/now/history"),
        ("institutions/old", "institutions/new"),
        ("health-boards/nhs-former", "health-boards/nhs-now"),
    ):
        answer = Client().get(f"/api/v1/{path}/?format=json&x=%C3%A9")
        assert answer.status_code == 301
        assert answer["Location"] == f"/api/v1/{now}/?format=json&x=%C3%A9"
        assert answer["Cache-Control"] == "no-cache"
    assert Client().get("/api/v1/health-boards/old/").status_code == 404  # no Board, then or now


# --------------------------------------------------------------------------- fields and expand


def queries(path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get(f"/api/v1{path}")
        assert answer.status_code == 200
        if answer.streaming:
            b"".join(answer.streaming_content)
    return len(captured)


def test_fields_slim_a_record_and_what_is_read(link):
    told = get("/partnerships/", fields="id,name,members.institution.name", country="RW")
    assert told["results"] == [
        {
            "id": str(Partnership.objects.get(name="Far").public_id),
            "name": "Far",
            "members": [
                {"institution": {"name": "Ninewells"}},
                {"institution": {"name": "Kigali"}},
            ],
        }
    ]
    assert queries("/partnerships/?fields=id,name") == queries("/partnerships/") - 9
    assert queries("/partnerships/?fields=topics") == queries("/partnerships/") - 8
    assert get("/partnerships/link/", fields="slug") == {"slug": "link"}
    assert queries("/partnerships/link/?fields=slug") < queries("/partnerships/link/") - 9
    assert list(get("/partnerships/link/", fields="related,slug")) == ["slug", "related"]
    assert get("/institutions/queens/", fields="figures.active") == {"figures": {"active": 2}}
    assert get("/countries/", fields="code")["results"][0] == {"code": "GB"}


def test_the_whole_of_a_thing_outdoes_its_parts(link):
    whole = get("/partnerships/link/", fields="members")
    assert get("/partnerships/link/", fields="members.side,members") == whole
    assert get("/partnerships/link/", fields=["members", "members.side"]) == whole


@pytest.mark.parametrize(
    ("fields", "there_are"),
    [
        ("nothing", "id, slug, url, name"),
        ("members.nothing", "side, role"),
        ("name.first", "none under it"),
        ("members.institution.city", "id, slug, name, kind"),
        ("x" * 5000, "id, slug"),
        (",".join(["id"] * 300), "at most 200"),
    ],
)
def test_an_unknown_field_is_answered_with_those_that_there_are(fields, there_are):
    answer = Client().get("/api/v1/partnerships/", {"fields": fields})
    assert answer.status_code == 400
    (message,) = answer.json()["errors"]["fields"]
    assert there_are in message
    assert len(message) < 800


def test_expand_deepens_and_changes_nothing_that_is_there(link):
    plain = get("/partnerships/link/")
    deep = get("/partnerships/link/", expand="members.institution,health_board")
    alone = get("/institutions/queens/")
    queens = deep["members"][1]["institution"]
    assert {**queens, **plain["members"][1]["institution"]} == queens
    assert (queens["city"], queens["parent"]) == (alone["city"], alone["parent"])
    assert deep["health_board"]["is_territorial"] is True
    assert get(
        "/partnerships/link/", expand="members.institution", fields="members.institution.city"
    ) == {"members": [{"institution": {"city": "Dundee"}}, {"institution": {"city": "Blantyre"}}]}


def test_expand_costs_a_fixed_number_of_queries(link):
    plain = queries("/partnerships/")
    assert queries("/partnerships/?expand=members.institution") == plain + 3
    assert queries("/partnerships/?expand=health_board") == plain + 1
    assert queries("/partnerships/?expand=members.institution&fields=id") == plain - 9


@pytest.mark.django_db(transaction=True)
def test_a_record_is_put_together_once_for_each_version_of_the_data() -> None:
    made = records.make_partnership("Link", summary="Before")
    first = get("/partnerships/link/")
    with CaptureQueriesContext(connection) as queries:
        assert get("/partnerships/link/") == first
    assert len(queries) == 1
    assert get("/partnerships/link/", fields="summary") == {"summary": "Before"}
    partnerships.update(made, by=records.make_unit(), values={"summary": "After"})
    assert get("/partnerships/link/")["summary"] == "After"
    partnerships.moderate(made, to="withdrawn", by=records.make_unit(), reason="For a test")
    assert Client().get("/api/v1/partnerships/link/").status_code in (404, 410)
