"""The find page: its heading, its facets, its fragment, and questions that it cannot answer."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mapapp.headings import MOST, heading
from partnerships.models import FacetValue
from partnerships.search import PartnershipSearch
from partnerships.vocabulary import VOCABULARIES
from tests.factories import records
from tests.pages import number, page, slugs, text
from tests.real_registry import real_registry  # noqa: F401  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HTMX = {"HX-Request": "true"}


def test_empty_parameters_of_a_form_are_no_question() -> None:
    records.make_partnership("Apple")
    asked = "?q=&began_from=&began_to=&country=&country=MW&page=&utm_source=mail"
    answer = Client().get(f"/partnerships/{asked}")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/partnerships/?country=MW&utm_source=mail",
    )
    answer = Client().get("/partnerships/map/?q=&page_size=+&at=")
    assert (answer.status_code, answer["Location"]) == (302, "/partnerships/map/")
    soup = page("/partnerships/?q=", headers={"HX-Request": "true"})
    assert slugs(soup) == ["apple"]
    assert soup.select(".chip") == []


def test_nothing_found_says_what_to_leave_out() -> None:
    records.make_partnership()
    soup = page("/partnerships/", q="zebra", country="MW")
    assert number(soup) == 0
    ways = {text(way): way.a["href"] for way in soup.select(".ways li")}
    assert ways == {"without the words “zebra” 1 partnership": "?country=MW"}
    assert soup.select_one('.empty a[href="/partnerships/"]') is not None


def test_nothing_found_says_which_word_to_drop() -> None:
    away = records.make_institution(country="MW", city="Zomba")
    records.make_partnership(members=[records.make_institution(country="GB"), away])
    soup = page("/partnerships/", q="midwifery in Zomba", sort="name")
    ways = [(text(way), way.a["href"]) for way in soup.select(".ways li")]
    assert ways == [
        ("only “Zomba” 1 partnership", "?sort=name&q=Zomba"),
        ("without the words “midwifery in Zomba” 1 partnership", "?sort=name"),
    ]
    soup = page("/partnerships/", q="zebra Malawi Zomba", nation="WLS")
    assert [text(way) for way in soup.select(".ways li")] == []
    soup = page("/partnerships/", q="zebra Malawi Zomba")
    assert text(soup.select_one(".ways li")) == "only “Malawi Zomba” 1 partnership"
    assert len(page("/partnerships/", q=" ".join("abcdefghijk")).select(".ways li")) <= 6


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"country": "QQ"}, "Country"),
        ({"began_from": "soon"}, "Began from"),
        ({"page": "2"}, "There is no page 2"),
        ({"page": "0"}, "Page"),
        ({"sort": "beauty"}, "Order"),
        ({"bbox": "nan,0,0,0"}, "Area of the map"),
        ({"q": "a\x00b"}, "Words to search for"),
        ({"page_size": "30"}, "Write 25, 50 or 100"),
        ({"page_size": "9" * 5000}, "Results per page"),
        ({"at": "nan,0,3"}, "Place on the map"),
        ({"at": "1,2"}, "Place on the map"),
        ({"at": "1,361,3"}, "Place on the map"),
        ({"at": "1,2,20.5"}, "Place on the map"),
        ({"at": ["1,2,3", "1,2,3"]}, "Give this once"),
        ({"page_size": ["25", "50"]}, "Give this once"),
        ({"show": "a b"}, "Selected partnership"),
    ],
)
def test_an_invalid_question_says_what_is_wrong(query: dict[str, Any], said: str) -> None:
    records.make_partnership()
    soup = page("/partnerships/", 400, **query)
    assert said in text(soup.select_one(".error-summary"))
    assert slugs(soup) == []
    assert soup.select_one("a.button")["href"] == "/partnerships/"


def test_the_way_out_of_an_invalid_question_keeps_the_rest() -> None:
    records.make_partnership()
    soup = page("/partnerships/", 400, country="MW", sort="beauty")
    assert soup.select_one("a.button")["href"] == "/partnerships/?country=MW"


def test_past_the_last_page_the_way_out_is_there() -> None:
    for _ in range(26):
        records.make_partnership()
    soup = page("/partnerships/", 400, country="MW", page="99")
    assert text(soup.select_one("a.button")) == "The last page is 2: go there"
    assert soup.select_one("a.button")["href"] == "/partnerships/?country=MW&page=2"


# ------------------------------------------------------------------------ on the real registry


@pytest.mark.usefixtures("real_registry")
class TestReal:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("", "146 partnerships"),
            ("country=MW&topic=surgery", "2 partnerships in Malawi about surgery"),
            ("country=MW&nation=SCT", "28 partnerships between Scotland and Malawi"),
            ("region=AMR&region=SEAR", "in the Region of the Americas or the South-East Asia"),
            ("country=MW&region=AFR&q=link", "for “link” in Malawi"),
            ("board=nhs-fife&stage=active", "active partnership"),
            ("topic=hiv_and_sexual_health", "about HIV and sexual health"),
            ("country=MW&country=NP&country=ZM&country=GH", "in any of 4 countries"),
            ("began_from=2005&began_to=2010", "begun 2005 to 2010"),
            ("bbox=30,-20,40,-9", "in the chosen area"),
            ("country=MW&income=low&sdg=3", "in Malawi, with 2 more filters"),
            ("confirmed=never", "146 partnerships, with 1 filter"),
            ("country=NP&topic=stroke", "No partnerships in Nepal about stroke"),
        ],
    )
    def test_the_heading_says_the_question(self, query: str, said: str) -> None:
        found = heading(PartnershipSearch(QueryDict(query)))
        assert said in found
        assert found == said or said != "146 partnerships"

    def test_the_longest_heading_is_bounded(self) -> None:
        asked = {
            name: list(
                FacetValue.objects.filter(facet=name).values_list("value", flat=True).distinct()[:3]
            )
            for name in VOCABULARIES
            if name != "confirmed"
        }
        search = PartnershipSearch(asked | {"q": ["a" * 190], "began_from": ["1990"]})
        assert search.errors == {}
        assert len(heading(search)) < MOST + len(", with 16 more filters")

    @pytest.mark.parametrize("path", ["/partnerships/", "/partnerships/map/"])
    @pytest.mark.parametrize("query", ["", "country=MW&sort=-name&page=2", "q=zebra&topic=stroke"])
    def test_the_fragment_is_a_part_of_the_page(self, path: str, query: str) -> None:
        whole, answer = (
            Client().get(f"{path}?{query}"),
            Client().get(f"{path}?{query}", headers=HTMX),
        )
        assert "HX-Request" in whole["Vary"]
        assert "HX-Request" in answer["Vary"]
        soups = [BeautifulSoup(each.content, "html.parser") for each in (whole, answer)]
        assert soups[1].html is None
        assert soups[1].select_one("[data-map]") is None
        for part in ("feed-link", "find-head", "facets", "answer"):
            both = [soup.find(id=part) for soup in soups]
            both[1].attrs.pop("hx-swap-oob", None)
            assert str(both[0]) == str(both[1])
        assert text(soups[0].title) == text(soups[1].title)

    @pytest.mark.parametrize("narrowing", ["", "began_from=2005"])
    def test_every_box_finds_what_it_says(self, narrowing: str) -> None:
        """Its number is that of the list which asks for it, in trees too."""
        soup = page(f"/partnerships/?region=AFR&board=nhs-tayside&{narrowing}")
        boxes = [
            box for box in soup.select("#facets input[type=checkbox]") if box.get("checked") is None
        ]
        asked = {"country", "institution", "board", "region", "nation", "stage"}
        checked = [box for box in boxes if box["name"] in asked]
        assert {box["name"] for box in checked} == asked
        for box in checked[::3]:
            own = QueryDict(f"region=AFR&board=nhs-tayside&{narrowing}", mutable=True)
            own.setlist(str(box["name"]), [str(box["value"])])
            said = box.parent.select_one(".option-count").contents[0]
            assert PartnershipSearch(own).count == int(said), own
            assert (box.get("disabled") is not None) == (int(said) == 0)

    def test_below_a_ticked_region_only_its_countries_are_offered(self) -> None:
        def countries(query: str) -> dict[str, bool]:
            boxes = page(f"/partnerships/?{query}").select("[name=country]")
            return {str(box["value"]): box.get("disabled") is None for box in boxes}

        everywhere, in_asia = countries(""), countries("region=SEAR")
        assert all(everywhere.values())
        assert {"MW", "NP", "BD"} <= set(everywhere)
        assert "GB" not in everywhere  # nearly every partnership has an end there
        assert set(in_asia) == set(everywhere)  # each where it was
        assert (in_asia["NP"], in_asia["MW"]) == (True, False)
        assert countries("region=SEAR&country=MW")["MW"]  # what is chosen can be taken back

    def test_what_other_filters_leave_empty_keeps_its_place(self) -> None:
        def boxes(query: str) -> set[tuple[str, str, str]]:
            soup = page(f"/partnerships/?{query}")
            return {
                (str(facet["id"]), str(box["name"]), str(box["value"]))
                for facet in soup.select("#facets > details")
                for box in facet.select("input[type=checkbox]")
            }

        everything = boxes("")
        assert {"topic", "funder", "profession", "institution"} <= {
            name for _, name, _ in everything
        }
        assert boxes("q=dental&nation=WLS&country=NP&began_from=2020") == everything

    def test_what_is_behind_show_more_says_whether_it_finds_anything(self) -> None:
        soup = page("/partnerships/?country=NP&topic=stroke")
        for more in soup.select("#facets details.more"):
            offered = more.select("[type=checkbox]:not([disabled])")
            assert ("without results" in text(more.summary)) == (not offered), text(more.summary)

    def test_hospitals_stand_under_their_board_and_can_be_ticked_alone(self) -> None:
        soup = page("/partnerships/")
        more = soup.find(id="more-board-nhs-tayside")
        assert text(more.summary) == "Show 2 institutions under Health Board"
        assert "ninewells-hospital" in {box["value"] for box in more.select("input")}
        soup = page("/partnerships/?institution=ninewells-hospital")
        box = soup.select_one("#f-institution-ninewells-hospital")
        assert box.get("checked") is not None
        assert box.find_parent("details")["id"] == "facet-board"  # and not behind “show more”

    def test_beside_a_ticked_country_every_other_can_be_ticked(self) -> None:
        def countries(query: str) -> dict[str, str]:
            boxes = page(f"/partnerships/?{query}").select("[name=country]")
            numbers = (box.parent.select_one(".option-count").contents[0] for box in boxes)
            return {str(box["value"]): str(n) for box, n in zip(boxes, numbers, strict=True)}

        everywhere = countries("")
        beside = countries("country=MW")
        assert {code: beside[code] for code in everywhere} == everywhere

    def test_a_chosen_institution_is_sent_once_whether_it_has_a_box_or_not(self) -> None:
        for slug, boxes in (("ninewells-hospital", 1), ("university-of-edinburgh", 0)):
            soup = page(f"/partnerships/?institution={slug}")
            inputs = soup.select("input[name=institution]")
            chosen = [each for each in inputs if each["value"] == slug]
            assert len(chosen) == 1
            assert len([each for each in chosen if each["type"] == "checkbox"]) == boxes

    def test_what_to_leave_out_is_counted_and_true(self) -> None:
        question = "country=NP&board=nhs-tayside&q=hospital"
        soup = page(f"/partnerships/?{question}")
        assert number(soup) == 0
        ways = soup.select(".ways li")
        assert ways
        for way in ways:
            said = int(re.search(r"(\d+) partnerships?$", text(way))[1])
            assert (
                number(page(f"/partnerships/{way.a['href'].removeprefix('/partnerships/')}"))
                == said
            )

    def test_a_page_holds_as_many_as_asked_for(self) -> None:
        soup = page("/partnerships/?page_size=50&sort=name")
        assert len(slugs(soup)) == 50
        assert soup.select_one("a[rel=next]")["href"] == "?sort=name&page_size=50&page=2"
        sizes = {text(link): link["href"] for link in soup.select(".sizes a")}
        assert sizes == {"25": "?sort=name", "100": "?sort=name&page_size=100"}
        assert soup.select_one(".downloads a")["href"] == "/partnerships.csv?sort=name"

    def test_no_question_costs_more_than_twelve_queries(self) -> None:
        every = {
            name: FacetValue.objects.filter(facet=name).values_list("value", flat=True)[:1]
            for name in VOCABULARIES
            if name != "confirmed"
        }
        asked = urlencode(every | {"began_from": 1990}, doseq=True)
        for query in (asked, "region=AFR&country=MW&topic=surgery&page_size=100&q=malawi", ""):
            cache.clear()
            with CaptureQueriesContext(connection) as captured:
                assert Client().get(f"/partnerships/?{query}").status_code == 200
            assert len(captured) <= 12, query

    def test_places_of_the_listed_and_of_no_other(self) -> None:
        soup = page("/partnerships/?country=MW")
        places = json.loads(soup.find(id="shown-places").string)
        assert set(places) == set(slugs(soup))
        sites = Client().get("/partnerships/map.json?country=MW").json()["sites"]
        public = {(site["lat"], site["lon"]) for site in sites}
        assert {tuple(place[:2]) for each in places.values() for place in each} <= public
