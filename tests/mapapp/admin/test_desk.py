"""The desk and the report as pages: actions, double submits, what is stale, whose they are."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from partnerships.choices import Moderation, Stage
from partnerships.models import Agreement, NotTheSame, Partnership
from partnerships.services import partnerships
from partnerships.services.details import apply
from partnerships.services.users import system_user
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_institution,
    make_partnership,
    make_suggestion,
    make_topic,
    make_unit,
)
from tests.mapapp.admin.pages import page, said, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]

DESK, ACT = "/admin/", "/admin/desk/"
#: Fourteen, of which one asks for the version of the data, outside a test's transaction.
MOST_QUERIES = 14 - 1


def row(client, anchor: str, query: str = ""):
    """A row of the desk, by its section and key."""
    return page(client.get(DESK + query)).select_one(f"#{anchor}")


def press(client, anchor: str, action: str, query: str = "", **typed):
    """Send the form of a row whose button has an action, as a browser would."""
    return client.post(ACT, sent(client, anchor, action, query) | typed, follow=True)


def sent(client, anchor: str, action: str, query: str = "") -> dict[str, str]:
    found = row(client, anchor, query)
    assert found is not None, anchor
    button = found.select_one(f"button[name=action][value={action}]")
    assert button is not None, (anchor, action)
    hidden = button.find_parent("form").select("input[type=hidden]")
    return {field["name"]: field["value"] for field in hidden} | {"action": action}


def test_still_right_once_and_taken_back(world) -> None:
    client, anchor = signed_in(world.champion), f"confirm-{world.ours.pk}"
    form = sent(client, anchor, "right")
    answer = client.post(ACT, form, follow=True)
    assert said(answer) == ["Confirmed for the UK side: Ours."]
    assert said(client.post(ACT, form, follow=True)) == ["Ours was confirmed today already."]
    assert world.ours.confirmations.count() == 1

    press(client, anchor, "right_there", how="By telephone")
    world.ours.refresh_from_db()
    assert world.ours.partner_confirmed_on == timezone.localdate()
    assert row(client, anchor) is None
    undone = client.post(ACT, {"action": "undo"}, follow=True)
    assert said(undone) == ["Taken back: Ours is to be confirmed as before."]
    assert row(client, anchor) is not None
    again = client.post(ACT, {"action": "undo"}, follow=True)
    assert said(again) == ["There is nothing to take back any more."]


def test_what_was_shown_is_what_is_confirmed(world) -> None:
    client, anchor = signed_in(world.champion), f"confirm-{world.ours.pk}"
    forms = [sent(client, anchor, action) for action in ("right", "end")]
    partnerships.update(world.ours, by=world.unit, values={"summary": "Something else"})
    for form in forms:
        answer = client.post(ACT, form, follow=True)
        assert "Somebody has changed this record since you looked" in said(answer)[0]
    world.ours.refresh_from_db()
    assert (world.ours.uk_confirmed_on, world.ours.stage) == (None, Stage.ACTIVE)


def test_it_has_ended(world) -> None:
    client, anchor = signed_in(world.champion), f"confirm-{world.ours.pk}"
    answer = press(client, anchor, "end", reason="The clinic closed")
    assert said(answer) == ["Ended: Ours. It stays as history."]
    world.ours.refresh_from_db()
    assert (world.ours.stage, world.ours.stage_reason) == (Stage.ENDED, "The clinic closed")
    assert row(client, anchor) is None
    client.post(ACT, {"action": "undo"})
    world.ours.refresh_from_db()
    assert world.ours.stage == Stage.ACTIVE


def test_a_side_is_reminded_from_its_row(world) -> None:
    record, client = world.ours, signed_in(world.champion)
    member = next(each for each in record.members.all() if each.side == "partner")
    make_coordinator(member, "Chikondi", email="chikondi@example.org")
    shown = row(client, f"confirm-{record.pk}")
    assert shown.select_one("a[href^='mailto:chikondi@example.org?']").text.startswith("Write to")
    answer = press(client, f"confirm-{record.pk}", "remind", side="partner")
    assert said(answer) == ["A mail goes to 1 coordinator: Ours."]
    assert "Remind Malawi" not in row(client, f"confirm-{record.pk}").text
    for user in (world.other, world.auditor):
        assert b"chikondi" not in signed_in(user).get(DESK).content


def test_submitting_listing_and_returning(world) -> None:
    champion, deputy = signed_in(world.champion), signed_in(make_champion(world.board))
    draft = make_partnership(
        "Draft", health_board=world.board, moderation="draft", by=world.champion
    )
    press(champion, f"drafts-{draft.pk}", "submit")
    assert row(champion, f"submissions-{draft.pk}") is None  # nobody lists their own first
    undone = champion.post(ACT, {"action": "undo"}, follow=True)
    assert said(undone) == ["Taken back: Draft waits to be submitted again."]
    press(champion, f"drafts-{draft.pk}", "submit")
    refused = press(deputy, f"submissions-{draft.pk}", "return", reason=" ")
    assert said(refused) == ["Say why: the author and the history need to know."]
    press(deputy, f"submissions-{draft.pk}", "return", reason="Name the hospital")
    deputy.post(ACT, {"action": "undo"})
    assert row(deputy, f"submissions-{draft.pk}") is not None
    press(deputy, f"submissions-{draft.pk}", "return", reason="Name the hospital")
    assert "Name the hospital" in row(champion, f"drafts-{draft.pk}").text
    press(champion, f"drafts-{draft.pk}", "submit")
    press(deputy, f"submissions-{draft.pk}", "list")
    draft.refresh_from_db()
    assert draft.moderation == Moderation.LISTED


def test_an_agreement_is_renewed(world) -> None:
    agreement = Agreement(
        partnership=world.ours, title="MoU", expires_on=timezone.localdate() + timedelta(days=9)
    )
    apply(written=[agreement], by=system_user())
    client, anchor = signed_in(world.champion), f"agreements-{agreement.pk}"
    assert "in 9 days" in row(client, anchor).text
    assert said(press(client, anchor, "renew", until="soon")) == [
        "Give the day on which it ends now."
    ]
    press(client, anchor, "renew", until="2031-05-01")
    agreement.refresh_from_db()
    assert (agreement.expires_on, agreement.renewed_on) == (date(2031, 5, 1), timezone.localdate())
    assert row(client, anchor) is None


def test_two_that_look_alike_are_compared_and_told_apart(world) -> None:
    twin = make_partnership(
        "Ours again",
        members=[member.institution for member in world.ours.members.all()],
        summary="Other words",
    )
    client, anchor = signed_in(world.champion), f"lookalikes-{twin.pk}"
    link = row(client, anchor).select_one("a.is-first")["href"]
    compared = client.get(link).text
    assert "Other words" in compared
    for user, status in ((world.unit, 200), (world.auditor, 200), (world.other, 404)):
        assert signed_in(user).get(link).status_code == status
    press(client, anchor, "apart")
    assert NotTheSame.objects.count() == 1
    assert row(client, anchor) is None
    client.post(ACT, {"action": "undo"})
    assert row(client, anchor) is not None
    draft = reverse("admin:compare", args=[world.our_draft.pk, world.theirs.pk])
    assert signed_in(world.other).get(draft).status_code == 404


def test_an_action_comes_back_to_its_place(world) -> None:
    second = make_partnership("Second", health_board=world.board)
    client = signed_in(world.champion)
    form = sent(client, f"confirm-{world.ours.pk}", "right", "?section=confirm")
    answer = client.post(ACT, form)
    assert answer["Location"] == f"/admin/?section=confirm#confirm-{second.pk}"
    for then in ("//evil.example", "https://evil.example/", "x" * 300):
        assert client.post(ACT, form | {"then": then})["Location"] == "/admin/?section=confirm"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "nothing"},
        {"action": "right"},
        {"action": "right", "key": "9" * 40},
        {"action": "right", "key": "x", "seen": "\x00"},
        {"action": "right_there", "key": "1", "how": "By owl"},
        {"action": "apart", "key": "1", "other": "999999"},
        {"action": "renew", "key": "1", "until": "2031-05-01"},
    ],
)
def test_bad_input_is_a_sentence(world, form) -> None:
    answer = signed_in(world.champion).post(ACT, form, follow=True)
    assert answer.status_code == 200
    assert len(said(answer)) == 1
    for query in ("?section=nothing", "?page=x", "?board=nhs-nowhere", "?board=unit"):
        assert signed_in(world.champion).get(DESK + query).status_code == 404


# ------------------------------------------------------------------------------- whose desk it is


def test_another_boards_champion_sees_and_does_nothing(world) -> None:
    ours = world.ours
    seen = sent(signed_in(world.champion), f"confirm-{ours.pk}", "right")
    client = signed_in(world.other)
    shown = client.get(DESK).text
    assert "Theirs" in shown
    assert "Our" not in shown.replace("NHS Theirs", "")
    slug = world.board.institution.slug
    for address in (
        f"/admin/?board={slug}",
        f"/admin/report/{slug}/",
        f"/admin/report/{slug}.xlsx",
    ):
        assert client.get(address).status_code == 404, address
    draft = sent(signed_in(world.champion), f"drafts-{world.our_draft.pk}", "submit")
    for form in (seen, seen | {"action": "end"}, draft, draft | {"action": "list"}):
        answer = client.post(ACT, form, follow=True)
        assert "Only the owning Board's champions" in said(answer)[0], form
    before = Partnership.objects.get(pk=ours.pk)
    assert (before.uk_confirmed_on, before.stage) == (None, Stage.ACTIVE)
    assert client.get(ACT).status_code == 405


def test_auditors_look_and_do_nothing(world) -> None:
    client = signed_in(world.auditor)
    shown = page(client.get(DESK))
    assert shown.select(f"#confirm-{world.ours.pk}")
    assert shown.select("#content button[name=action]") == []
    form = sent(signed_in(world.champion), f"confirm-{world.ours.pk}", "right")
    assert "Only the owning" in said(client.post(ACT, form, follow=True))[0]
    assert client.get(f"/admin/report/{world.board.institution.slug}/").status_code == 200


def test_the_unit_has_a_table_of_boards(world) -> None:
    client = signed_in(world.unit)
    table = page(client.get(DESK)).select_one(".desk-boards")
    rows = {each.th.text.strip(): each for each in table.select("tbody tr")}
    assert set(rows) == {"NHS Ours", "NHS Theirs", "The unit’s own records"}
    assert "No lead" in rows["NHS Ours"].text
    own = client.get(DESK + "?board=unit").text
    assert "Nobody&#x27;s" in own
    assert page(signed_in(world.champion).get(DESK)).select_one(".desk-boards") is None


def test_an_empty_desk_says_so_kindly() -> None:
    board = make_board()
    shown = signed_in(make_champion(board, role="lead")).get(DESK).text
    assert "Nothing needs you today." in shown


def grow(board, number: int) -> None:
    """So many more of everything that a desk may show."""
    for _ in range(number):
        members = [make_institution(country="GB"), make_institution()]
        record = make_partnership(health_board=board, members=members)
        make_coordinator(record.members.first(), email=f"c{record.pk}@example.org")
        make_partnership(health_board=board, members=members, topics=[make_topic()])
        for state in ("draft", "submitted", "returned"):
            make_partnership(health_board=board, moderation=state)
        make_suggestion(record)
        make_suggestion(
            None, {"name": "New", "kind": "network", "health_board": board.institution.slug}
        )
        soon = timezone.localdate() + timedelta(days=20)
        apply(
            written=[Agreement(partnership=record, title="MoU", expires_on=soon)], by=system_user()
        )
        make_board()


def test_a_desk_asks_at_most_fourteen_questions_whatever_it_shows() -> None:
    board = make_board("NHS Busy")
    clients = [signed_in(make_champion(board)), signed_in(make_champion(board, role="lead"))]
    clients.append(signed_in(make_unit()))

    def counts() -> list[list[int]]:
        found = []
        for client in clients:
            asked = []
            for query in ("", "?section=confirm", "?section=lookalikes", "?board=nhs-busy"):
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(DESK + query).status_code == 200
                asked.append(len(captured))
            found.append(asked)
        return found

    grow(board, 1)
    one = counts()
    grow(board, 2)
    assert counts() == one
    assert max(number for asked in one for number in asked) <= MOST_QUERIES, one


# -------------------------------------------------------------------------------------- the report


def test_the_report_of_a_board(world) -> None:
    partnerships.update(world.ours, by=world.champion, values={"stage": Stage.PAUSED})
    partnerships.confirm(world.ours, side="uk", by=world.champion, how="x")
    make_partnership("Over", health_board=world.board, stage=Stage.ENDED)
    hostile = make_partnership("=cmd|' /C calc'!A0", health_board=world.board, slug="hostile")
    client, slug = signed_in(world.champion), world.board.institution.slug
    shown = page(client.get(f"/admin/report/{slug}/"))
    headings = [heading.text for heading in shown.select("#content h2")]
    year = timezone.localdate().year
    assert headings == [
        "Health Board Commitment",
        "Monitoring and Evaluation",
        "Partnerships that have not ended",
        f"What changed in {year}",
    ]
    figures = {dt.text: int(dt.find_next("dd").text) for dt in shown.select(".report-figures dt")}
    assert figures == {
        "partnerships known to be active": 1,
        "listed and not ended": 2,
        "partner countries": 1,
        "partner institutions": 2,
        "with a checklist that both sides agreed": 0,
    }
    assert "Active → Paused" in shown.text
    for other in ("Over", "Our draft", "Theirs"):
        assert other not in shown.select(".is-wide")[0].text

    answer = client.get(f"/admin/report/{slug}.xlsx")
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{slug}-report-')
    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames == [
        "Summary",
        "Health Board Commitment",
        "Monitoring and Evaluation",
        "Partnerships",
        "What changed",
    ]
    names = [cells[0].value for cells in book["Partnerships"].iter_rows()]
    assert names[2:4] == [f"'{hostile.name}", "Ours"]


def test_a_report_needs_no_more_queries_for_more_records(world) -> None:
    client, address = signed_in(world.champion), f"/admin/report/{world.board.institution.slug}/"

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    one = asked()
    for _ in range(3):
        make_partnership(health_board=world.board, topics=[make_topic()])
    assert asked() == one
