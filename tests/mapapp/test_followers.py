"""A registry that lives, one who walks its pages and one who follows its changes.

Whatever is written in between: who follows ends up with exactly what is public, and a walk gives
what stood still exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from partnerships.choices import Moderation
from partnerships.models import Institution, Partnership, User
from partnerships.public_lists import institution_record
from partnerships.records import public_records
from partnerships.services import institutions, partnerships
from tests.conftest import ON_POSTGRES
from tests.factories import records

pytestmark = pytest.mark.django_db(transaction=True)
#: order → what moves a record in it.
MOVES = {
    "created": set(),
    "-created": set(),
    "name": {"name"},
    "-name": {"name"},
    "began": {"name", "began"},
    "-began": {"name", "began"},
    "confirmed": {"name", "confirmed"},
    "-confirmed": {"name", "confirmed"},
    "-modified": {"name", "began", "confirmed", "moderation", "summary"},
}
numbers = count(1)
which = st.integers(0, 1000)
letters = st.sampled_from("abcé zÅ")


@dataclass
class Walk:
    """One who walks along `next`; `steady` are the records that must be met exactly once."""

    order: str
    address: str | None
    steady: set[str]
    moved: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)


class Registry(RuleBasedStateMachine):
    unit: User
    members: list[Institution]
    token: str

    @initialize()
    def begin(self) -> None:
        self.client = Client()
        self.own: list[Partnership] = []
        self.spare: list[Institution] = []
        self.walk: Walk | None = None
        self.copy: dict[str, Any] = {}
        self.next: str | None = "/api/v1/changes/?expand=record&page_size=200"
        self.follow_to_the_end()
        for name in "ba":
            self.create(name)

    # ---------------------------------------------------------------------------- who writes

    @rule(name=letters)
    def create(self, name: str) -> None:
        self.own.append(self.make(name, Moderation.LISTED))

    @rule(name=letters)
    def draft(self, name: str) -> None:
        self.own.append(self.make(name, Moderation.DRAFT))

    def make(self, name: str, moderation: str) -> Partnership:
        slug = f"record-{next(numbers)}"
        return records.make_partnership(
            f"{name} link", slug=slug, members=self.members, moderation=moderation
        )

    @rule(n=which, name=letters, with_slug=st.booleans())
    def rename(self, n: int, name: str, with_slug: bool) -> None:
        values = {"name": f"{name} {next(numbers)}"}
        if with_slug:
            values["slug"] = f"renamed-{next(numbers)}"
        self.update(n, "name", values)

    @rule(n=which)
    def rewrite(self, n: int) -> None:
        self.update(n, "summary", {"summary": f"Summary {next(numbers)}"})

    @rule(n=which, year=st.integers(2000, 2003))
    def date(self, n: int, year: int) -> None:
        values = {"began_on": f"{year}-01-01", "began_precision": "year"}
        self.update(n, "began", values)

    def update(self, n: int, what: str, values: dict[str, Any]) -> None:
        record = self.one(n)
        partnerships.update(record, by=self.unit, values=values)
        self.touched(record, what)

    @rule(n=which, side=st.sampled_from(["uk", "partner"]))
    def confirm(self, n: int, side: str) -> None:
        record = self.one(n)
        partnerships.confirm(record, side=side, by=self.unit, how="by telephone")
        self.touched(record, "confirmed")

    @rule(n=which)
    def withdraw_or_list(self, n: int) -> None:
        record = self.one(n)
        listed = record.moderation == Moderation.LISTED
        to = Moderation.WITHDRAWN if listed else Moderation.LISTED
        partnerships.moderate(record, to=to, by=self.unit, reason="Asked for")
        self.touched(record, "moderation")
        if self.walk:
            self.walk.steady.discard(str(record.public_id))

    @rule()
    @precondition(lambda self: any(r.moderation == "draft" for r in self.fresh()))
    def delete(self) -> None:
        record = next(r for r in self.fresh() if r.moderation == "draft")
        partnerships.delete(record, by=self.unit, reason="A trial")
        self.own.remove(record)

    @rule(n=which, name=letters)
    def rename_a_member(self, n: int, name: str) -> None:
        place = Institution.objects.get(pk=self.members[n % len(self.members)].pk)
        place.name = f"{name} hospital {next(numbers)}"
        institutions.save(place, by=self.unit)

    @rule(n=which)
    def create_or_delete_an_institution(self, n: int) -> None:
        if n % 2 and self.spare:
            institutions.delete(self.spare.pop(), by=self.unit, reason="A double")
        else:
            last = self.spare[-1] if self.spare and n % 3 == 0 else None
            follows = {"succession_kind": "merged", "successor": self.members[0]} if last else {}
            self.spare.append(records.make_institution(f"Spare {next(numbers)}", **follows))

    def fresh(self) -> list[Partnership]:
        for record in self.own:
            record.refresh_from_db()
        return self.own

    def one(self, n: int) -> Partnership:
        record = self.own[n % len(self.own)]
        record.refresh_from_db()
        return record

    def touched(self, record: Partnership, what: str) -> None:
        if self.walk and what in MOVES[self.walk.order]:
            self.walk.steady.discard(str(record.public_id))
            self.walk.moved.add(str(record.public_id))

    # ------------------------------------------------------------------------------ who walks

    @rule(order=st.sampled_from(sorted(MOVES)), size=st.sampled_from([3, 50]))
    def begin_a_walk(self, order: str, size: int) -> None:
        self.end_the_walk()
        public = Partnership.objects.listed().values_list("public_id", flat=True)
        address = f"/api/v1/partnerships/?sort={order}&page_size={size}"
        self.walk = Walk(order, address, {str(public_id) for public_id in public})

    @rule(pages=st.integers(1, 3))
    @precondition(lambda self: self.walk)
    def go_on(self, pages: int) -> None:
        walk = self.walk
        assert walk
        for _ in range(pages):
            if walk.address:
                page = self.ask(walk.address)
                walk.seen += [row["id"] for row in page["results"]]
                walk.address = page["next"]

    def end_the_walk(self) -> None:
        if self.walk:
            while self.walk.address:
                self.go_on(1)
            seen = self.walk.seen
            assert self.walk.steady <= set(seen), "a record that stood still was lost"
            twice = {each for each in seen if seen.count(each) > 1}
            assert twice <= self.walk.moved, "a record that stood still was given twice"

    # ---------------------------------------------------------------------------- who follows

    @rule()
    def follow(self) -> None:
        """One page: the next of a walk that has not ended, or what came since."""
        address = self.next or f"/api/v1/changes/?expand=record&page_size=2&since={self.token}"
        page = self.ask(address)
        self.next, self.token = page["next"], page["resume"]
        for entry in page["results"]:
            if entry["kind"] == "removed" or entry["record"] is None:
                self.copy.pop(entry["id"], None)
            else:
                self.copy[entry["id"]] = entry["record"]

    def follow_to_the_end(self) -> None:
        self.follow()
        while self.next:
            self.follow()

    def ask(self, address: str) -> Any:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def teardown(self) -> None:
        self.end_the_walk()
        self.follow_to_the_end()
        if not self.next:
            self.follow_to_the_end()
        site = django_settings.SITE_URL
        listed = list(Partnership.objects.listed().values_list("pk", flat=True))
        public = {r["id"]: r for r in public_records(listed, site_url=site)}
        for row in Institution.objects.for_api():
            public[str(row.public_id)] = institution_record(row, site_url=site)
        assert self.copy == public


def test_who_follows_has_what_is_public_and_who_walks_loses_nothing() -> None:
    Registry.unit = records.make_unit()
    Registry.members = [
        records.make_institution(country="GB"),
        records.make_institution(country="MW"),
    ]
    run_state_machine_as_test(
        Registry,
        settings=settings(
            max_examples=6 if ON_POSTGRES else 8,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
