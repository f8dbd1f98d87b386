"""Two presses at the same moment on PostgreSQL: what was meant once is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from partnerships.models import (
    ImportRun,
    OutgoingMail,
    Partnership,
    Rating,
    Reminder,
    Suggestion,
    UnconfirmedSuggestion,
)
from partnerships.policies.record_version import version_of
from partnerships.services import (
    answering,
    frameworks,
    import_batches,
    merging,
    reminders,
    unconfirmed,
)
from partnerships.services.answering import Said, Typed
from partnerships.services.partnerships import NotAllowed
from partnerships.services.unconfirmed import CodeRefused, Draft
from tests.factories.checklists import Round
from tests.factories.imports import ROW
from tests.factories.records import (
    make_champion,
    make_coordinator,
    make_framework,
    make_institution,
    make_partnership,
    make_unit,
)
from tests.partnerships.import_world import World, row_of
from tests.partnerships.test_reminder_locks import Other

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def both(*acts: Callable[[], Any]) -> list[Any]:
    """What each act answered, or raised, begun at the same moment."""
    together, answers = threading.Barrier(len(acts)), {}

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            together.wait(timeout=10)
            answers[number] = act()
        except Exception as error:  # noqa: BLE001  # the test looks at it
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return [answers[number] for number in range(len(acts))]


def test_the_same_rows_applied_twice_are_one_import() -> None:
    world = World()
    planned = world.send(row_of(world.ours, summary="New"), ROW | {"slug": "new-one"})
    runs = both(*[lambda: world.apply(planned)] * 2)
    assert runs[0] == runs[1]
    assert ImportRun.objects.count() == 1
    assert Partnership.objects.filter(slug="new-one").count() == 1


def test_two_plans_for_one_record_are_one_change_and_one_refusal() -> None:
    world = World()
    deputy = make_champion(world.board)
    plans = [
        (world.send(row_of(world.ours, summary=text), by=by), by)
        for text, by in (("One", world.champion), ("Other", deputy))
    ]
    first, second = both(*[lambda each=each: world.apply(each[0], by=each[1]) for each in plans])
    refused = [each for each in (first, second) if isinstance(each, import_batches.NotApplicable)]
    assert len(refused) == 1
    assert ImportRun.objects.count() == 1
    world.ours.refresh_from_db()
    assert world.ours.summary == ("Other" if refused[0] is first else "One")


def test_a_suggestion_sent_twice_is_held_once_and_its_code_counts_once() -> None:
    record = make_partnership()
    draft = Draft(
        "Please look.",
        {"summary": "New"},
        record,
        version_of(record.modified_at),
        base={"summary": record.summary},
        name="Ann",
        email="ann@example.org",
    )
    attempt, now = uuid4(), timezone.now()
    held = both(*[lambda: unconfirmed.hold(draft, attempt=attempt, at=now)] * 2)
    assert held[0] == held[1]
    assert UnconfirmedSuggestion.objects.count() == 1
    mail = OutgoingMail.objects.get(kind="suggestion_code")
    code = next(word for word in mail.text.split() if word.isdigit() and len(word) == 6)
    answers = both(*[lambda: unconfirmed.confirm(held[0], code=code, at=now)] * 2)
    assert [each for each in answers if not isinstance(each, CodeRefused)]
    assert all(each is None or isinstance(each, CodeRefused) for each in answers), answers
    assert Suggestion.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="suggestion_received").count() == 1


def test_a_side_asked_twice_gets_one_mail() -> None:
    record, unit, now = make_partnership(), make_unit(), timezone.now()
    make_coordinator(record.members.first(), email="ann@example.org")
    side = record.members.select_related("institution").first().side
    answers = both(*[lambda: reminders.ask(record, side=side, by=unit, at=now)] * 2)
    assert sorted((each.written, each.lately) for each in answers) == [(0, 1), (1, 0)]
    assert (Reminder.objects.count(), OutgoingMail.objects.count()) == (1, 1)


def test_two_merges_of_one_pair_are_one() -> None:
    unit = make_unit()
    one, other = make_institution("One"), make_institution("Other")
    make_partnership(members=[make_institution(country="GB"), one])

    def merge(gone: Any, into: Any) -> Callable[[], Any]:
        return lambda: merging.merge_institutions(gone, into=into, by=unit, reason="The same")

    answers = both(merge(one, other), merge(other, one))
    assert len([each for each in answers if isinstance(each, ValidationError)]) == 1


def test_two_colleagues_save_one_page_and_the_later_one_is_told() -> None:
    made, now, empty = Round(), timezone.now(), Said()
    first, second = made.hallmarks[:2]
    links = [answering.asked(made.token(made.uk), at=now) for _ in range(2)]
    texts = [Said("2", "Ann"), Said("4", "Ben")]
    pages = [
        {first: Typed(texts[0], empty.mark), second: Typed(empty, empty.mark)},
        {first: Typed(texts[1], empty.mark), second: Typed(Said("3"), empty.mark)},
    ]

    def save(number: int) -> Callable[[], Any]:
        return lambda: answering.save_page(links[number], typed=pages[number], at=now)

    told = both(save(0), save(1))
    earlier, later = (0, 1) if told[0] == {} else (1, 0)
    assert told[earlier] == {}
    assert told[later] == {first.pk: texts[earlier]}
    kept = Rating.objects.order_by("hallmark__number").values_list("level", "note")
    assert list(kept) == [(texts[earlier].level, texts[earlier].note), ("3", "")]


def test_wording_is_not_changed_while_it_is_published() -> None:
    unit, framework = make_unit(), make_framework(state="draft")
    hallmark = frameworks.hallmarks_in(framework)[0]
    words, hallmark.text = hallmark.text, "Other words"

    def change() -> None:
        with pytest.raises(NotAllowed):
            frameworks.save_rows([hallmark], by=unit)

    with transaction.atomic():
        frameworks.publish(framework, by=unit)
        other = Other(change)
    assert other.end() == []
    hallmark.refresh_from_db()
    assert hallmark.text == words
