"""Rounds and questionnaires in the admin: the unit acts, champions see who answered, never what."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from partnerships.models import OutgoingMail, Questionnaire, Round
from partnerships.services import evaluation_reports, evaluations, partnerships, questionnaires
from tests.factories.evaluations import (
    make_invitation,
    make_questionnaire,
    make_response,
    make_round,
    make_willing,
)
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_partnership,
    make_unit,
)
from tests.mapapp.admin.pages import page, said, signed_in, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CANARY = "Kanarienvogel said this"
AGREES = {"shares_with_board": True, "shares_words": True}


def act(user, asked_in: Round, verb: str):
    address = reverse("admin:partnerships_round_act", args=[asked_in.pk])
    return signed_in(user).post(address, {"verb": verb, "reason": "For a test"}, follow=True)


def shown(user, asked_in: Round) -> str:
    return " ".join(page(signed_in(user).get(url(Round, "change", asked_in.pk))).text.split())


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def record():
    record = make_partnership("Borders and Zomba")
    board = make_board()
    partnerships.update(record, by=make_unit(), values={"health_board": board})
    return record


def sides(record):
    every = list(record.members.select_related("institution__country"))
    return sorted(every, key=lambda member: member.side != "uk")


def opened(record, unit) -> Round:
    for side, member in zip(("uk", "partner"), sides(record), strict=True):
        make_willing(member, f"{side}@example.org", name=f"Person of {side}")
    asked_in = make_round()
    evaluations.open_round(asked_in, by=unit, at=timezone.now())
    return asked_in


def test_the_unit_makes_a_round_sees_whom_it_would_ask_and_opens_it(unit, record) -> None:
    make_willing(sides(record)[0], "uk@example.org", name="Ada Coordinator")
    client = signed_in(unit)
    form = {"name": "Round of 2026", "slug": "2026", "question": "q=borders"}
    form["questionnaire"] = make_questionnaire().pk
    client.post(url(Round, "add"), submitted(client, url(Round, "add"), **form))
    asked_in = Round.objects.get(slug="2026")
    text = shown(unit, asked_in)
    assert "Words: “borders”. Now 1 partnership." in text
    assert "would invite 1 member" in text
    assert "Ada Coordinator" in text
    assert "1 cannot be asked: It has no coordinator." in text

    assert said(act(unit, asked_in, "open")) == ["Invited 1 member by 1 mail."]
    assert said(act(unit, asked_in, "open")) == ["Nobody new to ask."]
    assert OutgoingMail.objects.count() == 1
    assert "UK side: 0 of 1 answered" in shown(unit, asked_in)
    assert said(act(unit, asked_in, "close")) == [
        "Closed. Links still show their owners what they answered."
    ]
    assert said(act(unit, asked_in, "reopen"))[0].startswith("Open again. No mail has gone out.")
    assert said(act(unit, asked_in, "nonsense")) == []


def test_a_question_that_finds_nothing_is_heard_on_the_form(unit) -> None:
    form = {"name": "R", "slug": "r", "question": "country=QQ"}
    form["questionnaire"] = make_questionnaire().pk
    client, address = signed_in(unit), url(Round, "add")
    response = client.post(address, submitted(client, address, **form))
    assert "country:" in page(response).select_one(".errorlist").text
    assert not Round.objects.exists()


def test_one_invitation_is_withdrawn_and_sent_again(unit, record) -> None:
    asked_in = opened(record, unit)
    one = asked_in.invitations.first()
    assert said(act(unit, asked_in, f"revoke:{one.pk}"))[0].startswith("Withdrawn: ")
    assert "Withdrawn (1)" in shown(unit, asked_in)
    mails = OutgoingMail.objects.count()
    form = page(signed_in(unit).get(url(Round, "change", asked_in.pk)))
    again = form.select_one(f'[value^="again:{one.pk}:"]')["value"]
    assert said(act(unit, asked_in, again))[0].startswith("Invited again: ")
    assert "Withdrawn (1)" not in shown(unit, asked_in)
    assert said(act(unit, asked_in, again))[0].endswith("Nothing was done.")
    assert OutgoingMail.objects.count() == mails + 1
    for nobody in ("999999", "9" * 5000, "²", "-1"):
        assert said(act(unit, asked_in, f"revoke:{nobody}")) == []


def test_champions_see_who_has_answered_of_their_own_board_and_never_what(unit, record) -> None:
    asked_in = opened(record, unit)
    other = make_partnership("Elsewhere")
    make_invitation(asked_in, other.members.first())
    invitation = asked_in.invitations.get(member=sides(record)[0])
    make_response(invitation, {"C2": CANARY}, **AGREES)
    champion, stranger = make_champion(record.health_board), make_champion()

    text = shown(champion, asked_in)
    assert "UK side: 1 of 1 answered" in text
    assert "Partner side: 0 of 1 answered" in text
    assert "Person of partner" in text
    assert "Elsewhere" not in text
    assert not page(signed_in(champion).get(url(Round, "change", asked_in.pk))).select(
        ".round-tools, .round-rows form"
    )
    for user in (champion, unit, make_auditor()):
        for address in (
            url(Round, "change", asked_in.pk),
            url(Round, "history", asked_in.pk),
            url(Round, "changelist"),
            reverse("admin:index"),
        ):
            assert CANARY not in signed_in(user).get(address).content.decode()
    for user in (stranger, make_auditor()):
        response = signed_in(user).get(url(Round, "change", asked_in.pk), follow=True)
        assert "Who has answered" not in response.content.decode()
    export = reverse("admin:partnerships_round_answers", args=[asked_in.pk])
    for user in (champion, stranger):
        assert signed_in(user).get(export).status_code in (302, 403, 404)
        act(user, asked_in, "close")
    assert Round.objects.get().state == "open"


def rows(user, asked_in: Round) -> list[dict[str, str]]:
    address = reverse("admin:partnerships_round_answers", args=[asked_in.pk])
    response = signed_in(user).get(address)
    assert "no-store" in response["Cache-Control"]
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def answer(asked_in: Round, name: str, **by_side) -> None:
    record = make_partnership(name)
    for member in sides(record):
        if values := by_side.get(member.side):
            invitation = make_invitation(asked_in, member)
            said = {"B": {"B1": "4"}, "C2": f"{name} {member.side}", "D2_words": CANARY}
            make_response(invitation, said, **values)


def test_the_export_holds_only_what_every_side_agreed_to_and_counts_the_rest(unit) -> None:
    asked_in = make_round(state="open", opened_at=timezone.now(), opened_by=unit)
    answer(asked_in, "Both", uk=AGREES, partner=AGREES | {"shares_words": False})
    answer(asked_in, "One", uk=AGREES)
    answer(asked_in, "Quiet", uk=AGREES, partner={"shares_words": True})
    answer(asked_in, "Unsent", uk=AGREES, partner=AGREES | {"submitted_at": None})
    formula = make_invitation(asked_in, make_partnership("=Formula").members.first())
    make_response(formula, {"C2": "=1+1"}, **AGREES)
    evaluations.revoke(formula, by=unit, reason="Wrong", at=timezone.now())

    export = reverse("admin:partnerships_round_answers", args=[asked_in.pk])
    assert signed_in(unit).get(export).status_code == 404
    evaluations.close(asked_in, by=unit, at=timezone.now())
    for number in range(4):
        answer(asked_in, f"One of four {number}", uk=AGREES)
    assert {row["name"] for row in rows(unit, asked_in)} == {""}
    assert "the report of the round is not drawn up yet" in shown(unit, asked_in)
    report = evaluation_reports.draw_up(asked_in, by=unit, at=timezone.now())
    found = rows(unit, asked_in)
    assert report.figures["kept"] == 7

    told = [row for row in found if not row["note"]]
    assert {row["name"] for row in told} == {"Both"}
    assert [(r["side"], r["question"], r["line"], r["answer"], r["label"]) for r in told] == [
        ("uk", "B", "B1", "4", "Fully"),
        ("uk", "C2", "", "Both uk", "Both uk"),
        ("partner", "B", "B1", "4", "Fully"),
    ]
    assert [row["note"] for row in found if row["note"]] == [
        "1 partnerships left out: a side does not let the unit see the answers",
        "6 partnerships left out: only one side has answered",
        "1 texts left out: whoever wrote them does not let them be quoted",
    ]
    assert "A download of answers holds 1 partnership," in shown(unit, asked_in)


# -------------------------------------------------------------------------------- questionnaires


def send(user, given) -> object:
    text = given if isinstance(given, str) else json.dumps(given)
    file = SimpleUploadedFile("q.json", text.encode(), content_type="application/json")
    return signed_in(user).post(url(Questionnaire, "add"), {"file": file, "reason": "New"})


def test_a_questionnaire_goes_out_and_comes_in_as_a_new_draft(unit) -> None:
    known = make_questionnaire()
    address = reverse("admin:partnerships_questionnaire_file", args=[known.pk])
    given = signed_in(unit).get(address).json()
    assert given == questionnaires.as_json(known)
    assert send(unit, given | {"version": "2", "title": "Second"}).status_code == 302
    made = Questionnaire.objects.get(version="2")
    assert (made.state, made.title, made.definition) == ("draft", "Second", known.definition)
    assert send(unit, given | {"version": "2", "title": "Mended"}).status_code == 302
    assert Questionnaire.objects.get(version="2").title == "Mended"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{", "no JSON"),
        ("[]", "no questionnaire"),
        ({"code": "a", "version": "1", "title": "A", "definition": {}}, "has no"),
        ({"code": "a b", "version": "1", "title": "A", "definition": {}}, "slug"),
        ({"code": "a\0b", "version": "1", "title": "A", "definition": {}}, "plain texts"),
        ({"code": "a", "version": ["1"], "title": "A", "definition": {}}, "plain texts"),
        ('{"code": "a", "version": "1", "title": "A", "definition": {"minutes": 1e999}}', "kept"),
    ],
)
def test_a_file_that_is_none_says_why(unit, given, says) -> None:
    response = send(unit, given)
    assert says in page(response).select_one(".errorlist").text
    assert not Questionnaire.objects.exists()


def test_what_is_published_or_asked_stands(unit, record) -> None:
    asked_in = opened(record, unit)
    known = asked_in.questionnaire
    changed = questionnaires.as_json(known) | {"title": "Other"}
    assert "no draft" in page(send(unit, changed)).select_one(".errorlist").text
    address = url(Questionnaire, "change", known.pk)
    client = signed_in(unit)
    refused = client.post(address, submitted(client, address, state="draft"))
    assert "not made a draft" in page(refused).text
    client.post(address, submitted(client, address, state="retired"))
    assert Questionnaire.objects.get(pk=known.pk).state == "retired"


def test_the_preview_has_each_question_in_the_words_of_both_sides(unit) -> None:
    known = make_questionnaire()
    address = reverse("admin:partnerships_questionnaire_preview", args=[known.pk])
    text = page(signed_in(unit).get(address)).text
    assert "Priorities are set by the partner country, or by both" in text
    assert "Priorities are set by us in the partner country" in text
    assert signed_in(make_champion()).get(address).status_code in (302, 403, 404)
