"""The read API: shapes, errors, redirects, and a number of queries that never grows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from mapapp.api import schema
from partnerships.models import DevelopmentGoal, Framework, Partnership
from partnerships.services import institutions, partnerships
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]
API = "/api/v1"


def get(path: str, **query: Any) -> Any:
    return Client().get(f"{API}{path}", query)


def check_shape(value: Any, described: serializers.BaseSerializer[Any], where: str) -> None:
    """Every key of a record is described, and every key is there but those of expansions."""
    if isinstance(described, serializers.ListSerializer):
        for item in value:
            check_shape(item, described.child, where)
        return
    assert isinstance(described, serializers.Serializer)
    always = {name for name, field in described.fields.items() if field.required}
    assert always <= set(value) <= set(described.fields), where
    for name, field in described.fields.items():
        if isinstance(field, serializers.BaseSerializer) and value.get(name) is not None:
            check_shape(value[name], field, f"{where}.{name}")


@pytest.fixture
def full() -> Partnership:
    """A record with one of everything that the API can show."""
    board = records.make_board("NHS Borders")
    hospital = records.make_institution("St Francis Hospital", country="ZM", latitude=-14.1,
                                        longitude=31.3, precision="site")  # fmt: skip
    topic = records.make_topic("Surgery")
    return records.make_partnership(
        "NHS Borders and St Francis Hospital",
        members=[board.institution, hospital],
        health_board=board,
        topics=[topic],
        delivery="hybrid",
        direction="both",
        languages="English, Nyanja",
        other_names=["Borders link"],
    )


@pytest.mark.parametrize(
    ("path", "described"),
    [
        ("/", schema.Addresses),
        ("/partnerships/", schema.PartnershipPage),
        ("/institutions/", schema.InstitutionPage),
        ("/countries/", schema.CountryPage),
        ("/health-boards/", schema.HealthBoardPage),
        ("/vocabularies/", schema.Vocabularies),
        ("/frameworks/", schema.FrameworkPage),
        ("/topics/", schema.TopicPage),
        ("/vocabularies/topics/", schema.VocabularyPage),
        ("/vocabularies/sdgs/", schema.VocabularyPage),
        ("/vocabularies/member_roles/", schema.VocabularyPage),
        ("/resources/", schema.ResourcePage),
        ("/resources/open-guide/", schema.Resource),
        ("/facets/", schema.Facets),
        ("/statistics/", schema.Statistics),
        ("/institutions/st-francis-hospital/", schema.InstitutionDetail),
        ("/institutions/nhs-borders/", schema.InstitutionDetail),
        ("/countries/ZM/", schema.CountryDetail),
        ("/health-boards/nhs-borders/", schema.HealthBoardDetail),
        ("/topics/surgery/", schema.TopicDetail),
        ("/partnerships/nhs-borders-and-st-francis-hospital/history/", schema.History),
    ],
)
def test_answers_have_the_shape_that_the_schema_tells(full, path, described):
    framework = records.make_framework()
    principles = [framework.code, f"{framework.code}.p1"]
    topics = [records.make_topic()]
    records.make_resource("Open guide", topics=topics, principles=principles)
    DevelopmentGoal.objects.create(number=3, label="Good health")
    answer = get(path)
    assert answer.status_code == 200
    check_shape(answer.json(), described(), path)
    assert answer.json().get("results", [1]) != []


def test_a_record_has_the_contracts_fields(full):
    record = get(f"/partnerships/{full.slug}/").json()
    check_shape(record, schema.PartnershipDetail(), "partnership")
    assert record["id"] == str(full.public_id)
    assert record["kind"]["label"]
    assert record["health_board"] == {"slug": "nhs-borders", "name": "NHS Borders"}
    assert [m["side"] for m in record["members"]] == ["uk", "partner"]
    assert record["countries"] == ["GB", "ZM"]
    assert record["topics"] == [{"code": "surgery", "label": "Surgery", "primary": True}]
    assert record["locations"] == [
        {"institution": "st-francis-hospital", "latitude": -14.1, "longitude": 31.3,
         "precision": "site"}
    ]  # fmt: skip
    assert record["confirmed"] == {"uk": None, "partner": None}
    assert record["languages"] == ["English", "Nyanja"]


def test_a_record_answers_to_its_permanent_id(full):
    by_slug = get(f"/partnerships/{full.slug}/").json()
    assert get(f"/partnerships/{full.public_id}/").json() == by_slug


def test_former_slugs_redirect_for_ever(full):
    unit = records.make_unit()
    partnerships.update(full, by=unit, values={"slug": "borders-zambia"})
    hospital = full.members.get(institution__country="ZM").institution
    hospital.slug = "st-francis"
    institutions.save(hospital, by=unit)
    answer = get("/partnerships/nhs-borders-and-st-francis-hospital/")
    assert (answer.status_code, answer["Location"]) == (301, f"{API}/partnerships/borders-zambia/")
    answer = get("/institutions/st-francis-hospital/")
    assert (answer.status_code, answer["Location"]) == (301, f"{API}/institutions/st-francis/")
    assert get("/partnerships/", institution="st-francis").json()["count"] == 1


@pytest.mark.parametrize(
    "path",
    ["/partnerships/no-such/", "/institutions/no-such/", "/no-such-thing/", "/partnerships/x/y/"],
)
def test_what_is_not_there_is_a_problem_in_json(path):
    answer = get(path)
    assert answer.status_code == 404
    check_shape(answer.json(), schema.Problem(), path)


def test_a_draft_is_not_there_for_strangers():
    draft = records.make_partnership("Secret", moderation="draft")
    assert get(f"/partnerships/{draft.slug}/").status_code == 404
    assert get(f"/partnerships/{draft.public_id}/").status_code == 404
    assert get("/partnerships/").json()["count"] == 0


@pytest.mark.parametrize("path", ["/partnerships/", "/institutions/", "/facets/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(full, path, method):
    before = Partnership.objects.count()
    answer = getattr(Client(), method)(f"{API}{path}", {}, content_type="application/json")
    assert answer.status_code == 405
    check_shape(answer.json(), schema.Problem(), path)
    assert Partnership.objects.count() == before


BAD = {
    "on_map": "maybe",
    "country": "ZZ", "nation": "XXX", "region": "EUROPE", "income": "rich", "board": "nhs-mars",
    "institution": "nowhere", "topic": "nothing", "activity": "nothing", "profession": "nobody",
    "funder": "nobody", "kind": "friendship", "stage": "dead", "sdg": "18", "step": "7",
    "confirmed": "maybe", "began_from": "soon", "began_to": "20080", "bbox": "nan,1,2,3",
    "sort": "fastest", "page": "1000000000", "page_size": "201", "q": "a\x00b", "cursor": "mine",
    "fields": "id,password", "expand": "members", "format": "xml",
}  # fmt: skip


@pytest.mark.parametrize(("parameter", "value"), BAD.items())
def test_bad_values_get_a_400_that_names_the_parameter(parameter, value):
    answer = get("/partnerships/", **{parameter: value})
    assert answer.status_code == 400
    problem = answer.json()
    check_shape(problem, schema.Problem(), parameter)
    assert list(problem["errors"]) == [parameter]
    assert problem["errors"][parameter][0].endswith(".")


@pytest.mark.parametrize(
    "query",
    [
        {"country": ["MW"] * 50},
        {"q": "x" * 10_000},
        {"q": " ".join(f"w{n}" for n in range(40))},
        {"bbox": "1,2,3"},
        {"bbox": "0,10,10,0"},
        {"bbox": "-181,0,10,10"},
        {"page": "0"},
        {"page": "2"},
        {"page": "-1"},
        {"page": "٣"},
        {"page_size": "0"},
        {"page_size": "x"},
        {"began_from": "2020", "began_to": "2010"},
        {"began_from": "019990"},
        {"began_to": "0199900"},
        {"page_size": "0001001000000"},
        {"page": "0000000001"},
        {"q": ["one", "two"]},
        {"sdg": "x" * 200},
        {"country": "M\x00"},
    ],
)
def test_worse_questions_get_a_400_too(query):
    answer = get("/partnerships/", **query)
    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "path",
    [
        "/partnerships.csv",
        "/partnerships.xlsx",
        "/partnerships.geojson",
        "/partnerships/map.json",
        "/api/v1/facets/",
    ],
)
def test_every_machine_output_refuses_alike(path):
    answer = Client().get(path, {"country": "ZZ", "stage": "dead"})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"country", "stage"}


def test_unknown_names_and_empty_values_are_ignored(full):
    answer = get("/partnerships/", utm_source="mail", country="", q="  ", began_from="")
    assert answer.json()["count"] == 1


def test_pages_link_to_each_other(full):
    records.make_partnership("Another")
    first = get("/partnerships/", page_size=1, stage="").json()
    assert (first["count"], first["previous"], len(first["results"])) == (2, None, 1)
    second = Client().get(first["next"]).json()
    assert second["next"] is None
    assert Client().get(second["previous"]).json() == first
    assert first["results"] != second["results"]


def queries_of(path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = Client().get(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/partnerships/",
        "/api/v1/institutions/",
        "/api/v1/countries/",
        "/api/v1/health-boards/",
        "/api/v1/frameworks/",
        "/api/v1/facets/",
        "/api/v1/statistics/",
        "/api/v1/topics/",
        "/api/v1/topics/surgery/",
        "/api/v1/countries/MW/",
        "/api/v1/health-boards/nhs-tayside/",
        "/api/v1/institutions/ninewells/",
        "/api/v1/institutions/?format=csv",
        "/api/v1/partnerships/?format=jsonl&expand=members.institution,health_board",
        "/partnerships.csv",
        "/partnerships.geojson",
        "/partnerships.xlsx",
        "/partnerships/map.json",
    ],
)
def test_queries_do_not_grow_with_rows(path):
    tayside = records.make_board("NHS Tayside")
    ninewells = records.make_institution("Ninewells", country="GB", parent=tayside.institution)
    surgery = records.make_topic("Surgery")

    def add() -> None:
        number = Partnership.objects.count()
        board = records.make_board()
        member = records.make_institution(country="MW", latitude=-13.0 - number, longitude=34.0)
        record = records.make_partnership(
            members=[board.institution, ninewells, member],
            health_board=board,
            topics=[surgery, records.make_topic()],
            countries=["ZM", "RW", "NP"],
        )
        records.make_institution(country="GB", parent=ninewells)
        records.fill(record)
        records.make_framework()

    add()
    one = queries_of(path)
    add()
    add()
    assert queries_of(path) == one
    assert one <= 16


def test_unchanged_answers_are_304(full):
    first = get("/partnerships/")
    again = Client().get(f"{API}/partnerships/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_the_schema_is_whole(client):
    answer = client.get(f"{API}/schema/?format=json")
    document = json.loads(answer.content)
    assert document["openapi"].startswith("3.1")
    asked = {p["name"] for p in document["paths"]["/api/v1/partnerships/"]["get"]["parameters"]}
    assert asked == {*BAD}


def test_published_frameworks_only():
    records.make_framework(state="draft")
    assert get("/frameworks/").json()["results"] == []
    assert Framework.objects.count() == 1


def test_a_missing_slash_is_mended():
    answer = get("/partnerships", country="MW")
    assert (answer.status_code, answer["Location"]) == (301, f"{API}/partnerships/?country=MW")


def test_every_address_of_the_index_is_there(client):
    for address in get("/").json().values():
        expected = 401 if address.endswith("/proposals/") else 200  # with a key only
        assert client.get("/" + address.split("/", 3)[3]).status_code == expected, address


@pytest.mark.parametrize("path", [f"{API}/partnerships/", "/partnerships.csv"])
def test_a_request_too_large_is_refused_in_json(path):
    answer = Client().get(path + "?" + "&".join(f"a{n}=1" for n in range(6000)))
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_drafts_are_marked_where_their_people_read_them():
    board = records.make_board()
    records.make_partnership("Not yet", health_board=board, moderation="draft")
    client = Client()
    client.force_login(records.make_champion(board))
    assert [r["moderation"] for r in client.get(f"{API}/partnerships/").json()["results"]] == [
        "draft"
    ]
