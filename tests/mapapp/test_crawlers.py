"""What crawlers and feed readers get: every public address, no draft, no walk over facets."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from mapapp.urls import urlpatterns
from mapapp.views import crawlers
from partnerships.choices import Moderation
from partnerships.models import Institution
from partnerships.services import evaluation_reports, partnerships
from tests.factories import records
from tests.factories.study import make_reported_round
from tests.pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SITE = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"


def tree(path: str, client: Client | None = None) -> Any:
    answer = (client or Client()).get(path)
    assert answer.status_code == 200, path
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return ElementTree.fromstring(content)


def locations(path: str, client: Client | None = None) -> list[str]:
    found = [str(element.text) for element in tree(path, client).iter() if "loc" in element.tag]
    assert all(address.startswith(f"{SITE}/") for address in found)
    return [address.removeprefix(SITE) for address in found]


@pytest.fixture
def world() -> None:
    board = records.make_board("NHS Tayside")
    records.make_board("NHS Orkney")
    for name in ("Apple", "Banana", "Cherry"):
        records.make_partnership(
            name,
            members=[board.institution, records.make_institution()],
            topics=[records.make_topic()],
            summary=f"{name} & friends <learn> together.",
        )
    records.make_partnership("Secret plan", moderation=Moderation.DRAFT, countries=["NP"])


@pytest.mark.usefixtures("world")
def test_the_sitemap_names_every_public_address_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawlers, "PER_FILE", 2)
    client, unit = Client(), records.make_unit()
    framework = f"/principles/{records.make_framework().code}/1/"
    records.make_framework(state="draft")
    make_reported_round(unit, slug="spring")
    made = make_reported_round(unit, slug="autumn")
    evaluation_reports.publish(made, by=unit, with_words=False, at=timezone.now())
    client.force_login(unit)  # a file for crawlers names no draft to anybody
    files = locations("/sitemap.xml", client)
    found = [path for file in files for path in locations(file, client)]
    assert len(found) == len(set(found))
    assert {Client().get(path).status_code for path in found} == {200}
    records_found = {path for path in found if path.startswith("/partnerships/")}
    assert records_found == {
        "/partnerships/",
        "/partnerships/map/",
        "/partnerships/apple/",
        "/partnerships/banana/",
        "/partnerships/cherry/",
    }
    slugs = set(Institution.objects.values_list("slug", flat=True))
    assert {f"/institutions/{slug}/" for slug in slugs} <= set(found)
    assert {"/countries/MW/", "/health-boards/nhs-tayside/", "/statistics/"} <= set(found)
    assert {framework, f"{framework}p1/", f"{framework}p2/"} <= set(found)
    rounds = {path for path in found if path.startswith("/evaluation-rounds/")}
    assert rounds == {"/evaluation-rounds/", "/evaluation-rounds/autumn/"}
    assert {"/countries/NP/", "/health-boards/nhs-orkney/"} & set(found) == set()


@pytest.mark.usefixtures("world")
def test_the_sitemap_says_when_a_record_last_changed() -> None:
    (changed,) = {
        datetime.fromisoformat(str(element.text)).date()
        for element in tree("/sitemap-partnerships-1.xml").iter()
        if "lastmod" in element.tag
    }
    assert changed == timezone.now().date()


@pytest.mark.parametrize(
    "name", ["partnerships-2", "partnerships-0", "users-1", "institutions-" + "9" * 60, "x"]
)
def test_other_files_of_the_sitemap_are_404(name: str) -> None:
    assert Client().get(f"/sitemap-{name}.xml").status_code == 404


def may_fetch(path: str) -> bool:
    """RFC 9309: a rule is a prefix in which a star stands for anything. Ours only disallow."""
    lines = Client().get("/robots.txt").content.decode().splitlines()
    rules = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    patterns = [".*".join(map(re.escape, rule.split("*"))) for rule in rules]
    return not any(re.match(pattern, path) for pattern in patterns)


def test_crawlers_are_kept_from_combinations_of_filters() -> None:
    allowed = ("/", "/partnerships/", "/partnerships/apple/", "/partnerships/feed/", "/sitemap.xml")
    walked = (
        "/partnerships/?country=MW",
        "/partnerships/map/?country=MW",
        "/partnerships/map.json",
        "/partnerships/feed/?topic=eyes",
        "/partnerships.csv",
        "/partnerships/suggest/?q=a",
        "/partnerships/apple/suggest/",
        "/suggest/",
        "/statistics/?country=MW",
        "/institutions/?q=a",
        "/admin/",
    )
    assert [path for path in allowed if not may_fetch(path)] == []
    assert [path for path in walked if may_fetch(path)] == []
    naive = RobotFileParser()
    naive.parse(Client().get("/robots.txt").content.decode().splitlines())
    assert [path for path in allowed if not naive.can_fetch("Any", path)] == []
    assert naive.site_maps() == [f"{SITE}/sitemap.xml"]


def test_an_answer_to_a_question_is_not_for_the_index() -> None:
    records.make_partnership()
    plain, asked = page("/partnerships/"), page("/partnerships/?country=MW")
    assert plain.select("meta[name=robots]") == []
    assert asked.select_one("meta[name=robots]")["content"] == "noindex, nofollow"
    for soup in (plain, asked):
        assert soup.select_one("link[rel=canonical]")["href"] == f"{SITE}/partnerships/"


def test_browsers_that_ask_for_an_icon_get_ours() -> None:
    answer = Client().get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/img/favicon.svg")


# ----------------------------------------------------------------------------------- the feed


def entries(path: str) -> list[Any]:
    return list(tree(path).iter(f"{ATOM}entry"))


@pytest.mark.usefixtures("world")
def test_the_feed_has_what_changed_last_first() -> None:
    banana = partnerships.Partnership.objects.get(slug="banana")
    banana.website = "https://example.org/banana"
    partnerships.save(banana, by=records.make_unit(), reason="A website")
    banana.refresh_from_db()
    first, *others = entries("/partnerships/feed/")
    assert first.findtext(f"{ATOM}title") == "Banana"
    assert first.findtext(f"{ATOM}id") == f"urn:uuid:{banana.public_id}"
    assert (
        first.findtext(f"{ATOM}summary") == "Scotland – Malawi. Banana & friends <learn> together."
    )
    assert first.find(f"{ATOM}link").get("href") == f"{SITE}/partnerships/banana/"
    updated = datetime.fromisoformat(first.findtext(f"{ATOM}updated"))
    assert updated.astimezone(UTC) == banana.modified_at
    assert {entry.findtext(f"{ATOM}title") for entry in others} == {"Apple", "Cherry"}


@pytest.mark.usefixtures("world")
def test_the_feed_answers_the_question_of_the_list() -> None:
    assert len(entries("/partnerships/feed/?q=cherry&sort=name&page=1")) == 1
    assert entries("/partnerships/feed/?q=nothing") == []
    for query in ("", "?q=cherry&sort=name"):
        shown = page(f"/partnerships/{query}")
        for tag in ("link", "a"):
            address = shown.select_one(f"{tag}[type='application/atom+xml']")["href"]
            assert address == f"/partnerships/feed/{query}"


def test_the_feed_has_at_most_fifty_and_refuses_bad_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mapapp.views.feed.MOST", 2)
    for name in ("One", "Two\x0b", "Three"):  # a character that no XML can hold
        records.make_partnership(name, slug=name.strip().lower())
    assert len(entries("/partnerships/feed/")) == 2
    assert len(entries("/partnerships/feed/?q=two")) == 1
    answer = Client().get("/partnerships/feed/?country=QQ&page=x")
    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, ["country", "page"])


def test_no_record_takes_the_address_of_a_page() -> None:
    parts = [str(each.pattern).split("/") for each in urlpatterns if isinstance(each, URLPattern)]
    taken = {part[1] for part in parts if part[0] == "partnerships" and part[1].isalpha()}
    assert taken >= {"at", "feed", "map", "suggest"}
    for slug in taken:
        with pytest.raises(ValidationError, match="is a page of this site"):
            records.make_partnership(slug=slug)
