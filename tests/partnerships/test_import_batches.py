"""Files that people send: whose rows are whose, what is applied, and how it is undone."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from partnerships.choices import Moderation
from partnerships.exports import HEADINGS
from partnerships.imports.matching import load_known
from partnerships.imports.partnerships import REQUIRED, plan_partnerships
from partnerships.imports.readers import FileProblem, read_table
from partnerships.imports.workbooks import PROBLEMS, write_annotated, write_template
from partnerships.models import (
    ImportRun,
    Partnership,
    PlannedImport,
    PlannedImportRow,
)
from partnerships.records import public_records
from partnerships.services import champions, import_batches, imports, partnerships
from partnerships.services.imports import NotApplicable
from partnerships.services.partnerships import NotAllowed
from tests.factories.imports import ROW, csv_of, xlsx_of
from tests.factories.records import (
    make_auditor,
    make_champion,
    make_coordinator,
    make_partnership,
    make_user,
)
from tests.partnerships.import_world import World, row_of, verdicts


@pytest.fixture
def world(db: None) -> World:
    return World()


# ------------------------------------------------------------------------------ whose rows


def test_a_champion_applies_rows_of_the_own_board_and_no_other(world) -> None:
    planned = world.send(
        row_of(world.ours, summary="Ours, new"),
        row_of(world.theirs, summary="Taken over"),
        ROW | {"slug": "new-one"},
        ROW | {"slug": "new-theirs", "uk_institutions": world.other_board.institution.slug},
    )
    assert verdicts(planned) == {2: "update", 3: "not_yours", 4: "create", 5: "not_yours"}
    row = planned.rows.get(number=3)
    assert (row.partnership, row.changes, row.notes) == (None, [], [])
    assert "Canary" not in str(row.changes) + str(row.problems)

    for number in (3, 5):
        with pytest.raises(NotApplicable):
            world.apply(planned, 2, number)
    run = world.apply(planned, 2, 4)
    world.ours.refresh_from_db()
    new = Partnership.objects.get(slug="new-one")
    assert world.ours.summary == "Ours, new"
    assert (new.health_board, new.moderation, new.created_by) == (
        world.board, Moderation.DRAFT, world.champion,
    )  # fmt: skip
    assert (run.created, run.updated, run.rows.count()) == (1, 1, 2)
    assert new.history.first().history_user == world.champion
    assert not Partnership.objects.filter(slug="new-theirs").exists()


def test_the_service_refuses_what_the_plan_would_not_offer(world) -> None:
    """Without `keep_to` the plan says update; `imports.apply` asks again."""
    for row in (
        row_of(world.theirs, summary="Taken over"),
        ROW | {"uk_institutions": world.other_board.institution.slug},
    ):
        content = csv_of(row)
        table = read_table(content, name="a.csv", columns=HEADINGS, required=REQUIRED)
        plan = plan_partnerships(table, load_known())
        with pytest.raises(NotAllowed, match=r"a\.csv:2: .*Nothing was written"):
            imports.apply(plan, by=world.champion, at=timezone.now())
    world.theirs.refresh_from_db()
    assert world.theirs.summary == "Canary of theirs"
    assert Partnership.objects.count() == 2


def test_the_unit_applies_every_row(world) -> None:
    rows = row_of(world.ours, summary="A"), row_of(world.theirs, summary="B")
    planned = world.send(*rows, by=world.unit)
    assert set(verdicts(planned).values()) == {"update"}
    world.apply(planned, by=world.unit)
    assert set(Partnership.objects.values_list("summary", flat=True)) == {"A", "B"}


def test_who_may_not_import_at_all(world) -> None:
    planned = world.send(row_of(world.ours, summary="A"))
    former = make_champion(world.board, until=timezone.localdate())
    for user in (make_auditor(), make_user(), former):
        with pytest.raises(NotAllowed):
            world.send(row_of(world.ours, summary="A"), by=user)
    for user in (world.other, world.unit, make_auditor()):  # somebody else's plan
        with pytest.raises(NotAllowed):
            world.apply(planned, by=user)
    champions.end(world.champion.tenures.get(), by=world.unit)
    with pytest.raises(NotAllowed):
        world.apply(planned)
    assert ImportRun.objects.count() == 0


def test_a_champion_may_name_institutions_that_stand_under_no_board(world) -> None:
    row = {"slug": "b", "name": "B", "kind": "network", "uk_institutions": "ninewells"}
    world.apply(world.send(row))
    record = Partnership.objects.get(slug="b")
    assert (record.health_board, record.gap_note) == (world.board, "")
    make_champion(world.other_board, user=world.champion)
    assert verdicts(world.send(row | {"slug": "c"})) == {2: "not_yours"}  # whose would it be?


def test_conflicts_name_no_record_that_the_sender_does_not_see(world) -> None:
    partnerships.update(world.theirs, by=world.unit, values={"slug": "canary-of-theirs"})
    rows = [ROW | {"slug": "theirs", "id": ""}]
    rows.append(ROW | {"slug": "other", "id": str(world.theirs.public_id)})
    told = str(list(world.send(*rows).rows.values_list("verdict", "problems")))
    assert told.count("conflict") == 2
    assert "canary" not in told
    assert "canary-of-theirs" in str(
        list(world.send(*rows, by=world.unit).rows.values_list("problems"))
    )


# ------------------------------------------------------------------------------- applying


def test_a_record_that_changed_after_the_plan_stops_all_and_is_named(world) -> None:
    planned = world.send(row_of(world.ours, summary="Mine"), ROW)
    partnerships.update(world.ours, by=world.unit, values={"goals": "Elsewhere"})
    with pytest.raises(import_batches.StaleRows) as refused:
        world.apply(planned)
    assert refused.value.numbers == [2]
    assert "row 2" in str(refused.value)
    assert not Partnership.objects.filter(slug=ROW["slug"]).exists()
    world.apply(planned, 3)
    assert Partnership.objects.filter(slug=ROW["slug"]).exists()


def test_what_a_new_row_would_make_may_be_there_by_then(world) -> None:
    planned = world.send(ROW)
    make_partnership("Faster", slug=ROW["slug"], health_board=world.board)
    with pytest.raises(import_batches.StaleRows):
        world.apply(planned)


def test_the_same_form_twice_applies_once(world) -> None:
    planned = world.send(ROW, row_of(world.ours, summary="A"))
    first = world.apply(planned)
    histories = Partnership.history.count()
    assert world.apply(planned) == first
    assert (Partnership.history.count(), ImportRun.objects.count()) == (histories, 1)


def test_rows_that_no_page_offers_are_refused(world) -> None:
    planned = world.send(row_of(world.ours, summary="A"), ROW | {"kind": "x"}, ROW | {"slug": ""})
    for numbers in ((), (99,), (0,), (2, 99), (4,), tuple(range(2, 700))):
        with pytest.raises(NotApplicable):
            import_batches.apply_rows(
                planned, numbers=numbers, by=world.champion, at=timezone.now()
            )
    assert ImportRun.objects.count() == 0


def test_a_row_that_was_applied_is_not_applied_with_others(world) -> None:
    planned = world.send(ROW, ROW | {"slug": "second"})
    world.apply(planned, 2)
    with pytest.raises(NotApplicable, match="row 2"):
        world.apply(planned, 2, 3)
    assert world.apply(planned, 3).created == 1


def test_plans_expire_and_make_room(world) -> None:
    planned = world.send(ROW)
    late = planned.expires_at + timedelta(minutes=1)
    with pytest.raises(NotApplicable, match="expired"):
        import_batches.apply_rows(planned, numbers=[2], by=world.champion, at=late)
    import_batches.plan(content=csv_of(ROW), name="b.csv", by=world.champion, at=late)
    assert [each.file_name for each in PlannedImport.objects.all()] == ["b.csv"]
    with pytest.raises(NotAllowed):
        import_batches.discard(PlannedImport.objects.get(), by=world.unit)
    import_batches.discard(PlannedImport.objects.get(), by=world.champion)
    assert PlannedImportRow.objects.count() == 0


def test_a_member_with_people_is_not_taken_off_by_a_file(world) -> None:
    member = world.ours.members.get(institution__slug="st-francis")
    make_coordinator(member)
    row = row_of(world.ours, overseas_institutions="queen-elizabeth")
    planned = world.send(row)
    assert verdicts(planned) == {2: "conflict"}
    assert "st-francis" in planned.rows.get().problems[0]
    kept = row_of(world.ours, overseas_institutions="st-francis|queen-elizabeth")
    assert verdicts(world.send(kept)) == {2: "update"}


# ---------------------------------------------------------------------------------- files


#: What is no file of partnerships → what is said of it.
NO_FILES = [
    (b"", "no heading"),
    (b"\xef\xbb\xbf", "no heading"),
    (b"slug,name\n", "no row below"),
    (b"slug,name\n,\n\n", "no row below"),
    ("slug,name\na,H\u00f4pital".encode("mac-roman"), "is not UTF-8: line 2"),
    ("slug\tname\na\tB".encode("utf-16"), "is not UTF-8"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8"),
    (b"%PDF-1.7\nslug", "there is no column"),
    (b"PK\x03\x04 no zip", "not a workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
    (b"slug;name\na;b", "there is no column"),
    (b"slug,name\n" + b"a,b\n" * 10_000, "more than 2,000 rows.*import_partnerships"),
    (b"slug,name\na," + b"b" * (5 * 1024 * 1024), "larger than 5 MB.*import_partnerships"),
]


def test_files_that_cannot_be_read_say_why(db: None) -> None:
    champion = make_champion()
    for content, told in NO_FILES:
        with pytest.raises(FileProblem, match=f"(?s){told}"):
            import_batches.plan(content=content, name="a", by=champion, at=timezone.now())
    assert PlannedImport.objects.count() == 0


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(world) -> None:
    packed = io.BytesIO(xlsx_of(["slug", "name"], ["a", "b"]))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big", b"\0" * (60 * 1024 * 1024))
    with pytest.raises(FileProblem, match="larger than"):
        import_batches.plan(
            content=packed.getvalue(), name="a", by=world.champion, at=timezone.now()
        )


def test_formulas_and_what_no_database_keeps_stay_text(world) -> None:
    planned = world.send(
        ROW | {"slug": "f", "name": "'=cmd|' /C calc'!A0", "summary": "=1+1"},
        ROW | {"slug": "n", "summary": "a\x00b"},
        ROW | {"slug": "e", "summary": "Write to nurse@example.org"},
    )
    assert verdicts(planned) == {2: "create", 3: "error", 4: "error"}
    assert "would be public" in planned.rows.get(number=4).problems[0]
    world.apply(planned, 2)
    record = Partnership.objects.get(slug="f")
    assert (record.name, record.summary) == ("=cmd|' /C calc'!A0", "=1+1")
    assert row_of(record)["summary"] == "'=1+1"


def test_the_template_has_the_records_and_what_may_be_chosen(world) -> None:
    file = io.BytesIO()
    partnerships.update(world.ours, by=world.unit, values={"summary": "=1+1"})
    write_template(public_records([world.ours.pk], site_url=""), file)
    workbook = load_workbook(io.BytesIO(file.getvalue()))
    sheet: Any = workbook.worksheets[0]
    rules = {str(rule.sqref)[0] for rule in sheet.data_validations.dataValidation}
    heads = {cell.column_letter: cell.value for cell in sheet[1]}
    assert {heads[letter] for letter in rules} == {
        "kind", "status", "countries", "uk_institutions", "overseas_institutions",
        "focus_areas", "activity_types", "professions", "funders",
    }  # fmt: skip
    choices: Any = workbook["Choices"]
    listed = [cell.value for column in choices.iter_cols() for cell in column if cell.value]
    assert {"board_link", "st-francis", "ZM", "Eye health", "THET", "Training"} <= set(listed)
    assert sheet["C2"].value == "'=1+1"
    planned = import_batches.plan(
        content=file.getvalue(), name="t.xlsx", by=world.champion, at=timezone.now()
    )
    assert verdicts(planned) == {2: "unchanged"}


def test_an_annotated_workbook_says_what_is_wrong_and_imports_once_mended(world) -> None:
    planned = world.send(
        ROW | {"kind": "netwrk", "start_year": "soon", "summary": "=1"},
        row_of(world.ours, summary="A"),
        {"slug": "", "name": "No slug"},
    )
    file = io.BytesIO()
    rows = planned.rows.order_by("number").values_list("cells", "problems")
    write_annotated(planned.columns, rows, file)
    workbook = load_workbook(io.BytesIO(file.getvalue()))
    sheet: Any = workbook.active
    place = {cell.value: cell.column for cell in sheet[1]}
    assert sheet[1][0].value == PROBLEMS
    assert "kind: there is no kind" in sheet.cell(2, 1).value
    assert "Did you mean “network”" in sheet.cell(2, place["kind"]).comment.text
    assert sheet.cell(2, place["start_year"]).comment is not None
    assert sheet.cell(2, place["name"]).comment is None
    assert sheet.cell(2, place["summary"]).value == "'=1"
    sheet.cell(2, place["kind"]).value = "network"
    sheet.cell(2, place["start_year"]).value = 2009
    sheet.delete_rows(4)
    mended = io.BytesIO()
    workbook.save(mended)
    again = import_batches.plan(
        content=mended.getvalue(), name="m.xlsx", by=world.champion, at=timezone.now()
    )
    assert verdicts(again) == {2: "create", 3: "update"}, list(again.rows.values_list("problems"))
    run = world.apply(again)
    assert PROBLEMS not in run.rows.first().cells
    assert Partnership.objects.get(slug=ROW["slug"]).summary == "=1"
