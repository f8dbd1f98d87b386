"""Both sides of one partnership, for whom and when; and the report of a round in the admin."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from partnerships.choices import RoundState
from partnerships.evaluation_pair import pair_of
from partnerships.models import Invitation, Partnership, Response, Round, RoundReport
from partnerships.services import evaluation_reports, evaluations, links
from tests.factories.evaluations import make_invitation, make_response
from tests.factories.records import (
    make_board,
    make_champion,
    make_institution,
    make_partnership,
    make_unit,
)
from tests.factories.study import make_closed_round

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = timezone.now()
UK = {
    "B": {"B1": "4", "B2": "2", "B3": "3"},
    "A5": 12,
    "C2": "Open words of the UK",
    "G4": "Spare words of the UK",
    "D2": "yes",
    "D2_words": "Canary of harm",
}
PARTNER = {
    "B": {"B1": "1", "B2": "3", "B3": "3"},
    "C2": "Kept words of the partner",
    "D2_words": "Canary of harm there",
}


@dataclass
class World:
    record: Partnership
    round: Round
    uk: Invitation
    partner: Invitation

    def page(self, invitation: Invitation) -> str:
        token = links.make(purpose="evaluation", invitation=invitation, at=NOW)
        response = Client().get(f"/evaluations/{token}/report/")
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"
        return re.sub(r"\s+", " ", response.content.decode())

    def csv(self, invitation: Invitation) -> bytes:
        token = links.make(purpose="evaluation", invitation=invitation, at=NOW)
        response = Client().get(f"/evaluations/{token}/report.csv")
        assert response["Cache-Control"] == "private, no-store"
        return response.content

    def reopen(self) -> None:
        Round.objects.filter(pk=self.round.pk).update(state=RoundState.OPEN, closed_at=None)


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def world(unit) -> World:
    record = make_partnership("Two ends", health_board=make_board())
    made = make_closed_round(unit, slug="spring", name="Spring round")
    uk, partner = (make_invitation(made, m) for m in record.members.order_by("position", "pk"))
    make_response(uk, UK, shares_words=True, shares_with_board=True)
    make_response(partner, PARTNER, shares_with_board=True)
    return World(record, made, uk, partner)


def test_both_sides_beside_each_other_widest_gap_first(world):
    for invitation in (world.uk, world.partner):
        page = world.page(invitation)
        assert "Scotland" in page
        assert "Malawi" in page
        verdicts = re.findall(r"<td>((?:\d step|the same|different|one side)[^<]*)</td>", page)
        assert verdicts[:3] == ["3 steps apart", "1 step apart", "the same"]
        assert set(verdicts[3:]) <= {"one side says nothing"}
        assert "questions that nobody answered" in page
        assert "step-uk" in page
        assert "12" in page


def test_who_does_not_know_beside_two_who_agree_differs_by_no_step(unit):
    record = make_partnership("Three", members=[make_institution(country=c) for c in
                                                ("GB", "MW", "ZM")])  # fmt: skip
    made = make_closed_round(unit)
    asked = [make_invitation(made, member) for member in record.members.order_by("position")]
    for invitation, level in zip(asked, ("3", "3", "dont_know"), strict=True):
        make_response(invitation, {"B": {"B1": level}})
    row = next(row for row in pair_of(asked[0], is_own=True).rows if row.key == "B.B1")
    assert (row.verdict, row.weight) == ("different", 0.5)


def test_words_of_the_other_side_only_with_its_consent(world):
    of_uk, of_partner = world.page(world.uk), world.page(world.partner)
    assert "Open words of the UK" in of_uk
    assert "Kept words" not in of_uk
    assert "Malawi wrote something and keeps it private." in of_uk
    assert "Open words of the UK" in of_partner
    assert "Kept words of the partner" in of_partner
    assert "Only you see this" in of_partner


def test_private_answers_are_in_nobodys_report(world):
    assert "Canary" not in world.page(world.uk) + world.page(world.partner)


def test_the_file_says_what_the_page_says(world):
    told = world.csv(world.uk).decode("utf-8-sig")
    rows = [tuple(row.values()) for row in csv.DictReader(io.StringIO(told))]
    assert rows[0][2:5] == ("uk", "Scotland", world.uk.member.institution.name)
    assert [row[5:] for row in rows[:2]] == [
        ("Fully", "3 steps apart"),
        ("Not yet", "3 steps apart"),
    ]
    assert ("Open words of the UK", "") in [row[5:] for row in rows]
    assert "Kept words" not in told
    assert "Canary" not in told
    world.reopen()
    assert world.csv(world.uk) == b""  # sent back to the page, which says why


def test_whoever_has_not_sent_sees_nothing_of_the_other_side(world):
    Response.objects.filter(invitation=world.uk).update(submitted_at=None)
    page = world.page(world.uk)
    assert "when you have sent your own answers" in page
    assert "Malawi" not in page.split("<main", 1)[1].split("</main", 1)[0]
    # And the other side, which has, learns nothing of answers that were not sent.
    page = world.page(world.partner)
    assert "The round closed without answers of the other side" in page
    assert "Open words" not in page


def test_nobody_sees_the_other_side_while_answers_can_be_changed(world):
    world.reopen()
    page = world.page(world.uk)
    assert "Both sides have sent their answers." in page
    assert "steps apart" not in page
    assert "Kept words" not in page


def test_what_both_sides_had_sent_stands_when_the_round_is_opened_again(world, unit):
    """They could read each other's; of another partnership, one side had sent alone."""
    other = make_partnership().members.first()
    alone = make_invitation(world.round, other)
    make_response(alone, {"B": {"B1": "4"}})
    Response.objects.update(submitted_at=world.round.closed_at)
    evaluations.reopen(world.round, by=unit, at=timezone.now())

    def changed(invitation: Invitation) -> int:
        token = links.make(purpose="evaluation", invitation=invitation, at=NOW)
        typed = {"shown": '{"B": {"B1": "4"}}', "B-B1": "1"}
        return Client().post(f"/evaluations/{token}/3/", typed).status_code

    assert [changed(each) for each in (world.uk, world.partner, alone)] == [409, 409, 302]
    assert "3 steps apart" in world.page(world.uk)
    token = links.make(purpose="evaluation", invitation=world.uk, at=NOW)
    start = Client().get(f"/evaluations/{token}/").content.decode()
    assert "The round is open again for others" in start


