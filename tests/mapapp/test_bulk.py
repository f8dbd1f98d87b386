"""The addresses of the whole dataset: the list, the files, parts of them, and the descriptor."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client, override_settings

from mapapp.api import bulk_schema, schema
from partnerships import bulk
from partnerships.sources import LICENCE_ID, SOURCES
from tests.factories import records
from tests.mapapp.test_api import check_shape

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HERE = "/api/v1/bulk/"


@pytest.fixture
def listed() -> dict[str, Any]:
    records.make_partnership("One")
    found: dict[str, Any] = Client().get(HERE).json()
    return found


def get(name: str, **headers: str) -> Any:
    """An answer, read to its end."""
    sent = {header.replace("_", "-"): value for header, value in headers.items()}
    answer: Any = Client().get(HERE + name, headers=sent)
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def body(answer: Any) -> bytes:
    read: bytes = answer.body
    return read


def test_the_list_says_what_there_is_and_whose(listed):
    check_shape(listed, bulk_schema.Bulk(), HERE)
    assert listed["license"]["name"] == LICENCE_ID
    assert len(listed["sources"]) == len(SOURCES)
    assert "Open Government Licence v3.0" in listed["attribution"]
    assert listed["data_dictionary"].endswith("/api/v1/docs/#tables")
    assert [file["name"] for file in listed["files"]][:3] == [
        "partnerships.csv",
        "partnerships.jsonl",
        "partnerships.geojson",
    ]


def test_every_file_is_what_the_list_says(listed):
    for file in listed["files"]:
        for name, said in ((file["name"], file), (f"{file['name']}.gz", file["gzip"])):
            answer = get(name)
            content = body(answer)
            digest = sha256(content)
            assert said["url"].endswith(HERE + name)
            assert len(content) == said["bytes"] == int(answer["Content-Length"])
            assert digest.hexdigest() == said["sha256"] == answer["ETag"].strip('"')
            assert b64encode(digest.digest()).decode() in answer["Repr-Digest"]
            assert answer["Accept-Ranges"] == "bytes"
            assert answer["Cache-Control"] == "public, no-cache"
        assert get(file["name"])["Content-Type"].startswith(file["media_type"])


def test_who_takes_gzip_gets_the_twin_with_its_length(listed):
    answer = get("partnerships.jsonl", accept_encoding="br, gzip")
    content = body(answer)
    assert answer["Content-Encoding"] == "gzip"
    assert len(content) == int(answer["Content-Length"])
    assert gzip.decompress(content) == body(get("partnerships.jsonl"))
    assert "Accept-Encoding" in answer["Vary"]
    assert not get("partnerships.jsonl", accept_encoding="gzip;q=0").has_header("Content-Encoding")
    twin = get("partnerships.jsonl.gz", accept_encoding="gzip")
    assert not twin.has_header("Content-Encoding"), "not compressed twice"
    assert body(twin) == content


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=0-999999999", slice(None)),
        ("bytes=-999999999", slice(None)),
    ],
)
def test_a_part_can_be_asked_for(listed, asked, part):
    whole = body(get("partnerships.csv"))
    answer = get("partnerships.csv", range=asked, accept_encoding="gzip")
    assert body(answer) == whole[part]
    assert answer.status_code == (200 if whole[part] == whole else 206)
    assert int(answer["Content-Length"]) == len(whole[part])
    if answer.status_code == 206:
        assert answer["Content-Range"].endswith(f"/{len(whole)}")


@pytest.mark.parametrize("asked", ["bytes=9-1", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "x" * 9])
def test_what_is_not_one_range_gives_the_whole(listed, asked):
    assert body(get("partnerships.csv", range=asked)) == body(get("partnerships.csv"))


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_beyond_the_end_is_a_416(listed, asked):
    answer = get("partnerships.csv", range=asked)
    assert answer.status_code == 416
    assert answer["Content-Range"].startswith("bytes */")
    check_shape(answer.json(), schema.Problem(), asked)


def test_a_part_of_other_bytes_is_not_given(listed):
    tag = get("partnerships.csv")["ETag"]
    assert get("partnerships.csv", range="bytes=5-", if_range=tag).status_code == 206
    assert get("partnerships.csv", range="bytes=5-", if_range='"other"').status_code == 200
    refused = get("partnerships.csv", if_match='"other"')
    assert refused.status_code == 412
    check_shape(refused.json(), schema.Problem(), "another version")
    assert get("partnerships.csv", if_match=tag).status_code == 200


@pytest.mark.parametrize("name", ["", "partnerships.csv", "members.csv.gz", "datapackage.json"])
def test_who_has_it_already_gets_a_304(name, listed):
    tag = get(name)["ETag"]
    answer = get(name, if_none_match=tag)
    assert (answer.status_code, body(answer)) == (304, b"")
    assert answer["ETag"] == tag


def test_head_tells_the_size(listed):
    answer = Client().head(HERE + "partnerships.csv")
    assert answer["Content-Length"] == str(listed["files"][0]["bytes"])


@pytest.mark.parametrize("name", ["no-such.csv", "...", "manifest.json", "present", ".gz"])
def test_other_names_are_not_there(listed, name):
    answer = get(name)
    assert answer.status_code == 404
    check_shape(answer.json(), schema.Problem(), name)


def test_accept_does_not_matter_for_a_file(listed):
    assert get("partnerships.csv", accept="text/csv").status_code == 200


def test_the_descriptor_describes_the_files(listed):
    package = get("datapackage.json").json()
    files = {file["name"]: file for file in listed["files"]}
    assert package["$schema"].endswith("/2.0/datapackage.json")
    assert [each["name"] for each in package["licenses"]] == [LICENCE_ID]
    assert {each["path"] for each in package["resources"]} == set(files)
    names = [each["name"] for each in package["resources"]]
    assert sorted(set(names)) == sorted(names)
    tables = {each["name"]: each for each in package["resources"]}
    for each in package["resources"]:
        assert each["hash"] == f"sha256:{files[each['path']]['sha256']}"
        assert each["bytes"] == files[each["path"]]["bytes"]
        if each["format"] == "csv":
            check_table(each, tables)
        elif each["format"] == "jsonl":
            line = json.loads(body(get(each["path"])).splitlines()[0])
            assert {field["name"] for field in each["schema"]["fields"]} == set(line)


def check_table(resource: dict[str, Any], tables: dict[str, Any]) -> None:
    heading = body(get(resource["path"])).decode().split("\r\n")[0]
    fields = resource["schema"]["fields"]
    assert [field["name"] for field in fields] == heading.split(",")
    assert [field["name"] for field in fields if not field["description"]] == []
    assert set(resource["schema"]["primaryKey"]) <= {field["name"] for field in fields}
    for key in resource["schema"].get("foreignKeys", ()):
        there = tables[key["reference"]["resource"]]["schema"]["fields"]
        assert set(key["reference"]["fields"]) <= {field["name"] for field in there}


def test_while_there_are_no_files_the_answer_says_when_to_come_back(monkeypatch, tmp_path):
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", -1)
    with override_settings(BULK_DIR=tmp_path):
        for name in ("", "partnerships.csv", "datapackage.json"):
            answer = get(name)
            assert answer.status_code == 503
            assert int(answer["Retry-After"]) > 0
            assert "make_bulk" in answer.json()["detail"]
            check_shape(answer.json(), schema.Problem(), name)
