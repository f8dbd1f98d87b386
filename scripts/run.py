"""`make run`: assets, database, reference data, first data, then the development server.

Each step says what it does and is skipped when there is nothing to do.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    refuse_busy_port(port)
    # Without DEBUG the site would redirect to https, which the development server does not speak.
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")

    step("assets.py")
    step("first_data.py")
    # The link that appoint_champion prints must lead here, whatever the port.
    here = "" if port == 8000 else f"DEBUG=1 SITE_URL=http://127.0.0.1:{port} "
    print(
        f"\n  The site:   http://127.0.0.1:{port}/"
        f"\n  The admin:  http://127.0.0.1:{port}/admin/"
        "\n  To sign in, make the first champion:"
        f"\n      {here}.venv/bin/python manage.py appoint_champion"
        " you@example.org nhs-tayside --lead"
        "\n  Stop with Ctrl+C.\n",
        flush=True,
    )
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}"])  # noqa: S606


def refuse_busy_port(port: int) -> None:
    """Say so now, and not after the steps."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SystemExit(
                f"Port {port} cannot be used ({error.strerror}). Another one: make run PORT=8001"
            ) from error


def step(script: str) -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts" / script], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
