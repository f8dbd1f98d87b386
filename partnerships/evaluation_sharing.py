"""Which partnerships let others than their sides read what they answered; and whether anybody may.

Whoever reads those answers takes them from the figures of the round. What is left is of those who
keep theirs, so there must be enough of them, or none. See ADR 0041.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import F, Q

from partnerships.choices import RoundState, Side
from partnerships.models import HOME_COUNTRY, Response, Round
from partnerships.policies.suppression import is_few


@dataclass(frozen=True, slots=True)
class Sharing:
    """The partnerships of a round that have sent something."""

    #: Both sides have sent answers, and everybody who did allows it.
    shared: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()
    #: How many kept theirs when the report was drawn up; None before.
    kept_in_report: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the answers of `shared` may be read, beside the figures, by others than the
        sides. Not before the report: a round that is opened again has others who keep theirs.
        And of those for whom it was drawn up, some take their consent away afterwards."""
        if not self.kept_in_report:
            return self.kept_in_report == 0 and not self.kept
        return not is_few(self.kept_in_report)

    @property
    def may_open(self) -> bool:
        """Whether it will be open once the report is drawn up, as things stand."""
        return not self.kept or not is_few(len(self.kept))

    def may_be_read(self, partnership: int) -> bool:
        return self.is_open and partnership in self.shared


def sharing_of(asked_in: Round) -> Sharing:
    """One query."""
    return sharing_in(Round.objects.filter(pk=asked_in.pk)).get(asked_in.pk, Sharing())


def closed_sharing() -> dict[int, Sharing]:
    """By closed round in which somebody answered. One query."""
    return sharing_in(Round.objects.filter(state=RoundState.CLOSED))


def sharing_in(rounds: Iterable[Round]) -> dict[int, Sharing]:
    """Whoever was withdrawn after the report was drawn up counts in it, and keeps theirs."""
    report = "invitation__round__report__"
    rows = (
        Response.objects.filter(invitation__round__in=rounds, submitted_at__isnull=False)
        .filter(
            Q(invitation__revoked_at__isnull=True)
            | Q(invitation__revoked_at__gt=F(f"{report}drawn_up_at"))
        )
        .values_list(
            "invitation__round",
            f"{report}figures__kept",
            "invitation__partnership",
            "invitation__member__institution__country",
            "invitation__revoked_at",
            "shares_with_board",
        )
    )
    told: dict[tuple[int, int | None], dict[int, list[tuple[str, bool]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for asked_in, kept, partnership, country, revoked_at, shares in rows:
        side = Side.UK if country == HOME_COUNTRY else Side.PARTNER
        told[asked_in, kept][partnership].append((side, shares and revoked_at is None))
    return {
        asked_in: _sharing(by_partnership, kept)
        for (asked_in, kept), by_partnership in told.items()
    }


def _sharing(by_partnership: dict[int, list[tuple[str, bool]]], kept: int | None) -> Sharing:
    shared = frozenset(_agreeing(by_partnership))
    return Sharing(shared, frozenset(by_partnership) - shared, kept)


def _agreeing(by_partnership: dict[int, list[tuple[str, bool]]]) -> Iterator[int]:
    for partnership, told in by_partnership.items():
        has_both = {side for side, _ in told} == set(Side.values)
        if has_both and all(shares for _, shares in told):
            yield partnership
