"""Coded lists, countries, Boards and frameworks: what searching learns, what stays as it is."""

from __future__ import annotations

from datetime import date

import pytest

from partnerships.choices import FrameworkState
from partnerships.models import FacetValue, Hallmark, SearchDocument, Topic
from partnerships.search import PartnershipSearch
from partnerships.services import checklists, frameworks, health_boards, vocabularies
from partnerships.services.partnerships import NotAllowed
from tests.factories.records import (
    make_board,
    make_country,
    make_framework,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
)

pytestmark = pytest.mark.django_db


def found(words: str) -> set[str]:
    return {row.name for row in PartnershipSearch({"q": [words]}).results()}


def test_a_new_label_and_synonym_are_found_at_once() -> None:
    topic = make_topic("Maternity")
    make_partnership("Blantyre link", topics=[topic])
    make_partnership("Another")
    topic.label, topic.synonyms = "Midwifery", ["childbirth"]
    assert vocabularies.save(topic, by=make_unit(), reason="Clearer")
    assert found("midwifery") == found("childbirth") == {"Blantyre link"}
    assert found("maternity") == set()
    assert not vocabularies.save(topic, by=make_unit())
    assert topic.history.first().history_change_reason == "Clearer"


def test_a_used_term_is_retired_and_an_unused_one_can_go() -> None:
    used, unused = make_topic(), make_topic()
    record = make_partnership(topics=[used])
    with pytest.raises(NotAllowed, match="Retire it instead"):
        vocabularies.delete(used, by=make_unit(), reason="Duplicate")
    assert vocabularies.retire(used, by=make_unit(), on=date(2026, 1, 1))
    assert not vocabularies.retire(used, by=make_unit())
    assert list(record.topics.all()) == [used]
    assert used not in Topic.objects.current()
    vocabularies.delete(unused, by=make_unit(), reason="Never used")
    assert list(Topic.objects.all()) == [used]


def test_a_countrys_new_region_moves_its_records() -> None:
    record = make_partnership(
        members=[make_institution(country="GB"), make_institution(country="XK")]
    )
    kosovo = make_country("XK")
    assert not FacetValue.objects.filter(partnership=record, facet="region", value="AFR").exists()
    kosovo.who_region = "AFR"  # not so, but visibly different
    assert vocabularies.save_country(kosovo, by=make_unit(), reason="For a test")
    assert FacetValue.objects.filter(partnership=record, facet="region", value="AFR").exists()


def test_a_new_board_owns_what_its_institutions_do() -> None:
    board = make_board()
    hospital = make_institution(country="GB", parent=board.institution)
    record = make_partnership(members=[hospital, make_institution(country="MW")])
    FacetValue.objects.filter(facet="board").delete()
    board.former_codes = ["S08000001"]
    assert health_boards.save(board, by=make_unit())
    assert FacetValue.objects.get(facet="board").partnership == record
    assert SearchDocument.objects.count() == 1


def test_wording_that_was_answered_stands() -> None:
    unit = make_unit()
    framework = make_framework(state=FrameworkState.DRAFT)
    hallmark = Hallmark.objects.filter(principle__framework=framework).first()
    hallmark.text = "Better words"
    assert frameworks.save_wording(hallmark, by=unit)

    frameworks.publish(framework, by=unit)
    framework.refresh_from_db()
    checklists.open_round(partnership=make_partnership(), framework=framework, by=unit)
    hallmark.text = "Other words"
    with pytest.raises(NotAllowed, match="Make a new version"):
        frameworks.save_wording(hallmark, by=unit)
    with pytest.raises(NotAllowed, match="Make a new version"):
        frameworks.remove_wording(hallmark.principle, by=unit, reason="")
    with pytest.raises(NotAllowed, match="Retire it"):
        frameworks.delete(framework, by=unit, reason="")
    assert frameworks.retire(framework, by=unit)


def test_an_unused_framework_can_go_with_its_wording() -> None:
    framework = make_framework(state=FrameworkState.DRAFT)
    frameworks.delete(framework, by=make_unit(), reason="A mistake")
    assert not Hallmark.objects.exists()
    assert Hallmark.history.filter(history_type="-").count() == 4
