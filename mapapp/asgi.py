"""The ASGI application, for a production server."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapapp.settings")

application = get_asgi_application()
