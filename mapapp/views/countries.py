"""The page of one country: its partnerships, and who works there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from mapapp.querystring import search_for
from mapapp.views.colleagues import colleagues_of
from mapapp.views.institutions import COUNTED, SHOWN
from partnerships.models import HOME_COUNTRY, Country


@require_safe
def country_detail(request: HttpRequest, alpha2: str) -> HttpResponse:
    if alpha2 != alpha2.upper():
        return redirect("country_detail", alpha2=alpha2.upper(), permanent=True)
    country = get_object_or_404(Country, pk=alpha2)
    search = search_for(request, country=country.alpha2)
    partnerships = list(search.for_list()[:COUNTED])
    context = {
        "country": country,
        "is_home": country.pk == HOME_COUNTRY,
        "count": search.count,
        "partnerships": partnerships[:SHOWN],
        "colleagues": colleagues_of(None, partnerships),
        "counted": len(partnerships),
        "topics": [option for option in search.facets(("topic",))[0].options if option.count],
        "question": f"?country={country.alpha2}",
        "today": search.today,
    }
    return render(request, "countries/detail.html", context)
