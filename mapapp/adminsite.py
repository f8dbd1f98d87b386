"""The admin site: its name and titles."""

from __future__ import annotations

from django.contrib.admin import AdminSite


class RegistryAdminSite(AdminSite):
    """Where champions and the coordination unit keep the records."""

    site_header = "NHS Scotland Global Citizenship: the registry"
    site_title = "Registry"
    index_title = "Records"
