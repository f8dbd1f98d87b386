"""schema.org data as a block that no value can break out of."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

#: As Django's json_script: a browser must never read a tag in it.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def linked_data(data: dict[str, Any]) -> SafeString:
    """A JSON-LD script element. Without empty values; the CSP lets data blocks be."""
    text = json.dumps(_full(data), ensure_ascii=False).translate(_ESCAPES)
    block = mark_safe(text)  # noqa: S308  # escaped above
    return format_html('<script type="application/ld+json">{}</script>', block)


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _full(each) for name, each in value.items() if each not in ("", None, [])}
    return [_full(each) for each in value] if isinstance(value, list) else value
