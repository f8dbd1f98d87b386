"""What the page of one partnership shows, gathered before its template runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from mapapp.querystring import search_for
from mapapp.templatetags.registry import End, ends, listed, partial_date, span
from mapapp.views.page_head import partnership_head, permanent_address
from partnerships.choices import DatePrecision, FundingBand, Moderation, Precision, Side
from partnerships.detail import Terms, load, terms_of
from partnerships.models import Country, Funding, Partnership
from partnerships.twinning import cycles_shown

#: Also-here counts for at most this many institutions of each side.
INSTITUTIONS_COUNTED = 3


@dataclass(frozen=True, slots=True)
class Event:
    """Something with a date, for the timeline; `source` is the address of what it rests on."""

    day: date
    when: str
    what: str
    is_ahead: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other partnerships that share something with this one, and the question that finds them."""

    count: int
    what: str
    query: str


def partnership_context(request: HttpRequest, partnership: Partnership) -> dict[str, Any]:
    today = timezone.localdate()
    load(partnership, today)
    terms = terms_of(partnership)
    both = ends(partnership)
    dated = events(partnership, today)
    return {
        "partnership": partnership,
        "today": today,
        "ends": [(end, _learning(partnership, end)) for end in both],
        "facts": facts(partnership, terms),
        "funding": [(row, _funded(row)) for row in partnership.funding.all()],
        "events": dated,
        "events_have_sources": any(event.source for event in dated),
        "elsewhere": elsewhere(request, partnership, both),
        "cycles": cycles_shown(partnership),
        "map_data": map_data(partnership),
        "country": _country(partnership, both),
        "permanent": permanent_address(partnership),
        "is_public": partnership.moderation == Moderation.LISTED,
        "head": partnership_head(partnership, _keywords(partnership, terms)),
    }


def _learning(partnership: Partnership, end: End) -> str:
    return partnership.uk_learning if end.side == Side.UK else partnership.partner_learning


def _keywords(partnership: Partnership, terms: Terms) -> list[str]:
    return [link.topic.label for link in partnership.topic_links.all()] + terms.activities


def facts(partnership: Partnership, terms: Terms) -> list[tuple[str, str]]:
    """Label and text of whatever is known, in the order of the page."""
    how = [partnership.get_delivery_display(), partnership.get_direction_display().lower()]
    rows = [
        ("Activities", listed(terms.activities, 20)),
        ("Who takes part", listed(terms.professions, 20)),
        ("How", ", ".join(part for part in how if part)),
        ("What for", partnership.goals),
        ("How it came about", partnership.project_origin),
        ("Evidence of need", partnership.evidence_of_need),
        ("Goals (SDG)", listed(terms.sdgs, 20)),
        ("Languages", partnership.languages),
        ("Also known as", listed(partnership.other_names, 20)),
    ]
    return [(label, text) for label, text in rows if text]


def _funded(row: Funding) -> str:
    """Scheme, years and band, as far as they are known."""
    years = span(row.from_year, row.until_year)
    band = "" if row.band == FundingBand.UNDISCLOSED else row.get_band_display()
    return ", ".join(part for part in (row.scheme, years, band) if part)


def events(partnership: Partnership, today: date) -> list[Event]:
    """Everything with a date, oldest first. Signing is not beginning: each date says what it is."""
    found: list[tuple[date | None, str, str, str]] = [
        (partnership.began_on, partnership.began_precision, "began", ""),
        (partnership.ended_on, partnership.ended_precision, "ended", ""),
    ]
    for agreement in partnership.agreements.all():
        found += [
            (day, DatePrecision.DAY, f"agreement {word}: {agreement.title}", agreement.document_url)
            for day, word in (
                (agreement.signed_on, "signed"),
                (agreement.renewed_on, "renewed"),
                (agreement.expires_on, "expires"),
            )
        ]
    for member in partnership.members.all():
        for year, word in ((member.since, "joined"), (member.until, "left")):
            if year:
                what = f"{member.institution.name} {word}"
                found.append((date(year, 1, 1), DatePrecision.YEAR, what, ""))
    shown = [
        Event(day, partial_date(day, precision), what, is_ahead=day > today, source=source)
        for day, precision, what, source in found
        if day
    ]
    return sorted(shown, key=lambda event: (event.day, event.what == "ended"))


def elsewhere(request: HttpRequest, partnership: Partnership, both: list[End]) -> list[Elsewhere]:
    """Who else works here, on this, for this Board: how many besides this record. One query."""
    questions: list[tuple[str, dict[str, str]]] = []
    owner = partnership.health_board_id  # a Board's own question, below, finds more than this one
    for end in reversed(both):
        for member in end.members[:INSTITUTIONS_COUNTED]:
            place = member.institution
            if place.pk != owner:
                questions.append((f"at {place.name}", {"institution": place.slug}))
    topic = next((link.topic for link in partnership.topic_links.all()), None)
    country = _country(partnership, both)
    if topic and country:
        about = f"about {topic.label.lower()} in {country.common_name}"
        questions.append((about, {"topic": topic.code, "country": country.alpha2}))
    if partnership.health_board:
        board = partnership.health_board.institution
        questions.append((f"with {board.name}", {"board": board.slug}))
    counts = search_for(request).others([asked for _, asked in questions], than=partnership.pk)
    return [
        Elsewhere(count, what, urlencode(asked))
        for count, (what, asked) in zip(counts, questions, strict=True)
        if count
    ]


def _country(partnership: Partnership, both: list[End]) -> Country | None:
    away = both[1].members
    if away:
        return away[0].institution.country
    return next(iter(partnership.declared_countries.all()), None)


def map_data(partnership: Partnership) -> dict[str, Any]:
    """The same shape as `partnerships.mapdata.map_data`, for one record. Countries are shaded only
    where no place may be drawn: ministries stand for a country and not for a dot in its capital."""
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
        "partnerships": [one] if sites else [],
        "unplaced": [],
        "unplaced_count": 0,
        "countries": {} if sites else dict.fromkeys(_codes(partnership), 1),
    }


def _codes(partnership: Partnership) -> list[str]:
    codes = {member.institution.country_id for member in partnership.members.all()}
    return sorted(codes | {country.pk for country in partnership.declared_countries.all()})
