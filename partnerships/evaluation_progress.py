"""How far a round of evaluation is: who has answered and who has not, by side. Never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from partnerships.choices import Side
from partnerships.models import Invitation, Round
from partnerships.policies.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Asked:
    """One member that was asked. Reads the invitation's rows: see `progress`."""

    invitation: Invitation

    @property
    def submitted_at(self) -> datetime | None:
        response = getattr(self.invitation, "response", None)
        return response.submitted_at if response else None

    @property
    def state(self) -> str:
        if self.invitation.revoked_at:
            return "withdrawn"
        if self.submitted_at:
            return "answered"
        return "begun" if hasattr(self.invitation, "response") else "waiting"


@dataclass(frozen=True, slots=True)
class SideProgress:
    """One side of all partnerships: those who answered, those who have not, and withdrawn ones."""

    side: str
    answered: list[Asked]
    missing: list[Asked]
    withdrawn: list[Asked]

    @property
    def label(self) -> str:
        return "UK side" if self.side == Side.UK else "Partner side"

    @property
    def asked(self) -> int:
        return len(self.answered) + len(self.missing)


def progress(asked_in: Round, *, viewer: Viewer) -> list[SideProgress]:
    """Both sides, the UK first: what a viewer may see of them. One query."""
    rows = (
        Invitation.objects.visible_to(viewer)
        .filter(round=asked_in)
        .select_related("partnership", "member__institution__country", "coordinator", "response")
        .defer("response__answers", "response__facts")
        .order_by("partnership__name_key", "partnership", "pk")
    )
    every = [Asked(row) for row in rows]
    return [
        _of_side(side, [each for each in every if each.invitation.side == side]) for side in Side
    ]


def _of_side(side: str, every: list[Asked]) -> SideProgress:
    def in_state(*states: str) -> list[Asked]:
        own = (each for each in every if each.invitation.side == side)
        return [each for each in own if each.state in states]

    return SideProgress(
        side, in_state("answered"), in_state("begun", "waiting"), in_state("withdrawn")
    )
