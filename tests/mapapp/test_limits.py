"""How much may be asked: by whom, counted where, told how."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from mapapp.api.addresses import address_of
from mapapp.api.throttling import FAILING, FILE_COST, FILES
from mapapp.caches import CountingDatabaseCache
from partnerships.services import api_keys
from tests.factories import records

ROOT = Path(__file__).resolve().parents[2]
PATH = "/api/v1/countries/"
NOON = "2026-11-21T12:00:00Z"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.API_RATE, settings.API_KEY_RATE = "5/min", "8/min"


def ask(path: str = PATH, token: str = "", **headers: str) -> Any:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = Client().get(path, headers=headers)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def told(answer: Any) -> tuple[str, int, int]:
    """The policy, what is left of it and for how many seconds."""
    found = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', answer["RateLimit"])
    assert found is not None
    return found[1], int(found[2]), int(found[3])


# -------------------------------------------------------------------------------- who and what


def test_every_answer_tells_what_is_left_and_too_many_are_refused() -> None:
    with time_machine.travel(NOON, tick=False):
        answers = [ask() for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert [told(answer)[:2] for answer in answers] == [
        ("address", left) for left in (4, 3, 2, 1, 0, 0, 0)
    ]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"address";q=5;w=60'}
    refused = answers[-1]
    assert refused["Retry-After"] == str(told(refused)[2])
    assert "Retry-After" not in answers[0]
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 429
    assert "key" in refused.json()["detail"]


def test_the_next_window_begins_when_it_was_said_to() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        wait = told([ask() for _ in range(6)][-1])[2]
        assert 1 <= wait <= 60
        clock.shift(wait - 1)
        assert ask().status_code == 429
        clock.shift(1)
        assert told(ask())[:2] == ("address", 4)


@pytest.mark.parametrize("path", ["/api/v1/partnerships/?country=ZZ", "/api/v1/nothing/"])
def test_errors_are_counted_and_told_too(path: str) -> None:
    answer = ask(path)
    assert answer.status_code in (400, 404)
    assert told(answer)[1] == 4


def test_pages_are_not_counted() -> None:
    answer = ask("/partnerships/")
    assert answer.status_code == 200
    assert "RateLimit" not in answer


def test_no_limit_no_headers(settings: Any) -> None:
    settings.API_RATE = ""
    answers = [ask() for _ in range(9)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[-1]


@pytest.mark.parametrize("path", sorted(FILES))
def test_files_cost_more_and_people_are_told_what_to_do(path: str, settings: Any) -> None:
    settings.API_RATE = f"{FILE_COST + 5}/min"
    assert told(ask(path))[1] == 5
    refused = ask(path)
    assert refused.status_code == 429
    assert refused.json()["status"] == 429
    shown = ask(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert shown.status_code == 429
    assert "Please wait a moment" in shown.text
    assert f"Wait {shown['Retry-After']} second" in shown.text
    assert "Content-Security-Policy" in shown


@pytest.mark.parametrize(
    ("query", "accept", "cost"),
    [
        ("", "*/*", 1),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 1),
        ("?format=json", "application/json", 1),
        ("?format=csv", "", FILE_COST),
        ("?format=+geojson+", "", FILE_COST),
        ("?format=&format=jsonl", "", FILE_COST),
        ("", "text/csv", FILE_COST),
        ("", "Application/Geo+JSON", FILE_COST),
        ("", "text/*", FILE_COST),
        ("", "application/*, application/json;q=0", FILE_COST),
        ("", "*/*, application/json;q=0", FILE_COST),
        ("", "application/json;q=0.5, text/csv;q=0.1", 1),
        ("", ";;,nonsense, */*;q=nan", 1),
        ("", "application/x-ndjson;q=0.9, application/json;q=0.1", FILE_COST),
    ],
)
def test_a_whole_answer_costs_as_much_from_the_api(
    query: str, accept: str, cost: int, settings: Any
) -> None:
    settings.API_RATE = "50/min"
    answer = ask(f"/api/v1/partnerships/{query}", **({"Accept": accept} if accept else {}))
    is_whole = not answer["Content-Type"].startswith("application/json")
    assert (answer.status_code, is_whole) == (200, cost > 1)
    assert told(answer)[1] == 50 - cost


# ------------------------------------------------------------------------------------- proxies


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "found"),
    [
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9", "192.0.2.1", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "192.0.2.1", "203.0.113.9"),
        (2, "1.1.1.1, 198.51.100.7, 203.0.113.9", "192.0.2.1", "198.51.100.7"),
        (3, "203.0.113.9", "192.0.2.1", "203.0.113.9"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "nobody", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9:51234", "192.0.2.1", "203.0.113.9"),
        (1, "[2001:db8:1:2::7]:443", "192.0.2.1", "2001:db8:1:2::/64"),
        (0, "", "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (0, "", "fe80::1%eth0", "fe80::/64"),
        (0, "", "::ffff:192.0.2.1", "192.0.2.1"),
        (0, "", "", "unknown"),
    ],
)
def test_whose_address_it_is(proxies: int, forwarded: str, remote: str, found: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=remote)
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    assert address_of(request, proxies) == found


def test_behind_a_proxy_each_visitor_has_a_limit_and_nobody_makes_up_another(settings: Any) -> None:
    settings.NUM_PROXIES = 1
    made_up = [ask(**{"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9"}) for n in range(6)]
    assert made_up[-1].status_code == 429
    assert ask(**{"X-Forwarded-For": "203.0.113.10"}).status_code == 200
    same_network = [ask(**{"X-Forwarded-For": f"2001:db8:1:2::{n}"}) for n in range(6)]
    assert same_network[-1].status_code == 429
    assert ask(**{"X-Forwarded-For": "2001:db8:1:3::1"}).status_code == 200


# ---------------------------------------------------------------------------------------- keys


def test_a_key_has_a_higher_limit_of_its_own() -> None:
    _, token = records.make_api_key()
    _, other = records.make_api_key(rate="3/hour")
    with time_machine.travel(NOON, tick=False):
        assert [ask().status_code for _ in range(6)][-1] == 429
        keyed = [ask(token=token) for _ in range(9)]
        assert [answer.status_code for answer in keyed] == [200] * 8 + [429]
        assert told(keyed[0])[:2] == ("key", 7)
        assert keyed[0]["RateLimit-Policy"] == '"key";q=8;w=60'
        assert "key" not in keyed[-1].json()["detail"]
        own = [ask(token=other) for _ in range(4)]
        assert [answer.status_code for answer in own] == [200] * 3 + [429]
        assert own[0]["RateLimit-Policy"] == '"key";q=3;w=3600'


@pytest.mark.parametrize("path", [PATH, "/partnerships.csv"])
def test_wrong_keys_are_refused_and_soon_not_even_looked_up(path: str) -> None:
    _, token = records.make_api_key()
    with time_machine.travel(NOON, tick=False):
        wrong = [ask(path, token=f"hp_{n:08x}_{'0' * 64}") for n in range(FAILING.number)]
        assert {answer.status_code for answer in wrong} == {401}
        assert wrong[0]["WWW-Authenticate"].startswith("Bearer ")
        assert told(wrong[-1])[:2] == ("failing", 0)
        with CaptureQueriesContext(connection) as queries:
            refused = ask(path, token=f"hp_{'f' * 8}_{'0' * 64}")
        assert refused.status_code == 429
        assert refused["Retry-After"]
        assert not [q for q in queries if "apikey" in q["sql"]]
        assert Client(REMOTE_ADDR="192.0.2.7").get(
            path, headers={"Authorization": f"Bearer {token}"}
        ).status_code == (200 if path == PATH else 429)  # a file costs more than the whole limit


def test_the_day_of_use_is_written_after_the_answer() -> None:
    key, token = records.make_api_key()
    with CaptureQueriesContext(connection) as queries:
        ask(token=token)
    assert queries.captured_queries[-1]["sql"].startswith("UPDATE")
    key.refresh_from_db()
    assert key.last_used_on is not None


@pytest.mark.django_db(transaction=True)
def test_with_a_key_too_a_304_costs_one_query_and_is_told_the_limit(settings: Any) -> None:
    settings.API_RATE = settings.API_KEY_RATE = "100/min"
    records.make_partnership("Apple")
    key, token = records.make_api_key()
    tags = {path: ask(path, token=token)["ETag"] for path in (PATH, "/partnerships.csv")}
    for path, tag in tags.items():
        for sent, policy in ((token, "key"), ("", "address")):
            with CaptureQueriesContext(connection) as queries:
                answer = ask(path, token=sent, **{"If-None-Match": tag})
            assert (answer.status_code, len(queries)) == (304, 1), path
            assert told(answer)[0] == policy
            assert answer["RateLimit-Policy"]
    api_keys.revoke_key(key, by=records.make_unit())
    assert ask(token=token, **{"If-None-Match": tags[PATH]}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_without_a_key_a_limit_costs_no_query(settings: Any) -> None:
    counted = query_count()
    settings.API_RATE = ""
    assert query_count() == counted


def query_count() -> int:
    ask()
    with CaptureQueriesContext(connection) as queries:
        assert ask().status_code == 200
    return len(queries)


def test_neither_secrets_nor_addresses_are_kept_in_the_cache() -> None:
    _, token = records.make_api_key()
    ask(token=token)
    ask()
    held = repr(caches["default"]._cache)
    assert "limit:key:" in held
    assert "limit:address:" in held
    assert token[12:] not in held
    assert "127.0.0.1" not in held


# ----------------------------------------------------------------------------------- processes

COMMAND = "from django.core.management import call_command\n"
COUNT = "from django.core.cache import cache\nfrom mapapp.caches import count\n"
COUNTING = f"""{COUNT}
from threading import Thread

