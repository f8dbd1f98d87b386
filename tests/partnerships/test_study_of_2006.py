"""The study of 2006 as a worked example: what comes out is what is computed by hand here.

Of 14 links 28 coordinators are asked; 13 in the UK and 9 elsewhere answer, both of 8 links. The
answers, made up, stand in tests/factories/study.py. A number needs five links behind it and five
left over: of 13 that is 5 to 8; of 9 none, but “5 or more” and “fewer than 5”.
"""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.db import transaction
from django.utils import timezone

from partnerships.choices import Side
from partnerships.evaluation_figures import (
    Counted,
    figures_of,
    invited,
    quotes,
    submitted,
    told_of,
)
from partnerships.evaluation_report import as_csv, view_of
from partnerships.models import Response, RoundReport
from partnerships.policies import tallies
from partnerships.policies.tallies import Answered
from partnerships.services import evaluation_reports
from tests.factories.records import make_unit
from tests.factories.study import make_study

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The study, once for all tests, and its report."""
    with django_db_blocker.unblock(), transaction.atomic():
        unit = make_unit()
        study, _ = make_study(opened_by=unit)
        report = evaluation_reports.draw_up(study, by=unit, at=timezone.now())
        yield study, view_of(report, for_public=False)
        transaction.set_rollback(True)


@pytest.fixture
def study(world):
    return world[0]


@pytest.fixture
def view(world):
    return world[1]


def words(view, key):
    """Option → what is told of the UK side and of the partner side."""
    lines = view.asked[key].all_lines
    return {line.bars[0].code: tuple(bar.words for bar in line.bars) for line in lines}


def test_response_rates(study):
    (uk, partner), both = tallies.rates(invited(study), submitted(study))
    assert (uk.invited, uk.answered) == (14, 13)
    assert (partner.invited, partner.answered) == (14, 9)
    assert uk.answered + partner.answered == 22
    assert both == 8


def item_of(study, key):
    return next(each for each in tallies.items(study.questionnaire.form) if each.key == key)


def test_themes_are_counted_by_side(study):
    sent = submitted(study)

    def counted(key, side):
        return tallies.table(item_of(study, key), side, (e for e in sent if e.side == side))

    expected = {
        ("E.funding", "uk"): {"none": 0, "minor": 4, "major": 9},
        ("E.funding", "partner"): {"none": 0, "minor": 3, "major": 6},
        ("E.culture", "uk"): {"none": 0, "minor": 8, "major": 5},
        ("E.culture", "partner"): {"none": 3, "minor": 4, "major": 2},
        ("E.communication", "uk"): {"none": 2, "minor": 3, "major": 3},
        ("E.communication", "partner"): {"none": 0, "minor": 0, "major": 0},
    }
    assert {key: counted(*key).counts for key in expected} == expected
    silent = [counted("E.communication", side) for side in ("uk", "partner")]
    assert [(table.answered, table.missing) for table in silent] == [(8, 5), (0, 9)]
    benefits = [counted("C1_staff", side) for side in ("uk", "partner")]
    assert [table.counts["skills"] for table in benefits] == [12, 9]
    # Link 12 named nothing in the UK: that is missing, not “none so far”.
    assert (benefits[0].answered, benefits[0].missing) == (12, 1)
    assert benefits[0].counts["none"] == 0


def test_the_gap_of_a_statement(study):
    """B1 at the eight links with both sides: UK 4 at links 5 to 7, 1 at 8 to 12; partner 1 at 5
    to 9, 4 at 10 to 12. So +3 at 5, 6, 7; 0 at 8, 9; −3 at 10, 11, 12."""
    gap = tallies.gaps_of(item_of(study, "B.B1"), tallies.pairs(submitted(study)))
    assert gap.steps == {-3: 3, 0: 2, 3: 3}
    assert gap.apart(2) == 6


def test_whoever_was_withdrawn_is_neither_asked_nor_counted(study):
    study.invitations.filter(response__answers__C2="A change at UK link 0").update(
        revoked_at=timezone.now()
    )
    uk, partner = figures_of(study)["rates"]
    assert (uk["invited"], uk["answered"]) == (13, 12)
    assert (partner["invited"], partner["answered"]) == (14, 9)


def test_a_large_round_is_ranked_widest_first(view):
    """Of 45 partnerships, on both sides half stand at 1 and half at 4; 12 are far apart on B1,
    30 on B2, and on B3 all stand together but 3."""
    far = {"B1": 12, "B2": 30, "B3": 3}
    low, high = ["1"] * 20, ["4"] * 20
    sent = []
    for number, uk in enumerate([*low, *high]):
        turned = {code: number % 20 < each // 2 for code, each in far.items()}
        partner = {code: ("14"[uk == "1"] if turned[code] else uk) for code in far}
        sent += [
            Answered(number, 2 * number, "uk", {"B": dict.fromkeys(far, uk)}),
            Answered(number, 2 * number + 1, "partner", {"B": partner}),
        ]
    for number in range(40, 45):
        sent += [Answered(number, 2 * number + n, side, {}) for n, side in enumerate(Side.values)]
    asked = [(each.partnership, each.side) for each in sent]
    kept = told_of(view.round.questionnaire.form, Counted(sent, []), asked)
    large = view_of(RoundReport(round=view.round, figures=kept), for_public=False)
    told = {each.key: each.gap for each in large.ranking}
    assert list(told.items()) == [("B.B2", "30 to 34"), ("B.B1", "10 to 14"), ("B.B3", "0 to 9")]
    rows = csv.DictReader(StringIO("".join(as_csv(large)).removeprefix("\ufeff")))
    gaps = {row["question"]: row for row in rows if row["figure"] == "gap"}
    assert gaps.keys() == told.keys()
    assert [gaps["B.B1"][c] for c in ("at_least", "at_most", "of")] == ["10", "14", "45"]


def test_words_of_a_side_of_which_four_partnerships_answered_are_not_quoted(view):
    few = [rate | {"partnerships": 4} for rate in view.report.figures["rates"]]
    report = RoundReport(round=view.round, figures=view.report.figures | {"rates": few})
    assert quotes(view.report)
    assert quotes(report) == []


def test_what_is_told_of_single_choices(view):
    # 9 of 13 leave 4: all but fewer than five. 6 of 9 leave 3: the same.
    assert words(view, "E.funding") == {
        "none": ("fewer than 5", "fewer than 5"),
        "minor": ("fewer than 5", "fewer than 5"),
        "major": ("9 or more", "5 or more"),
    }
    # 8 and 5 of 13 leave nobody, so the 5 joins what is not told; 3, 4 and 2 are all few.
    assert words(view, "E.culture") == {
        "none": ("not shown", "fewer than 5"),
        "minor": ("8", "fewer than 5"),
        "major": ("not shown", "fewer than 5"),
    }
    # 2, 3 and 3 are all few; nobody of the other side answered.
    assert set(words(view, "E.communication").values()) == {("fewer than 5", "fewer than 5")}


def test_what_is_told_of_several_choices_and_ranks(view):
    assert words(view, "C1_staff") == {
        "skills": ("9 or more", "5 or more"),  # 12 of 13, 9 of 9
        "awareness": ("8", "5 or more"),  # 8 of 13, 5 of 9
        "friendships": ("5", "fewer than 5"),  # 5 of 13, 4 of 9
        "development": ("fewer than 5", "fewer than 5"),  # 4 of 13, nobody
        "confidence": ("fewer than 5", "fewer than 5"),
        "morale": ("fewer than 5", "fewer than 5"),
        "none": ("fewer than 5", "fewer than 5"),
    }
    support = words(view, "F1")
    assert support["recognition"][0] == "9 or more"  # 10 of 13
    assert support["grants"][0] == "7"
    assert support["coordination"][0] == "6"


def test_how_links_evolve(view):
    # 6 of 13 leave 7; the others are never split. 5 of 9 leave 4.
    assert words(view, "A8") == {
        "one_profession": ("not shown", "fewer than 5"),
        "several_professions": ("6", "5 or more"),
        "institution": ("not shown", "fewer than 5"),
        "community": ("not shown", "fewer than 5"),
    }
    # 9 of 13 and 5 of 9 leave 4 each.
    assert words(view, "A9") == {
        "one_profession": ("9 or more", "5 or more"),
        "several_professions": ("fewer than 5", "fewer than 5"),
        "institution": ("fewer than 5", "fewer than 5"),
        "community": ("fewer than 5", "fewer than 5"),
    }
    told = {
        label: [(then.words, now.words) for then, now, _ in cells]
        for label, cells in view.evolution.lines
    }
    assert told == {
        "One profession on each side": [("9 or more", "not shown"), ("5 or more", "fewer than 5")],
        "Several professions": [("fewer than 5", "6"), ("fewer than 5", "5 or more")],
    }
    assert view.evolution.folded == ["The whole institution", "The wider community too"]
    assert {"A8", "A9"}.isdisjoint(each.key for part in view.parts for each in part.asked)


def test_no_gap_is_told_of_eight_links(view):
    assert view.ranking == []
    assert (
        view.unranked == 30
    )  # six kinds of support, ten statements, three costs, eleven challenges


def test_private_questions_are_not_reported(view):
    assert "D2" not in view.asked
    assert "D1.time" in view.asked


def test_only_words_that_may_be_quoted(view):
    shown = {quote.side: quote for quote in quotes(view.report)}
    assert sorted(shown["uk"].words) == sorted(f"A change at UK link {n}" for n in range(0, 13, 2))
    assert len(shown["partner"].words) == 4  # links 6, 8, 10, 12
    told = " ".join(words for quote in shown.values() for words in quote.words)
    assert "Canary" not in told
    assert "link 7" not in told
    Response.objects.update(shares_words=False)
    assert quotes(view.report) == []


def test_the_file_says_the_same(view):
    rows = list(csv.DictReader(StringIO("".join(as_csv(view)).removeprefix("\ufeff"))))
    found = {(row["question"], row["side"], row["option"]): row for row in rows}
    funding = found["E.funding", "uk", "major"]
    assert [funding[c] for c in ("told", "at_least", "at_most", "of")] == [
        "nearly_all", "9", "13", "13"]  # fmt: skip
    culture = found["E.culture", "uk", "major"]
    assert [culture[c] for c in ("told", "at_least", "at_most", "of")] == ["withheld", "", "", "13"]
    rates = [(row["at_least"], row["of"]) for row in rows if row["figure"] == "answered"]
    assert rates == [("13", "14"), ("9", "14")]


def test_what_is_kept_holds_no_count_below_five(study):
    kept = figures_of(study)
    numbers = {
        number
        for by_side in kept["tables"].values()
        for table in by_side.values()
        for told, number in table["figures"].values()
        if told == "exact"
    }
    assert numbers
    assert all(5 <= number <= 8 for number in numbers)
