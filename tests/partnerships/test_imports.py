"""Applying a plan: all or nothing, with history, provenance and the first listing."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from django.utils import timezone

from partnerships.choices import Moderation
from partnerships.exports import HEADINGS
from partnerships.imports.institutions import planned_places
from partnerships.imports.matching import load_known
from partnerships.imports.partnerships import REQUIRED, plan_partnerships
from partnerships.imports.readers import read_table
from partnerships.models import (
    Decision,
    FacetValue,
    ImportRow,
    ImportRun,
    Institution,
    Member,
    Partnership,
    PartnershipTopic,
    SearchDocument,
)
from partnerships.services import imports, institutions, partnerships
from partnerships.services.partnerships import NotAllowed
from partnerships.services.users import system_user
from tests.factories.imports import (
    AT,
    PLACE,
    ROW,
    applied,
    csv_of,
    exported,
    make_small_registry,
    planned,
    planned_institutions,
    verdicts,
)
from tests.factories.records import (
    make_partnership,
    make_unit,
    make_user,
)


@pytest.fixture
def small(db: None) -> None:
    make_small_registry()


def test_a_new_record_is_listed_indexed_and_owned_by_the_board_above_its_member(small):
    run = applied(csv_of(ROW | {"countries": "ZM|RW"}))
    record = Partnership.objects.get()

    assert (run.created, run.updated, run.unchanged) == (1, 0, 0)
    assert record.moderation == Moderation.LISTED
    assert record.health_board is not None
    assert record.health_board.institution.slug == "nhs-borders"
    assert set(record.declared_countries.values_list("pk", flat=True)) == {"RW"}
    assert (record.member_count, record.country_count, record.gap_note) == (2, 3, "")
    assert (record.uk_confirmed_on, record.partner_confirmed_on) == (None, None)
    facets = FacetValue.objects.filter(facet="country").values_list("value", flat=True)
    assert set(facets) == {"GB", "RW", "ZM"}
    assert "katete" in SearchDocument.objects.get().words.split()
    decision = Decision.objects.get()
    assert (decision.before, decision.after, decision.decided_by) == (
        "draft",
        "listed",
        system_user(),
    )


def test_a_record_without_a_board_above_its_members_has_none(small):
    applied(csv_of(ROW | {"uk_institutions": "ninewells"}))

    assert Partnership.objects.get().health_board is None


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (
            {"overseas_institutions": ""},
            "The public source names one institution and no partner.",
        ),
        (
            {"uk_institutions": ""},
            "The public source names one institution and no partner, and one country only.",
        ),
        (
            {"uk_institutions": "", "overseas_institutions": ""},
            "The public source names no institution, and one country only.",
        ),
        (
            {"uk_institutions": "ninewells|borders-general", "overseas_institutions": ""}
            | {"countries": ""},
            "The public source names 2 institutions, and one country only.",
        ),
        (
            {"uk_institutions": "", "overseas_institutions": "", "countries": ""},
            "The public source names no institution, and no country.",
        ),
    ],
)
def test_a_record_that_names_too_few_says_why(small, cells, note):
    plan = planned(csv_of(ROW | cells))
    imports.apply(plan, by=system_user(), at=AT)

    assert plan.rows[0].reason == f"new record; with the note “{note}”"
    assert Partnership.objects.get().gap_note == note


def test_the_note_goes_when_the_record_is_whole_and_a_persons_note_stays(small):
    alone = ROW | {"overseas_institutions": "", "countries": "ZM"}
    applied(csv_of(alone, alone | {"slug": "second"}))
    second = Partnership.objects.get(slug="second")
    note = "The hospital asked not to be named."
    partnerships.update(second, by=make_unit(), values={"gap_note": note})
    applied(csv_of(ROW, ROW | {"slug": "second"}))

    assert dict(Partnership.objects.values_list("slug", "gap_note")) == {
        "borders-katete": "",
        "second": note,
    }


def test_every_written_row_has_its_author_and_reason_in_the_history(small):
    applied(csv_of(ROW))
    reason = "Imported from file.csv, row 2"
    for model in (Partnership, Member, PartnershipTopic):
        rows = model.history.values_list("history_user__username", "history_change_reason")
        assert set(rows) == {("system", reason)}, model


def test_a_run_keeps_its_rows_as_provenance(small):
    applied(csv_of(ROW))
    content = csv_of(ROW, ROW | {"slug": "second"})
    run = applied(content)
    first, second = Partnership.objects.order_by("pk")

    assert run.file_name == "file.csv"
    assert run.file_sha256 == hashlib.sha256(content).hexdigest()
    assert (run.applied_at, run.applied_by) == (AT, system_user())
    rows = run.rows.order_by("number").values_list("number", "verdict", "slug", "partnership")
    assert list(rows) == [
        (2, "unchanged", "borders-katete", first.pk),
        (3, "create", "second", second.pk),
    ]
    assert ImportRow.objects.get(run=run, number=3).cells == ROW | {"slug": "second"}


def test_the_same_file_again_changes_nothing(small):
    content = csv_of(ROW, ROW | {"slug": "second", "overseas_institutions": ""})
    applied(content)
    before = list(Partnership.objects.order_by("pk").values())
    histories = Partnership.history.count()
    plan = planned(content)
    imports.apply(plan, by=system_user(), at=timezone.now())

    assert verdicts(plan) == ["unchanged", "unchanged"]
    assert list(Partnership.objects.order_by("pk").values()) == before
    assert Partnership.history.count() == histories


def test_a_declared_uk_stays_although_files_leave_it_out(small):
    malawi = Institution.objects.get(slug="queen-elizabeth")
    make_partnership("Link", members=[malawi], countries=["GB"], gap_note="One is named.")
    row = next(csv.DictReader(io.StringIO(exported().decode())))
    assert (row["countries"], verdicts(planned(csv_of(row)))) == ("MW", ["unchanged"])
    applied(csv_of(row | {"name": "Another name"}))
    record = Partnership.objects.get()

    assert (record.name, record.country_count) == ("Another name", 2)
    assert list(record.declared_countries.values_list("pk", flat=True)) == ["GB"]
    applied(csv_of(row | {"uk_institutions": "ninewells"}))
    record.refresh_from_db()
    assert (record.member_count, record.country_count) == (2, 2)
    assert not record.declared_countries.exists()


def test_what_a_person_changed_after_the_plan_is_not_overwritten(small):
    applied(csv_of(ROW, ROW | {"slug": "second"}))
    changed = ROW | {"summary": "From the file."}
    plan = planned(csv_of(changed, changed | {"slug": "second"}))
    second = Partnership.objects.get(slug="second")
    partnerships.update(second, by=make_unit(), values={"summary": "From a person."})

    with pytest.raises(imports.NotApplicable, match=r"file\.csv:3: second: .* changed after"):
        imports.apply(plan, by=system_user(), at=timezone.now())
    assert dict(Partnership.objects.values_list("slug", "summary")) == {
        "borders-katete": ROW["summary"],
        "second": "From a person.",
    }
    assert ImportRun.objects.count() == 1


def test_a_record_removed_after_the_plan_stops_the_import(small):
    applied(csv_of(ROW))
    plan = planned(csv_of(ROW | {"summary": "From the file."}))
    Partnership.objects.all().delete()

    with pytest.raises(imports.NotApplicable, match="removed after the file"):
        imports.apply(plan, by=system_user(), at=timezone.now())


def test_an_institution_changed_after_the_plan_is_not_overwritten(small):
    plan = planned_institutions(csv_of({"id": "ninewells", "name": "From the file"}))
    hospital = Institution.objects.get(slug="ninewells")
    hospital.name = "From a person"
    institutions.save(hospital, by=make_unit())

    with pytest.raises(imports.NotApplicable, match=r"places\.csv:2: ninewells: .* changed after"):
        imports.apply_institutions(plan, by=system_user(), at=timezone.now())
    hospital.refresh_from_db()
    assert hospital.name == "From a person"


def test_what_the_registry_refuses_of_an_institution_names_row_and_column(small):
    plan = planned_institutions(csv_of(PLACE, PLACE | {"id": "second", "parent": "st-francis"}))
    plan.rows[1].values["kind"] = "nonsense"  # the plan was right when it was made

    with pytest.raises(imports.NotApplicable, match=r"places\.csv:3: second: kind: .*nonsense"):
        imports.apply_institutions(plan, by=system_user(), at=AT)
    assert not Institution.objects.filter(slug="new-hospital").exists()


def test_a_parent_removed_after_the_plan_names_row_and_column(small):
    plan = planned_institutions(csv_of(PLACE | {"parent": "queen-elizabeth"}))
    Institution.objects.get(slug="queen-elizabeth").delete()

    with pytest.raises(imports.NotApplicable, match=r"new-hospital: parent: “queen-elizabeth” is"):
        imports.apply_institutions(plan, by=system_user(), at=AT)


def test_a_plan_with_a_bad_row_is_refused_whole(small):
    with pytest.raises(imports.NotApplicable, match=r"file\.csv has rows in error"):
        applied(csv_of(ROW, ROW | {"slug": "bad", "kind": "x"}))

    assert (Partnership.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_what_the_registry_refuses_on_the_way_undoes_the_whole_and_names_the_row(small):
    plan = planned(csv_of(ROW, ROW | {"slug": "second"}))
    plan.rows[1].values["stage"] = "nonsense"  # the plan was right when it was made

    with pytest.raises(imports.NotApplicable, match=r"file\.csv:3: second: "):
        imports.apply(plan, by=system_user(), at=AT)
    assert (Partnership.objects.count(), Partnership.history.count()) == (0, 0)
    assert ImportRun.objects.count() == 0


def test_the_units_imports_wait_for_a_decision_and_others_may_not_import(small):
    applied(csv_of(ROW), by=make_unit())
    assert Partnership.objects.get().moderation == Moderation.DRAFT

    with pytest.raises(NotAllowed):
        applied(csv_of(ROW | {"slug": "second"}), by=make_user())
    with pytest.raises(NotAllowed):
        imports.create_listed(
            by=make_unit(), values={}, parts=partnerships.NOTHING, reason="", at=AT
        )
    assert Partnership.objects.count() == 1


def test_a_withdrawn_record_stays_withdrawn(small):
    applied(csv_of(ROW))
    unit = make_unit()
    partnerships.moderate(Partnership.objects.get(), to=Moderation.WITHDRAWN, by=unit, reason="x")
    applied(csv_of(ROW | {"summary": "Changed."}))
    record = Partnership.objects.get()

    assert (record.summary, record.moderation) == ("Changed.", Moderation.WITHDRAWN)


def test_institutions_are_made_parents_first_and_partnerships_may_name_them(small):
    ward = PLACE | {"id": "ward", "name": "Ward", "parent": "new-hospital"}
    ward |= {"latitude": "", "longitude": ""}
    content = csv_of(ward, PLACE)
    first = planned_institutions(content)
    known = load_known()
    table = read_table(
        csv_of(ROW | {"uk_institutions": "ward"}), name="f", columns=HEADINGS, required=REQUIRED
    )
    second = plan_partnerships(table, known.with_places(planned_places(first, known)))
    imports.apply_institutions(first, by=system_user(), at=AT)
    imports.apply(second, by=system_user(), at=AT)

    made = Institution.objects.get(slug="ward")
    assert made.parent is not None
    assert (made.parent.slug, made.uk_nation, made.precision) == ("new-hospital", "SCT", "city")
    assert (made.latitude, made.longitude) == (None, None)
    board = Partnership.objects.get().health_board
    assert board is not None
    assert board.institution.slug == "nhs-borders"
    assert verdicts(planned_institutions(content)) == ["unchanged", "unchanged"]
    moved = planned_institutions(csv_of(ward | {"parent": "nhs-borders"})).rows[0]
    assert moved.reason == "parent: “new-hospital” → “nhs-borders”"
