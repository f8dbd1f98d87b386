"""The doors of the site: Django's own, for requests that claim to be written in no text at all."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.handlers import asgi, wsgi
from django.http import HttpRequest
from django.utils.http import parse_header_parameters

#: No codec that reads text stumbles over these bytes, or makes half characters of them.
_PROBE = b"\xd3\xff\x00 +2AA- \\ud800"


def reads_text(charset: str) -> bool:
    """Whether anything can be read in it: `hex` and `undefined` are known to Python as well."""
    try:
        _PROBE.decode(charset, "replace").encode()
        with suppress(UnicodeDecodeError):  # Django tries another then; of nothing else
            b"x=11".decode(charset)
    except (LookupError, ValueError):
        return False
    return True


class _Readable(HttpRequest):
    """Ignores a charset in Content-Type of which no text could come: Django reads the address in
    it too, before any middleware could answer."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        kind, told = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        is_text = reads_text(told.get("charset", "utf-8"))
        super()._set_content_type_params(meta if is_text else {"CONTENT_TYPE": kind})  # type: ignore[misc]  # untyped


class WSGIRequest(_Readable, wsgi.WSGIRequest):
    pass


class ASGIRequest(_Readable, asgi.ASGIRequest):
    pass


class WSGIHandler(wsgi.WSGIHandler):
    request_class = WSGIRequest


class ASGIHandler(asgi.ASGIHandler):
    request_class = ASGIRequest
