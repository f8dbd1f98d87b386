"""What the map's script must know of the settings, as attributes of its element."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


def _tiles() -> tuple[str, str]:
    """Address and attribution of the tile layer, both empty where none is set."""
    for _label, url, options in settings.LEAFLET_CONFIG["TILES"]:
        return url, options["attribution"]
    return "", ""


@register.simple_tag
def map_tiles() -> str:
    return _tiles()[0]


@register.simple_tag
def map_tiles_attribution() -> str:
    return _tiles()[1]
