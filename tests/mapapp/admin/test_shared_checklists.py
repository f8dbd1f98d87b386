"""Of a checklist nobody outside its members reads a word, unless every member lets them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from partnerships import models as registry
from partnerships.models import OutgoingMail
from partnerships.services import agreeing, inviting
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_unit,
)
from tests.factories.rounds import NOW, Round
from tests.mapapp.admin.pages import signed_in, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CANARY = "Canary of the ward"


@pytest.fixture
def made() -> Round:
    """An agreed round with a canary wherever there is room for words, and levels to look for."""
    made = Round("4", None)
    made.answer(made.parts[1], "1", note=CANARY)
    for part in made.parts:
        make_coordinator(part.member, email=f"{part.pk}@example.org")
    made.point(CANARY, hallmark=made.hallmarks[0])
    inviting.invite(made.checklist, by=made.champion, at=NOW)
    made.agree_on(CANARY)
    inviting.tell_compared(made.checklist, at=NOW)
    return made


def addresses(made: Round) -> Iterator[str]:
    """Every page of the admin that knows the partnership, its round, its Board or its mail."""
    board = made.partnership.health_board
    assert board is not None
    for record in (made.checklist, made.partnership, board, OutgoingMail.objects.first()):
        for page in ("change", "history"):
            yield url(type(record), page, record.pk)
    hallmark = made.hallmarks[0]
    for record in (made.partnership, hallmark, hallmark.principle, made.framework):
        yield url(type(record), "delete", record.pk)
    for version in made.checklist.history.all():
        key = [made.checklist.pk, version.history_id]
        yield reverse("admin:partnerships_checklist_simple_history", args=key)
    for model in (registry.Checklist, registry.Partnership, OutgoingMail):
        yield url(model, "changelist")
    yield url(registry.Checklist, "changelist") + "?q=ward"
    yield reverse("admin:index")
    yield reverse("admin:all_records")
    yield reverse("admin:board_report", args=[board.institution.slug])


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code in (200, 302, 403, 404), (address, answer.status_code)
    return answer.text if answer.status_code == 200 else ""


def test_nobody_who_signs_in_reads_a_word_without_consent(made: Round) -> None:
    agreeing.share(made.parts[0], is_willing=True)
    people = (made.champion, make_champion(make_board()), make_unit(), make_auditor())
    opened = 0
    for user in people:
        client = signed_in(user)
        for address in addresses(made):
            shown = words(client, address)
            opened += bool(shown)
            assert "Canary" not in shown, address
            assert "Not yet</td>" not in shown, address
            assert "Rating: " not in shown, address
    assert opened > 20


def test_refusals_to_delete_count_what_stands_in_the_way_and_repeat_no_word(made: Round) -> None:
    champion, unit = signed_in(made.champion), signed_in(make_unit())
    address = url(registry.Partnership, "change", made.partnership.pk)
    member = str(made.parts[1].member_id)
    typed = submitted(champion, address, reason="It has left")
    names = (f"members-{number}" for number in range(2))
    row = next(name for name in names if typed[f"{name}-id"] == member)
    typed[f"{row}-DELETE"] = "on"
    answers = [champion.post(address, typed, follow=True)]
    hallmark = made.hallmarks[0]
    for client, record in (
        *((champion, made.partnership), (unit, hallmark)),
        (unit, hallmark.principle),
    ):
        sent = {"post": "yes", "reason": "A mistake"}
        address = url(type(record), "delete", record.pk)
        answers.append(client.post(address, sent, follow=True))
    for answer, stands in zip(
        answers, ("1 checklist member", "2 action points", "2 ratings", "4 ratings"), strict=True
    ):
        assert stands in answer.text
        assert "Canary" not in answer.text
        assert "Not yet" not in answer.text


def test_with_every_members_consent_those_who_look_after_the_record_read_it(made: Round) -> None:
    address = url(registry.Checklist, "change", made.checklist.pk)
    made.share()
    readers = {
        "own": made.champion,
        "unit": make_unit(),
        "other": make_champion(make_board()),
        "auditor": make_auditor(),
    }

    def reading() -> set[str]:
        return {who for who, user in readers.items() if CANARY in words(signed_in(user), address)}

    assert reading() == {"own", "unit"}
    agreeing.share(made.parts[1], is_willing=False)
    assert reading() == set()


def test_reports_mails_and_histories_keep_no_word(made: Round) -> None:
    made.share()
    client = signed_in(made.champion)
    board: Any = made.partnership.health_board
    report = client.get(reverse("admin:report_xlsx", args=[board.institution.slug]))
    sheets = openpyxl.load_workbook(BytesIO(report.content)).worksheets
    cells = [str(cell) for sheet in sheets for row in sheet.values for cell in row]
    assert any(made.partnership.name in cell for cell in cells)
    assert not any(CANARY in cell for cell in cells)
    mails = OutgoingMail.objects.all()
    assert mails
    assert not any(CANARY in mail.subject + mail.text + mail.html for mail in mails)
    histories = (registry.Rating, registry.AgreedAnswer, registry.ActionPoint)
    for model in histories:
        rows = list(model.history.values())
        assert rows
        assert CANARY not in str(rows)
        assert not {"level", "note", "reason", "what", "why", "who"} & rows[0].keys()
