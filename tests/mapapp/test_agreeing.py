"""What members agree to, on its pages: all of it is shown, and nothing that is typed is lost."""

from __future__ import annotations

import pytest

from partnerships.models import AgreedAnswer
from tests.factories.rounds import Round
from tests.mapapp.test_comparing import answers, post, soup
from tests.pages import text as words_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


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
