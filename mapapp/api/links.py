"""Addresses of the API, whole, for answers that lead to others."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponsePermanentRedirect
from django.urls import reverse
from rest_framework.request import Request


def asking(view: str, question: Mapping[str, str] | None = None, **names: str) -> str:
    """The address of a view of the API, with a question."""
    address: str = settings.SITE_URL + reverse(f"api:{view}", kwargs=names)
    return f"{address}?{urlencode(question)}" if question else address


def moved(request: Request, view: str, **names: str) -> HttpResponsePermanentRedirect:
    """To where a record is now, with the same question. Not to be kept unasked: a record that is
    named back would lead whoever has kept both in a circle."""
    address = reverse(f"api:{view}", kwargs=names)
    question = request.META.get("QUERY_STRING", "")
    answer = HttpResponsePermanentRedirect(f"{address}?{question}" if question else address)
    answer["Cache-Control"] = "no-cache"
    return answer
