"""Words find the same records, in the same order, on both databases: golden questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from partnerships.models import Partnership
from partnerships.search import PartnershipSearch
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
    from partnerships.models import FacetValue, PublicLocation, SearchDocument

    def everything() -> list[set[object]]:
        return [
            set(FacetValue.objects.values_list("partnership", "facet", "value")),
            set(SearchDocument.objects.values_list("partnership", "names", "words")),
            set(
                PublicLocation.objects.values_list(
                    "partnership", "institution", "side", "latitude", "longitude", "precision"
                )
            ),
        ]

    before = everything()
    rebuild()
    assert everything() == before
