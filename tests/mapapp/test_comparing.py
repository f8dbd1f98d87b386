"""Pages of a round that members compare: without an account, without JavaScript, for one member."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnerships.choices import ChecklistState
from partnerships.models import ActionPoint, AgreedAnswer
from partnerships.services import actions, checklists, links
from tests.factories.records import make_framework, make_resource
from tests.factories.rounds import NOW, Round
from tests.pages import text as words_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGES = ("comparison/", "comparison/1/", "plan/", "plan/add/", "agreement/", "since/")


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def text(answer: Any) -> str:
    return words_of(soup(answer))


def get(token: str, page: str = "comparison/", **question: str) -> Any:
    return Client().get(f"/checklists/{token}/{page}", question)


def post(token: str, page: str, **sent: Any) -> Any:
    return Client().post(f"/checklists/{token}/{page}", sent)


def test_before_the_round_is_compared_every_page_leads_to_the_start() -> None:
    made = Round("4", None)
    for number in (0, 1):
        token = made.token(number)
        for page in PAGES:
            answer = get(token, page)
            assert (answer.status_code, answer.url) == (302, f"/checklists/{token}/")


def test_a_link_that_opens_nothing_opens_none_of_the_pages() -> None:
    made = Round("4", "2")
    old = made.token(at=timezone.now() - timedelta(days=400))
    other = links.make(
        purpose="confirmation", partnership=made.partnership, side="uk", at=timezone.now()
    )
    withdrawn = made.token()
    made.revoke()
    for token in (old, other, withdrawn, "nobody-made-it"):
        for page in PAGES:
            assert get(token, page).status_code == 404


def test_looking_writes_nothing_and_is_kept_nowhere() -> None:
    made = Round("4", "2")
    point = made.point()
    token = made.token()
    for page in (*PAGES, f"plan/{point.pk}/"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = get(token, page)
        assert answer.status_code == 200, page
        assert not [q["sql"] for q in asked if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]


def test_a_round_abandoned_while_members_compare_stays_to_read() -> None:
    made = Round("4", "2")
    point = made.point("Meet in May")
    token = made.token()
    checklists.abandon(made.checklist, by=made.champion, reason="They stopped")
    for page in ("comparison/", "comparison/1/", "plan/", "agreement/", f"plan/{point.pk}/"):
        answer = get(token, page)
        assert "abandoned before everybody agreed" in text(answer), page
        assert not soup(answer).select(".point-do, .agreed-fields, .panel button"), page
    assert "Meet in May" in get(token, "plan/").text
    assert "abandoned before everybody agreed" in get(token, "").text
    assert post(token, "agreement/", do="share").status_code == 409


def test_both_sides_stand_beside_each_other_with_notes_and_gap() -> None:
    made = Round(["4", "3"])
    made.answer(made.parts[1], ["2"], note="Plans come late <b>")
    page = get(made.token())
    shown = text(page)
    for said in ("Scotland 3.5, Malawi 2.0", "gap 1.5", "Plans come late <b>", "Talk about this"):
        assert said in shown, said
    assert "Only the members of the partnership see this page" in shown
    rows = [row.text for row in soup(page).select(".principle-title")]
    assert rows == ["1 Principle 1", "2 Principle 2"]
    assert len(soup(page).select("svg.radar")) == 0, "two axes are no shape"
    table = soup(page).select(".numbers td")
    assert [" ".join(cell.text.split()) for cell in table[:3]] == ["3.5 of 2", "2.0 of 2", "1.5"]


def test_orders_are_links_and_another_is_refused() -> None:
    made = Round(["3", "3", "1", "1"], ["1", "1", "1", "1"])
    token = made.token()
    first = {
        order: soup(get(token, order=order)).select_one(".principle-title").text
        for order in ("widest", "lowest", "principle")
    }
    assert first == {
        "widest": "1 Principle 1",
        "lowest": "1 Principle 1",
        "principle": "1 Principle 1",
    }
    assert get(token, order="loudest").status_code == 400


def test_three_countries_and_one_that_is_missing() -> None:
    made = Round(
        "4", "2", None, countries=("GB", "MW", "ZM"), framework=make_framework(principles=3)
    )
    made.close_early()
    page = get(made.token(1))
    assert "Compared without Zambia" in text(page)
    takers = soup(get(made.token(1), "plan/add/")).select("[name=member]")
    assert [row["value"] for row in takers] == [str(part.member_id) for part in made.parts[:2]]
    assert len(soup(page).select(".radar .shape")) == 2
    made.answer(made.parts[2], "1")
    page = get(made.token(1))
    assert "Compared without" not in text(page)
    assert len(soup(page).select(".radar .shape")) == 3
    assert "Scotland 4.0, Malawi 2.0, Zambia 1.0" in text(page)


def answers(made: Round, **said: str) -> dict[str, Any]:
    """What the form of the first principle sends, as it is shown now, with some of it typed."""
    form = soup(get(made.token(), "comparison/1/")).select_one(".agreed-form")
    sent: dict[str, Any] = {field["name"]: field.get("value", "") for field in form.select("input")}
    for field in form.select("textarea"):
        sent[field["name"]] = field.text.strip()
    for field in form.select("select"):
        chosen = field.select_one("[selected]")
        sent[field["name"]] = chosen["value"] if chosen else ""
    return sent | said


def test_agreed_answers_are_written_once_and_never_over_others_unseen() -> None:
    made = Round("4", "2")
    key = made.hallmarks[0].pk
    mine = answers(made, **{f"level-{key}": "3", f"reason-{key}": "We met in May"})
    theirs = answers(made, **{f"level-{key}": "1", f"reason-{key}": "We did not"})
    for _ in range(2):
        answer = post(made.token(), "comparison/1/", **mine)
        assert answer.status_code == 302
    assert AgreedAnswer.objects.count() == 1
    refused = post(made.token(1), "comparison/1/", **theirs)
    assert refused.status_code == 409
    assert "It says now: Mostly. We met in May" in text(refused)
    assert "We did not" in refused.text
    assert AgreedAnswer.objects.get().reason == "We met in May"
    seen = soup(refused).select_one(f"[name=seen-{key}]")["value"]
    again = post(made.token(1), "comparison/1/", **theirs | {f"seen-{key}": seen})
    assert again.status_code == 302
    assert AgreedAnswer.objects.get().level == "1"
    assert "agreed answers are saved" in text(Client().get(again.url))
    assert post(made.token(), "comparison/1/", **{f"level-{key}": "7"}).status_code == 409
    assert get(made.token(), "comparison/9/").status_code == 404


def point(made: Round, **said: Any) -> dict[str, Any]:
    return {
        "what": "Share the plan",
        "member": made.parts[1].member_id,
        "due_on": "2027-01-31",
    } | said


def test_a_point_is_added_changed_and_done() -> None:
    made = Round("4", "2")
    token, hallmark = made.token(), made.hallmarks[1]
    chosen = soup(get(token, "plan/add/", hallmark=str(hallmark.pk))).select_one("[selected]")
    assert chosen.text.strip() == hallmark.text
    for _ in range(2):
        answer = post(token, "plan/add/", **point(made, hallmark=hallmark.pk, who="Matron"))
        assert answer.status_code == 302
    stored = ActionPoint.objects.get()
    assert (stored.what, stored.who, stored.hallmark) == ("Share the plan", "Matron", hallmark)
    assert "Malawi: Matron" in text(get(token, "plan/"))

    seen = actions.version_of(stored)
    page = f"plan/{stored.pk}/"
    assert post(token, page, **point(made, what="Share it", seen=seen)).status_code == 302
    stale = post(made.token(1), page, **point(made, what="Hide it", seen=seen))
    assert stale.status_code == 400
    assert "What the others wrote meanwhile Share it" in text(stale)
    assert "Hide it" in stale.text
    stored.refresh_from_db()
    assert stored.what == "Share it"
    seen = soup(stale).select_one("[name=seen]")["value"]
    assert post(made.token(1), page, **point(made, what="Hide it", seen=seen)).status_code == 302

    done = {"point": stored.pk, "progress": "done", "seen": "to_do"}
    for _ in range(2):
        assert post(token, "plan/", **done).status_code == 302
    refused = post(token, "plan/", point=stored.pk, progress="doing", seen="to_do")
    assert refused.status_code == 409
    stored.refresh_from_db()
    assert stored.progress == "done"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"what": ""}, "Write what is to be done."),
        ({"what": "x" * 301}, "Write at most 300 characters."),
        ({"member": "999999"}, "Choose who does it."),
        ({"member": "x" * 5000}, "Choose who does it."),
        ({"due_on": "soon"}, "Write the day as 2027-01-31."),
        ({"hallmark": "x\x00"}, "Select a valid choice"),
        ({"what": "a\x00b"}, "Null characters"),
    ],
)
def test_what_cannot_be_a_point_says_what_to_do(sent: dict[str, str], told: str) -> None:
    made = Round("4", "2")
    answer = post(made.token(), "plan/add/", **point(made, **sent))
    assert answer.status_code == 400
    assert told in text(answer)
    assert not ActionPoint.objects.exists()


def test_a_point_of_another_round_is_out_of_reach() -> None:
    made, other = Round("4", "2"), Round("4", "2")
    foreign = other.point("Canary")
    assert get(made.token(), f"plan/{foreign.pk}/").status_code == 404
    for key in (foreign.pk, "9" * 30, "x", ""):
        sent = {"point": key, "progress": "done", "seen": "to_do"}
        assert post(made.token(), "plan/", **sent).status_code == 409
        assert post(made.token(), "plan/", **sent | {"carry": "yes"}).status_code == 409
    foreign.refresh_from_db()
    assert foreign.progress == "to_do"


def test_each_side_agrees_to_what_it_saw_and_then_all_is_frozen() -> None:
    made = Round("4", "2")
    first = made.point("Share the plan")
    page = get(made.token(), "agreement/")
    assert "1 action point" in text(page)
    seen = soup(page).select_one("[name=seen]")["value"]
    later = made.point("Meet in May")
    refused = post(made.token(), "agreement/", do="agree", seen=seen)
    assert refused.status_code == 409
    assert "Something changed while you read" in text(refused)
    seen = soup(refused).select_one("[name=seen]")["value"]
    for number in (0, 0, 1):
        answer = post(made.token(number), "agreement/", do="agree", seen=seen)
        assert answer.status_code == 302
    made.refresh()
    assert made.checklist.state == ChecklistState.AGREED
    token = made.token()
    assert "Nothing in it changes any more" in text(get(token, "agreement/"))
    assert not soup(get(token, "comparison/1/")).select("textarea")
    key = made.hallmarks[0].pk
    sent = {f"level-{key}": "1", f"seen-{key}": ""}
    assert post(token, "comparison/1/", **sent).status_code == 409
    assert post(token, "plan/add/", **point(made)).status_code == 400
    changed = post(token, f"plan/{later.pk}/", **point(made, seen=actions.version_of(later)))
    assert changed.status_code == 400
    done = {"point": first.pk, "progress": "done", "seen": "to_do"}
    assert post(token, "plan/", **done).status_code == 302


def test_who_else_may_see_it_is_for_each_member_to_say() -> None:
    made = Round("4", "2")
    for number in (0, 1):
        assert post(made.token(number), "agreement/", do="share").status_code == 302
    made.refresh()
    assert all(part.shares_at for part in made.parts)
    assert "with your consent" in text(get(made.token()))
    assert post(made.token(), "agreement/", do="unshare").status_code == 302
    assert post(made.token(), "agreement/", do="tell the world").status_code == 409
    made.refresh()
    assert made.parts[0].shares_at is None


def test_the_next_round_stands_beside_the_last_and_goes_on_with_what_was_left() -> None:
    made = Round(["1", "2"], ["2", "2"])
    left = made.point("Share the plan", hallmark=made.hallmarks[0], at=1)
    made.write(made.hallmarks[0], "1", "We talked")
    made.agree()
    again = Round(
        ["3", "2"], ["2", "2"], partnership=made.partnership, framework=made.framework,
        at=NOW.replace(year=2027),
    )  # fmt: skip
    token = again.token()
    shown = text(get(token, "since/"))
    for said in ("1.5 2.5 +1.0 of 2", "2.0 2.0 no change of 2", "Scotland: Not yet → Mostly"):
        assert said in shown, said
    assert "Agreed: Not yet → –" in shown
    assert "Share the plan" in text(get(token, "plan/"))
    for _ in range(2):
        answer = post(token, "plan/", point=left.pk, carry="yes")
        assert answer.status_code == 302
    assert again.checklist.actions.get().hallmark == made.hallmarks[0]
    assert "Left from last time" not in text(get(token, "plan/"))


def test_what_is_left_of_a_member_that_left_is_taken_over_by_one_that_stayed() -> None:
    made = Round("4", "2", "3", countries=("GB", "MW", "ZM"))
    left = made.point("Share the plan", at=2)
    made.agree()
    left.member.until = 2026
    left.member.save()
    later = {"framework": made.framework, "at": NOW.replace(year=2027)}
    again = Round("4", "2", partnership=made.partnership, **later)
    token, carry = again.token(), {"point": left.pk, "carry": "yes"}
    names = [row.text for row in soup(get(token, "plan/")).select(".offered option")]
    assert names == ["Choose", "Scotland", "Malawi"]
    for nobody in ("", "x", "9" * 30, left.member_id):
        assert post(token, "plan/", **carry | {"member": nobody}).status_code == 409
    taker = again.parts[1].member_id
    for _ in range(2):
        assert post(token, "plan/", **carry | {"member": taker}).status_code == 302
    assert again.checklist.actions.get().member_id == taker


def test_pages_ask_the_same_whatever_the_size() -> None:
    counts = []
    for size in (1, 3):
        framework = make_framework(principles=size, hallmarks=size)
        made = Round("4", "2", framework=framework)
        told: dict[str, Any] = {"partnership": made.partnership}
        for number in range(size):
            made.agree()
            version = make_framework(principles=size, hallmarks=size)
            version.code, version.version = framework.code, f"2.{number}"
            version.save()
            at = NOW + timedelta(days=number + 1)
            made = Round("4", "2", framework=version, at=at, **told)
        for number in range(size):
            made.point(f"Point {number}")
        token = made.token()
        count = []
        for page in PAGES:
            with CaptureQueriesContext(connection) as asked:
                get(token, page)
            count.append(len(asked))
        counts.append(count)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12, counts


def test_a_new_round_shows_at_once_what_is_left_of_the_last_plan() -> None:
    made = Round("4", "2")
    made.point("Share the plan", at=1)
    made.agree()
    later = {"framework": made.framework, "at": NOW.replace(year=2027)}
    again = Round(None, None, partnership=made.partnership, **later)
    assert "Left from your last action plan Share the plan" in text(get(again.token(), ""))
    assert "Left from your last" not in text(get(made.token(), ""))


def test_guides_stand_beside_what_some_member_finds_low() -> None:
    made = Round(["4", "4", "3", "3"], ["4", "4", "1", "1"])
    code = made.framework.code
    make_resource("Guide to the first", principles=[f"{code}.p1"])
    make_resource("Guide to the second", principles=[f"{code}.p2"])
    for page, shown in (("comparison/", True), ("comparison/1/", False), ("comparison/2/", True)):
        words = text(get(made.token(), page))
        assert ("Guide to the second" in words) is shown, page
        assert "Guide to the first" not in words
