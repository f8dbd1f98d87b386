"""One database at one size: prints its figures as JSON. `run.py` starts it, a process each."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.floor import Floor  # noqa: E402
from benchmarks.floor_detail import DetailFloor  # noqa: E402
from mapapp.web_queries import prepare_databases  # noqa: E402
from partnerships import exports  # noqa: E402
from partnerships.bulk import Bulk  # noqa: E402
from partnerships.models import Partnership  # noqa: E402
from partnerships.records import public_records  # noqa: E402
from partnerships.search import PartnershipSearch  # noqa: E402

settings.DEBUG = False  # Django would keep every query in memory
settings.ALLOWED_HOSTS = ["testserver"]
prepare_databases(settings.DATABASES, seconds=600)  # as a web process does; filling takes minutes

PAGE = 100
WORDS = ["malawi", "nursing", "nursing malawi", "hosp", "queen eliz", "eye health gha", "st john",
         "link", "kampala maternal", "zz"]  # fmt: skip


def milliseconds(function: Callable[[], object], runs: int = 15) -> float:
    """The median over some runs, after two that are not counted."""
    times = []
    for run in range(runs + 2):
        start = time.perf_counter()
        function()
        if run > 1:
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


@contextmanager
def captured() -> Any:
    """The statements that run inside, with their parameters."""
    statements: list[tuple[str, list[Any]]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, list(params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def raw_connection() -> tuple[Any, bool]:
    """A second, plain connection to the same database."""
    if connection.vendor == "sqlite":
        return sqlite3.connect(settings.DATABASES["default"]["NAME"]), True
    import psycopg2

    params = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    raw = psycopg2.connect(**{name: params[name] for name in names if params.get(name)})
    raw.autocommit = True
    return raw, False


def api_page(floor: Floor, client: Client) -> dict[str, float]:
    """`ours` once the count is kept, `first` when it is not: the first after each change."""
    path = "/api/v1/partnerships/"
    address = f"{settings.SITE_URL}{path}"
    ours = json.loads(client.get(path, {"page_size": PAGE}).content)
    theirs = json.loads(floor.api_page(PAGE, settings.SITE_URL, "http://testserver" + path))
    theirs["next"] = ours["next"]  # a cursor, which the floor cannot make
    if ours != theirs:
        different = [k for a, b in zip(ours["results"], theirs["results"], strict=True)
                     for k in a if a[k] != b[k]]  # fmt: skip
        sys.exit(f"floor and site differ: {set(different)} {ours['count']} {theirs['count']}")

    def first() -> None:
        cache.clear()
        client.get(path, {"page_size": PAGE})

    return {
        "ours": milliseconds(lambda: client.get(path, {"page_size": PAGE})),
        "first": milliseconds(first),
        "floor": milliseconds(lambda: floor.api_page(PAGE, settings.SITE_URL, address)),
    }


def api_detail(floor: DetailFloor, client: Client) -> dict[str, float]:
    """The median over ten records: `ours` once a record is kept, `first` when it is not, and that
    the visitor's copy is right: `unchanged`."""
    path = "/api/v1/partnerships/"
    api = f"{settings.SITE_URL}{path}"
    today = timezone.localdate()
    page = json.loads(client.get(path, {"page_size": PAGE}).content)["results"]
    found: dict[str, list[float]] = {"ours": [], "first": [], "floor": [], "unchanged": []}
    for slug in [record["slug"] for record in page[:: PAGE // 10]]:
        address = f"{path}{slug}/"
        make = partial(floor.detail, slug, settings.SITE_URL, api, today)
        ours, theirs = json.loads(client.get(address).content), json.loads(make())
        if ours != theirs:
            sys.exit(
                f"floor and site differ on {slug}: {[k for k in ours if ours[k] != theirs[k]]}"
            )
        held = {"if-none-match": client.get(address)["ETag"]}
        if client.get(address, headers=held).status_code != 304:
            sys.exit(f"{address} answered no 304")

        def first(address: str = address) -> None:
            cache.clear()
            client.get(address)

        found["first"].append(milliseconds(first, runs=5))
        found["ours"].append(milliseconds(partial(client.get, address)))
        found["floor"].append(milliseconds(make))
        found["unchanged"].append(milliseconds(partial(client.get, address, headers=held)))
    return {name: statistics.median(times) for name, times in found.items()}


def list_page(floor: Floor, client: Client, country: str) -> dict[str, float]:
    """Database time, fetching included: the site's own statements, replayed over the connection
    that the floor uses. `with_orm` is what asking costs in the site; `whole_page` has the template,
    and `repeated` is the same once its counts are kept. All but that one are asked anew each time.
    """
    condition, params, query = "1 = 1", [], {}
    if country:
        condition = ("p.id IN (SELECT partnership_id FROM partnerships_facetvalue"
                     " WHERE facet = 'country' AND value = %s)")  # fmt: skip
        params, query = [country], {"country": country}
    theirs = floor.list_page(25, condition, params)
    search = PartnershipSearch({name: [value] for name, value in query.items()})
    shown = {(f.parameter, o.value): o.count for f in search.facets() for o in f.options if o.count}
    shown = {key: n for key, n in shown.items() if key[0] != "confirmed"}
    if shown != theirs["facets"] or search.count != theirs["count"]:
        sys.exit("floor and site differ on the list page")

    def asked() -> None:
        cache.clear()
        page = PartnershipSearch({name: [value] for name, value in query.items()})
        list(page.page())
        page.facets()

    def replayed() -> None:
        for sql, values in statements:
            floor.rows(sql, values)

    def visited() -> None:
        cache.clear()
        client.get("/partnerships/", query)

    with captured() as statements:
        visited()
    return {
        "ours": milliseconds(replayed, runs=7),
        "floor": milliseconds(lambda: floor.list_page(25, condition, params), runs=7),
        "with_orm": milliseconds(asked, runs=7),
        "queries": len(statements),
        "whole_page": milliseconds(visited, runs=5),
        "repeated": milliseconds(lambda: client.get("/partnerships/", query), runs=5),
    }


def questions() -> list[str]:
    """Query strings as people ask them: one value, two kinds together, words, words and a value."""
    found = PartnershipSearch({}).facets(("country", "topic", "board", "region"))
    most = {f.parameter: [o.value for o in f.options if o.count][:10] for f in found}
    one = [f"{name}={value}" for name, values in most.items() for value in values]
    both = zip(most["country"], most["topic"], strict=False)
    two = [f"country={country}&topic={topic}" for country, topic in both]
    words = [f"q={word.replace(' ', '+')}" for word in WORDS]
    return [*one, *two, *words, *(f"{each}&{one[i]}" for i, each in enumerate(words))]


def list_questions(client: Client) -> dict[str, float]:
    """The whole list page for each of some questions, in ms: asked for the first time since a
    change, when only the unfiltered list was asked before, and asked again."""

    def timed(query: str) -> float:
        start = time.perf_counter()
        answer = client.get(f"/partnerships/?{query}")
        if answer.status_code != 200:
            sys.exit(f"/partnerships/?{query} answered {answer.status_code}")
        return (time.perf_counter() - start) * 1000

    asked = questions()
    cache.clear()
    timed("")
    first = [timed(query) for query in asked]
    again = [timed(query) for query in asked]
    return {
        "first_median": statistics.median(first),
        "first_p95": statistics.quantiles(first, n=20)[-1],
        "again_p95": statistics.quantiles(again, n=20)[-1],
        "asked": len(asked),
    }


def text_search() -> dict[str, Any]:
    """Ids of a whole answer, and its first page by rank: a median for each of some questions."""

    def every(words: str) -> list[Any]:
        return list(PartnershipSearch({"q": [words]}).results().values_list("pk"))

    def best(words: str) -> list[Any]:
        return list(PartnershipSearch({"q": [words]}).ordered().values_list("pk")[:25])

    ids = [milliseconds(partial(every, words), runs=7) for words in WORDS]
    first = [milliseconds(partial(best, words), runs=7) for words in WORDS]
    return {
        "first_page": statistics.median(first),
        "first_page_worst": max(first),
        "all_ids": statistics.median(ids),
    }


#: A page at the world, a country, a town: zoom and view.
LOOKS = {
    "world": {},
    "half_the_world": {"zoom": "3", "view": "-60,-45,120,75"},
    "uk": {"zoom": "6", "view": "-22.5,40.9,22.5,66.5"},
    "malawi": {"zoom": "7", "view": "28.125,-21.9,39.375,-5.6"},
    "town": {"zoom": "12", "view": "33.75,-16.6,34.45,-15.9"},
}


def map_data(client: Client) -> dict[str, float]:
    """`first` is the world view asked anew; the others are looks at a question already asked."""
    address = "/partnerships/map.json"

    def first() -> None:
        cache.clear()
        client.get(address)

    figures = {"first": milliseconds(first, runs=3)}
    for name, look in LOOKS.items():
        figures[name] = milliseconds(partial(client.get, address, look), runs=5)
    answers = [client.get(address, look).content for look in LOOKS.values()]
    figures["world_kb"] = len(gzip.compress(answers[0])) / 1000
    figures["largest_kb"] = max(len(gzip.compress(answer)) / 1000 for answer in answers)
    return figures


def resident() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def written_away(pieces: Iterable[Any]) -> dict[str, float]:
    """How much the process grows, in MB, while something is written away."""
    start, size, before, most = time.perf_counter(), 0, resident(), 0.0
    for number, piece in enumerate(pieces):
        size += len(piece)
        if number % 500 == 0:
            most = max(most, resident())
    seconds = time.perf_counter() - start
    return {"grown_mb": max(most - before, 1.0), "seconds": seconds, "mb": size / 1e6}


def csv_of_everything() -> dict[str, float]:
    search = PartnershipSearch({})
    records = public_records(search.for_export(), site_url=settings.SITE_URL)
    return written_away(exports.as_csv(records))


def json_lines(client: Client) -> dict[str, float]:
    """Everything from the API, as it is sent."""
    answer: Any = client.get("/api/v1/partnerships/", {"format": "jsonl"})
    return written_away(answer.streaming_content)


def changes(client: Client) -> dict[str, float]:
    """A walk along all changes, with their records. Each page is one piece; memory is measured
    after the first, which fills what is kept once."""

    def pages() -> Iterator[bytes]:
        address: str | None = "/api/v1/changes/?page_size=200&expand=record"
        while address:
            answer = client.get(address)
            yield answer.content
            address = json.loads(answer.content)["next"]

    walk = pages()
    next(walk)
    before = resident()
    found = written_away(walk)
    return found | {"grown_mb": max(resident() - before, 1.0)}


def bulk() -> dict[str, float]:
    """All files of the whole dataset; memory is measured at each step that it tells of."""
    start, before, sizes = time.perf_counter(), resident(), [resident()]
    with tempfile.TemporaryDirectory() as folder:
        files = Bulk(Path(folder), settings.SITE_URL, settings.RELEASE)
        made = files.make(lambda number: sizes.append(resident()))
        size = sum(file.bytes for file in made.files.values())
    seconds = time.perf_counter() - start
    return {"grown_mb": max(max(sizes) - before, 1.0), "seconds": seconds, "mb": size / 1e6,
            "measured": len(sizes)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("size", type=int)
    size = parser.parse_args().size
    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    if not Partnership.objects.exists():
        call_command("load_reference_data", stdout=io.StringIO())
        call_command(
            "make_synthetic_registry", partnerships=size, seed=1, stdout=io.StringIO(),
            stderr=io.StringIO(),
        )  # fmt: skip
    made = time.perf_counter() - start
    raw, is_sqlite = raw_connection()
    if not is_sqlite:  # what autovacuum does on a server, minutes after so much was written
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    floor = DetailFloor(raw, timezone.localdate(), is_sqlite=is_sqlite)
    client = Client()
    figures = {
        "made_in_seconds": made,
        "api_page": api_page(floor, client),
        "api_detail": api_detail(floor, client),
        "list_page": list_page(floor, client, ""),
        "list_page_one_country": list_page(floor, client, "MW"),
        "list_questions": list_questions(client),
        "text_search": text_search(),
        "map": map_data(client),
        "csv": csv_of_everything(),
        "json_lines": json_lines(client),
        "changes": changes(client),
        "bulk": bulk(),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
