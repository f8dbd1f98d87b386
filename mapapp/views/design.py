"""The components of the site on one page, for whoever changes one: only where DEBUG is on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mapapp.querystring import Chip, Question, search_for
from mapapp.views.subjects import Figure
from partnerships.stats import Bar, Chart

_TOKENS = Path("static/css/tokens.css")
_COLOUR = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{3,8});")


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Every component by its own include, with plain data; cards show records that are here."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "design/design.html", _examples(request))


def _examples(request: HttpRequest) -> dict[str, Any]:
    problems = [{"name": "Country", "parameter": "country", "messages": ["There is no “QQ” here."]}]
    return {
        "today": timezone.localdate(),
        "colours": _colours(),
        "partnerships": list(search_for(request).for_list()[:2]),
        "chips": [Chip("Country", "Malawi", "?"), Chip("Began from", "2005", "?")],
        "page": Paginator(range(200), 10).page(7),
        "question": Question(QueryDict("country=MW")),
        "figures": [Figure(146, "partnerships", "#tables"), Figure(31, "countries")],
        "chart": _chart(),
        "problems": problems,
        "states": ["active", "ended", "not_known"],
    }


def _colours() -> dict[str, str]:
    """Name → value of every colour, as the style sheet gives them."""
    text = (settings.BASE_DIR / _TOKENS).read_text(encoding="utf-8")
    return dict(_COLOUR.findall(text))


def _chart() -> Chart:
    numbers = {"Malawi": 41, "Uganda": 31, "Zambia": 20, "A country with a rather long name": 2}
    bars = [Bar(label, label, count, {"q": label}) for label, count in numbers.items()]
    return Chart("country", "Partner country", bars, unknown=6, absent=["Nepal"])
