"""What every page tells the browser about what it may load and do."""

from __future__ import annotations

import pytest


@pytest.fixture
def headers(client, db):
    return client.get("/admin/login/").headers


def test_content_security_policy_allows_nothing_inline_and_nothing_from_elsewhere(headers):
    policy = {
        directive.split()[0]: directive.split()[1:]
        for directive in headers["Content-Security-Policy"].split("; ")
    }

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"][0] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "//" not in headers["Content-Security-Policy"]


def test_other_headers(headers):
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
