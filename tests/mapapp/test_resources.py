"""Toolkits and guides: the API and the page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.choices import FrameworkState
from partnerships.models import Framework, Resource
from partnerships.resource_search import guides, publishers
from partnerships.services import resources
from tests.factories import records

pytestmark = [pytest.mark.django_db, pytest.mark.once]
API = "/api/v1/resources/"
BAD = [
    ("audience", "everybody"),
    ("topic", "nothing"),
    ("principle", "nothing"),
    ("principle", "thet.nothing"),
    ("language", "xx"),
    ("page", "0"),
    ("page", "99"),
    ("topic", "x" * 200),
    ("topic", "a\x00b"),
]


@pytest.fixture
def framework() -> Framework:
    framework = records.make_framework()
    framework.code, framework.title = "thet", "Principles of Partnership"
    framework.save()
    return framework


@pytest.fixture
def shelf(framework: Framework) -> None:
    eyes = records.make_topic("Eye health")
    records.make_resource("Beginning", audience="new_partnerships", principles=["thet"])
    records.make_resource("Checking", principles=["thet.p1"], topics=[eyes], published_year=2018)
    records.make_resource("Débuter", language="fr", audience="new_partnerships")
    resources.retire(records.make_resource("Old"), by=None)


def get(path: str = API, **asked: Any) -> Any:
    return Client().get(path, asked)


def found(**asked: Any) -> list[str]:
    answer = get(**asked)
    assert answer.status_code == 200, answer.content
    return [record["title"] for record in answer.json()["results"]]


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({}, ["Beginning", "Checking", "Débuter"]),
        ({"audience": "new_partnerships"}, ["Beginning", "Débuter"]),
        ({"audience": ["new_partnerships", "both_sides"], "language": "en"},
         ["Beginning", "Checking"]),
        ({"topic": "eye_health"}, ["Checking"]),
        ({"principle": "thet"}, ["Beginning", "Checking"]),
        ({"principle": "thet.p2"}, ["Beginning"]),
        ({"principle": "thet.p1", "topic": "eye_health"}, ["Checking"]),
        ({"audience": "volunteers"}, []),
        ({"language": "", "anything": "else"}, ["Beginning", "Checking", "Débuter"]),
    ],
)  # fmt: skip
def test_the_list_answers_the_question(
    shelf: None, asked: dict[str, Any], titles: list[str]
) -> None:
    assert found(**asked) == titles


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_values_are_told_by_parameter(shelf: None, name: str, value: str) -> None:
    answer = get(**{name: value})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [name]


def test_pages_hold_while_a_record_comes_before_them(shelf: None) -> None:
    first = get(page_size=1, audience="new_partnerships").json()
    assert (first["count"], first["previous"]) == (2, None)
    records.make_resource("Aaa", audience="new_partnerships")
    second = Client().get(first["next"]).json()
    assert [r["title"] for r in first["results"] + second["results"]] == ["Beginning", "Débuter"]
    assert get(cursor=first["next"].split("cursor=")[1]).status_code == 400  # another question


def test_a_record_answers_to_slug_and_id_and_says_what_it_is(shelf: None) -> None:
    made = Resource.objects.get(slug="checking")
    resources.found_working(made, on=date(2026, 5, 3), by=None)
    record = get(f"{API}checking/").json()
    assert record == get(f"{API}{made.public_id}/").json()
    assert record["principles"] == [{"code": "thet.p1", "label": "Principle 1"}]
    assert record["topics"] == [{"code": "eye_health", "label": "Eye health"}]
    assert record["audience"] == {"code": "both_sides", "label": "Both sides of a partnership"}
    assert (record["published"], record["last_checked"]) == (2018, "2026-05-03")
    assert get(f"{API}checking/", fields="title,audience.code").json() == {
        "title": "Checking", "audience": {"code": "both_sides"},
    }  # fmt: skip
    assert get(f"{API}old/").json()["retired"]
    assert [get(f"{API}{name}/").status_code for name in ("none", "a.b", "x" * 200)] == [404] * 3


def test_frameworks_of_drafts_cannot_be_asked_for(framework: Framework) -> None:
    assert found(principle="thet") == []
    framework.state = FrameworkState.DRAFT
    framework.save()
    assert get(principle="thet").status_code == 400


@pytest.mark.parametrize("path", [API, f"{API}checking/"])
def test_more_rows_cost_no_more_queries(shelf: None, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert Client().get(path).status_code == 200
        return len(asked)

    few = queries()
    topics = [records.make_topic(), records.make_topic()]
    for _ in range(3):
        records.make_framework()
        records.make_resource(topics=topics, principles=["thet", "thet.p1"])
    assert queries() == few <= 8


# ------------------------------------------------------------------------------------- the page


def page(status: int = 200, **asked: Any) -> BeautifulSoup:
    answer = get("/resources/", **asked)
    assert answer.status_code == status
    return BeautifulSoup(answer.content, "html.parser")


def text(node: Any) -> str:
    return " ".join(node.get_text().split())


def test_the_page_shows_what_the_api_lists(shelf: None) -> None:
    for asked in ({}, {"principle": "thet.p2"}, {"language": "fr"}):
        shown = page(**asked).select(".guides h3")
        assert [text(title) for title in shown] == found(**asked)
    soup = page(language="fr")
    assert soup.select_one(".guides h3 a")["hreflang"] == "fr"
    chip = soup.select_one(".chip")
    assert (text(chip), chip["href"]) == ("Remove Language French", "/resources/")


def test_the_form_keeps_what_was_chosen_and_offers_only_what_is_there(shelf: None) -> None:
    soup = page(principle="thet.p1", language="en")
    chosen = {
        select["name"]: [o["value"] for o in select.select("option[selected]")]
        for select in soup.select(".guide-filters select")
    }
    assert chosen == {"audience": [], "principle": ["thet.p1"], "language": ["en"]}
    offered = [o["value"] for o in soup.select("select[name=audience] option")]
    assert offered == ["", "new_partnerships", "both_sides"]
    groups = [group["label"] for group in soup.select("select[name=principle] optgroup")]
    assert groups == ["Principles of Partnership"]


def test_a_choice_of_one_is_none() -> None:
    records.make_resource()
    assert page().select("select") == []
    assert [s["name"] for s in page(language="en").select("select")] == ["language"]


def test_a_card_says_for_whom_and_when_its_link_was_checked(shelf: None) -> None:
    made = Resource.objects.get(slug="checking")
    assert "Link not checked yet" in text(page().select_one("#checking"))
    resources.found_working(made, on=date(2026, 5, 3), by=None)
    card = text(page().select_one("#checking"))
    assert "A publisher, 2018" in card
    assert "For Both sides of a partnership Helps with Principle 1 Topic Eye health" in card
    assert "Opens example.org. Link last checked 3 May 2026." in card


@pytest.mark.parametrize(("name", "value"), BAD)
def test_the_page_says_what_is_wrong_and_keeps_the_rest(shelf: None, name: str, value: str) -> None:
    rest = {"language": "en"} if name != "language" else {"audience": "both_sides"}
    soup = page(400, **{name: value}, **rest)
    (key, kept), *_ = rest.items()
    assert f"{key}={kept}" in soup.select_one("main .button")["href"]


def test_empty_answers_say_what_to_do(framework: Framework) -> None:
    assert "holds no toolkit or guide yet" in text(page().main)
    records.make_resource()
    soup = page(audience="volunteers")
    assert "No toolkit or guide has all of that" in text(soup.main)
    assert "Volunteers" in text(soup.select_one("select[name=audience] option[selected]"))


def test_other_pages_lead_there(framework: Framework) -> None:
    soup = BeautifulSoup(get("/principles/").content, "html.parser")
    links = {a["href"] for a in soup.select("a")}
    assert {"/resources/", "/resources/?principle=thet"} <= links
    sitemap = b"".join(get("/sitemap-pages.xml").streaming_content)
    assert b"/resources/</loc>" in sitemap


def test_a_publisher_is_asked_for_and_a_dead_link_is_marked(framework: Framework) -> None:
    records.make_resource("One", publisher="World Health Organization")
    dead = records.make_resource("Other", publisher="Somebody else")
    resources.found_dead(dead, problem="answers 404", on=date(2026, 5, 3), by=None)
    soup = page(publisher="world-health-organization")
    assert [text(h) for h in soup.select(".guides h3")] == ["One"]
    assert text(soup.select_one("select[name=publisher] option[selected]")).startswith("World")
    assert "has led nowhere since 3 May 2026" in text(page(publisher="somebody-else").main)
    page(400, publisher="nobody")


def test_publishers_whose_names_are_alike_or_in_another_script_are_asked_for() -> None:
    names = {"who": "WHO", "who-2": "W.H.O", "منظمة": "منظمة", "publisher": "…"}
    for number, name in enumerate(names.values()):
        records.make_resource(f"By {name}", slug=f"number-{number}", publisher=name)
    assert publishers() == names
    for code, name in names.items():
        assert found(publisher=code) == [f"By {name}"]
    resources.retire(Resource.objects.get(publisher="WHO"), by=None)
    assert found(publisher="who-2") == ["By W.H.O"]


def test_the_newest_version_names_a_framework() -> None:
    for version in ("2.0", "1.10"):
        made = records.make_framework(principles=1)
        made.code, made.version, made.title = "f", version, f"Version {version}"
        made.save()
    assert [guide.title for guide in guides()] == ["Version 2.0"]


def test_newcomers_find_where_to_begin(framework: Framework) -> None:
    records.make_resource("First steps", audience="new_partnerships")
    soup = BeautifulSoup(get("/about/").content, "html.parser")
    assert "First steps" in text(soup.main)
    assert soup.select_one("#starting")
