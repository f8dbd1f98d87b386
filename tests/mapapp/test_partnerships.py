"""The list, the map and the page of one partnership."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mapapp.views.partnership_page import map_data
from partnerships.choices import Moderation
from partnerships.models import Agreement, Partnership
from partnerships.services import coordinators, partnerships
from partnerships.services.users import system_user
from tests.factories import records
from tests.pages import number, page, slugs, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


# -------------------------------------------------------------------------------------- the list


def test_the_list_shows_what_is_asked_for() -> None:
    nepal = records.make_institution(country="NP")
    scotland = records.make_institution(country="GB")
    records.make_partnership("Apple", members=[scotland, nepal])
    records.make_partnership("Pear")
    soup = page("/partnerships/", country="NP")
    assert slugs(soup) == ["apple"]
    assert number(soup) == 1
    assert text(soup.h1) == "1 partnership in Nepal"


def test_the_list_keeps_drafts_from_strangers() -> None:
    records.make_partnership("Public")
    records.make_partnership("Private", moderation=Moderation.DRAFT)
    soup = page("/partnerships/")
    assert slugs(soup) == ["public"]
    assert number(soup) == 1
    assert "Private" not in text(soup)


def test_a_champion_sees_the_drafts_of_the_board() -> None:
    board = records.make_board()
    records.make_partnership("Private", moderation=Moderation.DRAFT, health_board=board)
    client = Client()
    client.force_login(records.make_champion(board))
    soup = page("/partnerships/", client=client)
    assert slugs(soup) == ["private"]
    assert "Draft: not public" in text(soup)
    other = Client()
    other.force_login(records.make_champion())
    assert slugs(page("/partnerships/", client=other)) == []


def test_facets_and_words_belong_to_one_form() -> None:
    """Without JavaScript one button must send everything that was chosen."""
    records.make_partnership(topics=[records.make_topic("Surgery")])
    soup = page("/partnerships/", q="partnership", sort="-began")
    form = soup.select_one("form#find")
    assert form is not None
    assert form["method"] == "get"
    boxes = soup.select("input[type=checkbox]")
    assert boxes
    assert {box["form"] for box in boxes} == {"find"}
    assert form.select_one("input[name=q]")["value"] == "partnership"
    assert soup.select_one("input[form=find][name=sort]")["value"] == "-began"
    assert form.select_one("button[type=submit]") is not None


def test_a_chosen_value_is_ticked_and_has_a_chip_that_removes_it() -> None:
    records.make_partnership()
    soup = page("/partnerships/", country="MW", stage="active")
    ticked = {(box["name"], box["value"]) for box in soup.select("input[checked]")}
    assert ticked == {("country", "MW"), ("stage", "active")}
    chips = {text(chip): chip["href"] for chip in soup.select(".chip")}
    assert chips == {
        "Remove Country Malawi": "?stage=active",
        "Remove Alive? Active": "?country=MW",
    }


def test_the_words_have_a_chip_and_clear_all_clears_them_too() -> None:
    records.make_partnership()
    soup = page("/partnerships/", q="zebra fish", country="MW", sort="name", page_size="50")
    chips = {text(chip): chip["href"] for chip in soup.select(".chip")}
    assert chips == {
        "Remove Words “zebra fish”": "?country=MW&sort=name&page_size=50",
        "Remove Country Malawi": "?q=zebra%20fish&sort=name&page_size=50",
    }
    assert soup.select_one(".clear")["href"] == "?sort=name&page_size=50"
    assert text(soup.select_one("#filters-open")) == "Filter (1)"


def test_links_to_map_and_downloads_carry_the_question() -> None:
    records.make_partnership()
    soup = page("/partnerships/", country="MW", sort="name", utm_source="mail")
    links = {str(link["href"]) for link in soup.select("a[href]")}
    for path in (
        "/partnerships/map/",
        "/partnerships.csv",
        "/partnerships.xlsx",
        "/partnerships.geojson",
    ):
        assert f"{path}?country=MW&sort=name" in links


def test_pages_follow_each_other() -> None:
    for index in range(27):
        records.make_partnership(f"Number {index:02}")
    first, second = page("/partnerships/"), page("/partnerships/", page=2)
    assert len(slugs(first)) == 25
    assert slugs(second) == ["number-25", "number-26"]
    assert number(second) == 27
    assert first.select_one("a[rel=next]")["href"] == "?page=2"
    assert second.select_one("a[rel=prev]")["href"] == "?page=1"


def test_an_unknown_sort_of_post_is_refused() -> None:
    assert Client().post("/partnerships/").status_code == 405


# --------------------------------------------------------------------------------------- the map


def test_the_map_answers_the_same_question() -> None:
    nepal = records.make_institution(country="NP", latitude=27.7, longitude=85.3)
    records.make_partnership("Apple", members=[records.make_institution(country="GB"), nepal])
    records.make_partnership("Pear")
    soup = page("/partnerships/map/", country="NP")
    assert number(soup) == 1
    assert soup.select_one("#answer")["data-map-url"] == "/partnerships/map.json?country=NP"
    data = Client().get("/partnerships/map.json", {"country": "NP"}).json()
    assert [found["slug"] for found in data["partnerships"]] == ["apple"]
    assert [site["slug"] for site in data["sites"]] == [nepal.slug]


def test_the_map_says_which_nation_a_site_is_in() -> None:
    """So that lines can start in Scotland."""
    places = [("Aberdare", "GB", "WLS"), ("Ninewells", "GB", "SCT"), ("Mzuzu", "MW", "")]
    members = [
        records.make_institution(name, country=country, uk_nation=nation, latitude=9, longitude=9)
        for name, country, nation in places
    ]
    apple = records.make_partnership("Apple", members=members)
    several = Client().get("/partnerships/map.json").json()
    one = map_data(Partnership.objects.get(pk=apple.pk))
    for data in (several, one):
        assert {site["name"]: site["nation"] for site in data["sites"]} == {
            name: nation for name, _, nation in places
        }
    assert set(one["sites"][0]) == set(several["sites"][0])


def test_the_map_counts_what_it_cannot_place() -> None:
    records.make_partnership("Nowhere")
    data = Client().get("/partnerships/map.json").json()
    assert data["unplaced"] == [{"slug": "nowhere", "name": "Nowhere"}]
    assert data["count"] == 1


def test_the_map_keeps_drafts_from_strangers() -> None:
    records.make_partnership("Private", moderation=Moderation.DRAFT)
    assert Client().get("/partnerships/map.json").json()["count"] == 0


def test_an_invalid_question_is_400_on_the_map_too() -> None:
    assert "Country" in text(page("/partnerships/map/", 400, country="QQ"))
    answer = Client().get("/partnerships/map.json", {"country": "QQ"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["country"]


def test_tiles_are_used_only_where_they_are_set(settings: Any) -> None:
    records.make_partnership()
    assert page("/partnerships/map/").select_one("[data-map]")["data-tiles"] == ""
    tiles = ("Map", "https://tiles.example/{z}/{x}/{y}.png", {"attribution": "Somebody"})
    settings.LEAFLET_CONFIG = settings.LEAFLET_CONFIG | {"TILES": [tiles]}
    element = page("/partnerships/map/").select_one("[data-map]")
    assert element["data-tiles"] == "https://tiles.example/{z}/{x}/{y}.png"
    assert element["data-tiles-attribution"] == "Somebody"


# ------------------------------------------------------------------------------------ one record


def test_a_record_shows_both_sides() -> None:
    ninewells = records.make_institution("Ninewells Hospital", country="GB", city="Dundee")
    queens = records.make_institution("Queen Elizabeth", country="MW", city="Blantyre")
    records.make_partnership("Apple", members=[ninewells, queens], summary="It does things.")
    soup = page("/partnerships/apple/")
    sides = [text(side) for side in soup.select(".both-ends-side")]
    assert sides == [
        "In Scotland Ninewells Hospital , Dundee",
        "In Malawi Queen Elizabeth , Blantyre",
    ]
    assert text(soup.h1) == "Apple"
    assert "From public sources, not yet confirmed by the partners" in text(soup)


def test_a_declared_country_stands_in_for_an_unnamed_institution() -> None:
    scotland = records.make_institution("Ninewells", country="GB")
    records.make_partnership("Apple", members=[scotland], countries=["ZM"], gap_note="Only Zambia.")
    soup = page("/partnerships/apple/")
    assert text(soup.select(".both-ends-side")[1]).startswith("In Zambia")
    assert "Only Zambia." in text(soup)


@pytest.mark.parametrize("moderation", [m for m in Moderation.values if m != Moderation.LISTED])
def test_a_stranger_is_told_nothing_of_a_hidden_record(moderation: str) -> None:
    records.make_partnership("Secret plan", moderation=moderation)
    soup = page("/partnerships/secret-plan/", 404)
    assert "Secret plan" not in text(soup)


def test_the_author_sees_a_draft_and_that_it_is_one() -> None:
    author = records.make_user()
    records.make_partnership("Plan", moderation=Moderation.DRAFT, by=author)
    client = Client()
    client.force_login(author)
    assert "the public cannot see this page" in text(page("/partnerships/plan/", client=client))


def test_a_former_address_redirects_for_ever() -> None:
    partnership = records.make_partnership("Apple")
    partnerships.update(partnership, by=system_user(), values={"slug": "pear"})
    answer = Client().get("/partnerships/apple/")
    assert (answer.status_code, answer["Location"]) == (301, "/partnerships/pear/")


def test_a_former_address_of_a_hidden_record_is_not_told() -> None:
    partnership = records.make_partnership("Apple", moderation=Moderation.DRAFT)
    partnerships.update(partnership, by=system_user(), values={"slug": "pear"})
    assert Client().get("/partnerships/apple/").status_code == 404


def test_a_permanent_id_leads_to_the_address() -> None:
    partnership = records.make_partnership("Apple")
    answer = Client().get(f"/partnerships/{partnership.public_id}/")
    assert (answer.status_code, answer["Location"]) == (302, "/partnerships/apple/")


def test_a_coordinator_is_named_only_with_consent_and_in_office() -> None:
    today = timezone.localdate()
    partnership = records.make_partnership("Apple")
    member = partnership.members.first()
    assert member is not None
    people = {
        "Agrees": {},
        "Agrees Wholly": {},
        "Silent": {},
        "Going": {"until": today},
        "Gone": {"until": today - timedelta(days=1)},
        "Coming": {"since": today + timedelta(days=1)},
    }
    for name, values in people.items():
        person = records.make_coordinator(
            member, name, job_title=f"Title of {name}", email="secret@example.org", **values
        )
        purposes = {"Silent": [], "Agrees Wholly": ["show_name", "show_role"]}
        for purpose in purposes.get(name, ["show_name"]):
            coordinators.give_consent(
                person, purpose=purpose, notice_version="1", how="form", by=records.make_unit()
            )
    soup = page("/partnerships/apple/")
    shown = [text(element) for element in soup.select(".coordinator")]
    assert shown == [
        "Coordinator: Agrees",
        "Coordinator: Agrees Wholly, Title of Agrees Wholly",
        "Coordinator: Going",
    ]
    assert "secret@example.org" not in str(soup)


def test_a_hidden_place_shows_no_town_and_no_marker() -> None:
    scotland = records.make_institution(country="GB", city="Dundee", latitude=56.4, longitude=-3.0)
    away = records.make_institution(country="MW", city="Blantyre", latitude=-15.8, longitude=35.0)
    records.make_partnership("Apple", members=[scotland, away], location_level="hidden")
    soup = page("/partnerships/apple/")
    assert "Blantyre" not in str(soup)
    told = json.loads(soup.select_one("#map-data").text)
    assert (told["sites"], told["partnerships"]) == ([], [])
    assert told["countries"] == {"GB": 1, "MW": 1}  # which the page says in words too
    assert "-15.8" not in str(soup)


def test_a_sensitive_record_shows_no_town_and_only_its_district() -> None:
    scotland = records.make_institution(country="GB", city="Dundee", latitude=56.4, longitude=-3.0)
    away = records.make_institution(country="MW", city="Blantyre", latitude=-15.8, longitude=35.1)
    apple = records.make_partnership("Apple", members=[scotland, away], is_sensitive=True)
    soup = page("/partnerships/apple/")
    assert "Blantyre" not in str(soup)
    assert page("/partnerships/", q="blantyre").select("[data-partnership]") == []
    sites = Client().get("/partnerships/map.json").json()["sites"]
    assert {(site["lat"], site["lon"], site["precision"]) for site in sites} == {
        (-16.0, 35.0, "district"),
        (56.5, -3.0, "district"),
    }
    partnerships.update(apple, by=records.make_unit(), values={"is_sensitive": False})
    assert "Blantyre" in str(page("/partnerships/apple/"))
    assert len(page("/partnerships/", q="blantyre").select("[data-partnership]")) == 1


def test_the_cards_of_a_place_lead_to_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapapp.views.maps.MOST_CARDS", 1)
    place = {"country": "MW", "latitude": -15.8, "longitude": 35.0}
    hospital = records.make_institution("Queens", **place)
    ward = records.make_institution("Ward", parent=hospital, **place)
    other = records.make_institution("Other", country="ZM")
    topic = records.make_topic("Surgery")
    home = records.make_institution(country="GB")
    for members in ([hospital], [hospital, other], [ward]):
        records.make_partnership(members=[home, *members], topics=[topic])
    records.make_partnership(members=[home, hospital])

    def more(**query: Any) -> list[tuple[str, str]]:
        soup = page("/partnerships/at/", place="queens", **query)
        return [(text(link), link["href"]) for link in soup.select('a[href*="institution="]')]

    address = "/partnerships/?topic=surgery&institution=queens"
    assert more(topic="surgery") == [("All 3 at Queens and its parts", address)]
    assert number(page(address)) == 3
    address = "/partnerships/?institution=other&institution=queens"
    assert more(institution=["other", "queens"]) == [
        ("All 4 at Other or Queens and their parts", address)
    ]
    assert more(topic="surgery", institution="other") == []


def test_dates_say_what_they_are() -> None:
    partnership = records.make_partnership(
        "Apple", began_on=date(2008, 1, 1), began_precision="year"
    )
    Agreement.objects.create(
        partnership=partnership,
        title="Memorandum",
        signed_on=date(2010, 5, 3),
        expires_on=timezone.localdate() + timedelta(days=400),
    )
    soup = page("/partnerships/apple/")
    shown = [text(event) for event in soup.select(".timeline li")]
    assert shown[:2] == ["2008 began", "3 May 2010 agreement signed: Memorandum"]
    assert "is-ahead" in soup.select(".timeline li")[2]["class"]


def test_a_record_says_who_else_works_there() -> None:
    shared = records.make_institution("Queen Elizabeth", country="MW")
    for name in ("Apple", "Pear"):
        records.make_partnership(name, members=[records.make_institution(country="GB"), shared])
    link = page("/partnerships/apple/").select_one(
        'a[href="/partnerships/?institution=queen-elizabeth"]'
    )
    assert link is not None
    assert text(link) == "1 other partnership at Queen Elizabeth"
    listed = page("/partnerships/", institution="queen-elizabeth")
    assert sorted(slugs(listed)) == ["apple", "pear"]


def confirmed(partnership: Partnership, **sides: date) -> None:
    for name, day in sides.items():
        setattr(partnership, f"{name}_confirmed_on", day)
    partnership.last_confirmed_on = max(sides.values())
    partnership.save()


def test_a_record_that_nobody_confirms_leaves_the_list_and_says_so() -> None:
    partnership = records.make_partnership("Apple")
    confirmed(partnership, uk=timezone.localdate() - timedelta(days=800))
    assert slugs(page("/partnerships/")) == []
    assert slugs(page("/partnerships/", confirmed="overdue")) == ["apple"]
    assert "Nobody has confirmed this since" in text(page("/partnerships/apple/"))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"uk": 10, "partner": 20}, "Confirmed by both sides,"),
        ({"uk": 10}, "Confirmed by the UK side,"),
        ({"partner": 10}, "Confirmed by the partner side,"),
        ({"uk": 900, "partner": 10}, "Confirmed by the partner side,"),
        ({"uk": 380}, "Confirmation due since"),
        ({"uk": 500}, "Confirmation overdue since"),
    ],
)
def test_a_card_says_who_confirmed_it(days: dict[str, int], said: str) -> None:
    partnership = records.make_partnership("Apple")
    today = timezone.localdate()
    confirmed(partnership, **{side: today - timedelta(days=ago) for side, ago in days.items()})
    card = page("/partnerships/", confirmed=["yes", "due", "overdue"]).select_one(".confirmation")
    assert said in text(card)
