"""The WSGI application, for a production server."""

from __future__ import annotations

import os

import django
from django.conf import settings

from mapapp.handlers import WSGIHandler
from mapapp.web_queries import prepare_databases

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")

prepare_databases(settings.DATABASES, settings.QUERY_TIMEOUT)
django.setup(set_prefix=False)
application = WSGIHandler()
