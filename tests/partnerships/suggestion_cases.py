"""For each constraint of suggestions: a row that it refuses, and a neighbour that it takes."""

from __future__ import annotations

from typing import Any

from partnerships.models import Suggestion
from tests.partnerships.constraint_cases import Case, Values, api_key, fixed
from tests.partnerships.constraint_world import EVENING, MORNING, World


def new(world: World) -> dict[str, Any]:
    return {
        "kind": "new",
        "changes": {"name": "New"},
        "words": "Because.",
        "channel": "public_form",
        "digest": "0" * 64,
        "created_at": MORNING,
    }


def change(world: World) -> dict[str, Any]:
    about = {"kind": "change", "partnership": world.partnership, "base_version": "a"}
    return new(world) | about


def decided(**values: Any) -> Values:
    return lambda w: {"decided_at": EVENING, "decided_by": w.user, **values}


def with_key(**values: Any) -> Values:
    def row(world: World) -> dict[str, Any]:
        if "key" not in world.__dict__:
            world.__dict__["key"] = Suggestion.api_key.field.related_model.objects.create(
                **api_key(world)
            )
        return {"channel": "api", "api_key": world.__dict__["key"], **values}

    return row


RECORD = "suggestion_of_change_names_record"
CASES = [
    Case("suggestion_kind_known", Suggestion, fixed(kind="idea"), fixed(), new),
    Case("suggestion_state_known", Suggestion, decided(state="gone"), decided(state="accepted"),
         new),
    Case(RECORD, Suggestion, fixed(partnership=None), fixed(), change, label="no record"),
    Case(RECORD, Suggestion, fixed(base_version=""), fixed(), change, label="no version"),
    Case(RECORD, Suggestion, lambda w: {"health_board": w.board}, fixed(), change, label="Board"),
    Case(RECORD, Suggestion, lambda w: {"partnership": w.partnership},
         lambda w: decided(state="accepted")(w) | {"partnership": w.partnership}, new,
         label="new"),
    Case(RECORD, Suggestion, fixed(base_version="a"), lambda w: {"health_board": w.board}, new,
         label="version of nothing"),
    Case("suggestion_decided_with_who", Suggestion, fixed(state="accepted"),
         decided(state="accepted"), change, label="nobody"),
    Case("suggestion_decided_with_who", Suggestion, decided(), fixed(), change, label="waiting"),
    Case("suggestion_refused_with_words", Suggestion, decided(state="declined"),
         decided(state="declined", answer="No."), change, label="declined"),
    Case("suggestion_refused_with_words", Suggestion, decided(state="returned"),
         decided(state="accepted"), change, label="returned"),
    Case("suggestion_with_key_of_api", Suggestion, fixed(channel="api"), with_key(), change,
         label="no key"),
    Case("suggestion_with_key_of_api", Suggestion, with_key(channel="coordinator"),
         fixed(channel="coordinator"), change, label="key elsewhere"),
    Case("suggestion_once_per_idempotency_key", Suggestion,
         with_key(idempotency_key="a", digest="1"), with_key(idempotency_key="b", digest="1"),
         change, with_key(idempotency_key="a")),
    Case("suggestion_waits_once", Suggestion, fixed(), decided(state="accepted"), change, fixed()),
]  # fmt: skip
