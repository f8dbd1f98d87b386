"""How records read on screen: both ends, dates as far as they are known, confirmations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

from django import template
from django.utils.dateformat import format as format_date

from mapapp.headings import inline
from mapapp.querystring import Question
from partnerships.choices import DatePrecision, Delivery, Freshness, Side, Stage
from partnerships.models import HOME_COUNTRY, Institution, Member, Partnership, Resource
from partnerships.policies.coordinates import coarser, effective_level, shows_city
from partnerships.policies.freshness import (
    DUE_MONTHS,
    OVERDUE_MONTHS,
    freshness,
    is_hidden_by_default,
    months_before,
)
from partnerships.resource_search import for_newcomers, helping
from partnerships.stats import Chart, Statistics

register = template.Library()

_FORMS = {DatePrecision.YEAR: "Y", DatePrecision.MONTH: "F Y", DatePrecision.DAY: "j F Y"}
_HOME = "United Kingdom"


@dataclass(frozen=True, slots=True)
class End:
    """One side of a partnership, as pages show it."""

    side: str
    members: list[Member]
    places: list[str]

    @property
    def place(self) -> str:
        """Scotland; Kenya and Uganda; Ghana, Kenya, Malawi and 4 more."""
        return listed(self.places, 3)

    @property
    def where(self) -> str:
        """The place as it reads after “in”."""
        return f"the {self.place}" if self.place == _HOME else self.place

    @property
    def label(self) -> str:
        """Says in words what the colour says."""
        return "UK side" if self.side == Side.UK else "Partner side"


@register.filter
def ends(partnership: Partnership) -> list[End]:
    """Both sides, the UK first. Needs `with_parts()`: it asks nothing."""
    members = list(partnership.members.all())
    home = [member for member in members if member.side == Side.UK]
    away = [member for member in members if member.side != Side.UK]
    declared = [c.common_name for c in partnership.declared_countries.all() if c.pk != HOME_COUNTRY]
    countries = [member.institution.country.common_name for member in away]
    nations = [m.institution.get_uk_nation_display() for m in home if m.institution.uk_nation]
    return [
        End(Side.UK, home, _distinct(nations) or [_HOME]),
        End(Side.PARTNER, away, _distinct([*countries, *declared])),
    ]


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


@register.filter
def listed(names: Iterable[Any], most: int = 3) -> str:
    """A, B and C; beyond `most`, how many more there are."""
    texts = [str(name) for name in names]
    if len(texts) > most + 1:
        texts = [*texts[:most], f"{len(texts) - most} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if texts[1:] else "".join(texts)


@register.filter
def town(member: Member, partnership: Partnership) -> str:
    """The member's town, where the record and the institution let the public know it."""
    institution = member.institution
    level = effective_level(partnership.location_level, partnership.is_sensitive)
    return institution.city if shows_city(coarser(level, institution.location_level)) else ""


@register.simple_tag
def partial_date(day: date | None, precision: str) -> str:
    """2008, May 2008 or 3 May 2008: no more than is known."""
    return format_date(day, _FORMS[DatePrecision(precision)]) if day else ""


def span(first: int | None, last: int | None) -> str:
    """2008 to 2012, from 2008, until 2012, or nothing."""
    if first and last:
        return str(first) if first == last else f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else ""


@register.filter
def years(member: Member) -> str:
    """In which years an institution takes part, as far as is known."""
    return span(member.since, member.until)


@dataclass(frozen=True, slots=True)
class Standing:
    """When a record was last confirmed and by whom, in words; `is_due` asks for attention, and
    then `last` says what came before."""

    text: str
    is_due: bool
    last: str = ""


@register.simple_tag
def standing(partnership: Partnership, today: date) -> Standing:
    last = partnership.last_confirmed_on
    state = freshness(last, today)
    if last is None:
        return Standing("From public sources, not yet confirmed by the partners", False)
    month = format_date(last, "F Y")
    if state == Freshness.YES:
        return Standing(f"Confirmed by {_who(partnership, today)}, {month}", False)
    before = f"Last confirmed by {_who(partnership, last)}, {month}"
    if partnership.stage == Stage.ENDED:
        return Standing(before, False)
    months = DUE_MONTHS if state == Freshness.DUE else OVERDUE_MONTHS
    since = format_date(months_before(last, -months), "F Y")
    word = "due" if state == Freshness.DUE else "overdue"
    return Standing(f"Confirmation {word} since {since}", True, before)


def _who(partnership: Partnership, day: date) -> str:
    """Whose confirmations are younger than a year on a day that has one."""
    sides = {
        "UK": partnership.uk_confirmed_on,
        "partner": partnership.partner_confirmed_on,
    }
    fresh = [name for name, on in sides.items() if freshness(on, day) == Freshness.YES]
    return "both sides" if len(fresh) == 2 else f"the {fresh[0]} side"


_WAYS = {
    Delivery.REMOTE: "remote",
    Delivery.HYBRID: "remote or in person",
    Delivery.IN_PERSON: "in person",
}


@register.filter
def looking_for(partnership: Partnership) -> str:
    """nurses, midwives and 2 more, remote; "" where nobody is known to be wanted."""
    wanted = [inline(profession.label) for profession in partnership.professions_wanted.all()]
    if not wanted:
        return ""
    way = _WAYS.get(Delivery(partnership.delivery)) if partnership.delivery else None
    return f"{listed(wanted, 4)}, {way}" if way else listed(wanted, 4)


@register.filter
def long_overdue(partnership: Partnership, today: date) -> bool:
    """Whether the list leaves it out unless asked: nobody has confirmed it for two years."""
    return is_hidden_by_default(
        partnership.last_confirmed_on, partnership.stage == Stage.ENDED, today
    )


@register.filter
def at_page(question: Question, number: int) -> str:
    return question.replacing(page=str(number))


@register.filter
def asking(question: Question, asks: dict[str, str]) -> str:
    """The question with some parameters given anew: what a figure links to."""
    return question.replacing(**asks)


@register.filter
def chart(statistics: Statistics, name: str) -> Chart:
    return statistics.chart(name)


@register.filter
def percent(number: int, whole: int) -> float:
    """A share in percent, to one decimal: the length of a bar as well."""
    return round(100 * number / whole, 1) if whole else 0.0


@register.filter
def page_numbers(page: Any) -> list[int | str]:
    """The numbers around a page, with … for those left out."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [str(n) if isinstance(n, str) else n for n in numbers]


@register.inclusion_tag("components/resources_for.html")
def resources_for(principle_codes: Iterable[str], title: str = "What helps") -> dict[str, Any]:
    """Toolkits and guides for principles, named as `framework.principle`."""
    codes = list(principle_codes)
    return {
        "helping": helping(codes),
        "title": title,
        "asks": "&".join(f"principle={quote(code)}" for code in codes),
    }


@register.simple_tag
def guides_for_newcomers() -> list[Resource]:
    """Toolkits and guides for people who start a partnership."""
    return for_newcomers()


@register.filter
def site_of(url: str) -> str:
    """The host of an address, without www: what people recognise."""
    return urlsplit(url).netloc.removeprefix("www.") or url


@register.filter
def own_town(institution: Institution) -> str:
    """Its town, where its location level lets the public know it."""
    return institution.city if shows_city(institution.location_level) else ""
