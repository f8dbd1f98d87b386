"""Frameworks of principles: what partnerships may hold themselves to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partnerships.models import Framework


@require_safe
def framework_list(request: HttpRequest) -> HttpResponse:
    frameworks = Framework.objects.published().with_wording().order_by("title", "version")
    return render(request, "frameworks/list.html", {"frameworks": list(frameworks)})
