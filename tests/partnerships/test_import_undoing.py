"""Undoing an import: what goes back, what is left and why, and who may."""

from __future__ import annotations

import pytest

from partnerships.choices import Moderation
from partnerships.models import Activity, Funder, Funding, Partnership
from partnerships.services import partnerships
from partnerships.services.details import apply as apply_details
from partnerships.services.partnerships import NotAllowed
from tests.factories.imports import ROW, applied, csv_of
from tests.factories.records import make_auditor, make_champion, make_coordinator
from tests.partnerships.import_world import World, row_of, says


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_undoing_says_again_what_was_said_and_removes_what_was_made(world) -> None:
    _, second = world.ours.members.order_by("position")
    second.role, second.since = "host", 2011
    funder = Funder.objects.get(code="thet")
    grants = [
        Funding(partnership=world.ours, funder=funder, scheme=f"Grant {n}", band="under_10k")
        for n in (1, 2)
    ]
    apply_details(written=[second, *grants], by=world.unit)
    partnerships.update(
        world.ours,
        by=world.unit,
        values={"began_on": "2008-05-01", "began_precision": "month", "summary": "Before"},
        parts=partnerships.Parts(activities=list(Activity.objects.all())),
    )
    world.ours.refresh_from_db()
    before = says(world.ours)
    rows_before = list(world.ours.funding.order_by("pk").values_list("scheme", "band"))

    planned = world.send(
        row_of(
            world.ours, summary="After", start_year="2010", overseas_institutions="queen-elizabeth",
            funders="Scottish Government", activity_types="", focus_areas="Surgery|Nursing",
            countries="RW|MW", status="paused",
        ),
        ROW,
    )  # fmt: skip
    run = world.apply(planned)
    assert says(world.ours) != before
    undone = world.undo(run)

    assert (undone.undone_by, undone.rows.exclude(kept_because="").count()) == (world.champion, 0)
    assert says(world.ours) == before
    assert list(world.ours.funding.order_by("pk").values_list("scheme", "band")) == rows_before
    assert not Partnership.objects.filter(slug=ROW["slug"]).exists()
    removed = Partnership.history.filter(slug=ROW["slug"]).first()
    assert (removed.history_type, removed.history_user) == ("-", world.champion)
    assert removed.history_change_reason == "Undone: import of a.csv, row 3"
    histories = Partnership.history.count()
    assert world.undo(run).undone_at == undone.undone_at
    assert Partnership.history.count() == histories


def test_rows_that_somebody_changed_since_are_left_and_named(world) -> None:
    planned = world.send(row_of(world.ours, summary="A"), ROW, ROW | {"slug": "second"})
    run = world.apply(planned)
    partnerships.update(world.ours, by=world.unit, values={"summary": "By somebody"})
    member = Partnership.objects.get(slug="second").members.first()
    make_coordinator(member)
    run = world.undo(run)
    told = dict(run.rows.values_list("number", "kept_because"))
    assert told[2].startswith("Somebody changed the record on")
    assert told[4].startswith("People, checklists or papers")
    assert (told[3], run.rows.get(number=3).undone_at) == ("", run.undone_at)
    world.ours.refresh_from_db()
    assert world.ours.summary == "By somebody"
    assert Partnership.objects.filter(slug="second").exists()


def test_imports_that_followed_each_other_are_undone_in_turn(world) -> None:
    first = world.apply(world.send(ROW))
    second = world.apply(world.send(ROW | {"summary": "Second"}))
    third = world.apply(world.send(ROW | {"summary": "Third"}))
    for run in (third, second, first):
        assert world.undo(run).rows.exclude(kept_because="").count() == 0
    assert not Partnership.objects.filter(slug=ROW["slug"]).exists()


def test_what_the_public_has_seen_is_withdrawn(world) -> None:
    run = applied(csv_of(ROW))  # the registry's own: listed at once
    with pytest.raises(NotAllowed):
        world.undo(run)
    world.undo(run, by=world.unit)
    record = Partnership.objects.get(slug=ROW["slug"])
    assert (record.moderation, record.decisions.count()) == (Moderation.WITHDRAWN, 2)


def test_who_undoes_what(world) -> None:
    run = world.apply(world.send(row_of(world.ours, summary="A")))
    for user in (world.other, make_auditor(), make_champion(world.board)):
        with pytest.raises(NotAllowed):
            world.undo(run, by=user)
    # The record was handed over meanwhile: the one who applied it may not write it any more.
    Partnership.objects.filter(pk=world.ours.pk).update(health_board=world.other_board)
    kept = world.undo(run).rows.get().kept_because
    assert kept.startswith("Only the owning Board's champions")
    world.ours.refresh_from_db()
    assert world.ours.summary == "A"
