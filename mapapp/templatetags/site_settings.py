"""What pages must say of the installation: who runs it, where it is, where to write to."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def operator_name() -> str:
    name: str = settings.OPERATOR_NAME
    return name


@register.simple_tag
def contact_email() -> str:
    address: str = settings.CONTACT_EMAIL
    return address


@register.simple_tag
def site_url() -> str:
    """The address of the site, without a slash at its end."""
    url: str = settings.SITE_URL
    return url


@register.simple_tag
def has_tiles() -> bool:
    """Whether the map asks another site for its background."""
    return bool(settings.LEAFLET_CONFIG["TILES"])
