"""What members agree to, on its pages: all of it is shown, and nothing that is typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partnerships.models import AgreedAnswer
from partnerships.services import agreeing
from partnerships.services.agreeing import Said, version_of_answer
from tests.factories.rounds import Round
from tests.mapapp.test_comparing import answers, get, point, post, soup, text
from tests.pages import text as words_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class Before:
    """Something that somebody else does just before one of the queries of a page."""

    def __init__(self, number: int, act: Callable[[], object]) -> None:
        self.number, self.act, self.asked = number, act, count()

    def __call__(self, execute: Any, *call: Any) -> Any:
        if next(self.asked) == self.number:
            self.act()
        return execute(*call)


def test_a_reason_that_cannot_be_kept_stays_on_the_page() -> None:
    made = Round("4", "2")
    one, two = (hallmark.pk for hallmark in made.hallmarks[:2])
    reasons = {f"reason-{one}": "x" * 2001, f"reason-{two}": "Kept here\0"}
    refused = post(made.token(), "comparison/1/", **answers(made, **reasons))
    assert refused.status_code == 409
    (problems,) = soup(refused).select(".error-summary")
    assert [words_of(each) for each in problems.select("li")] == [
        f"Write at most 2000 characters about “{hallmark}”." for hallmark in made.hallmarks[:2]
    ]
    assert "x" * 2001 in refused.text
    assert "Kept here" in refused.text
    assert not AgreedAnswer.objects.exists()
    longest = answers(made, **{f"reason-{one}": "x" * 2000})
    assert post(made.token(), "comparison/1/", **longest).status_code == 302


def test_what_was_typed_while_the_others_agreed_can_be_copied() -> None:
    made = Round("4", "2")
    made.write(made.hallmarks[1], "1", "Settled in May")
    token, key = made.token(), made.hallmarks[0].pk
    typed = answers(made, **{f"level-{key}": "2", f"reason-{key}": "We typed <this>"})
    made.agree()
    refused = post(token, "comparison/1/", **typed)
    assert refused.status_code == 409
    lost = [words_of(each.parent) for each in soup(refused).select(".agreed-box > .field-error")]
    assert len(lost) == 1
    assert lost[0].endswith("In part We typed <this>")
    late = point(made, hallmark=key, what="Share it <soon>", why="To plan", who="Matron")
    refused = post(token, "plan/add/", **late)
    assert refused.status_code == 400
    assert "What you typed" in text(refused)
    told = {row.dt.text: row.dd.text.strip() for row in soup(refused).select(".facts > div")}
    assert told == {
        "What": "Share it <soon>",
        "About which hallmark": str(made.hallmarks[0]),
        "Why": "To plan",
        "On which side": f"Malawi, {made.parts[1].member}",
        "Who there": "Matron",
        "By when": "2027-01-31",
    }
    assert "What you typed" not in text(get(token, "plan/add/"))


def test_all_that_is_agreed_to_stands_on_the_page() -> None:
    made = Round("4", "2")
    made.write(made.hallmarks[1], "3", "We met")
    made.point(
        "Meet", why="To plan", who="Matron", hallmark=made.hallmarks[0], due_on=date(2027, 1, 1)
    )
    (told,) = [words_of(each) for each in soup(get(made.token(), "agreement/")).select("h3 + ul")][
        1:
    ]
    for said in (
        "Meet",
        "Scotland, Matron",
        "by 1 January 2027",
        made.hallmarks[0].text,
        "To plan",
    ):
        assert said in told, said


def test_nobody_agrees_to_what_is_written_while_the_page_is_put_together() -> None:
    made = Round("4", "2")
    token, key = made.token(), made.hallmarks[0].pk

    def write(reason: str) -> None:
        kept = version_of_answer(AgreedAnswer.objects.first())
        agreeing.write_answers(made.parts[1], said={key: Said("2", reason, kept)})

    write("Before")
    with CaptureQueriesContext(connection) as asked:
        get(token, "agreement/")
    unseen = 0
    for number in range(len(asked)):
        at, words = count(), f"Written before query {number}"

        def meanwhile(
            execute: Any, *call: Any, at: Any = at, words: str = words, n: int = number
        ) -> Any:
            if next(at) == n:
                write(words)
            return execute(*call)

        with connection.execute_wrapper(meanwhile):
            page = get(token, "agreement/")
        if words not in page.text:
            unseen += 1
            seen = soup(page).select_one("[name=seen]")["value"]
            assert post(token, "agreement/", do="agree", seen=seen).status_code == 409, number
    assert unseen
