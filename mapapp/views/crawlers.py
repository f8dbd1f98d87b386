"""What search engines are told: which addresses there are, and which not to walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from partnerships.framework_versions import families
from partnerships.models import Institution, RoundReport
from partnerships.search import PartnershipSearch

#: Addresses in one file; the protocol allows 50,000.
PER_FILE = 20_000
PAGES = (
    "home",
    "partnership_list",
    "partnership_map",
    "institution_list",
    "health_board_list",
    "country_list",
    "topic_list",
    "framework_list",
    "resource_list",
    "statistics",
    "round_list",
    "for_partners",
    "sources",
    "about",
    "privacy",
    "accessibility",
)
#: Combinations of filters have no end, and every one of them is a question to the database. No
#: "/partnerships/?": parsers that know no star, such as Python's, would leave out every record.
NOT_TO_WALK = (
    "/*?",
    "/partnerships/map.json",
    "/partnerships/at/",
    "/partnerships/suggest/",
    "/partnerships/*/suggest/",
    "/suggest/",
    "/partnerships.csv",
    "/partnerships.xlsx",
    "/partnerships.geojson",
    "/statistics.csv",
    "/find-your-champion/",
    "/embed/",
    "/api/",
    "/accounts/",
    "/admin/",
)
_SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
#: A path, and when what is there last changed, where that is known.
Entry = tuple[str, datetime | None]


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_TO_WALK), ""]
    lines += [f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it where a page names no icon, such as a download."""
    return redirect(static("img/favicon.svg"))


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponseBase:
    files = ["pages"]
    counts = {
        "partnerships": _everything().count,
        "institutions": Institution.objects.count(),
    }
    for name, count in counts.items():
        files += [f"{name}-{number + 1}" for number in range(-(-count // PER_FILE))]
    entries = ((reverse("sitemap_part", args=[name]), None) for name in files)
    return _answer("sitemapindex", "sitemap", entries)


@require_safe
def sitemap_part(request: HttpRequest, name: str) -> HttpResponseBase:
    """One file of the index: `pages`, or `partnerships-1` and so on."""
    if name == "pages":
        return _answer("urlset", "url", _pages())
    what, _, number = name.rpartition("-")
    rows: dict[str, tuple[str, Any]] = {
        "partnerships": ("partnership_detail", _everything().for_sitemap()),
        "institutions": (
            "institution_detail",
            Institution.objects.order_by("pk").values_list("slug", "modified_at"),
        ),
    }
    if what not in rows or not (number.isascii() and number.isdecimal() and len(number) < 6):
        raise Http404
    address, every = rows[what]
    first = (int(number) - 1) * PER_FILE
    if first < 0 or not every[first : first + 1]:
        raise Http404
    found = every[first : first + PER_FILE].iterator(chunk_size=2000)
    return _answer("urlset", "url", ((reverse(address, args=[slug]), at) for slug, at in found))


def _everything() -> PartnershipSearch:
    """What every visitor sees, whoever asks: a file for crawlers names no draft."""
    return PartnershipSearch({})


def _pages() -> Iterator[Entry]:
    """Pages that are always there, frameworks, published reports of evaluations, and the pages of
    countries, Boards and topics with partnerships."""
    for name in PAGES:
        yield from _entry(name)
    for family in families(with_wording=True):
        for version in family.versions:
            yield from _entry("framework", version.code, version.version)
        for principle in family.current.principles.all():
            yield from _entry("principle", family.code, family.current.version, principle.code)
    for slug in RoundReport.objects.published().values_list("round__slug", flat=True):
        yield from _entry("round_report", slug)
    details = {"country": "country_detail", "board": "health_board_detail", "topic": "topic_detail"}
    for facet in _everything().facets(tuple(details)):
        for option in facet.options:
            if option.count:
                yield from _entry(details[facet.parameter], option.value)


def _entry(name: str, *args: str) -> Iterator[Entry]:
    """The address of a page; none of a page that this installation does not have."""
    try:
        yield reverse(name, args=args), None
    except NoReverseMatch:
        return


def _answer(root: str, each: str, entries: Iterable[Entry]) -> HttpResponseBase:
    return StreamingHttpResponse(_xml(root, each, entries), content_type="application/xml")


def _xml(root: str, each: str, entries: Iterable[Entry]) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {_SCHEMA}>\n'
    for path, at in entries:
        changed = f"<lastmod>{at.isoformat(timespec='seconds')}</lastmod>" if at else ""
        yield f"<{each}><loc>{escape(settings.SITE_URL + path)}</loc>{changed}</{each}>\n"
    yield f"</{root}>\n"
