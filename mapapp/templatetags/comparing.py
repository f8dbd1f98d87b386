"""Where a member's mark stands in the drawings of a comparison. Words and tables say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

from django import template

from partnerships.comparison import Comparison, Mean, PrincipleRow, Seat
from partnerships.models import ChecklistMember
from partnerships.policies.scoring import HIGHEST
from partnerships.services.actions import offered
from partnerships.trends import Line

register = template.Library()

#: Marks nearer than so many points of the scale are drawn one above the other.
NEAR = 0.2
#: Pixels: the height of a line, the middle of it, and between marks one above the other.
LINE, STEP = 34, 11
#: Of the radar: half its width and the length of its axes.
HALF, LONG = 170, 132


def _across(score: float) -> str:
    """Each level is a quarter of the width, and its middle is the level itself."""
    return f"{(score - 0.5) / HIGHEST * 100:.2f}%"


@dataclass(frozen=True, slots=True)
class Mark:
    seat: Seat
    x: str
    y: float


@dataclass(frozen=True, slots=True)
class Dumbbell:
    marks: list[Mark]
    first: str = ""
    last: str = ""
    height: int = LINE


@register.filter
def dumbbell(means: Iterable[Mean]) -> Dumbbell:
    """Marks of those members that have a mean, and the line from the lowest to the highest."""
    known = sorted(
        ((mean.score, mean.seat) for mean in means if mean.score is not None),
        key=lambda each: (each[0], each[1].number),
    )
    if not known:
        return Dumbbell([])
    stacks: list[list[tuple[float, Seat]]] = []
    for score, seat in known:
        if stacks and score - stacks[-1][0][0] < NEAR:
            stacks[-1].append((score, seat))
        else:
            stacks.append([(score, seat)])
    tallest = max(len(stack) for stack in stacks)
    height = max(LINE, STEP * (tallest - 1) + 24)
    marks = [
        Mark(seat, _across(score), height / 2 + STEP * (at - (len(stack) - 1) / 2))
        for stack in stacks
        for at, (score, seat) in enumerate(stack)
    ]
    return Dumbbell(marks, _across(known[0][0]), _across(known[-1][0]), height)


@dataclass(frozen=True, slots=True)
class Axis:
    number: int
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Shape:
    """One member's line around the radar; it is broken where there is no mean."""

    seat: Seat
    path: str
    marks: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Radar:
    axes: list[Axis]
    rings: list[str]
    shapes: list[Shape]
    half: int = HALF


@register.filter
def radar(comparison: Comparison) -> Radar | None:
    """An axis for each principle, clockwise from the top; None for fewer than three."""
    rows = comparison.principles
    if len(rows) < 3:
        return None
    count = len(rows)
    axes = []
    for at, row in enumerate(rows):
        (x, y), (label_x, label_y) = _point(at, count, HIGHEST), _point(at, count, HIGHEST + 0.5)
        axes.append(Axis(row.number, x, y, label_x, label_y))
    rings = [
        " ".join(f"{x},{y}" for x, y in (_point(at, count, level) for at in range(count)))
        for level in range(1, HIGHEST + 1)
    ]
    shapes = [_shape(seat, at, rows) for at, seat in enumerate(comparison.seats)]
    return Radar(axes, rings, shapes)


def _point(at: int, count: int, score: float) -> tuple[float, float]:
    angle = 2 * pi * at / count
    out = score / HIGHEST * LONG
    return round(sin(angle) * out, 1), round(-cos(angle) * out, 1)


def _shape(seat: Seat, number: int, rows: Sequence[PrincipleRow]) -> Shape:
    scores = [row.scores[number] for row in rows]
    points = [
        None if score is None else _point(at, len(rows), score) for at, score in enumerate(scores)
    ]
    path = ""
    for at, point in enumerate(points):
        if point is not None:
            before = points[at - 1] if at else None
            path += f"{'L' if before else 'M'}{point[0]} {point[1]}"
    if points[0] and points[-1]:
        path += "Z" if None not in points else f"L{points[0][0]} {points[0][1]}"
    return Shape(seat, path, [point for point in points if point])


@register.inclusion_tag("checklists/_left.html")
def left_over(part: ChecklistMember) -> dict[str, Any]:
    """What a member and the others had not done when they last agreed."""
    return {"left": list(offered(part)[:10])}


@register.filter
def signed(value: Any) -> str:
    """+0.7, −0.7 or no change."""
    if value is None:
        return ""
    rounded = round(float(value), 1)
    if not rounded:
        return "no change"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}"


@dataclass(frozen=True, slots=True)
class Slope:
    first: str
    last: str

    @property
    def ends(self) -> list[str]:
        return [self.first, self.last]


@register.filter
def slope(line: Line) -> Slope | None:
    """One member's change, from then to now; None where there is none to tell."""
    change = line.change
    return Slope(_across(change.then), _across(change.now)) if change else None
