"""The pages on which one institution or partnership becomes another."""

from __future__ import annotations

import pytest

from partnerships.choices import Moderation
from partnerships.models import Institution
from tests.factories.records import make_institution, make_partnership
from tests.mapapp.admin.pages import page, said, signed_in, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_an_institution_is_found_looked_at_and_merged(world) -> None:
    one = make_institution("Zomba Central Hospital")
    two = make_institution("Zomba Cental Hospital")
    record = make_partnership("Zomba", members=[make_institution(country="GB"), two])
    client = signed_in(world.unit)
    listed = page(client.get("/admin/partnerships/institution/alike/"))
    address = listed.select_one(".merge-found a")["href"]
    assert address == f"/admin/partnerships/institution/{two.pk}/merge/?into={one.pk}"
    start = page(client.get(f"/admin/partnerships/institution/{two.pk}/merge/"))
    assert [a["href"] for a in start.select(".merge-found a")] == [f"?into={one.pk}"]
    searched = page(client.get(f"/admin/partnerships/institution/{two.pk}/merge/?q=zomba central"))
    assert [a.text for a in searched.select(".merge-found a")] == [one.name]
    shown = page(client.get(address))
    assert "Zomba" in shown.select_one(".merge-moves dd").text

    form = submitted(client, address, reason="Typed twice")
    stale = client.post(address, form | {"gone": "0"}, follow=True)
    assert "Somebody has changed one of the two" in said(stale)[0]
    done = client.post(address, form, follow=True)
    assert said(done) == [f"Merged: {two} is {one} now. Its old addresses lead there."]
    assert record.members.latest("pk").institution == one
    again = client.post(address, form)
    assert again.status_code == 404


@pytest.mark.parametrize("query", ["into=x", "into=999999999999", "into=0", "into=%00", "q=%00"])
def test_bad_input_is_no_error(world, query: str) -> None:
    one = make_institution("One")
    answer = signed_in(world.unit).get(f"/admin/partnerships/institution/{one.pk}/merge/?{query}")
    assert answer.status_code in (200, 400, 404)


def test_whoever_may_not_change_it_finds_no_page(world) -> None:
    one, two = make_institution("One"), make_institution("Two")
    make_partnership(members=[make_institution(country="GB"), one], health_board=world.other_board)
    address = f"/admin/partnerships/institution/{one.pk}/merge/"
    for user in (world.champion, world.auditor, world.nobody):
        for answer in (
            signed_in(user).get(address),
            signed_in(user).post(address, {"into": two.pk, "reason": "x"}),
        ):
            assert answer.status_code in (302, 403)
    assert Institution.objects.filter(pk=one.pk).exists()


def test_two_partnerships_become_one_from_the_comparison(world) -> None:
    twin = make_partnership("Ours again", health_board=world.board)
    client = signed_in(world.champion)
    address = f"/admin/compare/{world.ours.pk}/{twin.pk}/"
    form = page(client.get(address)).select_one("form.compare-merge")
    sent = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    answer = client.post(
        "/admin/desk/", sent | {"action": "same", "keep": str(world.ours.pk)}, follow=True
    )
    assert said(answer) == ["Withdrawn: Ours again. Its addresses lead to Ours now."]
    twin.refresh_from_db()
    assert twin.moderation == Moderation.WITHDRAWN
    client.post("/admin/desk/", {"action": "undo"})
    twin.refresh_from_db()
    assert twin.moderation == Moderation.LISTED
    theirs = page(client.get(f"/admin/compare/{world.ours.pk}/{world.theirs.pk}/"))
    assert theirs.select_one("form.compare-merge") is None
