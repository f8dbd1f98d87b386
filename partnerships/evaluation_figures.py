"""From the answers of a round to the figures that are kept of it, and to whose words may be read.

Answers are read here and nowhere else of a report; what comes out is suppressed (ADR 0041).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from partnerships.choices import Moderation, QuestionKind, Side
from partnerships.evaluation_sharing import sharing_of
from partnerships.models import HOME_COUNTRY, Invitation, Response, Round, RoundReport
from partnerships.policies import tallies
from partnerships.policies.questionnaires import PREFER_NOT, Form, wording
from partnerships.policies.suppression import FAR, FEWEST, Apart, Shown, apart, shown, with_others
from partnerships.policies.tallies import Answered, Item

#: What the two ends are called in questions, of many partnerships.
ENDS = {str(Side.UK): "the UK", str(Side.PARTNER): "the partner country"}
#: How many words of a question are shown of each side.
MOST_QUOTES = 20


def side_of(country: str) -> str:
    return str(Side.UK if country == HOME_COUNTRY else Side.PARTNER)


def submitted(asked_in: Round, **which: Any) -> list[Answered]:
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


@dataclass(frozen=True, slots=True)
class Counted:
    """What was sent, by whether others than the sides may read it one by one beside the report.
    Both in the order of members."""

    kept: list[Answered]
    others: list[Answered]

    @classmethod
    def of(cls, asked_in: Round) -> tuple[Self, int]:
        """And how many partnerships keep theirs. Two queries."""
        sharing = sharing_of(asked_in)
        read = sharing.shared if sharing.kept and sharing.may_open else frozenset()
        kept: list[Answered] = []
        others: list[Answered] = []
        for each in submitted(asked_in):
            (others if each.partnership in read else kept).append(each)
        return cls(kept, others), len(sharing.kept)

    def told(self, item: Item, side: str) -> Shown:
        """Less what others may read, it is what may be told of the rest alone."""
        of_kept, of_others = (
            tallies.table(item, side, (each for each in some if each.side == side))
            for some in (self.kept, self.others)
        )
        if not of_kept.everyone:
            return shown(of_others)
        return with_others(shown(of_kept), of_others) if of_others.everyone else shown(of_kept)

    def apart(self, item: Item) -> Apart:
        uk, partner = (
            shown(tallies.table(item, side, (each for each in self.kept if each.side == side)))
            for side in (str(Side.UK), str(Side.PARTNER))
        )
        kept, others = (
            tallies.gaps_of(item, tallies.pairs(some)) for some in (self.kept, self.others)
        )
        return apart(kept, uk, partner, known=others.apart(FAR))


def figures_of(asked_in: Round) -> dict[str, Any]:
    """Everything that may be told of a round, as JSON. Three queries."""
    counted, kept = Counted.of(asked_in)
    told = told_of(asked_in.questionnaire.form, counted, invited(asked_in))
    return told | {"kept": kept}


def told_of(form: Form, counted: Counted, asked: list[tuple[int, str]]) -> dict[str, Any]:
    """`asked`: the partnership and the side of each member that was asked."""
    rates, both = tallies.rates(asked, counted.kept + counted.others)
    enough = {side for side in Side.values if len({k for k, at in asked if at == side}) >= FEWEST}
    tables: dict[str, dict[str, Any]] = {}
    gaps: dict[str, Any] = {}
    for item in tallies.items(form):
        if item.question.is_private:
            continue
        tables[item.key] = {
            str(side): _kept(counted.told(item, str(side)), is_told=side in enough)
            for side in Side.values
        }
        if item.steps:
            gap = counted.apart(item)
            gaps[item.key] = [gap.least, gap.most]
    return {
        "partnerships": len({key for key, _ in asked}),
        "both": both if enough == set(Side.values) else None,
        "rates": [
            {
                "side": rate.side,
                "invited": rate.invited,
                "answered": rate.answered,
                "partnerships": rate.partnerships,
            }
            for rate in rates
            if rate.side in enough
        ],
        "tables": tables,
        "gaps": gaps,
    }


def _kept(told: Shown, *, is_told: bool) -> dict[str, Any]:
    """Where too few were asked, not even how many of them answered."""
    return {
        "submitted": told.submitted if is_told else 0,
        "partnerships": told.partnerships if is_told else 0,
        "figures": {code: [str(f.told), f.number] for code, f in told.figures.items()},
    }


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
    """Words of those who allow it now and whose record is public, by question and side, in an
    order that says nothing.

    Nothing where fewer than five partnerships of that side took part, nor to private questions.
    One query, for the answers of those who allow it.
    """
    rates = report.figures["rates"]
    enough = {rate["side"] for rate in rates if rate["partnerships"] >= FEWEST}
    which = {"shares_words": True, "invitation__partnership__moderation": Moderation.LISTED}
    told = [each for each in submitted(report.round, **which) if each.side in enough]
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
