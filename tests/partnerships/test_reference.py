"""Loading reference data: what the files say, twice the same, and persons' changes kept."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from partnerships.choices import FrameworkState
from partnerships.exports import SEPARATOR
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    FacetValue,
    Framework,
    Funder,
    Hallmark,
    HealthBoard,
    Institution,
    InstitutionAlias,
    Principle,
    Profession,
    Questionnaire,
    SearchDocument,
    Topic,
)
from partnerships.services import vocabularies
from partnerships.services.details import apply as apply_details
from partnerships.services.reference import FOLDER, REASON, load, load_aliases
from partnerships.services.users import system_user
from tests.factories.evaluations import make_round
from tests.factories.records import make_institution, make_partnership, make_unit

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TERMS: dict[str, Any] = {
    "topics": Topic,
    "activities": Activity,
    "professions": Profession,
    "funders": Funder,
}
AUDITED = (Country, Topic, Activity, Profession, Funder, Institution, HealthBoard, Framework)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), transaction.atomic():
        load(by=system_user(), at=AT)
        yield
        transaction.set_rollback(True)


def snapshot() -> dict[str, Any]:
    models = (*AUDITED, DevelopmentGoal, InstitutionAlias, Principle, Hallmark)
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


# ----------------------------------------------------------------------------------- the files


def test_the_datasets_values_are_in_the_vocabularies():
    columns = {
        "focus_areas": "topics",
        "activity_types": "activities",
        "professions": "professions",
        "funders": "funders",
    }
    for column, name in columns.items():
        used = {
            label
            for row in rows("partnerships.csv")
            for label in row[column].split(SEPARATOR)
            if label
        }
        assert used - {row["label"] for row in rows(f"vocabularies/{name}.csv")} == set()


def test_every_name_in_a_file_is_in_the_file_it_points_to():
    institutions = {row["id"] for row in rows("institutions.csv")}
    countries = {row["alpha2"] for row in rows("countries.csv")}

    assert {row["institution"] for row in rows("health_boards.csv")} - institutions == set()
    assert {row["institution"] for row in rows("institution_aliases.csv")} - institutions == set()
    assert {row["parent"] for row in rows("institutions.csv")} - institutions == {""}
    assert {row["country"] for row in rows("institutions.csv")} - countries == set()
    assert {row["alpha2"] for row in rows("country_flags.csv")} - countries == set()


def test_the_sources_page_names_every_file():
    page = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")

    assert [path.name for path in FOLDER.glob("*.csv") if path.name not in page] == []


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "frameworks").glob("*.json")), ids=lambda p: p.stem
)
def test_a_framework_says_whose_words_it_uses(path: Path):
    framework = json.loads(path.read_text(encoding="utf-8"))
    hallmarks = [h["text"] for p in framework["principles"] for h in p["hallmarks"]]

    assert "inspired by" in framework["wording_note"]
    assert framework["source_url"].startswith("http")
    assert all(p["hallmarks"] for p in framework["principles"])
    assert len(set(hallmarks)) == len(hallmarks)


# ------------------------------------------------------------------------------------- loading


def test_loading_fills_the_registry_as_the_files_say(loaded):
    assert Country.objects.count() == len(rows("countries.csv")) == 250
    assert Country.objects.filter(is_on_safeguards_list=True).count() == 55
    partners = Country.objects.filter(is_partner_country=True)
    assert set(partners.values_list("pk", flat=True)) == {"MW", "RW", "ZM"}
    assert DevelopmentGoal.objects.count() == 17
    for name, model in TERMS.items():
        assert set(model._default_manager.values_list("code", "label")) == {
            (row["code"], row["label"]) for row in rows(f"vocabularies/{name}.csv")
        }
    boards = HealthBoard.objects.values_list("institution__slug", "code", "is_territorial")
    assert set(boards) == {
        (row["institution"], row["code"], row["territorial"] == "yes")
        for row in rows("health_boards.csv")
    }


def test_countries_say_what_they_are(loaded):
    fields = ("who_region", "income_group", "is_official", "numeric", "is_least_developed")
    found = Country.objects.in_bulk(["MW", "ID", "ET", "XK", "AQ"])

    assert {code: tuple(getattr(row, name) for name in fields) for code, row in found.items()} == {
        "MW": ("AFR", "low", True, "454", True),
        "ID": ("WPR", "upper_middle", True, "360", False),
        "ET": ("AFR", "", True, "231", True),
        "XK": ("EUR", "upper_middle", False, "", False),
        "AQ": ("", "", True, "010", False),
    }
    assert "Zaire" in Country.objects.get(pk="CD").aliases


def test_institutions_of_boards_are_loaded_and_others_wait_for_their_import(loaded):
    assert set(Institution.objects.values_list("slug", flat=True)) == {
        row["institution"] for row in rows("health_boards.csv")
    }
    lothian = Institution.objects.get(slug="nhs-lothian")
    assert (lothian.uk_nation, lothian.country_id, lothian.precision) == ("SCT", "GB", "site")


def test_cadres_and_synonyms_that_searches_need_are_there(loaded):
    labels = set(Profession.objects.values_list("label", flat=True))
    assert {
        "Clinical officers",
        "Medical assistants",
        "Nurse-midwife technicians",
        "Retired staff",
        "Other non-clinical staff",
    } <= labels
    assert {"A&E", "casualty"} <= set(Topic.objects.get(code="emergency_and_trauma_care").synonyms)
    assert "Tropical Health and Education Trust" in Funder.objects.get(code="thet").synonyms


def test_frameworks_are_published_with_their_principles_in_order(loaded):
    found = {
        (row.code, row.version, row.state): row.principles.count()
        for row in Framework.objects.all()
    }
    published = FrameworkState.PUBLISHED
    assert found == {
        ("thet", "8", published): 8,
        ("thet", "10", published): 10,
        ("nhs_scotland_global_citizenship", "1", published): 10,
        ("who_twinning", "2018", published): 6,
    }
    eight = Principle.objects.filter(framework__code="thet", framework__version="8")
    assert eight.order_by("number").values_list("title", flat=True)[0] == "Strategic"
    path = FOLDER / "frameworks" / "thet-8.json"
    wording = json.loads(path.read_text(encoding="utf-8"))["principles"]
    hallmarks = Hallmark.objects.filter(principle__in=eight)
    assert list(
        hallmarks.order_by("principle__number", "number").values_list("text", flat=True)
    ) == [hallmark["text"] for principle in wording for hallmark in principle["hallmarks"]]


def test_every_loaded_row_has_one_history_row_by_the_registry(loaded):
    for model in AUDITED:
        history = model.history.values_list("history_user__username", "history_change_reason")
        assert set(history) == {("system", REASON)}, model
        assert model.history.count() == model._default_manager.count(), model


def test_loading_again_changes_nothing(loaded, django_assert_max_num_queries):
    before = snapshot()
    with django_assert_max_num_queries(45):
        tallies = load(by=system_user(), at=datetime.now(tz=UTC))

    assert snapshot() == before
    assert {name for name, tally in tallies.items() if tally.has_changed or tally.kept} == set()
    assert tallies["countries"].unchanged == 250


# ---------------------------------------------------------------------------------- afterwards


def test_what_files_say_anew_is_loaded_and_indexed(loaded):
    topic = Topic.objects.get(code="nursing")
    record = make_partnership("Wards together", topics=[topic])
    Topic.objects.filter(pk=topic.pk).update(synonyms=["old"])
    Country.objects.filter(pk="MW").update(income_group="high")
    FacetValue.objects.filter(partnership=record, facet="income").delete()
    tallies = load(by=system_user(), at=AT)

    assert {name for name, tally in tallies.items() if tally.has_changed} == {"topics", "countries"}
    incomes = FacetValue.objects.filter(partnership=record, facet="income")
    assert set(incomes.values_list("value", flat=True)) == {"high", "low"}
    assert "education" in SearchDocument.objects.get(partnership=record).words.split()


def test_a_row_that_a_person_changed_is_kept(loaded):
    topic = Topic.objects.get(code="nursing")
    topic.label = "Nurses' work"
    vocabularies.save(topic, by=make_unit(), reason="Clearer")
    tally = load(by=system_user(), at=AT)["topics"]

    assert (tally.updated, tally.kept) == (0, 1)
    assert Topic.objects.get(code="nursing").label == "Nurses' work"


def test_a_term_that_no_file_names_stays(loaded):
    Topic.objects.create(code="ours", label="Ours")
    load(by=system_user(), at=AT)

    assert Topic.objects.filter(code="ours").exists()


def test_a_published_framework_is_never_rewritten(loaded):
    hallmark = Hallmark.objects.order_by("pk")[0]
    Hallmark.objects.filter(pk=hallmark.pk).update(text="Other words.")
    tally = load(by=system_user(), at=AT)["frameworks"]

    assert (tally.created, tally.updated, tally.unchanged) == (0, 0, 4)
    assert Hallmark.objects.get(pk=hallmark.pk).text == "Other words."


def test_aliases_come_with_their_institution_and_are_searched(loaded):
    hospital = make_institution("Queen Elizabeth Central Hospital", country="MW")
    assert load_aliases(by=system_user()).created == 1

    hospital.refresh_from_db()
    assert " qech" in hospital.search_text
    assert load_aliases(by=system_user()).created == 0


def test_an_alias_that_a_person_removed_does_not_come_back(loaded):
    alias = InstitutionAlias.objects.get(institution__slug="public-health-scotland", name="PHS")
    apply_details(removed=[alias], by=make_unit(), reason="Ambiguous")
    tally = load_aliases(by=system_user())

    assert (tally.created, tally.kept) == (0, 1)
    assert not InstitutionAlias.objects.filter(name="PHS").exists()


def test_the_command_says_what_it_did(loaded, capsys):
    call_command("load_reference_data")

    assert "countries: 0 created, 0 updated, 250 unchanged" in capsys.readouterr().out.splitlines()


def test_a_questionnaire_is_loaded_anew_until_a_round_uses_it(loaded):
    row = Questionnaire.objects.get()
    told, old = row.definition, row.definition | {"minutes": 5}
    Questionnaire.objects.update(definition=old)
    assert load(by=system_user(), at=AT)["questionnaires"].updated == 1
    assert Questionnaire.objects.get().definition == told
    Questionnaire.objects.update(definition=old)
    make_round(questionnaire=row)
    assert load(by=system_user(), at=AT)["questionnaires"].kept == 1
    assert Questionnaire.objects.get().definition == old
