"""From the answers of a round to the figures that are kept of it, and to whose words may be read.

Answers are read here and nowhere else of a report; what comes out is suppressed (ADR 0041).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from partnerships.choices import QuestionKind, Side
from partnerships.models import HOME_COUNTRY, Invitation, Response, Round, RoundReport
from partnerships.policies import tallies
from partnerships.policies.questionnaires import PREFER_NOT, wording
from partnerships.policies.suppression import FEWEST, Apart, Shown, apart, shown
from partnerships.policies.tallies import Answered

#: What the two ends are called in questions, of many partnerships.
ENDS = {str(Side.UK): "the UK", str(Side.PARTNER): "the partner country"}
#: How many words of a question are shown of each side.
MOST_QUOTES = 20


def side_of(country: str) -> str:
    return str(Side.UK if country == HOME_COUNTRY else Side.PARTNER)


def submitted(asked_in: Round, **which: bool) -> list[Answered]:
    """What members sent in a round, in the order of members. One query."""
    rows = (
        Response.objects.filter(
            invitation__round=asked_in,
            invitation__revoked_at__isnull=True,
            submitted_at__isnull=False,
            **which,
        )
        .order_by("invitation__partnership", "invitation__member__position", "invitation__member")
        .values_list(
            "invitation__partnership",
            "invitation__member",
            "invitation__member__institution__country",
            "answers",
            "shares_words",
        )
    )
    return [Answered(key, member, side_of(at), *rest) for key, member, at, *rest in rows]


def invited(asked_in: Round) -> list[tuple[int, str]]:
    """The partnership and the side of each member that was asked. One query."""
    rows = Invitation.objects.standing().filter(round=asked_in)
    places = rows.values_list("partnership", "member__institution__country")
    return [(key, side_of(country)) for key, country in places]


def figures_of(asked_in: Round) -> dict[str, Any]:
    """Everything that may be told of a round, as JSON. Two queries."""
    everyone, asked = submitted(asked_in), invited(asked_in)
    form = asked_in.questionnaire.form
    rates, both = tallies.rates(asked, everyone)
    asked_of = len({key for key, _ in asked})
    pairs = tallies.pairs(everyone)
    tables: dict[str, dict[str, Any]] = {}
    gaps: dict[str, Any] = {}
    for item in tallies.items(form):
        if item.question.is_private:
            continue
        told = {
            side: shown(tallies.table(item, side, (e for e in everyone if e.side == side)))
            for side in (str(Side.UK), str(Side.PARTNER))
        }
        tables[item.key] = {side: _kept(each) for side, each in told.items()}
        if item.steps:
            gap = apart(tallies.gaps_of(item, pairs), told[Side.UK], told[Side.PARTNER])
            gaps[item.key] = _kept_gap(gap)
    return {
        "partnerships": asked_of,
        "both": both if asked_of >= FEWEST else None,
        "rates": [
            {
                "side": rate.side,
                "invited": rate.invited,
                "answered": rate.answered,
                "partnerships": rate.partnerships,
            }
            for rate in rates
        ]
        if asked_of >= FEWEST
        else [],
        "tables": tables,
        "gaps": gaps,
    }


def _kept(told: Shown) -> dict[str, Any]:
    return {
        "submitted": told.submitted,
        "partnerships": told.partnerships,
        "figures": {code: [str(f.told), f.number] for code, f in told.figures.items()},
    }


def _kept_gap(gap: Apart) -> list[int | None]:
    return [gap.least, gap.most]


# ------------------------------------------------------------------------------------------ words


@dataclass(frozen=True, slots=True)
class Quotes:
    """What some of one side wrote to one question, and allowed to be quoted."""

    #: The question, as that side was asked.
    text: str
    side: str
    words: tuple[str, ...]
    #: Of how many; the others are not shown.
    of: int

    @property
    def is_uk(self) -> bool:
        return self.side == Side.UK


def quotes(report: RoundReport) -> list[Quotes]:
    """Words of those who allow it now, by question and side, in an order that says nothing.

    Nothing where fewer than five partnerships of that side took part, nor to private questions.
    One query, for the answers of those who allow it.
    """
    rates = report.figures["rates"]
    enough = {rate["side"] for rate in rates if rate["partnerships"] >= FEWEST}
    told = [each for each in submitted(report.round, shares_words=True) if each.side in enough]
    return list(_quotes(report.round, told))


def _quotes(asked_in: Round, told: list[Answered]) -> Iterator[Quotes]:
    for question in asked_in.questionnaire.form.questions():
        if question.kind != QuestionKind.WORDS or question.is_private:
            continue
        for side in (str(Side.UK), str(Side.PARTNER)):
            found = {
                words
                for each in told
                if each.side == side
                if (words := _words(each.answers.get(question.code)))
            }
            if found:
                order = sorted(found, key=lambda words: sha256(words.encode()).digest())
                yield Quotes(
                    wording(question.text, side, ENDS), side, tuple(order[:MOST_QUOTES]), len(found)
                )


def _words(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value != PREFER_NOT else ""
