"""`make check`: what CI checks without running the site.

All checks run side by side, whatever the first ones say; the exit code is 1 if any failed.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable

DEVELOPMENT = {"DEBUG": "1", "ENV_FILE": "", "ALLOWED_HOSTS": "", "SITE_URL": ""}
PRODUCTION = {
    "DEBUG": "0",
    "ENV_FILE": "",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "map.example.org",
    "SITE_URL": "https://map.example.org",
    "CACHE_URL": "dbcache://cache",
}

CHECKS: list[tuple[str, list[str | Path], dict[str, str]]] = [
    # The longest first.
    ("docs", [PYTHON, "-m", "pytest", "-q", "tests/project"], {}),
    ("types", [BIN / "mypy"], DEVELOPMENT),
    ("lint", [BIN / "ruff", "check", "."], {}),
    ("format", [BIN / "ruff", "format", "--check", "."], {}),
    (
        "migrations",
        [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
        DEVELOPMENT,
    ),
    ("templates", [BIN / "djlint", "--lint", "--check", "--quiet", "templates"], {}),
    (
        "deployment",
        [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        PRODUCTION,
    ),
]


def run(check: tuple[str, list[str | Path], dict[str, str]]) -> tuple[float, int, str]:
    """Seconds, exit code and what it said."""
    _, command, environment = check
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return time.monotonic() - started, done.returncode, done.stdout


def main() -> int:
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        results = side_by_side.map(run, CHECKS)
        for (name, *_), (seconds, code, said) in zip(CHECKS, results, strict=True):
            print(f"{'FAILED' if code else 'ok    '} {name:<11} {seconds:5.1f} s", flush=True)
            if code:
                failed.append(name)
                print(said, flush=True)
    if failed:
        print(f"make check: {', '.join(failed)} failed. `make format` mends format.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
