"""Answering a checklist through a signed link: what it opens, how far it is, and saving a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction

from partnerships.choices import ChecklistState, LinkPurpose, RatingLevel
from partnerships.models import (
    Checklist,
    ChecklistMember,
    Framework,
    Hallmark,
    Principle,
    Rating,
    SignedLink,
)
from partnerships.proposed_values import is_text
from partnerships.services import checklists, inviting, links
from partnerships.services.actions import ChangedMeanwhile
from partnerships.services.links import LinkRefused
from partnerships.services.writing import write

#: Characters of a note.
MOST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """An answer to one hallmark: a level, or nothing yet, and a note."""

    level: str = ""
    note: str = ""

    @property
    def mark(self) -> str:
        """Tells two answers apart without saying what they are: a page sends it back."""
        return sha256(f"{self.level}\n{self.note}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Typed:
    """What came from a page: the answer, and the mark of the one that the page showed."""

    said: Said
    seen: str


@dataclass(frozen=True, slots=True)
class Step:
    """One principle on its page, counted from 1, and how many of its hallmarks are rated."""

    number: int
    principle: Principle
    hallmarks: list[Hallmark]
    unrated: list[Hallmark]

    @property
    def is_done(self) -> bool:
        return not self.unrated

    @property
    def is_begun(self) -> bool:
        return len(self.unrated) < len(self.hallmarks)


@dataclass(frozen=True, slots=True)
class Standing:
    """One member's part: every step, every part of the round, and this member's answers."""

    part: ChecklistMember
    framework: Framework
    steps: list[Step]
    parts: list[ChecklistMember]
    said: Mapping[int, Said]

    @property
    def checklist(self) -> Checklist:
        return self.part.checklist

    @property
    def total(self) -> int:
        return sum(len(step.hallmarks) for step in self.steps)

    @property
    def rated(self) -> int:
        return self.total - sum(len(step.unrated) for step in self.steps)

    @property
    def version(self) -> str:
        """Stands for all its answers: who submits has seen these, or looks again."""
        return _version(self.said)

    @property
    def missing(self) -> list[ChecklistMember]:
        """Parts that are still to be answered."""
        return [part for part in self.parts if part.submitted_at is None]

    @property
    def is_open(self) -> bool:
        """Whether this part can still be answered."""
        now = (ChecklistState.OPEN, ChecklistState.COMPARED)
        return self.part.submitted_at is None and self.checklist.state in now

    @property
    def may_compare(self) -> bool:
        """Whether this member sees the others' ratings now."""
        return self.part.submitted_at is not None and checklists.is_compared(self.checklist)

    @property
    def next_step(self) -> Step | None:
        """Where to go on: the first with something to rate."""
        return next((step for step in self.steps if not step.is_done), None)


def asked(token: str, *, at: datetime) -> SignedLink:
    """The link behind a token, with its part. Changes nothing: scanners of mail open links.

    Raises LinkRefused, also for people who are no coordinators any more.
    """
    return links.find(token, purpose=LinkPurpose.CHECKLIST, at=at)


def standing(link: SignedLink) -> Standing:
    """How far a link's part is. Nothing of other members' answers is read."""
    rows = ChecklistMember.objects.select_related("member__institution__country")
    found = rows.select_related("checklist__partnership__health_board__institution")
    part = found.filter(pk=_part(link).pk).first()
    if part is None:  # left out since the link was looked up
        raise LinkRefused(links.WITHDRAWN)
    framework = Framework.objects.with_wording().get(pk=part.checklist.framework_id)
    said = _said(part)
    steps = []
    for number, principle in enumerate(framework.principles.all(), start=1):
        hallmarks = list(principle.hallmarks.all())
        unrated = [h for h in hallmarks if not said.get(h.pk, Said()).level]
        if hallmarks:
            steps.append(Step(number, principle, hallmarks, unrated))
    parts = rows.filter(checklist=part.checklist_id).order_by("member__position", "pk")
    return Standing(part, framework, steps, list(parts), said)


