"""What comes before any middleware: requests whose charset no text can be read in."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from mapapp.handlers import ASGIRequest, WSGIHandler, reads_text

NO_TEXT = ["hex", "rot13", "zlib", "bz2", "uu", "base64", "quopri", "undefined", "idna", "punycode"]


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Handlers close connections around each request, the tests' own too."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("charset", [*NO_TEXT, "utf-7", "unicode_escape", "no-such", "x" * 200])
def test_a_charset_without_text_is_ignored(charset: str) -> None:
    asked = RequestFactory().get("/healthz?x=%C3%A9")
    environ = asked.META | {"CONTENT_TYPE": f"text/plain; charset={charset}"}
    answered: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> Any:
        answered.append(status)

    answer = WSGIHandler()(environ, start_response)
    assert b"".join(answer)
    answer.close()
    assert answered == ["200 OK"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "latin-1", "windows-1252", "utf-16", "big5"])
def test_a_charset_of_text_is_kept(charset: str) -> None:
    assert reads_text(charset)


@pytest.mark.parametrize(("charset", "kept"), [("hex", None), ("latin-1", "latin-1")])
def test_the_asynchronous_door_does_the_same(charset: str, kept: str | None) -> None:
    headers = [(b"content-type", f"text/plain; charset={charset}".encode())]
    scope = {"method": "GET", "path": "/", "query_string": b"q=1", "headers": headers}
    request = ASGIRequest(scope, io.BytesIO())
    assert request.encoding == kept
    assert request.GET["q"] == "1"


def test_servers_are_given_these_doors() -> None:
    code = (
        "from mapapp import asgi, wsgi\n"
        "print(type(asgi.application).__module__, type(wsgi.application).__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "mapapp.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["mapapp.handlers", "mapapp.handlers"]
