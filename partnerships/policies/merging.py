"""Three versions of one field: the one somebody started from, today's, and theirs."""

from __future__ import annotations

from enum import StrEnum

#: What an input of a form holds, as a browser sends it.
Value = tuple[str, ...]


class Verdict(StrEnum):
    """Who changed a field since a form was opened."""

    SAME = "same"
    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


def verdict(started: Value | None, now: Value, mine: Value | None) -> Verdict:
    """`started` is None where nobody knows it: then two that differ are a question.

    `mine` is None where a form did not send the field, which changes nothing.
    """
    if mine is None:
        return Verdict.SAME if started in (None, now) else Verdict.THEIRS
    if mine == now:
        return Verdict.SAME
    if started is None:
        return Verdict.BOTH
    if mine == started:
        return Verdict.THEIRS
    return Verdict.MINE if now == started else Verdict.BOTH
