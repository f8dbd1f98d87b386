"""The ASGI application, for a production server."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from mapapp.time_limit import limit_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")

limit_queries(settings.DATABASES, settings.QUERY_TIMEOUT)
application = get_asgi_application()
