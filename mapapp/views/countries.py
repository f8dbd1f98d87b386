"""Countries: the index by region, and one with its partnerships and who works there."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mapapp.querystring import search_for
from mapapp.views import page_head
from mapapp.views.subjects import NAMED, Link, Subject
from partnerships.choices import WhoRegion
from partnerships.models import HOME_COUNTRY, Country
from partnerships.neighbours import region_of
from partnerships.public_lists import safeguards_note

#: Nearly every partnership has a member there: as a question it would say nothing.
HOME_REGION = WhoRegion.EUR


@require_safe
def country_list(request: HttpRequest) -> HttpResponse:
    """Every country with partnerships, by WHO region."""
    counts = search_for(request).tally(("country",))["country"]
    regions: dict[str, list[tuple[Country, int]]] = {code: [] for code in [*WhoRegion.values, ""]}
    for country in Country.objects.with_codes(counts):
        if country.pk != HOME_COUNTRY:
            regions[country.who_region].append((country, counts[country.pk]))
    context = {
        "regions": [
            (code, str(WhoRegion(code).label) if code else "Without a WHO region", rows)
            for code, rows in regions.items()
            if rows
        ],
        "home_region": HOME_REGION,
        "country_count": sum(map(len, regions.values())),
    }
    return render(request, "countries/list.html", context)


@require_safe
def country_detail(request: HttpRequest, alpha2: str) -> HttpResponse:
    if alpha2 != alpha2.upper():
        return redirect("country_detail", alpha2=alpha2.upper(), permanent=True)
    region = region_of(alpha2)
    country = region.pop(alpha2, None)
    if country is None:
        raise Http404
    subject = Subject(request, "country", country.pk, country.common_name)
    subject.name("topic", "board")
    context = subject.context() | {
        "country": country,
        "safeguards_note": safeguards_note(country),
        "home_region": HOME_REGION,
        "topics": subject.links("topic"),
        "boards": subject.links("board"),
        "neighbours": _neighbours(request, region) if country.who_region else [],
        "head": page_head.page_head(
            country.common_name,
            f"Health partnerships in {country.common_name}.",
            f"/countries/{country.pk}/",
            page_head.country(country),
        ),
    }
    return render(request, "countries/detail.html", context)


def _neighbours(request: HttpRequest, region: dict[str, Country]) -> list[Link]:
    """Those countries of a region that have most partnerships."""
    return [
        Link(c.common_name, count, reverse("country_detail", args=[c.pk]))
        for c, count in region_counts(request, region)
    ]


def region_counts(request: HttpRequest, region: dict[str, Country]) -> list[tuple[Country, int]]:
    """The countries of a region with most partnerships, and how many; the UK is left out."""
    counts = search_for(request).tally(("country",))["country"]
    found = [c for c in region.values() if c.pk in counts and c.pk != HOME_COUNTRY]
    found.sort(key=lambda c: (-counts[c.pk], c.common_name))
    return [(c, counts[c.pk]) for c in found[:NAMED]]
