"""The answers of a round for the unit: of those who agreed, line by line; of the others, how many.

A partnership is in it where both sides have sent answers and everybody who did lets the unit see
them, unless that gives away those who do not. Own words are in it where whoever wrote them lets
them be quoted, private questions never.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from partnerships.choices import QuestionKind, Side
from partnerships.evaluation_sharing import sharing_of
from partnerships.exports import Echo, guard, storable
from partnerships.models import Invitation, Response, Round
from partnerships.policies.questionnaires import PREFER_NOT, Form, Question, wording

COLUMNS = (
    "partnership",
    "name",
    "institution",
    "side",
    "section",
    "question",
    "line",
    "asked",
    "place",
    "answer",
    "label",
    "note",
)
ONE_SIDED = "partnerships left out: only one side has answered"
TOO_FEW = "partnerships left out: with the figures of the round they would give away the few others"
NO_REPORT = "partnerships left out: the report of the round is not drawn up yet"
NOT_AGREED = "partnerships left out: a side does not let the unit see the answers"
WORDS = "texts left out: whoever wrote them does not let them be quoted"


@dataclass(slots=True)
class Export:
    """What may be handed out, and how much is left out, by reason."""

    asked_in: Round
    responses: list[Response]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def partnerships(self) -> int:
        return len({response.invitation.partnership_id for response in self.responses})

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return sorted(self.left_out.items())

    def lines(self) -> Iterator[dict[str, str]]:
        """An answer a line, in the order of the questions; then what is left out."""
        form = self.asked_in.questionnaire.form
        for response in self.responses:
            yield from _lines(response, form)
        for note, count in self.reasons:
            yield {"note": f"{count} {note}"}

    def as_csv(self) -> Iterator[str]:
        writer = csv.writer(Echo())
        yield writer.writerow(COLUMNS)
        for line in self.lines():
            yield writer.writerow([guard(storable(line.get(name, ""))) for name in COLUMNS])


def export(asked_in: Round) -> Export:
    """Three queries. Of withdrawn invitations nothing is in it, nor counted."""
    rows = (
        Response.objects.filter(invitation__in=Invitation.objects.standing())
        .filter(invitation__round=asked_in, submitted_at__isnull=False)
        .select_related("invitation__partnership", "invitation__member__institution__country")
        .order_by("invitation__partnership__name_key", "invitation__partnership", "pk")
    )
    by_partnership: dict[int, list[Response]] = defaultdict(list)
    for row in rows:
        by_partnership[row.invitation.partnership_id].append(row)
    done = Export(asked_in, [])
    form, sharing = asked_in.questionnaire.form, sharing_of(asked_in)
    for key, sides in by_partnership.items():
        if {row.invitation.side for row in sides} != set(Side.values):
            done.left_out[ONE_SIDED] += 1
        elif key in sharing.kept:
            done.left_out[NOT_AGREED] += 1
        elif not sharing.is_open:
            done.left_out[NO_REPORT if sharing.kept_in_report is None else TOO_FEW] += 1
        else:
            done.responses += sides
            if texts := sum(_texts(row, form) for row in sides if not row.shares_words):
                done.left_out[WORDS] += texts
    return done


def _texts(response: Response, form: Form) -> int:
    asked = (q for q in form.questions() if q.kind == QuestionKind.WORDS and not q.is_private)
    words = [question.code for question in asked]
    return sum(response.answers.get(code, PREFER_NOT) != PREFER_NOT for code in words)


def _lines(response: Response, form: Form) -> Iterator[dict[str, str]]:
    invitation = response.invitation
    about = {
        "partnership": invitation.partnership.slug,
        "name": invitation.partnership.name,
        "institution": invitation.member.institution.name,
        "side": invitation.side,
    }
    for section in form.sections:
        for question in section.questions:
            value = response.answers.get(question.code)
            if value is None or question.is_private:
                continue
            asked = about | {
                "section": section.code,
                "question": question.code,
                "asked": wording(question.text, invitation.side),
            }
            is_text = question.kind == QuestionKind.WORDS and value != PREFER_NOT
            if not is_text or response.shares_words:
                for line in _answers(question, value, invitation.side):
                    yield asked | line


def _answers(question: Question, value: Any, side: str) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        for row in question.rows:
            if row.code in value:
                chosen = {"answer": value[row.code], "label": question.label_of(value[row.code])}
                yield {"line": row.code, "asked": wording(row.text, side), **chosen}
    elif isinstance(value, list):
        for place, code in enumerate(value, start=1):
            at = {"place": str(place)} if question.kind == QuestionKind.RANK else {}
            yield {"answer": code, "label": question.label_of(code), **at}
    else:
        text = str(value)
        yield {"answer": text, "label": question.label_of(text)}
