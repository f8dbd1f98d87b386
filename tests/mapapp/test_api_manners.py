"""How the API behaves over HTTP: problems for every status, formats, methods."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp import urls as site
from mapapp.api import urls as api
from partnerships.models import Institution
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "/api/v1/partnerships/"


class Breaks(APIView):
    """Stands for an address with a fault, or that reads a body."""

    def get(self, request: Request) -> Response:
        raise RuntimeError("A secret of the inside")

    def post(self, request: Request) -> Response:
        return Response({"read": request.data})


urlpatterns = [path("api/v1/breaks/", Breaks.as_view()), *site.urlpatterns]
handler400, handler403, handler404, handler500 = (
    site.handler400, site.handler403, site.handler404, site.handler500,
)  # fmt: skip
WITH_FAULT = override_settings(ROOT_URLCONF=__name__)


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The checked body of a problem."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    body: dict[str, Any] = json.loads(answer.content)
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["detail"].endswith(".")
    return body


# ------------------------------------------------------------------------------------ problems


@pytest.mark.parametrize(
    "address",
    [
        "/api/v2/partnerships/", "/api/v1/nothing/", "/api/v1/nothing", "/api/v1/a/b/c",
        "/api/v1/partnerships/no-such/", "/api/v1/partnerships/%00/", "/api/v1/partnerships/%0a/",
        "/api/v1/partnerships//", "/api/v1/countries/%F0%9F%98%80/", "/api/v1/%ff/", "/api/v1//",
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/csv"])
def test_404_wherever_there_is_nothing(address: str, accept: str) -> None:
    answer = Client().get(address, headers={"accept": accept})
    if answer.status_code == 406:  # there is an address, but nothing of that type at it
        assert accept != "*/*"
    else:
        problem(answer, 404)


def test_404_for_names_that_no_database_can_be_asked_for() -> None:
    routes = [f"/api/v1/{each.pattern}" for each in api.urlpatterns if "<" in str(each.pattern)]
    assert len(routes) > 10
    for route in routes:
        for name in ("%00", "MW%00", "a%00b"):
            problem(Client().get(re.sub(r"<.*?>", name, route)), 404)


def test_pages_whose_names_hold_a_nul_are_not_there() -> None:
    routes = [f"/{each.pattern}" for each in site.urlpatterns if "<" in str(each.pattern)]
    assert len(routes) > 5
    for route in routes:
        for name in ("%00", "MW%00"):
            answer = Client().get(re.sub(r"<.*?>", name, route))
            assert answer.status_code == (200 if "password" in route else 404), route


@pytest.mark.parametrize("address", ["/api/v1/nothing/", "/api/v1/nothing", "/api/v1/partnerships"])
def test_404_for_whatever_is_sent_where_nothing_is(address: str) -> None:
    problem(Client().post(address, {}, content_type="application/json"), 404)
    assert Client().options("/api/v1/nothing/").status_code == 404


def test_an_address_without_its_slash_moves() -> None:
    answer = Client().get("/api/v1/countries/MW", {"fields": "code"})
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/countries/MW/?fields=code")


def test_405_names_the_methods() -> None:
    answer = Client().delete(LIST)
    problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = Client(enforce_csrf_checks=True).generic(method, "/api/v1/docs/")
        problem(answer, 405)
        assert answer["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "accept", ["text/html", "image/*", "application/json;q=0", "application/json;q=0, */*;q=0"]
)
def test_406_where_nothing_fits(accept: str) -> None:
    problem(Client().get("/api/v1/countries/", headers={"accept": accept}), 406)


@pytest.mark.parametrize(
    "condition",
    [{"if-match": '"another"'}, {"if-unmodified-since": "Thu, 01 Jan 2015 00:00:00 GMT"}],
)
def test_412_where_it_is_another_by_now(condition: dict[str, str]) -> None:
    answer = Client().get(LIST, headers=condition)
    problem(answer, 412)
    assert "ETag" not in answer


@WITH_FAULT
def test_413_415_and_400_for_bodies() -> None:
    def send(body: str, kind: str = "application/json") -> Any:
        return Client().post("/api/v1/breaks/", body, content_type=kind)

    assert send('{"a": 1}').json() == {"read": {"a": 1}}
    problem(send("a=1", "text/plain"), 415)
    assert problem(send("{not json"), 400)["errors"]["body"]
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        problem(send('{"a": "too long for this"}'), 413)


@WITH_FAULT
def test_500_tells_nothing_of_the_inside() -> None:
    body = problem(Client(raise_request_exception=False).get("/api/v1/breaks/"), 500)
    assert "secret" not in json.dumps(body)
    assert "RuntimeError" not in json.dumps(body)


@pytest.mark.parametrize("form", ["json", "csv", "jsonl", "geojson"])
def test_503_while_the_database_is_away(form: str) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("could not connect to server at 10.0.0.7")

    with connection.execute_wrapper(away):
        answer = Client(raise_request_exception=False).get(LIST, {"format": form})
    body = problem(answer, 503)
    assert answer["Retry-After"] == "10"
    assert "10.0.0.7" not in json.dumps(body)


def test_429_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.exceptions import Throttled

    from mapapp.api.errors import handle

    answer = handle(Throttled(wait=12), {})
    assert problem(answer, 429)["detail"].startswith("Too many")
    assert answer is not None
    assert answer["Retry-After"] == "12"


def test_all_that_is_wrong_is_told_at_once() -> None:
    body = problem(Client().get(LIST, {"country": "ZZ", "stage": "dead"}), 400)
    assert set(body["errors"]) == {"country", "stage"}
    assert set(problem(Client().get(LIST, {"fields": "x", "expand": "y"}), 400)["errors"]) == {
        "fields", "expand",
    }  # fmt: skip


# ------------------------------------------------------------------------------------- formats


@pytest.fixture
def two() -> None:
    for name in ("Apple", "Pear"):
        records.make_partnership(name, members=[
            records.make_institution(country="GB", latitude=56.0, longitude=-3.0),
            records.make_institution(country="MW", latitude=-14.0, longitude=34.0),
        ])  # fmt: skip


def read(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/geo+json", "application/geo+json"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv;q=0.4, application/json;q=0.5", "application/json"),
        ("application/json;q=0.4, application/geo+json", "application/geo+json"),
        ("application/json;q=0, */*", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("nonsense;;;,,application/json;q=nan", "application/json"),
    ],
)
@pytest.mark.usefixtures("two")
def test_accept_chooses_the_form(accept: str, expected: str) -> None:
    answer = Client().get(LIST, headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, expected)
    assert "Accept" in answer["Vary"]


@pytest.mark.usefixtures("two")
def test_streams_hold_everything_whatever_the_page() -> None:
    def ask(form: str, **more: str) -> Any:
        asked = {"format": form, "page_size": "1", "sort": "-name", **more}
        return Client().get(LIST, asked, headers={"accept": "application/json"})

    whole = Client().get(LIST, {"sort": "-name"}).json()["results"]
    lines = ask("jsonl")
    assert lines["Content-Disposition"] == 'attachment; filename="partnerships.jsonl"'
    assert [json.loads(line) for line in read(lines).splitlines()] == whole
    features = json.loads(read(ask("geojson")))["features"]
    assert [feature["properties"]["slug"] for feature in features] == ["pear", "apple"]
    download = Client().get("/partnerships.csv", {"sort": "-name"})
    assert read(ask("csv")) == read(download)
    slim = [json.loads(line) for line in read(ask("jsonl", fields="slug")).splitlines()]
    assert slim == [{"slug": "pear"}, {"slug": "apple"}]
    (first, _) = json.loads(read(ask("geojson", fields="slug")))["features"]
    assert first["properties"] == {"slug": "pear"}
    assert sorted(first["geometry"]["coordinates"]) == [[-3.0, 56.0], [34.0, -14.0]]


@pytest.mark.usefixtures("two")
def test_institutions_stream_too() -> None:
    table = Client().get("/api/v1/institutions/", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(read(table).removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == list(
        Institution.objects.order_by("name_key", "pk").values_list("slug", flat=True)
    )
    assert {row["longitude"] for row in rows} == {"-3.0", "34.0"}
    lines = read(Client().get("/api/v1/institutions/", {"format": "jsonl", "fields": "slug"}))
    assert [json.loads(line)["slug"] for line in lines.splitlines()] == [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("address", "query", "name"),
    [
        (LIST, {"format": "xml"}, "format"),
        (LIST, {"format": ["csv", "json"]}, "format"),
        ("/api/v1/countries/", {"format": "csv"}, "format"),
        ("/api/v1/institutions/", {"format": "geojson"}, "format"),
        (LIST, {"format": "csv", "fields": "id"}, "fields"),
        (LIST, {"format": "csv", "expand": "health_board"}, "expand"),
        (LIST, {"format": "csv", "country": "ZZ"}, "country"),
        (LIST, {"format": "geojson", "page_size": "201"}, "page_size"),
        ("/api/v1/institutions/", {"format": "jsonl", "kind": "x"}, "kind"),
    ],
)
def test_what_does_not_go_together_is_a_400(address: str, query: Any, name: str) -> None:
    assert list(problem(Client().get(address, query), 400)["errors"]) == [name]


@pytest.mark.usefixtures("two")
def test_streams_are_compressed_as_they_go() -> None:
    answer = Client(headers={"accept-encoding": "gzip"}).get(LIST, {"format": "jsonl"})
    assert (answer.streaming, answer["Content-Encoding"]) == (True, "gzip")
    assert len(b"".join(answer.streaming_content)) < len(read(Client().get(f"{LIST}?format=jsonl")))


# ------------------------------------------------------------------------------------- methods


@pytest.mark.parametrize("query", ["", "?format=csv", "?format=geojson", "?country=ZZ"])
def test_head_is_get_without_a_body(query: str) -> None:
    records.make_partnership("Apple")
    get, head = Client().get(LIST + query), Client().head(LIST + query)
    assert (head.status_code, head.content) == (get.status_code, b"")
    for name in ("Content-Type", "Allow", "Content-Disposition", "Cache-Control"):
        assert head.headers.get(name) == get.headers.get(name)
    assert set(head["Vary"].split(", ")) == set(get["Vary"].split(", "))


def test_options_tells_what_may_be_asked() -> None:
    answer = Client().options(LIST)
    assert (answer.status_code, answer["Allow"]) == (200, "GET, HEAD, OPTIONS")
    told = answer.json()
    assert told["methods"] == ["GET", "HEAD", "OPTIONS"]
    assert told["formats"]["geojson"] == "application/geo+json"
    assert Client().get(told["described"].split("testserver")[-1]).status_code == 200
