"""Pages of a checklist: looking changes nothing, nothing typed is lost, no other side is read."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from mapapp.logs import TokenFilter
from partnerships.models import Checklist, ChecklistMember, OutgoingMail, Rating, SignedLink
from partnerships.services import checklists
from tests.factories.checklists import Round
from tests.factories.records import make_framework, make_institution, make_member, make_unit
from tests.mapapp.admin.pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CANARY = "Canary zx81 behind closed doors"


@pytest.fixture
def made() -> Round:
    return Round()


def address(made: Round, part: ChecklistMember, rest: str = "") -> str:
    return f"/checklists/{made.token(part)}/{rest}"


def filled(response: Any, **typed: str) -> dict[str, str]:
    """The form of a page as a browser sends it."""
    soup, data = page(response), {"go": "on"}
    for field in soup.select("main input[type=hidden], main input[checked], main textarea"):
        data[str(field["name"])] = str(field.get("value", field.text.lstrip("\n")))
    return data | typed


def press(path: str, data: dict[str, str]) -> Any:
    client = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    return client.post(path, data)


def words(response: Any) -> str:
    return " ".join(page(response).select_one("main").get_text(" ").split())


def test_looking_changes_nothing(made) -> None:
    start = address(made, made.partner)
    for rest in ("", "1/", "2/", "review/", "paper/"):
        assert Client().head(start + rest).status_code == 200
        assert Client().get(start + rest).status_code == 200
    assert not Rating.objects.exists()
    assert SignedLink.objects.get().used_at is None
    assert ChecklistMember.objects.get(pk=made.partner.pk).saved_at is None
    assert Client().get(start + "3/").status_code == 404
    assert Client().put(start).status_code == 405


def test_the_start_says_who_asks_whom_for_what_and_who_sees_it(made) -> None:
    shown = words(Client().get(address(made, made.partner)))
    for said in (
        "NHS Tayside asks you to answer for Queens",
        made.framework.title,
        "Our own words.",
        "Scotland Ninewells Still to answer",
        "Malawi Queens (you) Still to answer",
        "Nothing but the month",
    ):
        assert said in shown
    assert page(Client().get(address(made, made.uk))).select_one("main.answering--uk")


def test_a_page_is_saved_and_found_again(made) -> None:
    path = address(made, made.partner, "1/")
    one, two = made.hallmarks[:2]
    form = Client().get(path)
    assert [f.legend.text for f in page(form).select("fieldset")] == [str(one), str(two)]
    assert len(page(form).select(f"input[name=level-{one.pk}]")) == 6
    data = filled(form, **{f"level-{one.pk}": "2", f"note-{one.pk}": "Visits\r\nare planned."})
    for _ in range(2):  # the line broke after the first time
        response = press(path, data)
        assert (response.status_code, response["Location"]) == (302, path.replace("/1/", "/2/"))
    assert Rating.objects.get().note == "Visits\nare planned."

    again = page(Client().get(path))
    assert again.select_one(f"input[name=level-{one.pk}][checked]")["value"] == "2"
    assert again.select_one("textarea").text.strip() == "Visits\nare planned."
    assert "1 of 4 answered · saved just now" in words(Client().get(path))
    start = words(Client().get(path.removesuffix("1/")))
    assert "1 of 4 answered , saved just now" in start
    assert "1 of 2 to answer" in start


def test_others_are_named_by_place_unless_one_is_of_the_same(made) -> None:
    assert "Scotland sees it only once both have answered." in words(
        Client().get(address(made, made.partner, "1/"))
    )
    make_member(made.partnership, make_institution("Zomba", country="MW"))
    three = checklists.open_round(
        partnership=made.partnership, framework=make_framework(), by=made.champion
    )
    said = {"Ninewells": "Malawi see it", "Queens": "The other members see it"}
    for part in three.parts.exclude(member__institution__name="Zomba"):
        shown = words(Client().get(address(made, part, "1/")))
        assert f"{said[str(part.member)]} only once all have answered." in shown


@pytest.mark.parametrize(
    ("number", "go", "to"),
    [
        (1, "on", "2/"),
        (2, "on", "review/"),
        (2, "back", "1/"),
        (1, "back", ""),
        (2, "overview", ""),
    ],
)
def test_each_button_saves_and_leads_on(made, number: int, go: str, to: str) -> None:
    start = address(made, made.uk)
    hallmark = made.hallmarks[(number - 1) * 2]
    form = Client().get(f"{start}{number}/")
    data = filled(form, go=go, **{f"level-{hallmark.pk}": "do_not_know"})
    assert press(f"{start}{number}/", data)["Location"] == start + to
    assert Rating.objects.get().hallmark == hallmark


def test_two_colleagues_on_one_page_lose_nothing(made) -> None:
    path = address(made, made.partner, "1/")
    one, two = made.hallmarks[:2]
    first = second = Client().get(path)
    press(path, filled(first, **{f"level-{one.pk}": "1", f"note-{one.pk}": "Mine first"}))
    typed = {f"level-{one.pk}": "4", f"note-{one.pk}": "Yours then", f"level-{two.pk}": "3"}
    clash = press(path, filled(second, **typed))
    assert clash.status_code == 409
    shown = words(clash)
    assert "Not yet – “Mine first”" in shown
    assert "Yours then" in shown
    assert Rating.objects.get(hallmark=one).note == "Mine first"
    assert Rating.objects.get(hallmark=two).level == "3"  # nobody else's
    assert page(clash).select_one(f".error-summary a[href='#h-{one.pk}']")

    assert press(path, filled(clash)).status_code == 302
    assert Rating.objects.get(hallmark=one).note == "Yours then"


def test_a_note_that_is_too_long_stays_in_its_field(made) -> None:
    path, hallmark = address(made, made.uk, "1/"), made.hallmarks[0]
    long = {f"note-{hallmark.pk}": "x" * 2001, f"level-{hallmark.pk}": "2"}
    response = press(path, filled(Client().get(path), **long))
    assert response.status_code == 400
    assert page(response).select_one("textarea[aria-invalid=true]").text.strip() == "x" * 2001
    assert page(response).select_one(f".error-summary a[href='#note-{hallmark.pk}']")
    assert not Rating.objects.exists()
    assert press(path, filled(response, **{f"note-{hallmark.pk}": "short"})).status_code == 302
    odd = press(path, {f"seen-{hallmark.pk}": "", f"level-{hallmark.pk}": "9" * 5000})
    assert odd.status_code == 400


def test_the_review_names_what_is_missing_and_submits_once(made) -> None:
    start = address(made, made.uk)
    for hallmark in made.hallmarks[:3]:
        checklists.rate(made.uk, hallmark=hallmark, level="4", note="Minutes of May")
    review = Client().get(start + "review/")
    missing = page(review).select(".unanswered a")
    assert [(a["href"], a.text) for a in missing] == [
        (f"{start}2/#h-{made.hallmarks[3].pk}", "Principle 2: Hallmark 2.2")
    ]
    assert "Minutes of May" in words(review)
    assert page(review).select_one("main button") is None
    assert press(start + "review/", {}).status_code == 409

    checklists.rate(made.uk, hallmark=made.hallmarks[3], level="does_not_apply")
    assert page(Client().get(start + "review/")).select_one("main button")
    seen = filled(Client().get(start + "review/"))
    for _ in range(2):
        assert press(start + "review/", seen)["Location"] == start
    part = ChecklistMember.objects.get(pk=made.uk.pk)
    assert part.submitted_at is not None
    assert part.history.exclude(submitted_at=None).count() == 1

    thanks = words(Client().get(start))
    assert "Thank you" in thanks
    assert "we wait for Queens" in thanks
    assert "Minutes of May" in words(Client().get(start + "1/"))
    late = press(start + "1/", {f"seen-{made.hallmarks[0].pk}": "", "go": "on"})
    assert late.status_code == 409
    assert "stand as they are" in words(late)


def test_what_is_submitted_has_been_shown(made) -> None:
    made.rate_all(made.uk)
    path = address(made, made.uk, "review/")
    shown = filled(Client().get(path))
    checklists.rate(made.uk, hallmark=made.hallmarks[0], level="1", note="A colleague wrote this")
    refused = press(path, shown)
    assert refused.status_code == 409
    for said in ("Not submitted A colleague changed an answer", "A colleague wrote this"):
        assert said in words(refused)
    assert not ChecklistMember.objects.filter(submitted_at__isnull=False).exists()
    assert press(path, filled(refused)).status_code == 302


def test_a_side_may_agree_to_compare_without_waiting(made) -> None:
    start = address(made, made.uk)
    assert press(start, {"early": "yes"}).status_code == 409  # not submitted yet
    made.submit(made.uk)
    for early, says in (("yes", "I would rather wait"), ("no", "Compare without waiting")):
        assert press(start, {"early": early})["Location"] == start
        assert page(Client().get(start)).select_one("main form button").text.strip() == says


def test_the_start_leads_to_the_comparison_once_both_have_submitted(made) -> None:
    made.submit(made.uk)
    start = address(made, made.uk)
    assert not page(Client().get(start)).select("main a.button")
    made.submit(made.partner)
    onward = page(Client().get(start)).select_one("main a.button")
    assert onward.text.strip() == "Compare the answers"
    assert Client().get(onward["href"]).status_code == 200


def test_late_answers_are_taken_and_agreed_ones_are_not(made) -> None:
    made.submit(made.uk)
    checklists.compare_early(made.uk, is_willing=True)
    checklists.close_early(made.checklist, by=made.champion)
    start = address(made, made.partner)
    assert "The others compare already" in words(Client().get(start))
    assert page(Client().get(start + "1/")).select("fieldset")
    Checklist.objects.update(state="agreed", agreed_at=made.checklist.opened_at)
    assert "no more answers" in words(Client().get(start))
    assert not page(Client().get(start + "1/")).select("fieldset")
    assert Client().get(start + "review/").status_code == 302


def test_paper_has_every_question_a_box_for_each_answer_and_the_code(made) -> None:
    sheet = page(Client().get(address(made, made.partner, "paper/")))
    assert [str(p.b.text) for p in sheet.select(".paper-question")] == [
        str(h) for h in made.hallmarks
    ]
    assert {len(each.select("li")) for each in sheet.select(".boxes")} == {6}
    assert f"C{made.checklist.pk}-{made.partner.pk}" in sheet.text


def test_refused_links_say_why_and_nothing_is_told_of_good_ones(made) -> None:
    start = address(made, made.partner)
    other = address(made, made.uk)
    SignedLink.objects.filter(part=made.uk).update(revoked_at=made.checklist.opened_at)
    for path in (other, "/checklists/nothing/", "/checklists/nothing/1/"):
        for response in (Client().get(path), press(path, {"early": "yes"})):
            assert response.status_code == 404
            assert page(response).h1.text == "This link does not open anything"
    for response in (Client().get(start), Client().get(other), Client().get(start + "review/")):
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response.cookies == {}


def test_no_rating_or_note_reaches_the_other_side_or_anybody_else(made) -> None:
    made.rate_all(made.uk, level="1", note=CANARY)
    checklists.submit(made.uk)
    theirs = address(made, made.partner)
    read = [theirs + rest for rest in ("", "1/", "2/", "review/", "paper/")]
    slug = made.partnership.slug
    read += [
        f"/partnerships/{slug}/",
        f"/partnerships/{slug}/history/",
        f"/api/v1/partnerships/{slug}/",
        f"/api/v1/partnerships/{slug}/history/",
        "/partnerships.csv",
        "/statistics/",
    ]
    for path in read:
        response = Client().get(path)
        assert response.status_code == 200, path
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert CANARY not in body.decode(), path
        assert "checked" not in body.decode() or "/checklists/" not in path, path
    insider = Client()
    for user in (made.champion, make_unit()):
        insider.force_login(user)
        for rest in ("", f"{made.checklist.pk}/change/", f"{made.checklist.pk}/history/"):
            shown = insider.get(f"/admin/partnerships/checklist/{rest}", follow=True).text
            assert CANARY not in shown
            assert "Not yet" not in shown
    kept = [str(row.__dict__) for row in Rating.history.all()]
    assert len(kept) == 4
    assert CANARY not in "".join(kept)
    assert all(CANARY not in mail.text + mail.html for mail in OutgoingMail.objects.all())


def test_tokens_of_checklists_are_cut_out_of_logs() -> None:
    for said in ("GET /checklists/Abc-_123/2/ 200", "GET /checklists/Abc-_123/review/?x=1"):
        record = logging.LogRecord("x", logging.INFO, "", 0, said, None, None)
        TokenFilter().filter(record)
        assert "Abc" not in record.getMessage()
