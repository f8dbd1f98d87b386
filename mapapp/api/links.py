"""Addresses of the API, whole, for answers that lead to others."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse


def asking(view: str, question: Mapping[str, str] | None = None, **names: str) -> str:
    """The address of a view of the API, with a question."""
    address: str = settings.SITE_URL + reverse(f"api:{view}", kwargs=names)
    return f"{address}?{urlencode(question)}" if question else address
