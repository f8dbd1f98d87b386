"""No question is too much: what is long is refused unread, what is dear has a bound."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mapapp.api.ceilings import MAX_BODY, MAX_QUERY
from mapapp.api.throttling import FILES
from mapapp.web_queries import prepare_databases
from partnerships.records import BATCH
from partnerships.services.reference import load
from partnerships.services.users import system_user
from partnerships.synthetic import make
from partnerships.vocabulary import VOCABULARIES

pytestmark = pytest.mark.django_db
API = "/api/v1/partnerships/"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

# -------------------------------------------------------------------------------- unread, refused


@pytest.mark.parametrize("path", [API, "/api/v1/nothing/", "/partnerships.csv"])
def test_an_address_that_is_too_long_is_refused(path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get(path + "?x=" + "y" * MAX_QUERY)
    assert (answer.status_code, len(queries)) == (400, 0)
    assert "too long" in answer.json()["errors"]["request"][0]
    assert Client().get(path + "?x=" + "y" * (MAX_QUERY - 2)).status_code != 400


def test_a_question_that_uses_all_it_may_is_short_enough() -> None:
    words = " ".join("𝔸" * 9 for _ in range(20))
    asked = {"q": words, "country": ["x" * 100] * 39}
    assert len(Client().get(API, asked).request["QUERY_STRING"]) < MAX_QUERY


@pytest.mark.parametrize(
    ("length", "status"),
    [(str(MAX_BODY), 405), (str(MAX_BODY + 1), 413), ("9" * 30, 413), ("-1", 405), ("x", 405)],
)
def test_a_body_that_is_too_large_is_refused(length: str, status: int) -> None:
    answer = Client().post(API, b"{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == status
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"X-HTTP-Method-Override": "DELETE"}},
        {"headers": {"X-Method-Override": "PUT"}},
        {"data": {"_method": "DELETE"}},
    ],
)
def test_no_header_or_parameter_makes_another_method_of_a_get(sent: dict[str, Any]) -> None:
    assert Client().get(API, **sent).status_code == 200
    assert Client().post(API, **sent).status_code == 405


def test_deep_pages_lead_to_cursors() -> None:
    for asked in ({"page": "201", "page_size": "50"}, {"page": "10001", "page_size": "1"}):
        answer: Any = Client().get(API, asked)
        assert answer.status_code == 400
        assert "`next`" in answer.json()["errors"]["page"][0]
    last = Client().get(API, {"page": "200", "page_size": "50"}).json()["errors"]["page"][0]
    assert "There is no page 200" in last  # deep enough, but not there


# ------------------------------------------------------------------------------- other sites' pages


@pytest.mark.parametrize("path", [API, "/api/v1/nothing/", *sorted(FILES)])
def test_scripts_of_any_origin_may_read(path: str) -> None:
    asked = {"Origin": "https://elsewhere.example"}
    answer = Client().get(path, headers=asked)
    if answer.streaming:
        b"".join(answer.streaming_content)
    for given in (answer, Client().get(path + "?country=ZZ", headers=asked)):
        assert given["Access-Control-Allow-Origin"] == "*"
        assert {"ETag", "Link", "RateLimit", "Retry-After"} <= set(
            given["Access-Control-Expose-Headers"].split(", ")
        )
        assert "Access-Control-Allow-Credentials" not in given
    asked |= {"Access-Control-Request-Method": "GET"}
    with CaptureQueriesContext(connection) as queries:
        before = Client().options(path, headers=asked)
    assert (before.status_code, before.content, len(queries)) == (204, b"", 0)
    assert before["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in before["Access-Control-Allow-Headers"]
    assert "Authorization" not in before["Access-Control-Allow-Headers"]
    assert "RateLimit" not in before


@pytest.mark.parametrize("path", ["/", "/partnerships/", "/admin/login/", "/partnerships/map.json"])
def test_nothing_else_is_open_to_other_sites_pages(path: str) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    for answer in (Client().get(path, headers=asked), Client().options(path, headers=asked)):
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


# ------------------------------------------------------------------------------- dear, but bounded


@pytest.fixture(scope="class")  # its transaction must end before tables are locked
def thousand(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load(by=system_user(), at=AT)
        make(1_000, seed=4, at=AT, progress=lambda what, done, of: None)
        yield
        transaction.set_rollback(True)


def dearest() -> list[str]:
    """Questions with as much in them as may be, and those of which the whole registry is the
    answer."""
    many = "&".join(f"{name}={value}" for name, value in values_of_every_facet()[:38])
    wide = "q=a+b+c+d+e+f+g+h+i+k+l+m+n+o+p+r+s+t+u+w"
    return [
        many,
        f"{many}&{wide}&bbox=-180,-90,180,90",
        f"{wide}&sort=relevance",
        "q=n&sort=relevance&page_size=200",
        "bbox=-180,-90,180,90&sort=-confirmed&page_size=200",
        "bbox=170,-90,-170,90&on_map=yes&sort=modified",
        "confirmed=yes&confirmed=due&confirmed=overdue&confirmed=never&sort=-began&page_size=200",
        "began_from=1900&began_to=2100&sort=began&page=5&page_size=200",
    ]


def values_of_every_facet() -> list[tuple[str, str]]:
    """The first values of each facet in turn."""
    lists = {
        name: list(vocabulary.choices or (row[1] for row in vocabulary.rows(name)[:4]))[:4]
        for name, vocabulary in VOCABULARIES.items()
    }
    places = range(4)
    return [(name, value) for n in places for name, each in lists.items() for value in each[n:][:1]]


@pytest.mark.usefixtures("thousand")
class TestTheDearestQuestions:
    @pytest.mark.parametrize("number", range(8))
    @pytest.mark.parametrize("path", [API, "/api/v1/facets/", "/partnerships.geojson"])
    def test_they_ask_the_database_a_bounded_number_of_times(self, path: str, number: int) -> None:
        question = dearest()[number]
        with CaptureQueriesContext(connection) as queries:
            answer = Client().get(f"{path}?{question}")
            if answer.streaming:
                b"".join(answer.streaming_content)
        assert answer.status_code in (200, 400)  # a fifth page need not be there
        batches = 1_000 // BATCH if answer.streaming else 1
        assert len(queries) <= 4 + 10 * batches, question


# --------------------------------------------------------------------------------- limits of time


def test_web_processes_ask_for_a_limit_of_time() -> None:
    databases: dict[str, dict[str, Any]] = {
        "default": {"ENGINE": "django.db.backends.postgresql"},
        "replica": {
            "ENGINE": "django.db.backends.postgresql",
            "OPTIONS": {"options": "-c statement_timeout=3s", "sslmode": "require"},
        },
        "file": {"ENGINE": "django.db.backends.sqlite3"},
    }
    prepare_databases(databases, 7)
    asked = "-c statement_timeout=7s -c random_page_cost=1.1"
    assert databases["default"]["OPTIONS"] == {"options": asked}
    stated = databases["replica"]["OPTIONS"]["options"]
    assert stated == f"{asked} -c statement_timeout=3s"
    assert "OPTIONS" not in databases["file"]


def test_tests_and_commands_have_none() -> None:
    assert "statement_timeout" not in repr(configured.DATABASES)


@pytest.mark.postgres
def test_a_web_process_is_not_held_by_a_statement() -> None:
    """In a process of its own, with the settings of a server."""
    code = (
        "from mapapp.wsgi import application\n"
        "from django.db import connection\n"
        "connection.cursor().execute('SELECT pg_sleep(20)')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"QUERY_TIMEOUT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "OperationalError: canceling statement due to statement timeout" in done.stderr


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_takes_too_long_is_a_503_that_says_when_to_come_back() -> None:
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as holding, connection.cursor() as cursor:
            holding.execute("SET lock_timeout = '10s'")
            holding.execute("LOCK TABLE partnerships_partnership IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET statement_timeout = '200ms'")
            answer = Client(raise_request_exception=False).get(API)
    finally:
        other.close()
        connection.close()
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"] == "application/problem+json"
    assert "statement" not in answer.text
