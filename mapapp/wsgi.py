"""The WSGI application, for a production server."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from mapapp.time_limit import limit_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")

limit_queries(settings.DATABASES, settings.QUERY_TIMEOUT)
application = get_wsgi_application()
