"""The pages of published rounds: aggregates for everybody, and nothing of anybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnerships.choices import Moderation
from partnerships.evaluation_export import export
from partnerships.evaluation_figures import Counted
from partnerships.evaluation_sharing import Sharing
from partnerships.models import Partnership, Response, Round, RoundReport
from partnerships.policies.suppression import Figure, Told
from partnerships.policies.tallies import Answered, items
from partnerships.services import evaluation_reports, evaluations
from partnerships.services.partnerships import NotAllowed
from tests.factories.evaluations import (
    make_invitation,
    make_questionnaire,
    make_response,
    make_round,
)
from tests.factories.records import make_champion, make_partnership, make_unit
from tests.factories.study import make_closed_round, make_reported_round, make_study

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = timezone.now()
PAGE, FILE = "/evaluation-rounds/evaluation-2006/", "/evaluation-rounds/evaluation-2006.csv"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        unit = make_unit()
        study, _ = make_study(opened_by=unit)
        evaluation_reports.draw_up(study, by=unit, at=NOW)
        yield study, unit
        transaction.set_rollback(True)


@pytest.fixture
def study(world):
    return Round.objects.get(pk=world[0].pk)


@pytest.fixture
def unit(world):
    return world[1]


def text_of(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_report_is_nobodys_until_it_is_published(study, unit):
    assert [Client().get(path).status_code for path in (PAGE, FILE)] == [404, 404]
    assert "Evaluation 2006" not in text_of("/evaluation-rounds/")
    assert "No evaluation has been published yet" in text_of("/evaluation-rounds/")
    evaluation_reports.publish(study, by=unit, with_words=False, at=NOW)
    assert "Evaluation 2006" in text_of("/evaluation-rounds/")
    assert "22 of 28" in text_of("/evaluation-rounds/")
    assert [Client().get(path).status_code for path in (PAGE, FILE)] == [200, 200]
    assert evaluation_reports.take_back(study, by=unit, reason="A mistake", at=NOW)
    assert not evaluation_reports.take_back(study, by=unit, reason="A mistake", at=NOW)
    assert [Client().get(path).status_code for path in (PAGE, FILE)] == [404, 404]


def test_the_page_says_what_is_told_and_why_not_more(study, unit):
    evaluation_reports.publish(study, by=unit, with_words=False, at=NOW)
    page = text_of(PAGE)
    assert "<b>22 of 28</b> coordinators answered, for 14 partnerships" in page
    assert "Of 8 partnerships both sides did" in page
    assert "at least five partnerships stand behind it and at least five are left over" in page
    assert "Too few partnerships answered on both sides to say where they differ" in page
    assert "9 or more" in page
    assert "Which describes the link, when it began and now?" in page
    assert "In their own words" not in page


def test_words_only_of_those_who_allow_it_now(study, unit):
    evaluation_reports.publish(study, by=unit, with_words=True, at=NOW)
    page = text_of(PAGE)
    assert "A change at UK link 2" in page
    assert "A change at UK link 3" not in page
    Response.objects.filter(answers__C2="A change at UK link 2").update(shares_words=False)
    assert "A change at UK link 2" not in text_of(PAGE)
    assert "A change at UK link 4" in text_of(PAGE)
    every = Partnership.objects.filter(name__startswith="Link 4 ")
    every.update(moderation=Moderation.WITHDRAWN)
    assert "A change at UK link 4" not in text_of(PAGE)


def test_nothing_of_one_answer_is_in_any_byte(study, unit):
    """Private answers, words without consent, names of the partnerships that took part."""
    evaluation_reports.publish(study, by=unit, with_words=True, at=NOW)
    bytes_of = text_of(PAGE) + text_of(FILE) + text_of("/evaluation-rounds/")
    assert "Canary of harm" not in bytes_of
    assert "A change at UK link 7" not in bytes_of
    assert not re.search(r"Link \d+ evaluation-2006|[Hh]ospital", bytes_of.replace("link in", ""))
    assert "unintended" not in bytes_of


def test_what_is_kept_does_not_change_with_the_answers(study, unit):
    evaluation_reports.publish(study, by=unit, with_words=False, at=NOW)
    before = text_of(FILE)
    Response.objects.filter(invitation__round=study).first().delete()
    assert text_of(FILE) == before


def test_a_round_is_beside_the_one_that_it_follows(study, unit):
    evaluation_reports.publish(study, by=unit, with_words=False, at=NOW)
    asked = study.questionnaire
    made = {"questionnaire": asked, "follows": study, "name": "Evaluation 2007"}
    later = make_study(opened_by=unit, slug="evaluation-2007", **made)[0]
    evaluation_reports.draw_up(later, by=unit, at=NOW)
    evaluation_reports.publish(later, by=unit, with_words=False, at=NOW)
    page = text_of("/evaluation-rounds/evaluation-2007/")
    assert "before: 6 of 13" in page
    Round.objects.filter(pk=study.pk).update(questionnaire=make_questionnaire())
    assert "before:" not in text_of("/evaluation-rounds/evaluation-2007/")
    Round.objects.filter(pk=study.pk).update(questionnaire=asked)
    evaluation_reports.take_back(study, by=unit, reason="A mistake", at=NOW)
    assert "before:" not in text_of("/evaluation-rounds/evaluation-2007/")


def test_of_fewer_than_five_partnerships_nothing_is_told(unit):
    small = make_closed_round(unit, slug="small", name="A small round")
    for number in range(4):
        for member in make_partnership().members.all():
            make_response(make_invitation(small, member), {"A1": "active"}, shares_words=True)
            assert number < 4
    report = evaluation_reports.draw_up(small, by=unit, at=NOW)
    assert report.figures["rates"] == []
    assert "exact" not in str(report.figures)
    evaluation_reports.publish(small, by=unit, with_words=True, at=NOW)
    assert "Fewer than five partnerships were asked on either side" in text_of(
        "/evaluation-rounds/small/"
    )


def test_of_a_side_of_which_fewer_than_five_were_asked_not_even_who_answered(unit):
    made = make_closed_round(unit, slug="one", name="One there")
    for number in range(5):
        uk, partner = make_partnership().members.order_by("position", "pk")
        make_response(make_invitation(made, uk), {"A7": "weekly"})
        if not number:
            make_response(make_invitation(made, partner), {"A7": "weekly"})
    report = evaluation_reports.draw_up(made, by=unit, at=NOW)
    evaluation_reports.publish(made, by=unit, with_words=False, at=NOW)
    assert [rate["side"] for rate in report.figures["rates"]] == ["uk"]
    assert (report.figures["both"], str(report.figures["tables"]).count("'submitted': 1")) == (
        None, 0)  # fmt: skip
    page, file = text_of("/evaluation-rounds/one/"), text_of("/evaluation-rounds/one.csv")
    assert "it is not told how many answered" in page
    assert "Partner side</th>" not in page
    assert ",uk," in file
    assert ",partner," not in file


def test_a_few_who_keep_theirs_are_not_what_is_left_of_the_figures_less_the_download(unit):
    made = make_closed_round(unit, slug="sub", name="One refuses")
    for number in range(3):
        record = make_partnership(f"Record {number}")
        for member in record.members.all():
            shares = {"shares_with_board": number != 0}
            make_response(make_invitation(made, member), {"A7": "weekly"}, **shares)

    def seen() -> tuple[int, int, bool]:
        client = Client()
        client.force_login(unit)
        page = client.get("/admin/evaluations/sub/record-1/").status_code
        listed = client.get("/admin/evaluations/").content.decode()
        is_drawn_up = RoundReport.objects.filter(round=made).exists()
        is_told = "Of One refuses, nobody but the sides" in listed
        assert is_told == (is_drawn_up and "Record 1" not in listed)
        return page, export(made).partnerships, "Record 1" in listed

    assert seen() == (404, 0, False)
    every = Response.objects.filter(invitation__round=made)
    every.update(shares_with_board=True)
    evaluation_reports.draw_up(made, by=unit, at=NOW)
    assert seen() == (200, 3, True)
    # Neither taking a consent away nor withdrawing an invitation afterwards gives anybody away.
    every.filter(invitation__partnership__name="Record 0").update(shares_with_board=False)
    assert seen() == (404, 0, False)
    last = made.invitations.filter(partnership__name="Record 0")
    last.update(revoked_at=timezone.now())
    assert seen() == (404, 0, False)


@pytest.mark.parametrize(
    ("now", "in_report", "is_open"),
    [(0, None, False), (7, None, False), (0, 0, True), (1, 0, False),
     (9, 0, False), (0, 3, False), (8, 3, False), (8, 7, True)],
)  # fmt: skip
def test_answers_are_open_where_none_or_many_keep_theirs_as_the_report_was_drawn_up(
    now, in_report, is_open
):
    assert Sharing(frozenset({99}), frozenset(range(now)), in_report).is_open == is_open


def test_figures_less_the_download_pass_the_rule_themselves(study):
    """Of 14 that keep theirs 10 say weekly, of 6 that others read 3: together 13 of 20, which
    would be told if nobody read any."""
    item = next(each for each in items(study.questionnaire.form) if each.key == "A7")

    def sent(numbers, weekly) -> list[Answered]:
        said = ["weekly"] * weekly + ["monthly"] * (len(numbers) - weekly)
        return [Answered(n, n, "uk", {"A7": each}) for n, each in zip(numbers, said, strict=True)]

    kept, others = sent(range(14), 10), sent(range(14, 20), 3)
    figures = Counted(kept, others).told(item, "uk").figures
    assert Counted(kept + others, []).told(item, "uk").figures["weekly"] == Figure(Told.EXACT, 13)
    assert figures["weekly"].told == figures["monthly"].told == Told.WITHHELD
    kept = sent(range(14), 9)
    assert Counted(kept, others).told(item, "uk").figures["weekly"] == Figure(Told.EXACT, 12)


def test_no_more_queries_for_more_answers(study, unit):
    evaluation_reports.publish(study, by=unit, with_words=True, at=NOW)
    small = make_reported_round(unit, slug="small")
    evaluation_reports.publish(small, by=unit, with_words=True, at=NOW)

    def queries(slug: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            Client().get(f"/evaluation-rounds/{slug}/")
        return len(captured)

    assert queries("small") == queries("evaluation-2006") <= 6


def test_drawn_up_once_from_a_closed_round(unit):
    is_open = make_round(state="open", opened_at=NOW - timedelta(days=1), opened_by=unit)
    with pytest.raises(NotAllowed, match="Close it first"):
        evaluation_reports.draw_up(is_open, by=unit, at=NOW)
    closed = make_closed_round(unit)
    with pytest.raises(NotAllowed, match="Draw the report up first"):
        evaluation_reports.publish(closed, by=unit, with_words=False, at=NOW)
    evaluation_reports.draw_up(closed, by=unit, at=NOW)
    with pytest.raises(NotAllowed, match="has been drawn up"):
        evaluation_reports.draw_up(closed, by=unit, at=NOW)
    with pytest.raises(NotAllowed, match="stays closed"):
        evaluations.reopen(closed, by=unit, at=NOW)
    assert RoundReport.objects.filter(round=closed).count() == 1


def test_champions_neither_draw_up_nor_publish(unit):
    champion = make_champion()
    closed = make_closed_round(unit)
    for verb in (
        lambda: evaluation_reports.draw_up(closed, by=champion, at=NOW),
        lambda: evaluation_reports.publish(closed, by=champion, with_words=False, at=NOW),
        lambda: evaluation_reports.take_back(closed, by=champion, reason="So", at=NOW),
    ):
        with pytest.raises(NotAllowed, match="coordination unit"):
            verb()
