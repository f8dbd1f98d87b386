"""One door: map, list, API, CSV, XLSX, GeoJSON and the command answer with the same records."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from partnerships.choices import LocationLevel
from partnerships.facets import SHOWN
from partnerships.filters import SORTS
from partnerships.indexing import rebuild
from partnerships.models import Champion, HealthBoard, Partnership, User, viewer_of
from partnerships.search import PartnershipSearch
from tests.conftest import ON_POSTGRES
from tests.factories.second_factors import enrolled
from tests.partnerships.oracle import Oracle
from tests.partnerships.questions import FACETS, Questions

QUESTIONS, CHUNKS = 200, 10
VIEWERS = ("visitor", "owner", "stranger", "unit")
CARD = re.compile(r'data-partnership="([^"]+)"')
COUNT = re.compile(r'data-result-count="(\d+)"')

pytestmark = pytest.mark.django_db


class Registry:
    """A made-up registry, its oracle, and a signed-in client for each viewer."""

    def __init__(self) -> None:
        call_command("load_reference_data", stdout=io.StringIO(), stderr=io.StringIO())
        call_command(
            "make_synthetic_registry",
            partnerships=48,
            seed=11,
            stdout=io.StringIO(),
            stderr=io.StringIO(),
        )
        self._vary()
        self.today = timezone.localdate()
        self.users = self._people()
        self.clients = {name: self._client(user) for name, user in self.users.items()}
        self.oracle = Oracle(self.today)
        self.questions = Questions(self.oracle, seed=2026)

    def _vary(self) -> None:
        """Every location level, sensitive or not, and every moderation state, on records of the
        same Board."""
        levels = list(LocationLevel)
        board = HealthBoard.objects.get(institution__slug="nhs-lothian")
        for index, partnership in enumerate(Partnership.objects.order_by("pk")):
            changes: dict[str, Any] = {
                "location_level": levels[index % len(levels)],
                "is_sensitive": index % 4 == 0,
                "twinning_step": index % 6 + 1 if index % 5 == 0 else None,
            }
            if index % 6 == 0:
                changes["health_board"] = board
            if index % 9 == 0:
                changes["moderation"] = ["draft", "submitted", "withdrawn"][index // 9 % 3]
            Partnership.objects.filter(pk=partnership.pk).update(**changes)
        rebuild()

    def _people(self) -> dict[str, User | None]:
        people: dict[str, User | None] = {"visitor": None}
        boards = {"owner": "nhs-lothian", "stranger": "nhs-orkney"}
        for name in ("owner", "stranger", "unit"):
            role = "unit" if name == "unit" else ""
            people[name] = enrolled(User.objects.create(username=name, role=role))
        for name, slug in boards.items():
            board = HealthBoard.objects.get(institution__slug=slug)
            Champion.objects.create(user=people[name], board=board, role="lead", since=self.today)
        return people

    def _client(self, user: User | None) -> Client:
        client = Client()
        if user:
            client.force_login(user)
        return client

    def expected(self, params: dict[str, list[str]], name: str) -> set[str]:
        return self.oracle.answer(params, viewer_of(self.users[name], on=self.today))


@pytest.fixture(scope="module")
def registry(django_db_setup: None, django_db_blocker: Any) -> Iterator[Registry]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Registry()
        transaction.set_rollback(True)


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def paged_list(client: Client, query: str) -> tuple[list[str], int]:
    slugs: list[str] = []
    number = 1
    while True:
        text = body(client.get(f"/partnerships/?{query}&page={number}")).decode()
        slugs += CARD.findall(text)
        total = int(COUNT.findall(text)[0])
        if len(slugs) >= total:
            return slugs, total
        number += 1


def from_api(client: Client, query: str) -> list[str]:
    page = json.loads(body(client.get(f"/api/v1/partnerships/?{query}&page_size=20")))
    slugs = [record["slug"] for record in page["results"]]
    while page["next"]:
        page = json.loads(body(client.get(page["next"])))
        slugs += [record["slug"] for record in page["results"]]
    assert len(slugs) == page["count"]
    return slugs


def in_csv(content: bytes) -> list[str]:
    text = content.decode("utf-8-sig")
    return [row["slug"] for row in csv.DictReader(io.StringIO(text))]


def in_xlsx(content: bytes) -> list[str]:
    sheet = load_workbook(io.BytesIO(content), read_only=True).active
    return [str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)]


def in_geojson(content: bytes) -> list[str]:
    return [feature["properties"]["slug"] for feature in json.loads(content)["features"]]


def in_json(content: bytes) -> list[str]:
    return [record["slug"] for record in json.loads(content)]


#: Formats of files, for the web and the command alike, and what reads the slugs in one.
FILES = {"csv": in_csv, "xlsx": in_xlsx, "geojson": in_geojson}
COMMAND = FILES | {"json": in_json}


def from_map(client: Client, query: str) -> list[str]:
    data = json.loads(body(client.get(f"/partnerships/map.json?{query}")))
    slugs = [record["slug"] for record in data["partnerships"] + data["unplaced"]]
    at_sites = {index for site in data["sites"] for index in site["partnerships"]}
    assert at_sites == set(range(len(data["partnerships"])))
    assert len(slugs) == data["count"]
    return slugs


class _Bytes(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")


def from_command(form: str, query: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    out = _Bytes()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        call_command("export_partnerships", format=form, query=query, stdout=out)
    out.flush()
    return COMMAND[form](out.buffer.getvalue())


def asked_by(number: int) -> tuple[str, ...]:
    """Who asks a question over HTTP: every second time the visitor, else the others in turn.

    FULL_PARITY=1 lets all four ask every question, which takes four times as long. What each of
    the four is answered is compared with the oracle for every question either way.
    """
    if os.environ.get("FULL_PARITY") == "1":
        return VIEWERS
    return ("visitor",) if number % 2 else (VIEWERS[1 + number // 2 % 3],)


def is_written_out(number: int) -> bool:
    """Pages and files say what was found alike whichever database found it: on PostgreSQL every
    fifth question is written out, and all of them with FULL_PARITY=1."""
    return not ON_POSTGRES or number % 5 == 0 or os.environ.get("FULL_PARITY") == "1"


def check_answers(registry: Registry, params: dict[str, list[str]]) -> None:
    for name in VIEWERS:
        search = PartnershipSearch(params, viewer=registry.users[name])
        found = set(search.results().values_list("slug", flat=True))
        assert found == registry.expected(params, name), (name, params)


def check_outputs(
    registry: Registry, params: dict[str, list[str]], names: tuple[str, ...]
) -> list[str]:
    """Every output of some viewers; the visitor's list, in its order."""
    visitors: list[str] = []
    query = urlencode(params, doseq=True)
    for name in names:
        client = registry.clients[name]
        expected = registry.expected(params, name)
        listed, total = paged_list(client, query)
        assert (set(listed), total) == (expected, len(expected)), (name, params)
        assert from_api(client, query) == listed, (name, params)
        for form, slugs_in in FILES.items():
            content = body(client.get(f"/partnerships.{form}?{query}"))
            assert slugs_in(content) == listed, (form, name, params)
        assert sorted(from_map(client, query)) == sorted(listed), (name, params)
        if name == "visitor":
            visitors = listed
    return visitors


