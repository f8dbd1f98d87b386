"""`make bench`: measures every size on every database, compares with the budgets, writes a table.

Ratios within one run are the verdict; milliseconds are there for scale. Sizes may be given:
`python -m benchmarks.run 1000 10000`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.databases import start_postgres

RESULTS = Path(__file__).parent / "results.json"
STREAMED = {
    "csv": "a CSV of everything",
    "json_lines": "everything as JSON Lines",
    "changes": "a walk along all changes",
    "bulk": "writing the bulk files",
}
SIZES = [1_000, 10_000, 100_000]


def measure(url: str, size: int) -> dict[str, Any]:
    """The figures of one database at one size, from a process of its own."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "mapapp.settings",
        "DATABASE_URL": url,
        "DEBUG": "1",  # plain static files; measure.py turns the debug mode itself off
        "API_RATE": "",
    }
    command = [sys.executable, "-m", "benchmarks.measure", str(size)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"measuring {size} on {url.partition(':')[0]} failed")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def addresses(folder: str) -> dict[str, Any]:
    """database → a function from a size to the address of an empty database."""
    server = start_postgres(shared_buffers="1GB")  # as docs/operations.md has it for this size

    def postgres(size: int) -> str:
        import psycopg2

        connection = psycopg2.connect(server)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "bench{size}"')
        connection.close()
        head, _, tail = server.partition("?")
        return f"{head.rsplit('/', 1)[0]}/bench{size}" + (f"?{tail}" if tail else "")

    return {
        "SQLite": lambda size: f"sqlite:///{folder}/bench{size}.sqlite3",
        "PostgreSQL": postgres,
    }


def budgets(results: dict[str, dict[str, Any]]) -> list[tuple[str, float, float]]:
    """(what, measured, at most), for every budget."""
    lines = []
    for name, sizes in results.items():
        smallest, largest = sizes[min(sizes, key=int)], sizes[max(sizes, key=int)]
        for size, figures in sizes.items():
            page = figures["api_page"]
            lines.append((f"{name} {size}: API page over floor", page["ours"] / page["floor"], 4.0))
            detail = figures["api_detail"]
            beyond = detail["ours"] - detail["floor"]
            lines.append((f"{name} {size}: API detail, kept, over its floor, ms", beyond, 3.0))
            lines.append((f"{name} {size}: API, a 304, ms", detail["unchanged"], 2.0))
            for key in ("list_page", "list_page_one_country"):
                part = figures[key]
                lines.append(
                    (f"{name} {size}: {key} over floor", part["ours"] / part["floor"], 2.0)
                )
            looks = {k: v for k, v in figures["map"].items() if k != "first" and "_kb" not in k}
            slowest = max(looks, key=looks.__getitem__)
            lines.append((f"{name} {size}: map, slowest look ({slowest}), ms", looks[slowest], 100))
            lines.append((f"{name} {size}: map, world view, kB", figures["map"]["world_kb"], 60))
        lines.append((f"{name}: API page, largest over smallest registry",
                      largest["api_page"]["ours"] / smallest["api_page"]["ours"], 1.5))  # fmt: skip
        for key, what in STREAMED.items():
            lines.append((f"{name}: MB that {what} adds at the largest size",
                          largest[key]["grown_mb"], 20.0))  # fmt: skip
        lines.append((f"{name}: list page, 95th of 100 first questions, smallest registry, ms",
                      smallest["list_questions"]["first_p95"], 200.0))  # fmt: skip
        if name == "PostgreSQL":
            lines.append((f"{name}: list page, 95th of 100 first questions, largest registry, ms",
                          largest["list_questions"]["first_p95"], 400.0))  # fmt: skip
            most = largest["text_search"]["first_page"]
            lines.append((f"{name}: text search, first page, ms", most, 50.0))
    return lines


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or SIZES
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, address in addresses(folder).items():
            for number in sizes:
                print(f"measuring {name} at {number:,} partnerships …", flush=True)
                results.setdefault(name, {})[str(number)] = measure(address(number), number)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    for name, found in results.items():
        for size, figures in found.items():
            print(
                f"\n{name}, {int(size):,} partnerships (made in {figures['made_in_seconds']:.0f} s)"
            )
            for part, numbers in figures.items():
                if isinstance(numbers, dict):
                    row = "  ".join(f"{key} {number:.2f}" for key, number in numbers.items())
                    print(f"  {part:24} {row}")
    print("\nBudgets")
    missed = 0
    for what, measured, most in budgets(results):
        missed += measured > most
        print(f"  {'ok    ' if measured <= most else 'MISSED'} {what}: {measured:.2f} (≤ {most:g})")
    print(f"\n{RESULTS.name} written; {missed} budgets missed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
