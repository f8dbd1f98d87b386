"""The pages on which people import: who finds them, what their forms do, what they refuse."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from partnerships.models import ImportRow, ImportRun, Partnership, PlannedImport
from partnerships.services import partnerships
from tests.factories.imports import csv_of
from tests.factories.records import make_champion, make_partnership
from tests.mapapp.admin.cast import CANARIES, REFUSED
from tests.mapapp.admin.pages import page, said, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SEND = url(ImportRun, "add")


def sent(user, *rows: dict[str, str], content: bytes | None = None, name: str = "a.csv"):
    file = SimpleUploadedFile(name, csv_of(*rows) if content is None else content)
    return signed_in(user).post(SEND, {"file": file})


def changed(record, **cells: str) -> dict[str, str]:
    return {"slug": record.slug, "name": record.name, **cells}


def plan_of(response) -> str:
    assert response.status_code == 302, alerts(response)
    return str(response["Location"])


def alerts(response) -> list[str]:
    return [" ".join(each.text.split()) for each in page(response).select("[role=alert]")]


def exported(user, ending: str = "csv", **query: str):
    address = reverse(f"admin:partnerships_partnership_{ending}")
    return signed_in(user).get(address, query)


def names(response) -> set[str]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return {row["name"] for row in csv.DictReader(io.StringIO(text))}


def test_from_a_file_to_records_and_back(world) -> None:
    response = sent(
        world.champion,
        changed(world.ours, summary="After"),
        changed(world.theirs, summary="Mine now"),
        changed(world.our_draft, summary="y" * 301),
    )
    address = plan_of(response)
    client = signed_in(world.champion)
    shown = page(client.get(address))
    text = " ".join(shown.select_one("#content").text.split())
    assert [box["value"] for box in shown.select("[name=rows]")] == ["2"]
    assert shown.select_one("ins").text == "After"
    assert "Not yours" in text
    assert shown.select_one(".is-error strong").text
    assert not any(canary in text for canary in CANARIES)
    only = page(client.get(address, {"verdict": "error"}))
    assert len(only.select(".importing-row")) == 1

    done = client.post(address, {"act": "apply", "rows": ["2"]}, follow=True)
    assert said(done) == ["Applied. This is what was written."]
    world.ours.refresh_from_db()
    assert world.ours.summary == "After"
    assert page(done).select(f"a[href='{url(Partnership, 'change', world.ours.pk)}']")
    again = client.post(address, {"act": "apply", "rows": ["2"]}, follow=True)
    assert again.redirect_chain == done.redirect_chain
    assert not page(client.get(address)).select("[name=rows]")

    result = url(ImportRun, "change", ImportRun.objects.get().pk)
    for _ in range(2):
        undone = client.post(result, {"act": "undo"}, follow=True)
        assert "1 row taken back" in " ".join(page(undone).text.split())
        assert not page(undone).select("[value=undo]")
    world.ours.refresh_from_db()
    assert world.ours.summary == ""


def test_a_plan_that_is_stale_names_the_rows_and_keeps_the_ticks(world) -> None:
    address = plan_of(
        sent(world.champion, *(changed(r, summary="A") for r in (world.ours, world.our_draft)))
    )
    partnerships.update(world.ours, by=world.unit, values={"goals": "Elsewhere"})
    client = signed_in(world.champion)
    refused = client.post(address, {"act": "apply", "rows": ["2", "3"]})
    assert "row 2" in alerts(refused)[0]
    shown = page(refused)
    assert len(shown.select(".importing-row.is-stale")) == 1
    assert len(shown.select("[name=rows][checked]")) == 2
    assert ImportRun.objects.count() == 0
    client.post(address, {"act": "apply", "rows": ["3"]})
    assert ImportRun.objects.get().updated == 1


def test_what_is_undone_in_part_says_which_and_why(world) -> None:
    client = signed_in(world.champion)
    address = plan_of(
        sent(world.champion, *(changed(r, summary="A") for r in (world.ours, world.our_draft)))
    )
    client.post(address, {"act": "apply", "rows": ["2", "3"]})
    partnerships.update(world.ours, by=world.unit, values={"summary": "By the unit"})
    undone = client.post(url(ImportRun, "change", ImportRun.objects.get().pk), follow=True)
    text = " ".join(page(undone).text.split())
    assert "1 row taken back, 1 left as it is" in text
    assert "Not undone. Somebody changed the record on" in text


def test_strangers_and_others_are_refused_at_every_address(world) -> None:
    address = plan_of(sent(world.champion, changed(world.ours, summary="Canary of the plan")))
    problems = f"{address}problems.xlsx"
    applied = {"act": "apply", "rows": ["2"]}
    for user in (world.other, world.unit, world.auditor, world.former, world.nobody, None):
        client = signed_in(user) if user else Client()
        for each in (address, problems):
            assert client.get(each).status_code in REFUSED, (user, each)
        assert client.post(address, applied).status_code in REFUSED
        assert client.post(address, {"act": "discard"}).status_code in REFUSED
    assert not ImportRun.objects.exists()

    signed_in(world.champion).post(address, applied)
    run = ImportRun.objects.get()
    result = url(ImportRun, "change", run.pk)
    for user in (world.other, world.former, world.nobody, make_champion(world.board)):
        assert signed_in(user).get(result).status_code in REFUSED
        assert signed_in(user).post(result, {"act": "undo"}).status_code in REFUSED
        row = url(ImportRow, "change", run.rows.get().pk)
        assert signed_in(user).get(row).status_code in REFUSED
        listed = signed_in(user).get(url(ImportRun, "changelist"))
        assert "a.csv" not in listed.text
    auditor = signed_in(world.auditor)
    assert auditor.get(result).status_code == 200
    assert auditor.post(result, {"act": "undo"}).status_code == 403
    assert not page(auditor.get(result)).select("[value=undo]")
    for each in (SEND, reverse("admin:partnerships_importrun_template")):
        assert auditor.get(each).status_code == 403
        assert auditor.post(each, {}).status_code == 403
    run.refresh_from_db()
    assert run.undone_at is None
    signed_in(world.unit).post(result, {"act": "undo"})
    run.refresh_from_db()
    assert run.undone_by == world.unit


def test_bad_input_is_a_message_and_writes_nothing(world) -> None:
    address = plan_of(sent(world.champion, changed(world.ours, summary="A")))
    client = signed_in(world.champion)
    for rows in ([], ["x"], ["\x00"], ["9" * 30], ["-2"], ["²"], ["3"], ["2", "3"]):
        refused = client.post(address, {"act": "apply", "rows": rows})
        assert refused.status_code == 200, rows
        assert alerts(refused), rows
    assert client.post(address, {}).status_code == 200
    assert client.get(address, {"verdict": "x"}).status_code == 400
    assert client.get(address, {"p": "zero"}).status_code == 200
    plan = reverse("admin:partnerships_importrun_plan", args=[uuid.uuid4()])
    assert client.get(plan).status_code == 404
    assert client.get(address.replace(address.split("/")[-2], "x")).status_code in (302, 404)
    assert not ImportRun.objects.exists()
    PlannedImport.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert client.get(address).status_code == 404


def test_files_that_cannot_be_read_are_told_on_the_page(world) -> None:
    client = signed_in(world.champion)
    assert alerts(client.post(SEND, {})) == ["Choose a file first."]
    assert alerts(client.post(SEND, {"file": "text"})) == ["Choose a file first."]
    for content, told in (
        (b"", "has no heading"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"a" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"slug,name\n" + b"a,b\n" * 10_000, "import_partnerships"),
    ):
        response = sent(world.champion, content=content, name="<b>a</b>.csv")
        assert response.status_code == 200
        assert any(told in each for each in alerts(response)), told
    assert PlannedImport.objects.count() == 0


def test_discarding_a_plan(world) -> None:
    address = plan_of(sent(world.champion, changed(world.ours, summary="A")))
    client = signed_in(world.champion)
    assert client.get(SEND).text.count(address) == 1
    client.post(address, {"act": "discard"})
    assert client.get(address).status_code == 404
    assert client.get(SEND).text.count(address) == 0


def test_the_template_holds_the_records_of_the_board_that_is_asked_for(world) -> None:
    def slugs(user, **query: str) -> set[str] | int:
        address = reverse("admin:partnerships_importrun_template")
        response = signed_in(user).get(address, query)
        if response.status_code != 200:
            return response.status_code
        sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
        return {str(row[0].value) for row in sheet.iter_rows(min_row=2) if row[0].value}

    assert slugs(world.champion) == {"ours", "our-draft"}
    assert slugs(world.champion, board="none") == set()
    assert slugs(world.champion, board=str(world.other_board.pk)) == 404
    assert slugs(world.champion, board="unit") == 404
    assert slugs(world.unit, board=str(world.other_board.pk)) == {"theirs"}
    assert slugs(world.unit, board="unit") == {"nobodys"}
    assert slugs(world.unit) == 404
    assert slugs(world.unit, board="x") == 404


def test_the_annotated_workbook_comes_from_the_plan(world) -> None:
    address = plan_of(sent(world.champion, changed(world.ours, kind="netwrk")))
    client = signed_in(world.champion)
    link = page(client.get(address)).select_one("a[href$='problems.xlsx']")["href"]
    response = client.get(link)
    assert 'filename="a-problems.xlsx"' in response["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert "kind" in sheet["A2"].value


def test_exports_hold_the_own_records_of_the_list_and_nobody(world) -> None:
    assert names(exported(world.champion)) == {"Ours", "Our draft"}
    assert names(exported(world.champion, moderation__exact="draft")) == {"Our draft"}
    assert names(exported(world.champion, q="draft")) == {"Our draft"}
    assert names(exported(world.champion, owner=str(world.other_board.pk))) == set()
    assert names(exported(world.other)) == {"Theirs"}
    assert names(exported(world.unit)) == {"Ours", "Our draft", "Nobody's", "Theirs"}
    for user in (world.auditor, world.former, world.nobody):
        assert exported(user).status_code in REFUSED
    assert exported(world.unit, members__coordinators__name="x").status_code == 400
    assert exported(world.unit, moderation__exact="nonsense").status_code in (200, 400)


def test_exports_are_guarded_and_import_without_a_change(world) -> None:
    partnerships.update(world.ours, by=world.unit, values={"summary": "=HYPERLINK(1)"})
    content = b"".join(exported(world.champion).streaming_content)
    assert b"'=HYPERLINK(1)" in content
    assert not any(canary.encode() in content for canary in CANARIES)
    book = b"".join(exported(world.champion, "xlsx").streaming_content)
    for file, name in ((content, "a.csv"), (book, "a.xlsx")):
        plan_of(sent(world.champion, content=file, name=name))
        rows = PlannedImport.objects.latest("pk").rows
        assert set(rows.values_list("verdict", flat=True)) == {"unchanged"}
    listed = page(signed_in(world.champion).get(url(Partnership, "changelist"), {"q": "draft"}))
    assert listed.select_one("a[href*='export.csv?q=draft']")
    listed = page(signed_in(world.auditor).get(url(Partnership, "changelist")))
    assert not listed.select("a[href*='export.csv']")


def test_a_plan_needs_no_more_queries_for_more_rows(world) -> None:
    def queries(number: int) -> int:
        records = [make_partnership(health_board=world.board) for _ in range(number)]
        address = plan_of(sent(world.champion, *(changed(r, summary="A") for r in records)))
        client = signed_in(world.champion)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    assert queries(1) == queries(4)
