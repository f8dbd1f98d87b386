"""A form that nobody has saved, as the public would see it; and nothing of it is kept."""

from __future__ import annotations

import pytest

from partnerships import models as registry
from tests.factories.records import make_board, make_champion, make_institution, make_partnership
from tests.mapapp.admin.pages import errors, page, said, signed_in, submitted, url
from tests.mapapp.admin.test_entry import a_new_record

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_preview_shows_what_was_typed_and_keeps_nothing() -> None:
    board = make_board()
    record = make_partnership("Old name", health_board=board, moderation="draft")
    client = signed_in(make_champion(board))
    address = url(registry.Partnership, "change", record.pk)
    button = page(client.get(address)).select_one("button[name=_preview]")
    assert button["formtarget"] == "_blank"
    histories, members = registry.Partnership.history.count(), record.members.count()
    typed = submitted(client, address, name="New name", summary="As it will be")
    typed |= {"members-TOTAL_FORMS": "3", "members-2-institution": make_institution("Third").pk}
    typed |= {"members-2-role": "host", "members-2-position": "2"}

    answer = client.post(address, typed | {"_preview": "1"})
    text = page(answer).select_one("main").text
    for word in ("New name", "As it will be", "Third", "Preview: nothing is saved yet."):
        assert word in text, word
    assert answer["X-Robots-Tag"] == "noindex"
    record.refresh_from_db()
    assert (record.name, record.members.count()) == ("Old name", members)
    assert registry.Partnership.history.count() == histories
    assert said(client.get(address)) == []

    wrong = client.post(address, typed | {"_preview": "1", "name": ""})
    assert "This field is required." in errors(wrong)
    saved = client.post(address, typed)  # what was previewed can still be saved
    assert saved.status_code == 302, errors(saved)


def test_a_new_record_is_previewed_before_it_is_one() -> None:
    board = make_board()
    client = signed_in(make_champion(board))
    data = a_new_record(health_board=board.pk) | {"_preview": "1"}
    answer = client.post(url(registry.Partnership, "add"), data)
    assert "Borders and Blantyre" in page(answer).select_one("main").text
    assert not registry.Partnership.objects.exists()
    # Nobody previews what they may not change.
    other = signed_in(make_champion())
    record = make_partnership(health_board=board)
    address = url(registry.Partnership, "change", record.pk)
    assert other.post(address, {"_preview": "1"}).status_code == 403
