"""Pages ask the database a number of questions that never grows, and templates ask none."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.template.base import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.models import Agreement, HealthBoard, Institution, Topic
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]

#: For each page, whatever it shows: the issue's bar.
MOST_QUERIES = 12
PAGES = (
    "/",
    "/partnerships/",
    "/partnerships/map/",
    "/partnerships/map.json",
    "/partnerships/at/?place=ninewells",
    "/institutions/",
    "/institutions/ninewells/",
    "/countries/",
    "/countries/MW/",
    "/topics/",
    "/topics/surgery/",
    "/health-boards/",
    "/health-boards/nhs-tayside/",
    "/principles/",
    "/evaluation-rounds/",
    "/resources/",
    "/resources/?topic=surgery&audience=both_sides",
    "/statistics/",
)


@pytest.fixture
def world() -> tuple[HealthBoard, Institution]:
    board = records.make_board("NHS Tayside")
    ninewells = records.make_institution("Ninewells", country="GB", parent=board.institution)
    surgery = records.make_topic("Surgery")
    records.make_partnership(
        members=[board.institution, ninewells], countries=["NP"], topics=[surgery]
    )
    return board, ninewells


def grow(world: tuple[HealthBoard, Institution], number: int) -> None:
    """So many more of everything that a list may show."""
    board, ninewells = world
    for _ in range(number):
        away = records.make_institution(
            country="MW", latitude=-15.8, longitude=35.0, city="Blantyre"
        )
        records.make_institution(country="GB", parent=ninewells)
        topics = [Topic.objects.get(code="surgery"), records.make_topic()]
        record = records.make_partnership(
            members=[board.institution, ninewells, away],
            health_board=board,
            topics=topics,
            countries=["ZM", "RW", "NP"],
        )
        records.fill(record, each=3)
        records.fill(records.make_partnership(members=[ninewells, away], topics=topics[:1]))
        records.make_board()
        framework = records.make_framework()
        records.make_resource(topics=topics, principles=[framework.code, f"{framework.code}.p1"])


def queries(path: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert Client().get(path).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("path", PAGES)
def test_three_rows_cost_as_many_queries_as_one(world: Any, path: str) -> None:
    grow(world, 1)
    queries(path)  # whatever is cached once is cached now
    one = queries(path)
    grow(world, 2)
    three = queries(path)
    assert len(three) == len(one), "\n".join(three)


def test_more_of_everything_costs_a_record_no_more_queries() -> None:
    def made(name: str, each: int) -> str:
        sides = [records.make_institution(country=c) for c in ("GB", "MW") for _ in range(each)]
        topics = [records.make_topic() for _ in range(each)]
        codes = ["ZM", "RW", "NP", "BR", "XK"][:each]
        made = records.make_partnership(name, members=sides, topics=topics, countries=codes)
        records.fill(made, each=each)
        for member in made.members.all():
            records.make_coordinator(member)
        for number in range(each):
            Agreement.objects.create(partnership=made, title=f"Agreement {number}")
        return f"/partnerships/{made.slug}/"

    few, many = made("Few", 2), made("Many", 5)
    queries(few)
    for page in ("", "history/"):
        assert len(queries(many + page)) == len(queries(few + page))


@pytest.mark.django_db(transaction=True)
def test_pages_of_one_thing_ask_at_most_twelve_questions() -> None:
    """Outside a transaction, so with the data's version; nothing kept yet."""
    board = records.make_board("NHS Tayside")
    ninewells = records.make_institution("Ninewells", country="GB", parent=board.institution)
    records.make_topic("Surgery")
    grow((board, ninewells), 2)
    named = records.make_partnership("Apple", members=[ninewells, records.make_institution()])
    asked = {}
    for path in (
        "/countries/MW/",
        "/health-boards/nhs-tayside/",
        "/institutions/ninewells/",
        "/topics/surgery/",
        f"/partnerships/{named.slug}/",
        f"/partnerships/{named.slug}/history/",
    ):
        cache.clear()
        asked[path] = len(queries(path))
    assert {path: n for path, n in asked.items() if n > MOST_QUERIES} == {}


@pytest.fixture
def silent_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query while a template renders is an error."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise AssertionError(f"A template asked the database: {sql}")

    render = Template.render

    def guarded(self: Template, context: Any) -> Any:
        with connection.execute_wrapper(refuse):
            return render(self, context)

    monkeypatch.setattr(Template, "render", guarded)


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.usefixtures("silent_templates")
def test_templates_ask_nothing(world: Any, signed_in: bool) -> None:
    grow(world, 2)
    named = records.make_partnership("Apple", members=[world[1], records.make_institution()])
    records.make_coordinator(named.members.get(institution=world[1]))
    client = Client()
    if signed_in:
        client.force_login(records.make_unit())
    apple = "/partnerships/apple/"
    for path in (
        *PAGES,
        apple,
        f"{apple}history/",
        "/partnerships/?q=zebra",
        "/partnerships/?page=x",
    ):
        assert client.get(path).status_code in (200, 400), path
