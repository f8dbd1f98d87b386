"""A link opens one record for one purpose, until its day or until it is revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from partnerships.choices import LinkPurpose
from partnerships.models import SignedLink
from partnerships.services import links
from partnerships.services.links import LinkRefused
from tests.factories.records import make_partnership, make_suggestion

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIRMATION, SUGGESTION = LinkPurpose.CONFIRMATION, LinkPurpose.SUGGESTION


def refusal(token: str, *, at: datetime = NOW, purpose: str = CONFIRMATION) -> str:
    with pytest.raises(LinkRefused) as refused:
        links.find(token, purpose=purpose, at=at)
    return str(refused.value)


def test_a_token_opens_its_record_and_is_kept_nowhere() -> None:
    record = make_partnership()
    token = links.make(purpose=CONFIRMATION, partnership=record, side="uk", at=NOW)

    link = links.find(token, purpose=CONFIRMATION, at=NOW)

    assert (link.partnership, link.side) == (record, "uk")
    assert token not in repr(SignedLink.objects.values().get())
    assert len(token) == 32


def test_a_link_of_a_suggestion_opens_the_suggestion() -> None:
    suggestion = make_suggestion()
    token = links.make(purpose=SUGGESTION, suggestion=suggestion, at=NOW)

    assert links.find(token, purpose=SUGGESTION, at=NOW + 364 * DAY).suggestion == suggestion


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "é" * 32, "a" * 5000, "\x00"])
def test_what_nobody_made_opens_nothing(token: str) -> None:
    assert "copied with a mistake" in refusal(token) or "not complete" in refusal(token)


def test_each_token_is_for_one_purpose() -> None:
    token = links.make(purpose=CONFIRMATION, partnership=make_partnership(), side="uk", at=NOW)

    assert "copied with a mistake" in refusal(token, purpose=SUGGESTION)


def test_a_link_expires() -> None:
    token = links.make(
        purpose=CONFIRMATION, partnership=make_partnership(), side="uk", at=NOW, days=2
    )

    last = NOW + 2 * DAY - timedelta(seconds=1)
    assert links.find(token, purpose=CONFIRMATION, at=last).used_at is None
    assert "too old" in refusal(token, at=NOW + 2 * DAY)


def test_the_links_of_a_record_are_revoked_together() -> None:
    record, other = make_partnership(), make_partnership()
    tokens = [
        links.make(purpose=CONFIRMATION, partnership=each, side="uk", at=NOW)
        for each in (record, record, other)
    ]

    assert links.revoke(partnership=record, at=NOW) == 2
    assert links.revoke(partnership=record, at=NOW) == 0
    assert ["withdrawn" in refusal(token) for token in tokens[:2]] == [True, True]
    assert links.find(tokens[2], purpose=CONFIRMATION, at=NOW).partnership == other
    with pytest.raises(TypeError):
        links.revoke(at=NOW)


def test_a_link_is_used_once() -> None:
    token = links.make(purpose=CONFIRMATION, partnership=make_partnership(), side="uk", at=NOW)
    one, two = (links.find(token, purpose=CONFIRMATION, at=NOW) for _ in range(2))

    assert links.use(one, at=NOW)
    assert not links.use(two, at=NOW + DAY)
    assert links.find(token, purpose=CONFIRMATION, at=NOW + DAY).used_at == NOW


def test_a_purpose_has_its_own_kind_of_record() -> None:
    with pytest.raises(ValidationError):
        links.make(purpose=CONFIRMATION, suggestion=make_suggestion(), at=NOW)
    with pytest.raises(ValidationError):
        links.make(purpose=CONFIRMATION, partnership=make_partnership(), at=NOW)
    assert not SignedLink.objects.exists()
