"""What a plan says of each row: verdict, reason, row, column and what to do."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from partnerships.choices import ImportVerdict
from partnerships.models import (
    Institution,
    Member,
    Partnership,
    PartnershipTopic,
    Topic,
)
from partnerships.services import imports, institutions, partnerships
from partnerships.services.users import system_user
from tests.factories.imports import (
    AT,
    PLACE,
    ROW,
    applied,
    csv_of,
    make_small_registry,
    planned,
    planned_institutions,
    verdicts,
)
from tests.factories.records import (
    make_partnership,
    make_unit,
)


@pytest.fixture
def small(db: None) -> None:
    make_small_registry()


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("slug", "", "slug: it is empty"),
        ("slug", "not a slug", "slug: Enter a valid"),
        ("name", "", "name: a new record needs one"),
        ("name", "x" * 201, "name: Ensure this value has at most 200 characters"),
        ("summary", "x" * 301, "summary: Ensure this value has at most 300 characters"),
        ("kind", "", "kind: it is empty. Write one of informal_link"),
        ("kind", "institutional-link", "Did you mean “institutional_link”?"),
        ("status", "activ", "status: there is no status “activ”. Did you mean “active”?"),
        ("start_year", "last year", "start_year: “last year” is not a date: write 2008"),
        ("start_year", "1492", "start_year: The year must be between"),
        ("end_year", "2008-13", "end_year: There is no day “2008-13”"),
        ("end_year", "2007", "end_year: 2007-12-31 is before 2008-01-01"),
        ("uk_institutions", "borders-generl", "Did you mean “borders-general”?"),
        ("uk_institutions", "st-francis", "is in ZM: write it under overseas_institutions"),
        ("overseas_institutions", "ninewells", "is in GB: write it under uk_institutions"),
        ("overseas_institutions", "zzz", "Add it to the file of institutions"),
        ("countries", "XX", "countries: there is no country code “XX”"),
        ("countries", "Malawi", "countries: there is no country code “Malawi”. Write MW."),
        ("focus_areas", "Nursin", "no topic “Nursin”. Did you mean “Nursing”?"),
        ("activity_types", "Trainin", "activity_types: there is no activity “Trainin”"),
        ("professions", "Nurse", "professions: there is no profession “Nurse”"),
        ("funders", "THETT", "funders: there is no funder “THETT”. Did you mean “THET”?"),
        ("website", "example", "website: Enter a valid URL"),
        ("source_url", "javascript:alert(1)", "source_url: Enter a valid URL"),
        ("checked_fact_note", "a\0b", "checked_fact_note: the cell holds a character"),
    ],
)
def test_a_bad_cell_is_named_with_row_column_and_what_to_do(small, column, cell, says):
    plan = planned(csv_of(ROW | {"slug": "good"}, ROW | {column: cell}))

    assert verdicts(plan) == ["create", "error"]
    bad = plan.rows[1]
    assert (bad.number, says in bad.reason) == (3, True), bad.reason
    assert list(plan.lines())[1].startswith("file.csv:3: error ")


def test_every_problem_of_a_row_is_told_at_once(small):
    row = planned(csv_of(ROW | {"kind": "x", "start_year": "y", "funders": "z"})).rows[0]

    assert [error.split(":")[0] for error in row.errors] == ["kind", "start_year", "funders"]


def test_a_row_with_too_many_or_too_few_cells_is_an_error(small):
    plan = planned(b"slug,name,kind\na,A,network\nb,B,network,and more\nc,C\n")

    assert verdicts(plan) == ["create", "error", "error"]
    assert "the row has 4 cells and the heading 3" in plan.rows[1].reason


def test_a_slug_twice_in_a_file_is_a_conflict_for_both(small):
    plan = planned(csv_of(ROW, ROW | {"slug": "other"}, ROW))

    assert verdicts(plan) == ["conflict", "create", "conflict"]
    assert "row 4 is “borders-katete” too" in plan.rows[0].reason


def test_a_former_slug_is_a_conflict_that_names_the_record(small):
    applied(csv_of(ROW))
    record = Partnership.objects.get()
    partnerships.update(record, by=make_unit(), values={"slug": "borders-st-francis"})

    row = planned(csv_of(ROW)).rows[0]
    assert row.verdict == ImportVerdict.CONFLICT
    assert "once the address of “borders-st-francis”" in row.reason


def test_an_id_of_another_record_is_a_conflict_and_a_foreign_one_is_not(small):
    other = make_partnership("Other")
    row = ROW | {"id": str(other.public_id)}
    foreign = ROW | {"slug": "foreign", "id": "0b2f4a9e-6c3e-4a51-9d3b-6f2d3c1a9f10"}
    plan = planned(csv_of(row, foreign))

    assert verdicts(plan) == ["conflict", "create"]
    assert "this is the id of “other”" in plan.rows[0].reason


def test_an_update_lists_what_changes(small):
    applied(csv_of(ROW))
    changed = ROW | {"summary": "Surgeons too.", "end_year": "2015-06", "focus_areas": "Surgery"}
    row = planned(csv_of(changed)).rows[0]

    assert row.verdict == ImportVerdict.UPDATE
    assert [(c.column, c.old, c.new) for c in row.changes] == [
        ("summary", "Nurses learn from each other.", "Surgeons too."),
        ("end_year", "", "2015-06"),
        ("focus_areas", "Nursing|Surgery", "Surgery"),
    ]
    assert "summary: “Nurses learn from each other.” → “Surgeons too.”" in row.reason


@pytest.mark.parametrize(
    "same",
    [
        {"status": "Active"},
        {"kind": "Institutional link"},
        {"focus_areas": "nursing | SURGERY|Nursing"},
        {"countries": "zm|GB"},
        {"countries": ""},  # the member stands for it
        {"summary": " Nurses learn from each other. "},
    ],
)
def test_other_words_for_the_same_are_no_change(small, same):
    applied(csv_of(ROW))

    assert verdicts(planned(csv_of(ROW | same))) == ["unchanged"]


def test_the_first_topic_is_primary_so_another_order_is_a_change(small):
    applied(csv_of(ROW))
    assert verdicts(planned(csv_of(ROW | {"focus_areas": "Surgery|Nursing"}))) == ["update"]

    applied(csv_of(ROW | {"focus_areas": "Surgery|Nursing"}))
    assert set(PartnershipTopic.objects.values_list("topic__label", "is_primary")) == {
        ("Surgery", True),
        ("Nursing", False),
    }


def test_an_absent_column_leaves_values_alone_and_an_empty_cell_clears_them(small):
    applied(csv_of(ROW))
    applied(csv_of({"slug": ROW["slug"], "name": "New name", "summary": "", "start_year": ""}))
    record = Partnership.objects.get()

    assert (record.name, record.summary, record.began_on, record.began_precision) == (
        "New name",
        "",
        None,
        "",
    )
    assert record.website == ROW["website"]
    assert set(record.topics.values_list("label", flat=True)) == {"Nursing", "Surgery"}
    assert record.members.count() == 2


def test_unknown_is_read_as_not_known(small):
    applied(csv_of(ROW | {"status": "unknown"}))

    assert Partnership.objects.get().stage == "not_known"


def test_dates_keep_how_much_is_known(small):
    applied(csv_of(ROW | {"start_year": "2008-05", "end_year": "2010"}))
    record = Partnership.objects.get()

    assert (record.began_on, record.began_precision) == (date(2008, 5, 1), "month")
    assert (record.ended_on, record.ended_precision) == (date(2010, 12, 31), "year")


def test_a_retired_term_stays_where_it_is_and_cannot_be_added(small):
    applied(csv_of(ROW))
    Topic.objects.filter(label="Surgery").update(retired_on=date(2026, 1, 1))

    plan = planned(csv_of(ROW | {"focus_areas": "Surgery"}, ROW | {"slug": "new"}))
    assert verdicts(plan) == ["update", "error"]
    assert "the topic “Surgery” is retired since 2026-01-01" in plan.rows[1].reason


def test_a_former_slug_of_an_institution_still_names_it(small):
    hospital = Institution.objects.get(slug="st-francis")
    hospital.slug = "st-francis-katete"
    institutions.save(hospital, by=system_user())
    applied(csv_of(ROW))

    assert set(Member.objects.values_list("institution__slug", flat=True)) == {
        "borders-general",
        "st-francis-katete",
    }


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("id", "", "id: it is empty"),
        ("id", "a b", "id: Enter a valid"),
        ("name", "", "name: a new institution needs one"),
        ("kind", "hospitl", "kind: there is no kind of institution “hospitl”"),
        ("country", "", "country: a new institution needs one"),
        ("country", "Scotland", "country: there is no country code “Scotland”"),
        ("country", "MW", "uk_nation: only institutions in GB have one"),
        ("uk_nation", "GB-XXX", "uk_nation: there is no UK nation"),
        ("parent", "nowhere", "parent: there is no institution “nowhere”"),
        ("parent", "new-hospital", "parent: “new-hospital” would stand above itself"),
        ("latitude", "north", "latitude: “north” is not a number"),
        ("latitude", "", "latitude: Give both latitude and longitude, or neither"),
        ("latitude", "95", "latitude: Latitude must be between -90 and 90"),
        ("longitude", "nan", "latitude: Longitude must be between"),
        ("coordinate_precision", "exactly", "coordinate_precision: there is no precision"),
        ("website", "example", "website: Enter a valid URL"),
    ],
)
def test_a_bad_cell_of_an_institution_is_named(small, column, cell, says):
    row = planned_institutions(csv_of(PLACE | {column: cell})).rows[0]

    assert (row.verdict.value, row.number) == ("error", 2)
    assert says in row.reason, row.reason


def chain(*slugs: str, top: str = "") -> list[dict[str, str]]:
    """Rows of institutions, each under the one before it."""
    return [
        PLACE | {"id": slug, "name": slug, "parent": parent}
        for slug, parent in pairwise([top, *slugs][::-1])
    ][::-1]


def test_a_chain_of_parents_that_is_too_deep_is_an_error_of_the_plan(small):
    slugs = [f"level-{number}" for number in range(1, 9)]
    plan = planned_institutions(csv_of(*chain(*slugs)))

    assert verdicts(plan) == [*["create"] * 6, "error", "error"]
    assert plan.rows[6].reason.startswith("parent: “level-7” would stand deeper than 6 levels")


def test_what_stands_under_a_moved_institution_counts_too(small):
    plan = planned_institutions(csv_of(*chain(*"abcdef")))
    imports.apply_institutions(plan, by=system_user(), at=AT)

    moved = planned_institutions(csv_of({"id": "b", "name": "b", "parent": "borders-general"}))
    assert moved.rows[0].reason.startswith("parent: “f” would stand deeper than 6 levels")
    assert verdicts(planned_institutions(csv_of({"id": "c", "name": "c", "parent": ""}))) == [
        "update"
    ]


def test_loops_of_parents_are_found_across_rows(small):
    one = PLACE | {"id": "one", "parent": "two"}
    two = PLACE | {"id": "two", "parent": "one"}

    assert verdicts(planned_institutions(csv_of(one, two))) == ["error", "error"]