def test_a_link_that_is_no_link_opens_nothing(world):
    assert Client().get("/evaluations/no-such-token/report/").status_code == 404
    token = links.make(purpose="evaluation", invitation=world.uk, at=NOW)
    links.revoke(invitation=world.uk, at=NOW)
    assert Client().get(f"/evaluations/{token}/report/").status_code == 404


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_champions_and_the_unit_only_where_every_side_allows_it(world, unit):
    address = "/admin/evaluations/spring/two-ends/"
    champion = make_champion(world.record.health_board)
    stranger = make_champion()
    assert [signed_in(user).get(address).status_code for user in (unit, champion)] == [404, 404]
    evaluation_reports.draw_up(world.round, by=unit, at=NOW)
    assert [signed_in(user).get(address).status_code for user in (unit, champion, stranger)] == [
        200, 200, 404]  # fmt: skip
    page = signed_in(champion).get(address).content.decode()
    assert "3 steps apart" in page
    assert "Open words of the UK" in page
    assert "Kept words" not in page
    assert "Canary" not in page
    Response.objects.filter(invitation=world.partner).update(shares_with_board=False)
    assert [signed_in(user).get(address).status_code for user in (unit, champion)] == [404, 404]


def test_the_unit_draws_up_publishes_and_takes_back(world, unit):
    client, address = signed_in(unit), "/admin/evaluations/spring/"
    assert "Not drawn up yet" in client.get("/admin/evaluations/").content.decode()
    assert "Draw up the report" in client.get(address).content.decode()
    client.post(address, {"act": "draw_up"})
    report = RoundReport.objects.get(round=world.round)
    page = client.get(address).content.decode()
    assert "Fewer than five partnerships were asked" in page
    assert "Open words" not in page
    client.post(address, {"act": "publish", "with_words": "on"})
    report.refresh_from_db()
    assert report.shows_words
    assert Client().get("/evaluation-rounds/spring/").status_code == 200
    assert client.get("/admin/evaluations/spring.csv").status_code == 200
    client.post(address, {"act": "take_back"})
    assert Client().get("/evaluation-rounds/spring/").status_code == 404
    assert client.post(address, {"act": "burn"}).status_code == 400
    again = client.post(address, {"act": "draw_up"}, follow=True).content.decode()
    assert "has been drawn up" in again


def test_nobody_else_has_the_reports_of_rounds(world):
    for user in (make_champion(world.record.health_board), make_champion()):
        for address in ("spring/", "spring.csv"):
            assert signed_in(user).get(f"/admin/evaluations/{address}").status_code == 404


def test_reports_that_are_shared_are_listed_for_their_board(world, unit):
    def listed(user) -> bool:
        page = signed_in(user).get("/admin/evaluations/").content.decode()
        return "Two ends" in page

    own, stranger = make_champion(world.record.health_board), make_champion()
    assert [listed(user) for user in (unit, own)] == [False, False]
    evaluation_reports.draw_up(world.round, by=unit, at=NOW)
    assert [listed(user) for user in (unit, own, stranger)] == [True, True, False]
    Response.objects.filter(invitation=world.uk).update(shares_with_board=False)
    assert [listed(user) for user in (unit, own)] == [False, False]
