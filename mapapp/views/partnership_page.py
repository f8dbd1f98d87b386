"""What the page of one partnership shows, gathered before its template runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from mapapp.querystring import search_for
from mapapp.templatetags.registry import End, ends, listed, partial_date
from partnerships.choices import DatePrecision, Moderation, Precision, Side
from partnerships.detail import load
from partnerships.models import Partnership

#: Also-here counts for at most this many institutions of each side.
INSTITUTIONS_COUNTED = 2


@dataclass(frozen=True, slots=True)
class Event:
    """Something with a date, for the timeline."""

    day: date
    when: str
    what: str
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other partnerships that share something with this one, and the question that finds them."""

    count: int
    what: str
    query: str


def partnership_context(request: HttpRequest, partnership: Partnership) -> dict[str, Any]:
    today = timezone.localdate()
    load(partnership, today)
    both = ends(partnership)
    return {
        "partnership": partnership,
        "today": today,
        "ends": [(end, _learning(partnership, end)) for end in both],
        "facts": facts(partnership),
        "events": events(partnership, today),
        "elsewhere": elsewhere(request, partnership, both),
        "map_data": map_data(partnership),
        "is_public": partnership.moderation == Moderation.LISTED,
    }


def _learning(partnership: Partnership, end: End) -> str:
    return partnership.uk_learning if end.side == Side.UK else partnership.partner_learning


def facts(partnership: Partnership) -> list[tuple[str, str]]:
    """Label and text of whatever is known, in the order of the page."""
    how = [partnership.get_delivery_display(), partnership.get_direction_display().lower()]
    rows = [
        ("Activities", listed(partnership.activities.all(), 20)),
        ("Who takes part", listed(partnership.professions.all(), 20)),
        ("How", ", ".join(part for part in how if part)),
        ("What for", partnership.goals),
        ("How it came about", partnership.project_origin),
        ("Evidence of need", partnership.evidence_of_need),
        ("Goals (SDG)", ", ".join(map(str, partnership.sdgs.all()))),
        ("Funded by", listed(dict.fromkeys(map(str, partnership.funding.all())), 20)),
        ("Languages", partnership.languages),
        ("Also known as", listed(partnership.other_names, 20)),
    ]
    return [(label, text) for label, text in rows if text]


def events(partnership: Partnership, today: date) -> list[Event]:
    """Everything with a date, oldest first. Signing is not beginning: each date says what it is."""
    found: list[tuple[date | None, str, str]] = [
        (partnership.began_on, partnership.began_precision, "began"),
        (partnership.ended_on, partnership.ended_precision, "ended"),
    ]
    for agreement in partnership.agreements.all():
        found += [
            (agreement.signed_on, DatePrecision.DAY, f"agreement signed: {agreement.title}"),
            (agreement.renewed_on, DatePrecision.DAY, f"agreement renewed: {agreement.title}"),
            (agreement.expires_on, DatePrecision.DAY, f"agreement expires: {agreement.title}"),
        ]
    for member in partnership.members.all():
        for year, word in ((member.since, "joined"), (member.until, "left")):
            if year:
                what = f"{member.institution.name} {word}"
                found.append((date(year, 1, 1), DatePrecision.YEAR, what))
    shown = [
        Event(day, partial_date(day, precision), what, is_ahead=day > today)
        for day, precision, what in found
        if day
    ]
    return sorted(shown, key=lambda event: (event.day, event.what == "ended"))


def elsewhere(request: HttpRequest, partnership: Partnership, both: list[End]) -> list[Elsewhere]:
    """Who else works here, on this, for this Board: only what holds more than this record."""
    questions: list[tuple[str, dict[str, str]]] = []
    owner = partnership.health_board_id  # a Board's own question, below, finds more than this one
    for end in reversed(both):
        for member in end.members[:INSTITUTIONS_COUNTED]:
            place = member.institution
            if place.pk == owner:
                continue
            questions.append((f"at {place.name}", {"institution": place.slug}))
    topic = next((link.topic for link in partnership.topic_links.all()), None)
    country = _country(partnership, both)
    if topic and country:
        about = f"about {topic.label.lower()} in {country.common_name}"
        questions.append((about, {"topic": topic.code, "country": country.alpha2}))
    if partnership.health_board:
        board = partnership.health_board.institution
        questions.append((f"with {board.name}", {"board": board.slug}))
    counted = [(search_for(request, **asked).count, what, asked) for what, asked in questions]
    return [
        Elsewhere(count, what, "&".join(f"{name}={value}" for name, value in asked.items()))
        for count, what, asked in counted
        if count > 1
    ]


def _country(partnership: Partnership, both: list[End]) -> Any:
    away = both[1].members
    if away:
        return away[0].institution.country
    return next(iter(partnership.declared_countries.all()), None)


def map_data(partnership: Partnership) -> dict[str, Any]:
    """The same shape as `partnerships.mapdata.map_data`, for one record."""
    places = sorted(partnership.public_locations.all(), key=lambda place: place.pk)
    sites = [
        {
            "slug": place.institution.slug,
            "name": place.institution.name,
            "town": "" if place.precision == Precision.DISTRICT else place.institution.city,
            "country": place.institution.country_id,
            "nation": place.institution.uk_nation,
            "side": place.side,
            "lat": place.latitude,
            "lon": place.longitude,
            "precision": place.precision,
            "count": 1,
            "partnerships": [0],
        }
        for place in places
    ]
    one = {"slug": partnership.slug, "name": partnership.name, "sites": list(range(len(sites)))}
    return {
        "count": 1,
        "is_summary": False,
        "sites": sites,
        "partnerships": [one],
        "unplaced": [],
        "unplaced_count": 0,
        "countries": {},
    }