def work():
    for _ in range(50):
        count(cache, "limit:test", 1, 60)

threads = [Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
DROP = """
from django.db import connection
connection.cursor().execute("DROP TABLE fair_cache")
"""


def test_a_full_cache_forgets_answers_and_no_limit() -> None:
    call_command("createcachetable", "full_cache")
    full: Any = CountingDatabaseCache(
        "full_cache", {"KEY_PREFIX": "f" * 16, "OPTIONS": {"MAX_ENTRIES": 20}}
    )
    assert full.count("limit:test", 5, 60) == 5
    for number in range(50):
        full.set(f"search:{number}", number)
    assert full.get("search:0") is None
    assert full.count("limit:test", 1, 60) == 6


def test_processes_share_a_count_and_lose_none(tmp_path: Path) -> None:
    """Two processes with two threads each, in the database's cache."""
    environment = os.environ | {"CACHE_URL": "dbcache://fair_cache"}
    if connection.vendor == "sqlite":  # the tests' own is in memory
        environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'counts.sqlite3'}"

    def run(code: str) -> str:
        command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    run(f"{COMMAND}call_command('createcachetable')")
    with ThreadPoolExecutor() as pool:
        list(pool.map(run, [COUNTING, COUNTING]))
    assert run(f"{COUNT}print(count(cache, 'limit:test', 1, 60)){DROP}") == "201"
