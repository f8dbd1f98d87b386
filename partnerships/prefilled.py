"""What the register says already of what an evaluation asks, and what to suggest where a side
sees it differently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from partnerships.choices import Delivery, Direction, PrefilledFact, Side, Stage
from partnerships.models import Partnership
from partnerships.policies.questionnaires import PREFER_NOT, Form, Question, wrong_with

_STAGES = (Stage.EXPLORING, Stage.ACTIVE, Stage.PAUSED, Stage.ENDED)
#: Facts that hold for both sides and all years, while a side answers for itself and for some time.
_OF_BOTH = (PrefilledFact.PROFESSIONS, PrefilledFact.DELIVERY)
#: Who travels, by direction and by the side that is asked.
_VISITS = {
    (Direction.TO_PARTNER, Side.UK): ["visits_out"],
    (Direction.TO_PARTNER, Side.PARTNER): ["visits_in"],
    (Direction.TO_SCOTLAND, Side.UK): ["visits_in"],
    (Direction.TO_SCOTLAND, Side.PARTNER): ["visits_out"],
    (Direction.BOTH, Side.UK): ["visits_out", "visits_in"],
    (Direction.BOTH, Side.PARTNER): ["visits_out", "visits_in"],
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What the register says: in words, and as an answer to the question."""

    says: str
    value: Any

    @property
    def as_shown(self) -> str:
        """What a page carries of it, so that nobody confirms what they have not seen."""
        return json.dumps([self.says, self.value])


def facts_of(partnership: Partnership, side: str, form: Form, *, today: date) -> dict[str, Fact]:
    """By question code, where the register says something that the question can be answered with.

    At most two queries, for agreements and professions.
    """
    found: dict[str, Fact] = {}
    for question in form.questions():
        if question.prefill:
            fact = _fact(question, partnership, side, today)
            if fact is not None and not wrong_with(question, fact.value):
                found[question.code] = fact
    return found


def _fact(question: Question, partnership: Partnership, side: str, today: date) -> Fact | None:
    if question.prefill == PrefilledFact.STAGE:
        stage = partnership.stage
        return Fact(partnership.get_stage_display(), str(stage)) if stage in _STAGES else None
    if question.prefill == PrefilledFact.BEGAN:
        began = partnership.began_on
        return Fact(str(began.year), began.year) if began else None
    if question.prefill == PrefilledFact.AGREEMENT:
        return _agreement(partnership, today)
    if question.prefill == PrefilledFact.PROFESSIONS:
        return _professions(question, partnership)
    return _delivery(partnership, side)


def _agreement(partnership: Partnership, today: date) -> Fact | None:
    signed = [
        (on, each.expires_on)
        for each in partnership.agreements.all()
        if (on := each.renewed_on or each.signed_on) is not None
    ]
    last = max(signed, key=lambda each: each[0], default=None)
    if last is None:
        return None
    signed_on, expires_on = last
    if expires_on and expires_on < today:
        return Fact(f"an agreement that ran out in {expires_on.year}", "out_of_date")
    return Fact(f"an agreement that was signed in {signed_on.year}", "in_date")


def _professions(question: Question, partnership: Partnership) -> Fact | None:
    terms = sorted(partnership.professions.all(), key=lambda term: term.label)
    if not terms:
        return None
    given = {term.code if term.code in question.codes else "other" for term in terms}
    value = [code for code in question.codes if code in given]
    return Fact(", ".join(term.label for term in terms), value) if value else None


def _delivery(partnership: Partnership, side: str) -> Fact | None:
    said = partnership.get_delivery_display()
    if partnership.delivery == Delivery.REMOTE:
        return Fact(said, ["remote"])
    if not partnership.delivery or not partnership.direction:
        return None
    visits = _VISITS[Direction(partnership.direction), Side(side)]
    by_hybrid = ["remote"] if partnership.delivery == Delivery.HYBRID else []
    way = partnership.get_direction_display()
    return Fact(f"{said}; {way[0].lower()}{way[1:]}", [*visits, *by_hybrid])


# --------------------------------------------------------------------------------- differences


def is_disputed(question: Question, answer: Any, said: Any) -> bool:
    """Whether a side sees it differently from the register. Not to say is no difference."""
    if answer is None or answer in (PREFER_NOT, said):
        return False
    if question.prefill in _OF_BOTH:
        # A side names its own people, or of one year: less than the register says is no dispute.
        return bool(set(answer) - set(said) - {"other", "none"})
    return True


def changes_for(question: Question, answer: Any, partnership: Partnership) -> dict[str, Any]:
    """What the record would say if the side is right, as `services.suggestions` takes it; nothing
    where that is for people to work out from the words."""
    if question.prefill == PrefilledFact.STAGE:
        return {"stage": answer}
    if question.prefill == PrefilledFact.BEGAN:
        return {"began": {"value": str(answer), "precision": "year"}}
    if question.prefill == PrefilledFact.PROFESSIONS:
        known = set(partnership.professions.values_list("code", flat=True))
        # Each side names its own: what the other brings is not wrong.
        new = {code for code in answer if code != "other"} - known
        return {"professions": sorted(known | new)} if new else {}
    return {}


def said(question: Question, answer: Any) -> str:
    """An answer in words, for whoever reads it outside the form; of a grid, nothing."""
    if isinstance(answer, Mapping):
        return ""
    if isinstance(answer, list):
        return ", ".join(question.label_of(code) for code in answer)
    return question.label_of(answer) if isinstance(answer, str) else str(answer)
