"""Rounds of checklists, answered as far as a test needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from partnerships.choices import LinkPurpose
from partnerships.models import (
    ActionPoint,
    Checklist,
    ChecklistMember,
    Framework,
    Hallmark,
    Partnership,
    SignedLink,
)
from partnerships.services import actions, agreeing, checklists, links
from tests.factories.records import (
    make_board,
    make_champion,
    make_framework,
    make_institution,
    make_partnership,
    make_unit,
)

#: Names of addresses behind a member's link, without `checklist_`.
LINKED_PAGES = (
    *("page", "review", "paper", "comparison", "agreed"),
    *("plan", "action_add", "action", "agreement", "trend"),
)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Round:
    """A round between members in some countries; `answers` are levels, one string a member."""

    def __init__(
        self,
        *answers: Sequence[str] | None,
        countries: Sequence[str] = ("GB", "MW"),
        framework: Framework | None = None,
        partnership: Partnership | None = None,
        at: datetime = NOW,
    ) -> None:
        if partnership is None:
            partnership = make_partnership(
                health_board=make_board(),
                members=[make_institution(country=code) for code in countries],
            )
        self.partnership, self.at = partnership, at
        board = partnership.health_board
        self.champion = make_champion(board) if board else make_unit()
        self.framework = framework or make_framework()
        self.checklist: Checklist = checklists.open_round(
            partnership=partnership, framework=self.framework, by=self.champion, at=at
        )
        self.parts: list[ChecklistMember] = list(self.checklist.parts.order_by("pk"))
        for part, levels in zip(self.parts, answers, strict=False):
            if levels is not None:
                self.answer(part, levels)
        self.refresh()

    @property
    def hallmarks(self) -> list[Hallmark]:
        rows = checklists.hallmarks_of(self.framework)
        return list(rows.order_by("principle__number", "number"))

    def answer(self, part: ChecklistMember, levels: Sequence[str], note: str = "") -> None:
        """Rate each hallmark, the last level again for those that are left, and submit."""
        for at, hallmark in enumerate(self.hallmarks):
            level = levels[min(at, len(levels) - 1)]
            checklists.rate(part, hallmark=hallmark, level=level, note=note)
        checklists.submit(part, at=self.at)

    def close_early(self) -> None:
        for part in self.parts:
            if part.submitted_at:
                checklists.compare_early(part, is_willing=True, at=self.at)
        checklists.close_early(self.checklist, by=self.champion, at=self.at)
        self.refresh()

    def write(self, hallmark: Hallmark, level: str = "2", reason: str = "") -> None:
        said = agreeing.Said(level, reason, agreeing.version_of_answer(None))
        agreeing.write_answers(self.parts[0], said={hallmark.pk: said})

    def point(self, what: str = "Meet", at: int = 0, **values: Any) -> ActionPoint:
        return actions.add(self.parts[0], member=self.parts[at].member, what=what, **values)

    def agree(self, at: datetime | None = None) -> None:
        for part in self.parts:
            if part.submitted_at:
                checklists.agree(part, at=at or self.at)
        self.refresh()

    def agree_on(self, words: str) -> None:
        """Agree with the words in an answer and in a point, wherever there is room for words. The
        point is done, so that the next round does not begin with it."""
        self.write(self.hallmarks[0], "1", words)
        point = self.point(words, who=words, why=words)
        self.agree()
        actions.set_progress(point, part=self.parts[0], progress="done", seen="to_do")

    def share(self, *, is_willing: bool = True) -> None:
        for part in self.parts:
            agreeing.share(part, is_willing=is_willing)
        self.refresh()

    def token(self, number: int = 0, at: datetime | None = None) -> str:
        """What the mail to a member's coordinator carries."""
        purpose = LinkPurpose.CHECKLIST
        return links.make(purpose=purpose, part=self.parts[number], at=at or datetime.now(UTC))

    def revoke(self) -> None:
        SignedLink.objects.update(revoked_at=datetime.now(UTC) - timedelta(hours=1))

    def refresh(self) -> None:
        self.checklist.refresh_from_db()
        for part in self.parts:
            part.refresh_from_db()
            part.checklist = self.checklist