def save_page(
    link: SignedLink, *, typed: Mapping[Hallmark, Typed], at: datetime
) -> dict[int, Said]:
    """Keep what was typed on a page; gives what a colleague had saved meanwhile, by hallmark.

    Saving again what was saved changes nothing. An answer that changed since the page was shown
    is not written over: it stays, and is given back, so that whoever typed can look at both.
    Raises ValidationError, by the field of a hallmark, with nothing kept.
    """
    _check(typed)
    with transaction.atomic():
        part = checklists.locked(_part(link))
        checklists.check_may_answer(part)
        asked_for = checklists.hallmarks_of(part.checklist.framework)
        if not {hallmark.pk for hallmark in typed} <= set(asked_for.values_list("pk", flat=True)):
            raise ValidationError("One of these hallmarks belongs to another framework.")
        stored = {rating.hallmark_id: rating for rating in Rating.objects.filter(part=part)}
        clashes: dict[int, Said] = {}
        for hallmark, page in typed.items():
            rating = stored.get(hallmark.pk) or Rating(part=part, hallmark=hallmark)
            now = Said(rating.level, rating.note)
            if page.said == now or page.said.mark == page.seen:
                continue
            if now.mark != page.seen:
                clashes[hallmark.pk] = now
                continue
            rating.level, rating.note = page.said.level, page.said.note
            write(rating, by=None, reason=checklists.BY_THE_SIDE)
        ChecklistMember.objects.filter(pk=part.pk).update(saved_at=at)
        links.use(link, at=at)
    return clashes


def submit(link: SignedLink, *, seen: str, at: datetime) -> bool:
    """Submit a link's part, once; False where that was done. Whoever may compare now is told.

    `seen` is the `version` that was shown. Raises ChangedMeanwhile where a colleague has changed
    an answer since, and NotAllowed while a hallmark is unrated.
    """
    with transaction.atomic():
        part = checklists.locked(_part(link))
        if part.submitted_at is not None:
            return False
        if seen != _version(_said(part)):
            raise ChangedMeanwhile(
                "A colleague changed an answer while you read. Look it over again, then submit."
            )
        part = checklists.submit(part, at=at)
        links.use(link, at=at)
        if part.checklist.state == ChecklistState.COMPARED:
            inviting.tell_compared(part.checklist, at=at)
    return True


def compare_early(link: SignedLink, *, is_willing: bool, at: datetime) -> ChecklistMember:
    """Agree to compare without those still to answer, or take that back. With the last agreement
    those who can open the comparison are told."""
    with transaction.atomic():
        part = checklists.compare_early(_part(link), is_willing=is_willing, at=at)
        if is_willing:
            inviting.tell_willing(part.checklist, at=at)
    return part


def _said(part: ChecklistMember) -> dict[int, Said]:
    rows = Rating.objects.filter(part=part)
    return {rating.hallmark_id: Said(rating.level, rating.note) for rating in rows}


def _version(said: Mapping[int, Said]) -> str:
    told = sorted((key, each.mark) for key, each in said.items())
    return sha256(repr(told).encode()).hexdigest()[:16]


def _part(link: SignedLink) -> ChecklistMember:
    if link.part is None:
        raise LinkRefused("This link opens no checklist.")
    return link.part


def _check(typed: Mapping[Hallmark, Typed]) -> None:
    errors: dict[str, str] = {}
    for hallmark, page in typed.items():
        if page.said.level and page.said.level not in RatingLevel.values:
            errors[f"level-{hallmark.pk}"] = f"Choose one of the answers to “{hallmark}”."
        if len(page.said.note) > MOST_NOTE or not is_text(page.said.note):
            errors[f"note-{hallmark.pk}"] = (
                f"Write at most {MOST_NOTE} characters about “{hallmark}”."
            )
    if errors:
        raise ValidationError(errors)
