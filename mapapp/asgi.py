"""The ASGI application, for a production server."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from mapapp.web_queries import prepare_databases

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")

prepare_databases(settings.DATABASES, settings.QUERY_TIMEOUT)
application = get_asgi_application()
