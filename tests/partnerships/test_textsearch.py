"""Words find the same records, in the same order, on both databases: golden questions.

And what is offered while they are typed, or after a slip.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from partnerships.models import Partnership
from partnerships.search import PartnershipSearch
from partnerships.spelling import did_you_mean
from partnerships.suggest import MOST, suggestions
from tests.real_registry import real_registry  # noqa: F401  # a fixture

#: Made from an answer that a person read through; long answers as their number and first five.
GOLDEN = json.loads((Path(__file__).parent / "golden_searches.json").read_text(encoding="utf-8"))
EVERYTHING = 146

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_registry")]


def found(words: str) -> list[str]:
    return [p.slug for p in PartnershipSearch({"q": [words]}).ordered()]


@pytest.mark.parametrize("words", GOLDEN)
def test_golden_question(words):
    expected, slugs = GOLDEN[words], found(words)
    if isinstance(expected, dict):
        assert {"count": len(slugs), "first": slugs[:5]} == expected
    else:
        assert slugs == expected


def test_there_are_enough_golden_questions():
    assert len(GOLDEN) >= 60


@pytest.mark.parametrize(
    "alike",
    [
        ["malawi", "MALAWI", "Maláwi", "malawi!"],
        ["Addenbrooke's", "Addenbrooke’s", "addenbrookes"],
        ["Côte d'Ivoire", "cote divoire", "Ivory Coast"],
        ["Swaziland", "Eswatini"],
        ["link", "twinning", "partnership"],
        ["paediatric", "paediatrics", "pediatric", "pediatrics"],
        ["st francis", "St. Francis'", "St Francis"],
        ["malawi nursing", "nursing in Malawi"],
        ["A&E fiji", "zzzz"],
    ],
)
def test_ways_to_write_the_same(alike):
    answers = [set(found(words)) for words in alike]
    assert all(answer == answers[0] for answer in answers)


def test_every_record_is_found_by_its_name_and_first():
    for partnership in Partnership.objects.all():
        assert found(partnership.name)[0] == partnership.slug


def test_every_record_is_found_by_slug_and_permanent_id():
    for partnership in Partnership.objects.all():
        assert partnership.slug in found(partnership.slug)
        assert found(str(partnership.public_id)) == [partnership.slug]


def test_a_former_name_finds_the_institution_of_today():
    thet = {p.slug for p in Partnership.objects.filter(members__institution__slug="thet")}
    assert thet
    assert thet <= set(found("Tropical Health and Education Trust"))
    assert thet <= set(found("THET"))


def test_words_of_several_fields_meet():
    for slug in found("nursing malawi lothian"):
        record = Partnership.objects.get(slug=slug)
        assert {"Nursing", "Nurses"} & {
            term.label for term in [*record.topics.all(), *record.professions.all()]
        }
        assert record.members.filter(institution__country="MW").exists()


def test_a_nation_is_not_the_whole_kingdom():
    assert 0 < len(found("scotland")) < len(found("united kingdom"))
    assert len(found("link")) == EVERYTHING


def test_the_index_says_what_a_rebuild_would_say():
    """The importer indexed these records as it wrote them."""
    from partnerships.indexing import rebuild
    from partnerships.models import FacetSheet, FacetValue, PublicLocation, SearchDocument

    def everything() -> list[set[Any]]:
        sheets = FacetSheet.objects.values_list("partnership", "pairs")
        return [
            {(pk, *sorted(json.loads(p) if isinstance(p, str) else p)) for pk, p in sheets},
            set(FacetValue.objects.values_list("partnership", "facet", "value")),
            set(SearchDocument.objects.values_list("partnership", "names", "words")),
            set(
                PublicLocation.objects.values_list(
                    "partnership", "institution", "side", "latitude", "longitude", "precision"
                )
            ),
        ]

    before = everything()
    on_sheets = {(row[0], *pair.split("=")) for row in before[0] for pair in row[1:]}
    assert on_sheets == {row for row in before[1] if row[1] != "institution"}
    rebuild()
    assert everything() == before


# ------------------------------------------------------------------------------- suggestions


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("mal", ("country", "MW", "Country")),
        ("MALAWI ", ("country", "MW", "Country")),
        ("swazi", ("country", "SZ", "Country, “Swaziland”")),
        ("scotland", ("nation", "SCT", "UK nation")),
        ("blan", ("q", "Blantyre", "Town, Malawi")),
        ("nurses", ("profession", "nurses", "Profession")),
        ("A&E", ("topic", "emergency_and_trauma_care", "Topic, “A&E”")),
        ("tayside", ("board", "nhs-tayside", "Health Board, Scotland")),
        ("QECH", ("institution", "queen-elizabeth-central-hospital", "Hospital, Blantyre, Malawi")),
        ("elizabeth que", ("institution", "queen-elizabeth-central-hospital", None)),
        ("friends of chitambo and", ("partnership", "friends-of-chitambo", "Zambia")),
        ("mental health education pro", ("institution", "smmhep", None)),
    ],
)
def test_the_likeliest_comes_first(typed, first):
    parameter, value, detail = first
    found = suggestions(typed)[0]
    assert found.parameter == parameter
    assert found.value.startswith(value)
    assert detail in (None, found.detail)


def test_a_count_is_what_the_list_shows():
    for typed in ("mal", "nurs", "scot", "nhs", "king"):
        for each in suggestions(typed):
            if each.count is not None:
                shown = PartnershipSearch({each.parameter: [each.value]}).count
                assert each.count == shown, each


def test_groups_share_the_room():
    found = suggestions("mal")
    assert len(found) == MOST
    assert [each.group for each in found] == sorted(
        (each.group for each in found),
        key=["places", "terms", "institutions", "partnerships"].index,
    )
    assert len({each.group for each in found}) == 4
    assert len(suggestions("hospital")) == MOST


@pytest.mark.parametrize("typed", ["", " ", "m", "!?", "a ", "zzzz", "the", "x" * 200, "\u4e2d"])
def test_nothing_is_offered_for_next_to_nothing(typed):
    assert [each for each in suggestions(typed) if each.rank == 0] == []


@pytest.mark.parametrize("typed", ["malwai", "mawali", "Malwi", "malwa"])
def test_a_slip_while_typing_offers_what_was_meant(typed):
    first = suggestions(typed)[0]
    assert (first.parameter, first.value) == ("country", "MW")
    assert first.detail == "did you mean? · Country"


# ------------------------------------------------------------------------------- did you mean


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Malwi", "Malawi"),
        ("Zambai", "Zambia"),
        ("mawali", "Malawi"),
        ("midwifes", "midwives"),
        ("opthalmology", "ophthalmology"),
        ("opthalm", "ophthalmology"),
        ("Quen Elizabeth", "Queen Elizabeth"),
        ("Ninewels", "Ninewells"),
        ("surgrey in malwi", "surgery in Malawi"),
        ("edinbrugh", "Edinburgh"),
        ("tropical helth trust", "tropical health trust"),
    ],
)
def test_a_slip_is_put_right_with_its_count(typed, meant):
    found = did_you_mean(PartnershipSearch({"q": [typed]}))
    assert found.words == meant
    assert found.count == PartnershipSearch({"q": [meant]}).count > 0


@pytest.mark.parametrize(
    "typed",
    [
        *("malawi", "midwives", "ninewells", "queen elizabeth", "QECH", "pall", "sickle", "3d"),
        # Known words that meet nowhere, and words that are like none of ours.
        *("surgery fiji", "cancer antarctica", "zzzz", "qzxv blurgh", "xy", "", "中文", "x" * 200),
    ],
)
def test_nothing_is_put_right_that_is_right_or_unknown(typed):
    assert did_you_mean(PartnershipSearch({"q": [typed]})) is None


def test_a_slip_under_filters_says_whether_they_stay():
    kept = did_you_mean(PartnershipSearch({"q": ["nursng"], "country": ["MW"], "page": ["3"]}))
    assert kept.keeps_filters
    assert kept.count == PartnershipSearch({"q": ["nursing"], "country": ["MW"]}).count
    dropped = did_you_mean(PartnershipSearch({"q": ["Zambai"], "country": ["PE"]}))
    assert not dropped.keeps_filters
    assert dropped.count == PartnershipSearch({"q": ["Zambia"]}).count
    assert did_you_mean(PartnershipSearch({"q": ["Zambai"], "country": ["nowhere"]})) is None
