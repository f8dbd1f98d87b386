"""What every page tells the browser about what it may load and do."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.rounds import Round


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


@pytest.mark.once
@pytest.mark.django_db
def test_whatever_is_answered_behind_a_link_is_kept_nowhere_and_told_nobody():
    start = f"/checklists/{Round('4', '2').token()}/"
    client = Client()
    answers = [
        *(
            client.get(start + page)
            for page in ("", "99/", "comparison/99/", "comparison/?order=x")
        ),
        *(
            client.put(start),
            client.get("/l/nobody-made-it/"),
            client.get("/evaluations/x/nothing/"),
        ),
    ]
    assert [each.status_code for each in answers] == [200, 404, 404, 400, 405, 404, 404]
    for answer in answers:
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
