"""App configs: the site itself, and two of Django's own with what we load and copy narrowed."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.auth.signals import user_logged_in
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.module_loading import module_has_submodule


class SiteConfig(AppConfig):
    """The site's template tags. It has no models and no migrations."""

    default = True
    name = "mapapp"
    verbose_name = "Site"

    def ready(self) -> None:
        import_module("mapapp.checks")
        user_logged_in.connect(import_module("mapapp.sessions").note_signing_in)


class RegistryAdminConfig(SimpleAdminConfig):
    """The admin, which loads every app's admin module but some.

    leaflet.admin needs GDAL, and Django's own autodiscovery would import it and stop there.
    allauth's would show secrets, and write past the services.
    """

    default_site = "mapapp.adminsite.RegistryAdminSite"
    without = frozenset({"leaflet", "allauth.account", "allauth.mfa", "allauth.socialaccount"})

    def ready(self) -> None:
        super().ready()
        for config in apps.get_app_configs():
            if (
                config.name not in self.without
                and config.module is not None
                and module_has_submodule(config.module, "admin")
            ):
                import_module(f"{config.name}.admin")


class RegistryStaticFilesConfig(StaticFilesConfig):
    """Static files without those that no page uses: fewer to hash and compress at each release."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "htmx-4*",  # a beta, and what belongs to it: its imports cannot be fingerprinted
        "htmax-*",
        "django_htmx/ext/*",
        "rest_framework/*",  # the browsable API, which is off
        "account/js/*",  # of allauth: our pages need none of it
        "mfa/js/*",
        "README*",
    ]
