"""What `manage.py check --deploy` says of settings that work alone and fail together."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def limits_are_shared(**_: Any) -> list[checks.CheckMessage]:
    """Each process with a cache of its own would count, and allow, for itself."""
    is_own = settings.CACHES["default"]["BACKEND"].endswith("LocMemCache")
    if not is_own or settings.DEBUG or settings.WEB_CONCURRENCY == 1:
        return []
    return [
        checks.Warning(
            "The limits of the API and of signing in are counted by each process for itself, and a "
            "code of a second factor works once in each.",
            hint="Set CACHE_URL to a cache that all processes share, redis://… or dbcache://…, or "
            "WEB_CONCURRENCY=1 if there is only one process.",
            id="mapapp.W001",
        )
    ]
