"""A checklist under way, and links to it as people have them in their mail."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from partnerships.models import ChecklistMember, Coordinator, Framework
from partnerships.services import checklists, links
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_framework,
    make_institution,
    make_partnership,
)


class Round:
    """Dundee and Blantyre, with a coordinator each, asked about two principles of two hallmarks."""

    def __init__(self, *, framework: Framework | None = None, **values: Any) -> None:
        self.board = make_board("NHS Tayside")
        self.champion = make_champion(self.board)
        ends = [
            make_institution("Ninewells", country="GB"),
            make_institution("Queens", country="MW"),
        ]
        self.partnership = make_partnership(
            "Dundee and Blantyre", health_board=self.board, members=ends
        )
        for member, name in zip(self.partnership.members.order_by("pk"), "AB", strict=True):
            make_coordinator(member, f"Nurse {name}", email=f"{name.lower()}@example.org")
        self.framework = framework or make_framework()
        self.checklist = checklists.open_round(
            partnership=self.partnership, framework=self.framework, by=self.champion, **values
        )
        self.uk, self.partner = self.checklist.parts.order_by("pk")
        self.hallmarks = list(
            checklists.hallmarks_of(self.framework).order_by("principle__number", "number")
        )

    def person(self, part: ChecklistMember) -> Coordinator:
        return part.member.coordinators.get()

    def token(self, part: ChecklistMember) -> str:
        return links.make(
            purpose="checklist", part=part, coordinator=self.person(part), at=timezone.now()
        )

    def rate_all(self, part: ChecklistMember, level: str = "3", note: str = "") -> None:
        for hallmark in self.hallmarks:
            checklists.rate(part, hallmark=hallmark, level=level, note=note)

    def submit(self, part: ChecklistMember) -> None:
        self.rate_all(part)
        checklists.submit(part)
        part.refresh_from_db()
        self.checklist.refresh_from_db()
