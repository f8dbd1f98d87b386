"""Rows that the rows under test hang on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property

from partnerships import models as registry
from tests.factories.records import (
    make_board,
    make_coordinator,
    make_framework,
    make_institution,
    make_partnership,
    make_resource,
    make_user,
)

EARLY, LATE = date(2008, 1, 1), date(2009, 1, 1)
MORNING = datetime(2026, 5, 1, 9, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENING = datetime(2026, 5, 1, 19, tzinfo=UTC)


class World:
    """Rows that the rows under test hang on, made when first asked for."""

    user = cached_property(lambda self: make_user())
    institution = cached_property(lambda self: make_institution("Queen Elizabeth Central"))
    other = cached_property(lambda self: make_institution("Zomba Central"))
    board = cached_property(lambda self: make_board())
    partnership = cached_property(lambda self: make_partnership(members=self.members))
    other_partnership = cached_property(lambda self: make_partnership())
    coordinator = cached_property(lambda self: make_coordinator(self.member))
    framework = cached_property(lambda self: make_framework())
    principle = cached_property(lambda self: self.framework.principles.get(number=1))
    hallmark = cached_property(lambda self: self.principle.hallmarks.get(number=1))
    resource = cached_property(lambda self: make_resource())
    funder = cached_property(lambda self: registry.Funder.objects.create(code="a", label="A"))
    topic = cached_property(lambda self: registry.Topic.objects.create(code="a", label="A"))
    other_topic = cached_property(lambda self: registry.Topic.objects.create(code="b", label="B"))

    @cached_property
    def members(self) -> list[registry.Institution]:
        return [self.institution, make_institution(country="GB")]

    @cached_property
    def member(self) -> registry.Member:
        return self.partnership.members.get(institution=self.institution)

    @cached_property
    def other_member(self) -> registry.Member:
        return self.partnership.members.exclude(pk=self.member.pk).get()

    @cached_property
    def checklist(self) -> registry.Checklist:
        return registry.Checklist.objects.create(
            partnership=self.partnership,
            framework=self.framework,
            opened_at=MORNING,
            opened_by=self.user,
        )

    @cached_property
    def part(self) -> registry.ChecklistMember:
        return registry.ChecklistMember.objects.create(checklist=self.checklist, member=self.member)

    @cached_property
    def planned(self) -> registry.PlannedImport:
        return registry.PlannedImport.objects.create(
            file_name="a.csv",
            file_sha256="0",
            planned_at=MORNING,
            planned_by=self.user,
            expires_at=EVENING,
        )

    @cached_property
    def run(self) -> registry.ImportRun:
        return registry.ImportRun.objects.create(
            file_name="a.csv", file_sha256="0", applied_at=MORNING, applied_by=self.user
        )
