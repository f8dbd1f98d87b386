"""`make check`: what CI checks without running the site.

All checks run, whatever the first ones say; the exit code is 1 if any failed.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
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
    ("lint", [BIN / "ruff", "check", "."], {}),
    ("format", [BIN / "ruff", "format", "--check", "."], {}),
    ("types", [BIN / "mypy"], DEVELOPMENT),
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
    ("docs", [PYTHON, "-m", "pytest", "-q", "tests/project"], {}),
]


def main() -> int:
    failed = []
    for name, command, environment in CHECKS:
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
        print(
            f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name:<11}"
            f" {time.monotonic() - started:5.1f} s",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout, flush=True)
    if failed:
        print(f"make check: {', '.join(failed)} failed. `make format` mends format.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