def check_facets(registry: Registry, params: dict[str, list[str]], names: tuple[str, ...]) -> None:
    for name in names:
        user = registry.users[name]
        viewer = viewer_of(user, on=registry.today)
        for facet in PartnershipSearch(params, viewer=user).facets((*SHOWN, "institution")):
            shown = {option.value: option.count for option in facet.options if option.count}
            counted = registry.oracle.facet_counts(params, viewer, facet.parameter)
            assert shown == counted, (facet.parameter, name, params)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_output_and_facet_agrees_with_the_oracle(
    registry: Registry, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = Questions(registry.oracle, seed=chunk)
    for number, params in enumerate(questions.draw(QUESTIONS // CHUNKS)):
        names = asked_by(number)
        check_answers(registry, params)
        check_facets(registry, params, names)
        if not is_written_out(number):
            continue
        listed = check_outputs(registry, params, names)
        query = urlencode(params, doseq=True)
        for form in COMMAND if number % 10 == 0 else ("json",):  # a workbook takes its time
            told = from_command(form, query, monkeypatch)
            assert set(told) == registry.expected(params, "visitor"), (form, params)
            assert "visitor" not in names or told == listed, (form, params)


def test_the_questions_are_worth_asking(registry: Registry) -> None:
    """Most questions have answers, every parameter is asked, and viewers see different things."""
    asked = list(Questions(registry.oracle, seed=1).draw(QUESTIONS))
    answers = [len(registry.expected(params, "visitor")) for params in asked]
    assert sum(0 < n < 40 for n in answers) > QUESTIONS / 2
    names = {name for params in asked for name in params}
    assert names == {*FACETS, "q", "bbox", "began_from", "began_to", "on_map", "sort"}
    seen = [len(registry.expected({}, name)) for name in VIEWERS]
    assert seen[0] == seen[2] < seen[1] < seen[3]
    everything = {"confirmed": ["yes", "due", "overdue", "never"]}
    assert len(registry.expected({}, "visitor")) < len(registry.expected(everything, "visitor"))


@pytest.fixture(scope="module")
def strategy(registry: Registry) -> Any:
    values = registry.questions.values
    facets = {
        name: st.lists(st.sampled_from(found), min_size=1, max_size=4)
        for name, found in values.items()
        if found
    }
    words = sorted({word for record in registry.oracle.records for word in record.words})
    box = st.tuples(
        st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90)
    ).map(lambda b: [f"{b[0]},{min(b[1], b[3])},{b[2]},{max(b[1], b[3])}"])
    years = st.integers(1990, 2026).map(lambda year: [str(year)])
    text = st.one_of(st.text(max_size=30), st.sampled_from(words)).filter(lambda t: "\x00" not in t)
    optional = {
        **facets,
        "q": text.map(lambda t: [t]),
        "bbox": box,
        "began_from": years,
        "sort": st.sampled_from(sorted(SORTS)).map(lambda sort: [sort]),
    }
    return st.fixed_dictionaries({}, optional=optional)


@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_valid_question_gets_the_oracles_answer(
    registry: Registry, strategy: Any, data: Any
) -> None:
    drawn = data.draw(strategy)
    chosen = data.draw(st.lists(st.sampled_from(sorted(drawn)), max_size=3)) if drawn else []
    params = {name: drawn[name] for name in chosen}
    for name in VIEWERS:
        search = PartnershipSearch(params, viewer=registry.users[name])
        assert search.errors == {}
        found = set(search.results().values_list("slug", flat=True))
        assert found == registry.expected(params, name)
        assert [p.slug for p in search.ordered()] == [p.slug for p in search.for_list()]
